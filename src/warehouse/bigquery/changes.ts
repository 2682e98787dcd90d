// The port's `changes` on BigQuery: positions from the journal, parts made anew, and what differs as sums of row hashes.
// No log of changed rows is kept, so readers by key are made whole (docs/decisions/0011-no-change-log-in-bigquery.md).

import type { Job } from '@google-cloud/bigquery';
import type { TypedColumn } from '../../googlesql/type.ts';
import type { Value } from '../../googlesql/value.ts';
import type { Changes, Part } from '../changes.ts';
import { type CellChange, versionOf } from '../content.ts';
import type { CellContent, CellKey, ChangedKeys, Position, Staged, StageOptions, TableSpec } from '../table.ts';
import * as dialect from './dialect.ts';
import type { JobWords, Owner, QueryWords } from './jobs.ts';
import { columnsOfTypes, shapeOf } from './schema.ts';

type Words = Pick<QueryWords, 'sql' | 'params' | 'signal'> & { readonly identity?: JobWords['identity'] };

/** How an empty staging table is filled. */
export interface Making {
  /** What the rows come from: of equal inputs an earlier table is taken over. */
  readonly inputs: string | undefined;
  /** Gives the number of rows. */
  readonly fill: (table: string) => Promise<number>;
}

/** What the client lends. */
export interface Lender {
  run(words: Words, owner: Owner): Promise<Job>;
  rows(words: Words, columns: readonly TypedColumn[], owner: Owner): Promise<Value[][]>;
  /** What the tables of an owner have besides their columns. */
  optionsOf(owner: Owner): dialect.TableOptions;
  /** Told the last sequence of the journal. */
  knows(sequence: number): void;
  /** Name and type of each column; undefined where there is no such table. */
  columnsOf(table: string): Promise<readonly TypedColumn[] | undefined>;
  /** Makes an empty staging table and fills it. Nothing is left of it where that fails. */
  stage(spec: TableSpec, options: StageOptions, making: Making): Promise<Staged>;
}

/** Of the sums of contentSql; another hash, or another text that is hashed, needs another name. */
const ALGORITHM = 'bigquery-1';
const NO_ROWS = versionOf(ALGORITHM, [0n, 0n, 0n, 0n, 0n]);

export function openChanges(lender: Lender): Changes {
  return {
    position: tables => position(lender, tables),
    // No log is kept.
    keysSince: async () => undefined,
    keysFrom: (spec, column, values, options) => keysFrom(lender, spec, { column, values, options }),
    stageParts: (spec, parts, options) => stageParts(lender, spec, { parts, options }),
    compare: (staged, { cells } = {}) => compare(lender, staged, cells),
    contentOfPublished: async spec =>
      (await lender.columnsOf(spec.name)) === undefined ? [] : contentOf(lender, spec, { table: spec.name }),
    // What a reader has read is only asked for by key.
    confirm: async () => {},
    prune: async () => {},
  };
}

/** Rows that a DML statement changed. */
export const affectedRows = (job: Job): number => Number(job.metadata?.statistics?.query?.numDmlAffectedRows ?? 0);

/** Content of each cell of a table, or of its rows that `where` keeps. */
export async function contentOf(
  lender: Pick<Lender, 'rows'>,
  spec: TableSpec,
  {
    table,
    where,
    isStaged = false,
    runId: run,
  }: { readonly table: string; readonly where?: string; readonly isStaged?: boolean; readonly runId?: string },
): Promise<readonly CellContent[]> {
  const types = columnsOfTypes('STRING', ...Array<'INT64'>(5).fill('INT64'));
  const sql = dialect.contentSql(table, spec, where);
  const owner = { asset: spec.name, ...(run !== undefined && { run }), purpose: 'hash' };
  // A staged table does not change any more.
  const rows = await lender.rows({ sql, ...(isStaged && { identity: ['hash', sql] }) }, types, owner);
  return rows.map(([cell, size, ...sums]) => ({
    cell: String(cell),
    dataVersion: versionOf(
      ALGORITHM,
      [size, ...sums].map(sum => BigInt(String(sum))),
    ),
    rows: Number(size),
  }));
}

async function position(lender: Lender, tables: readonly string[]): Promise<Position> {
  const none = tables.map(table => [table, 0] as const);
  if (tables.length === 0 || (await lender.columnsOf(dialect.JOURNAL)) === undefined) return Object.fromEntries(none);
  const params = { tables: JSON.stringify(tables) };
  const types = columnsOfTypes('STRING', 'INT64');
  const rows = await lender.rows({ sql: dialect.positions(), params }, types, { purpose: 'journal' });
  const found = rows.map(([table, at]) => [String(table), Number(at)] as const);
  lender.knows(found.find(([table]) => table === '')?.[1] ?? 0);
  return Object.fromEntries([...none, ...found.filter(([table]) => table !== '')]);
}

async function keysFrom(
  lender: Lender,
  spec: TableSpec,
  {
    column,
    values,
    options: { runId, signal },
  }: { readonly column: string; readonly values: readonly string[]; readonly options: StageOptions },
): Promise<ChangedKeys> {
  const table = dialect.keysName(spec.name, runId, column);
  const owner = { asset: spec.name, run: runId, purpose: 'build' };
  const sql = dialect.createKeys(table, column, lender.optionsOf(owner));
  const words = { sql, params: { values: JSON.stringify(values) } };
  await lender.run({ ...words, ...(signal !== undefined && { signal }) }, owner);
  return { columns: [column], table, count: new Set(values).size, from: [], isNew: false, mayBeNew: false };
}

/** Parts see their tables whole: that gives the same rows, and no key comes from a log. */
async function stageParts(
  lender: Lender,
  spec: TableSpec,
  { parts, options }: { readonly parts: readonly Part[]; readonly options: StageOptions },
): Promise<Staged> {
  const regions = parts.map(part => part.region);
  const { signal, runId, inputs } = options;
  const texts = parts.map(({ sql = '' }) => sql);
  const staged = await lender.stage(spec, options, {
    inputs: inputs === undefined ? undefined : JSON.stringify([inputs, texts, regions]),
    fill: async table => {
      let rows = 0;
      for (const [at, { sql, region }] of parts.entries()) {
        if (sql === undefined) continue;
        const insert = dialect.insertPart(table, spec, { sql, region, before: regions.slice(0, at) });
        const words = { sql: insert, identity: ['part', insert], ...(signal !== undefined && { signal }) };
        const job = await lender.run(words, { asset: spec.name, run: runId, purpose: 'build' });
        rows += affectedRows(job);
      }
      return rows;
    },
  });
  return { ...staged, regions };
}

/** All rows of the regions count as gone, and all staged ones as come, in the cells where they differ at all. */
async function compare(
  lender: Lender,
  { spec, table, runId, regions: staged }: Staged,
  cells: readonly CellKey[] | undefined,
): Promise<readonly CellChange[] | undefined> {
  const published = await lender.columnsOf(spec.name);
  if (published !== undefined && shapeOf(published) !== shapeOf(spec.columns)) return undefined;
  const regions = staged ?? (cells === undefined ? [] : [{ kind: 'cells', cells } as const]);
  const where = dialect.inRegions(spec.partition, regions);
  const [gone, come] = await Promise.all([
    published === undefined || regions.length === 0 ? [] : contentOf(lender, spec, { table: spec.name, where, runId }),
    contentOf(lender, spec, {
      table,
      runId,
      isStaged: true,
      ...(staged === undefined && cells !== undefined && { where }),
    }),
  ]);
  return differences(gone, come);
}

function differences(gone: readonly CellContent[], come: readonly CellContent[]): readonly CellChange[] {
  const versions = (content: readonly CellContent[]): ReadonlyMap<CellKey, string> =>
    new Map(content.map(cell => [cell.cell, cell.dataVersion]));
  const removed = versions(gone);
  const added = versions(come);
  return [...new Set([...removed.keys(), ...added.keys()])]
    .sort()
    .map(cell => ({ cell, removed: removed.get(cell) ?? NO_ROWS, added: added.get(cell) ?? NO_ROWS }))
    .filter(change => change.removed !== change.added);
}
