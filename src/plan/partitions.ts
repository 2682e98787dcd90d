// What `--partitions 2023-03-01..2023-03-31,2023-05` means: which cells of a table. Pure.
// A word is a year, month, day or hour, a range of them, a listed key of a static table, or __NULL__; a table's cells are
// those that the time overlaps, so that one text serves tables of different grains.

import { cellsWithin, type TimeSpan, timeSpan } from '../asset/calendar.ts';
import { type Grain, NULL_CELL, type Partition, staticCell } from '../asset/partition.ts';
import { PulseError } from '../errors.ts';
import type { CellKey } from '../warehouse/warehouse.ts';

/** One word of the text: a time, or a key as it was typed. */
interface Word {
  readonly text: string;
  readonly span: TimeSpan | undefined;
}

/** More cells at once are a slip of the pen: eleven years of hours. */
const CELLS_MAX = 100_000;

const HOW = 'Write days, months or ranges of them: --partitions 2023-03-01..2023-03-31,2023-05';

/**
 * The cells of `asset` that `text` means, in order.
 *
 * @throws {PulseError} PARTITIONS_INVALID where it does not parse, a range is the wrong way round, or the table has no such cells.
 */
export function cellsOf(text: string, asset: { readonly name: string; readonly partition: Partition }): CellKey[] {
  const { name, partition } = asset;
  const words = parse(text);
  if (partition.kind === 'none') {
    throw invalid(
      `${name} has no partitions: it is one cell.`,
      `Leave --partitions out, or make all of it: pulse materialize ${name} --full-refresh`,
    );
  }
  const cells = words.flatMap(word =>
    partition.kind === 'static' ? staticCells(word, name, partition.keys) : timeCells(word, name, partition.grain),
  );
  return [...new Set(cells)].sort();
}

function parse(text: string): Word[] {
  const words = text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '');
  if (words.length === 0) throw invalid('--partitions names none.', HOW);
  return words.map(word => ({ text: word, span: spanOf(word) }));
}

function spanOf(word: string): TimeSpan | undefined {
  const [first = '', last, ...more] = word.split('..');
  if (last === undefined) return timeSpan(word);
  const [from, to] = [timeSpan(first), timeSpan(last)];
  if (from === undefined || to === undefined || more.length > 0) {
    throw invalid(`"${word}" is no range of partitions.`, HOW);
  }
  if (from.from < to.to) return { from: from.from, to: to.to };
  throw invalid(
    `The range "${word}" is the wrong way round: it ends before it begins.`,
    `Write ${last.trim()}..${first.trim()}.`,
  );
}

function staticCells({ text }: Word, name: string, keys: readonly string[]): CellKey[] {
  if (text === NULL_CELL) return [text];
  if (keys.includes(text)) return [staticCell(text)];
  throw invalid(
    `${name} has no partition "${text}".`,
    `Its partitions are ${keys.slice(0, 20).join(', ')}${keys.length > 20 ? ', …' : ''}.`,
  );
}

function timeCells({ text, span }: Word, name: string, grain: Grain): CellKey[] {
  if (text === NULL_CELL) return [NULL_CELL];
  if (span === undefined) throw invalid(`"${text}" is no partition of ${name}, which has ${grain} ones.`, HOW);
  const cells: CellKey[] = [];
  for (const cell of cellsWithin(span, grain)) {
    cells.push(cell);
    if (cells.length > CELLS_MAX) {
      throw invalid(`"${text}" is more than ${CELLS_MAX.toLocaleString('en-US')} cells of ${name}.`, 'Name fewer.');
    }
  }
  return cells;
}

const invalid = (message: string, hint: string): PulseError => new PulseError('PARTITIONS_INVALID', message, { hint });
