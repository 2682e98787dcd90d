// Arithmetic of data versions: sums of row hashes, so that a cell's new version follows from what left and what came. Pure.
// A version is `algorithm:rows-sum-sum…`, the numbers in hexadecimal; the algorithm is named with its engine's version.

import type { CellContent, CellKey } from './table.ts';

/** What of a cell's rows differs: the version of those that go and of those that come, each as if they were a cell. */
export interface CellChange {
  readonly cell: CellKey;
  readonly removed: string;
  readonly added: string;
}

const parse = (version: string): { readonly algorithm: string; readonly sums: readonly bigint[] } => {
  const at = version.lastIndexOf(':');
  return {
    algorithm: version.slice(0, at),
    sums: version
      .slice(at + 1)
      .split('-')
      .map(text => BigInt(`0x${text}`)),
  };
};

/** `duckdb-1.5.5`: versions are comparable only where it is the same. */
export const algorithmOf = (version: string): string => version.slice(0, version.lastIndexOf(':'));

/** The version of rows with these sums, the first of which is their number. */
export function versionOf(algorithm: string, sums: readonly bigint[]): string {
  if (sums.some(sum => sum < 0n)) throw new Error(`a cell without what it never had: ${sums.join(' ')}`);
  return `${algorithm}:${sums.map(sum => sum.toString(16)).join('-')}`;
}

/** A cell's content after rows were added. */
export function addedContent(before: CellContent | undefined, added: CellContent): CellContent {
  const none = versionOf(algorithmOf(added.dataVersion), [0n]);
  return changedContent(before, { cell: added.cell, removed: none, added: added.dataVersion }) ?? added;
}

/** How many rows went and came. */
export const rowsChanged = ({ removed, added }: CellChange): number =>
  [removed, added].reduce((rows, version) => rows + Number(parse(version).sums[0] ?? 0n), 0);

/** A cell's content after the change; undefined where no row is left. `before` must be of the same algorithm. */
export function changedContent(before: CellContent | undefined, change: CellChange): CellContent | undefined {
  const { algorithm, sums: added } = parse(change.added);
  const removed = parse(change.removed).sums;
  const held = before === undefined ? undefined : parse(before.dataVersion);
  if (held !== undefined && held.algorithm !== algorithm) throw new Error(`${held.algorithm} is not ${algorithm}`);
  const sums = added.map((sum, at) => (held?.sums[at] ?? 0n) + sum - (removed[at] ?? 0n));
  const rows = Number(sums[0] ?? 0n);
  return rows === 0 ? undefined : { cell: change.cell, dataVersion: versionOf(algorithm, sums), rows };
}
