// Differences between two builds of a table as text: which cells, and the first rows that differ, by key and column.

import type { Value } from '../googlesql/value.ts';
import type { CellDifference, RowDifference, TableComparison } from '../run/compare.ts';
import { exactJson } from './exact-json.ts';
import type { Colors } from './io.ts';
import { number, plural, someOf } from './wording.ts';

export interface DifferenceWords {
  readonly colors: Colors;
  /** What the two sides are called: `published`, `full build`. */
  readonly sides: readonly [published: string, rebuilt: string];
}

const VALUE_MAX = 60;

/** A value as far as it fits. */
export const valueText = (value: Value): string => {
  const signs = [...(typeof value === 'string' ? value : exactJson(value))];
  return signs.length > VALUE_MAX ? `${signs.slice(0, VALUE_MAX - 1).join('')}…` : signs.join('');
};

const keyText = (key: RowDifference['key']): string =>
  Object.entries(key)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');

const cellText = ({ cell, publishedRows, rebuiltRows }: CellDifference): string => {
  const rows =
    publishedRows === rebuiltRows
      ? plural(rebuiltRows, 'row')
      : `${number(publishedRows)} rows, not ${number(rebuiltRows)}`;
  return `${cell === '' ? 'the table' : cell} (${rows})`;
};

function rowText({ key, kind, columns }: RowDifference, { colors, sides }: DifferenceWords): string {
  const [published, rebuilt] = sides;
  const head = `    ${colors.bold(keyText(key))}`;
  if (kind === 'only-published') return `${head}  only ${published}\n`;
  if (kind === 'only-rebuilt') return `${head}  only ${rebuilt}\n`;
  const lines = columns.map(
    ({ name, published: mine, rebuilt: other }) =>
      `      ${name}: ${colors.red(valueText(mine))} ${published}, ${colors.green(valueText(other))} ${rebuilt}\n`,
  );
  return `${head}\n${lines.join('')}`;
}

/** One table's comparison: one line where nothing differs. */
export function comparisonText(one: TableComparison, words: DifferenceWords): string {
  const { colors } = words;
  const size = `${plural(one.cells, 'cell')}, ${plural(one.rows, 'row')}`;
  if (one.differing.length === 0) return `${colors.green('equal    ')} ${one.asset}  ${size}\n`;
  const head = `${colors.red('different')} ${one.asset}  ${number(one.differing.length)} of ${plural(one.cells, 'cell')}`;
  const rows = one.samples.map(row => rowText(row, words)).join('');
  return `${head}: ${someOf(one.differing.map(cellText), 3)}\n${rows}`;
}
