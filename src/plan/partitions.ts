// What `--partitions 2023-03-01..2023-03-31,2023-05` means: which cells of a table. Pure.
// A word is a year, month, day or hour, a range of them, a listed key of a static table, or __NULL__; a table's cells are
// those that the time overlaps, so that one text serves tables of different grains.

import { type Grain, type Partition, staticCell } from '../asset/partition.ts';
import { PulseError } from '../errors.ts';
import type { CellKey } from '../warehouse/warehouse.ts';

/** One word of the text: a time [from, to) in UTC milliseconds, or a key as it was typed. */
interface Word {
  readonly text: string;
  readonly span: { readonly from: number; readonly to: number } | undefined;
}

const HOUR = 3_600_000;
const NULL_CELL = '__NULL__';
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

function spanOf(word: string): Word['span'] {
  const [first = '', last, ...more] = word.split('..');
  if (last === undefined) return instants(word);
  const [from, to] = [instants(first.trim()), instants(last.trim())];
  if (from === undefined || to === undefined || more.length > 0) {
    throw invalid(`"${word}" is no range of partitions.`, HOW);
  }
  if (from.from < to.to) return { from: from.from, to: to.to };
  throw invalid(
    `The range "${word}" is the wrong way round: it ends before it begins.`,
    `Write ${last.trim()}..${first.trim()}.`,
  );
}

const TIME = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}))?)?)?$/;

/** A year, month, day or hour as [from, to); undefined where the text is none that exists. */
function instants(text: string): Word['span'] {
  const [whole, year, month, day, hour] = TIME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const from = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:00:00Z`);
  // JavaScript reads 2023-02-30 as 2 March.
  if (Number.isNaN(from) || !new Date(from).toISOString().startsWith(whole)) return undefined;
  const start = new Date(from);
  if (hour !== undefined) return { from, to: from + HOUR };
  if (day !== undefined) return { from, to: from + 24 * HOUR };
  if (month !== undefined) return { from, to: start.setUTCMonth(start.getUTCMonth() + 1) };
  return { from, to: start.setUTCFullYear(start.getUTCFullYear() + 1) };
}

/** A year, month, day or hour, as it is typed: [from, to) in UTC milliseconds; undefined where it is none that exists. */
export const timeSpan = (text: string): { readonly from: number; readonly to: number } | undefined =>
  instants(text.trim());

/** The time of a cell by its key, [from, to) in UTC milliseconds. */
export function cellSpan(cell: CellKey, partition: Partition): { readonly from: number; readonly to: number } {
  const span = partition.kind === 'time' ? instants(cell) : undefined;
  if (span === undefined || partition.kind !== 'time') throw new Error(`"${cell}" has no time`);
  return { from: span.from, to: next(span.from, partition.grain) };
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

/** The cells of a grain that [from, to), in UTC milliseconds, overlaps, in order. */
export function* cellsWithin(
  { from, to }: { readonly from: number; readonly to: number },
  grain: Grain,
): Generator<CellKey> {
  for (let at = startOf(from, grain); at < to; at = next(at, grain)) yield keyOf(at, grain);
}

function startOf(at: number, grain: Grain): number {
  if (grain === 'hourly') return at - (at % HOUR);
  const day = at - (((at % (24 * HOUR)) + 24 * HOUR) % (24 * HOUR));
  if (grain === 'daily') return day;
  if (grain === 'weekly') return day - ((new Date(day).getUTCDay() + 6) % 7) * 24 * HOUR;
  return day - (new Date(day).getUTCDate() - 1) * 24 * HOUR;
}

function next(at: number, grain: Grain): number {
  if (grain === 'hourly') return at + HOUR;
  if (grain === 'daily') return at + 24 * HOUR;
  if (grain === 'weekly') return at + 7 * 24 * HOUR;
  const start = new Date(at);
  return start.setUTCMonth(start.getUTCMonth() + 1);
}

function keyOf(at: number, grain: Grain): CellKey {
  const text = new Date(at).toISOString();
  return grain === 'hourly' ? text.slice(0, 13) : text.slice(0, grain === 'monthly' ? 7 : 10);
}

const invalid = (message: string, hint: string): PulseError => new PulseError('PARTITIONS_INVALID', message, { hint });
