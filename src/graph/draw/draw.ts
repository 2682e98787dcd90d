// The formats of `pulse graph`, by name. A format is a pure function of the drawing.

import { drawDot } from './dot.ts';
import type { Drawing } from './drawing.ts';
import type { GraphFormat } from './format.ts';
import { drawHtml } from './html.ts';
import { drawJson } from './json.ts';
import { drawMermaid } from './mermaid.ts';
import { drawSvg } from './svg.ts';
import { drawText } from './text.ts';

export const DRAW: Readonly<Record<GraphFormat, (drawing: Drawing) => string>> = {
  text: drawing => drawText(drawing),
  json: drawJson,
  mermaid: drawMermaid,
  dot: drawDot,
  svg: drawSvg,
  html: drawHtml,
};
