// Rows of text as a table: aligned columns without borders, or a box. On cli-table3, which knows wide characters.

import Table from 'cli-table3';
import type { Colors } from './io.ts';

export interface TableOptions {
  readonly colors: Colors;
  /** Indexes of the columns that are numbers: set right. */
  readonly right?: readonly number[];
  readonly isBoxed?: boolean;
}

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** The table as text, ending with a line end; trailing blanks are taken off. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { colors, right = [], isBoxed = false }: TableOptions,
): string {
  const padding = isBoxed ? 1 : 0;
  const table = new Table({
    head: head.map(title => colors.bold(title)),
    ...(isBoxed ? {} : { chars: NO_BORDER }),
    style: { head: [], border: [], 'padding-left': padding, 'padding-right': padding, compact: true },
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
  });
  for (const row of rows) table.push([...row]);
  return `${table.toString().replace(/[ \t]+$/gm, '')}\n`;
}
