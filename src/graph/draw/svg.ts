// The lineage as one SVG picture: no script, no outside reference, light and dark by the viewer's setting.

import { must } from '../../errors.ts';
import type { Drawing } from './drawing.ts';
import { curve, fitted, kindLine, placed } from './shapes.ts';
import { hasMapping, mappingWords } from './words.ts';

const MARGIN = 24;

const STYLE = `
  .back { fill: #fff; } .box { fill: #f6f7f9; stroke: #c3c9d2; }
  .name { fill: #16191f; font: 600 13px system-ui, sans-serif; } .kind { fill: #525c6b; font: 11px system-ui, sans-serif; }
  .edge { fill: none; stroke: #8b95a5; stroke-width: 1.5; } .indirect { stroke-dasharray: 5 4; } .tip { fill: #8b95a5; }
  .source { fill: #7b8494; } .ingest { fill: #0f7f8c; } .extract { fill: #2563c9; } .seed { fill: #a05a00; } .model { fill: #7a3fc0; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14171c; } .box { fill: #1f242c; stroke: #434c5a; } .name { fill: #eef1f5; } .kind { fill: #a8b2c1; }
    .edge { stroke: #758093; } .tip { fill: #758093; }
    .source { fill: #9aa4b3; } .ingest { fill: #3fb6c4; } .extract { fill: #6ea3ff; } .seed { fill: #e0a050; } .model { fill: #b98af0; }
  }`;

/** Text as XML takes it: markup escaped, control characters (not allowed in XML 1.0) shown as �. */
export function xml(text: string): string {
  return text
    .replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}

/** The drawing as an SVG document. */
export function drawSvg(drawing: Drawing): string {
  const layout = placed(drawing);
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const edges = new Map(drawing.edges.map(edge => [`${edge.from}\n${edge.to}`, edge]));
  const width = layout.width + 2 * MARGIN;
  const height = layout.height + 2 * MARGIN;
  const curves = layout.links.map(link => {
    const edge = must(edges, `${link.from}\n${link.to}`);
    const words = hasMapping(edge, must(nodes, link.to), must(nodes, link.from)) ? `: ${mappingWords(edge)}` : '';
    const style = edge.isIndirect ? 'edge indirect' : 'edge';
    return `<path class="${style}" marker-end="url(#tip)" d="${curve(link.points)}"><title>${xml(`${link.from} -> ${link.to}${words}`)}</title></path>`;
  });
  const boxes = layout.boxes.map(box => {
    const node = must(nodes, box.name);
    return `<g transform="translate(${box.x} ${box.y})"><title>${xml(`${node.name}\n${node.description}`)}</title><rect class="box" width="${box.width}" height="${box.height}" rx="6"/><rect class="${node.kind}" width="4" height="${box.height}" rx="2"/><text class="name" x="13" y="17">${xml(fitted(node.name, 'name'))}</text><text class="kind" x="13" y="32">${xml(fitted(kindLine(node), 'kind'))}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${xml(drawing.title)}">
<style>${STYLE}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>
<rect class="back" width="${width}" height="${height}"/>
<g transform="translate(${MARGIN} ${MARGIN})">
${curves.join('\n')}
${boxes.join('\n')}
</g>
</svg>
`;
}
