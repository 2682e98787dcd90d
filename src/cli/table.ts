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

/** Without the line between rows. */
const BOX = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** The table as text, ending with a line end; trailing blanks are taken off. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string {
  const { colors, isBoxed = false } = options;
  const right = new Set(options.right);
  const style = {
    head: [],
    border: [],
    'padding-left': isBoxed ? 1 : 0,
    'padding-right': isBoxed ? 1 : 0,
    compact: true,
  };
  const table = new Table({
    chars: isBoxed ? BOX : NO_BORDER,
    style,
    colAligns: head.map((_, index) => (right.has(index) ? 'right' : 'left')),
  });
  const heading = head.map(title => colors.bold(title));
  for (const row of [heading, ...rows]) table.push([...row]);
  return `${table.toString().replace(/[ \t]+$/gm, '')}\n`;
}
