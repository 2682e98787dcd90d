// Reads the place out of the analyzer's messages: "Unrecognized name: x [at 1:8]". Pure.

import type { SqlFault } from './analyzed.ts';

const TAIL = /\s*\[at (\d+):(\d+)\]$/;
const TAB_WIDTH = 8;

/** Line and column count from 1, the column in UTF-16 units as editors have it; the analyzer counts code points and stretches tabs. */
export function faultOf(message: string, sql: string): SqlFault {
  const tail = TAIL.exec(message);
  if (!tail) return { message, line: undefined, column: undefined };
  const line = Number(tail[1]);
  const text = sql.split(/\r\n|\n|\r/)[line - 1] ?? '';
  return { message: message.slice(0, tail.index), line, column: editorColumn(text, Number(tail[2])) };
}

function editorColumn(line: string, column: number): number {
  let units = 0;
  let shown = 1;
  for (const point of line) {
    if (shown >= column) break;
    shown = point === '\t' ? shown + TAB_WIDTH - ((shown - 1) % TAB_WIDTH) : shown + 1;
    units += point.length;
  }
  return units + 1;
}
