// Runs what kept.ts writes: what a publication leaves to be undone by, tables as they were, and the end of what is too old.
// Called within the transaction that publishes; decides nothing about how much is kept.

import { type DuckDBConnection, type DuckDBValue, VARCHAR } from '@duckdb/node-api';
import type { AsOfOptions, Past, PastLimits, PastTable } from '../past.ts';
import type { Staged, TableSpec } from '../table.ts';
import type { Catalog } from './catalog.ts';
import { readableType } from './decode.ts';
import * as dialect from './dialect.ts';
import * as kept from './kept.ts';
import type { Lender } from './lender.ts';

type Rows = DuckDBValue[][];

const rowsOf = async (connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<Rows> =>
  (await connection.run(sql, values)).getRows();

export interface Entry {
  readonly sequence: number;
  readonly kind: kept.PastKind;
}

const entryOf = ([sequence, kind]: readonly DuckDBValue[]): Entry => ({
  sequence: Number(sequence),
  kind: String(kind) as kept.PastKind,
});

interface Books {
  readonly catalog: Catalog;
  /** Names of tables that come or go. */
  readonly changed: Set<string>;
}

export interface Replaced {
  readonly asset: string;
  readonly sequence: number;
  /** How the publication can be undone; undefined where it can not. */
  readonly kind: 'rows' | 'table' | undefined;
  /** Whether the table before it has other columns: rows of the log are of no use any more. */
  readonly hasOtherColumns: boolean;
  /** Replaced tables that are kept, at most. */
  readonly versions: number;
}

/** Remembers how a publication can be undone. A table that it replaces is for the caller to rename. */
export async function keepPast(connection: DuckDBConnection, replaced: Replaced, books: Books): Promise<void> {
  const { asset, sequence, kind } = replaced;
  const hasBook = await books.catalog.has(connection, kept.PAST);
  if (!hasBook && kind === undefined) return;
  if (!hasBook) {
    await connection.run(kept.createPast());
    books.changed.add(kept.PAST);
  }
  const entries = hasBook ? (await rowsOf(connection, kept.pastOf(asset))).map(entryOf) : [];
  if (kind === undefined) {
    if (entries.some(entry => entry.kind !== 'floor')) await dropKept(connection, { asset, entries }, books);
    if (entries.length > 0) await connection.run(kept.raiseFloors([[asset, sequence]]));
    return;
  }
  if (entries.length === 0) {
    const [[before] = []] = await rowsOf(connection, kept.publishedBefore(asset, sequence));
    await connection.run(kept.rememberPast(asset, Number(before ?? 0), 'floor'));
  }
  await connection.run(kept.rememberPast(asset, sequence, kind));
  const tables = entries.filter(entry => entry.kind === 'table').map(entry => entry.sequence);
  const rows = entries.filter(entry => entry.kind === 'rows').map(entry => entry.sequence);
  const lost = [
    ...(kind === 'table' ? tables.slice(0, Math.max(0, tables.length + 1 - replaced.versions)) : []),
    ...(replaced.hasOtherColumns ? rows : []),
  ];
  if (lost.length > 0) await raiseFloors(connection, [{ asset, entries, floor: Math.max(...lost) }], books);
}

interface Raise {
  readonly asset: string;
  readonly entries: readonly Entry[];
  readonly floor: number;
}

async function raiseFloors(connection: DuckDBConnection, raises: readonly Raise[], books: Books): Promise<void> {
  for (const { asset, entries, floor } of raises) {
    const gone = entries.filter(entry => entry.sequence <= floor);
    await dropKept(connection, { asset, entries: gone }, books);
  }
  if (raises.length > 0)
    await connection.run(kept.raiseFloors(raises.map(({ asset, floor }) => [asset, floor] as const)));
}

async function dropKept(
  connection: DuckDBConnection,
  { asset, entries }: Pick<Raise, 'asset' | 'entries'>,
  { changed }: Books,
): Promise<void> {
  for (const { sequence, kind } of entries) {
    if (kind !== 'table') continue;
    const name = kept.keptName(asset, sequence);
    await connection.run(dialect.dropTable(name));
    changed.add(name);
  }
}

/** Forgets all of a table that is dropped. */
export async function forgetPast(connection: DuckDBConnection, asset: string, books: Books): Promise<void> {
  if (!(await books.catalog.has(connection, kept.PAST))) return;
  const entries = (await rowsOf(connection, kept.pastOf(asset))).map(entryOf);
  await dropKept(connection, { asset, entries }, books);
  await connection.run(kept.forgetPast(asset));
}

/** Of each table of which something can be undone: up to where nothing can. */
export async function floors(
  connection: DuckDBConnection,
  catalog: Catalog,
): Promise<ReadonlyMap<string, { readonly floor: number; readonly hasRows: boolean }>> {
  if (!(await catalog.has(connection, kept.PAST))) return new Map();
  return new Map(
    [...(await entriesByAsset(connection))].map(([asset, entries]) => {
      const floor = entries.find(entry => entry.kind === 'floor')?.sequence ?? 0;
      return [asset, { floor, hasRows: entries.some(entry => entry.kind === 'rows') }];
    }),
  );
}

export function openPast(lender: Lender): Past {
  return {
    reach: table => lender.use(connection => reach(connection, lender.catalog, table)),
    stageAsOf: (table, sequence, options) => stageAsOf(lender, table, { sequence, options }),
    forget: limits => forget(lender, limits),
  };
}

async function reach(connection: DuckDBConnection, catalog: Catalog, table: string): Promise<number | undefined> {
  if (!(await catalog.has(connection, kept.PAST))) return undefined;
  const entries = (await rowsOf(connection, kept.pastOf(table))).map(entryOf);
  return entries.find(entry => entry.kind === 'floor')?.sequence;
}

/** How to get at a table as `sequence` left it; undefined where that is not kept. */
export function wayBack(entries: readonly Entry[], asset: string, sequence: number): kept.Undone | undefined {
  const floor = entries.find(entry => entry.kind === 'floor');
  if (floor === undefined || sequence < floor.sequence) return undefined;
  const table = entries.find(entry => entry.kind === 'table' && entry.sequence > sequence);
  if (table === undefined) return { base: asset, after: sequence };
  return { base: kept.keptName(asset, table.sequence), after: sequence, before: table.sequence };
}

/** Whether the log has something to take back. */
export const hasRowsBetween = (entries: readonly Entry[], { after, before = Number.POSITIVE_INFINITY }: kept.Undone) =>
  entries.some(entry => entry.kind === 'rows' && entry.sequence > after && entry.sequence < before);

async function stageAsOf(
  lender: Lender,
  table: PastTable,
  { sequence, options }: { readonly sequence: number; readonly options: AsOfOptions },
): Promise<Staged | undefined> {
  const found = await lender.use(async connection => {
    if (!(await lender.catalog.has(connection, kept.PAST))) return undefined;
    const entries = (await rowsOf(connection, kept.pastOf(table.name))).map(entryOf);
    const undone = wayBack(entries, table.name, sequence);
    if (undone === undefined) return undefined;
    const spec = await specOf(connection, lender.catalog, { table, base: undone.base });
    const hasLog = hasRowsBetween(entries, undone);
    const isPart = undone.before === undefined && !options.isWhole;
    const cells = isPart && hasLog ? await rowsOf(connection, kept.undoneCells(spec, undone)) : [];
    return { undone, spec, hasLog, isPart, cells: cells.map(([cell]) => String(cell)) };
  });
  if (found === undefined) return undefined;
  const { spec, undone, hasLog, isPart, cells } = found;
  if (!isPart) return lender.stageSelect(spec, kept.asOf(spec, undone, { hasLog }), options);
  const staged = await lender.stageAside(spec, options, async (connection, into) => {
    const insert = dialect.insertSelect(into, spec, { sql: kept.asOf(spec, undone, { hasLog, cells }) });
    return (await connection.run(insert)).rowsChanged;
  });
  return { ...staged, regions: [{ kind: 'cells', cells }] };
}

/** The table as it is in the file: its columns may be others than those of its model now. */
async function specOf(
  connection: DuckDBConnection,
  catalog: Catalog,
  { table, base }: { readonly table: PastTable; readonly base: string },
): Promise<TableSpec> {
  const columns = await catalog.columns(connection, base);
  const types = (await connection.run(dialect.noRows(base))).columnTypes();
  return {
    ...table,
    columns: columns.map(([name, , nullable, comment], at) => ({
      name: String(name),
      type: readableType(types[at] ?? VARCHAR),
      required: nullable !== true,
      description: comment === null || comment === undefined ? '' : String(comment),
    })),
  };
}

async function forget(lender: Lender, limits: PastLimits): Promise<void> {
  const { tables, before } = limits;
  const changed = new Set<string>();
  await lender.oneAtATime(async () => {
    try {
      await lender.transaction(async connection => {
        const books = { catalog: lender.catalog, changed };
        for (const asset of limits.whole ?? []) await dropRefused(connection, asset, books);
        if (!(await lender.catalog.has(connection, kept.PAST))) return;
        const byAsset = await entriesByAsset(connection);
        const old = await rowsOf(connection, kept.pastBefore(), [before]);
        const tooOld = new Map(old.map(([asset, sequence]) => [String(asset), Number(sequence)]));
        const long = [...byAsset].flatMap(([asset, entries]) => {
          const limit = tables.get(asset);
          const held = entries.filter(entry => entry.kind === 'rows').length;
          return limit !== undefined && held > limit.versions ? [{ asset, ...limit }] : [];
        });
        const many = long.length === 0 ? [] : await rowsOf(connection, kept.tooMany(long));
        const tooMany = new Map(many.map(([asset, sequence]) => [String(asset), Number(sequence ?? 0)]));
        const raises = [...byAsset].flatMap(([asset, entries]) => {
          const all = limits.whole?.has(asset) === true ? (entries.at(-1)?.sequence ?? 0) : 0;
          const floor = Math.max(tooOld.get(asset) ?? 0, tooMany.get(asset) ?? 0, all);
          const known = entries.find(entry => entry.kind === 'floor')?.sequence ?? 0;
          return floor > known ? [{ asset, entries, floor }] : [];
        });
        await raiseFloors(connection, raises, books);
      });
    } finally {
      lender.catalog.changed(...changed);
    }
  });
}

/** What its checks refused of a table is of the past too. */
async function dropRefused(connection: DuckDBConnection, asset: string, { catalog, changed }: Books): Promise<void> {
  const refused = dialect.refusedName(asset);
  if (!(await catalog.has(connection, refused))) return;
  await connection.run(dialect.dropTable(refused));
  changed.add(refused);
}

async function entriesByAsset(connection: DuckDBConnection): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const found = new Map<string, Entry[]>();
  for (const [asset, ...rest] of await rowsOf(connection, kept.allPast())) {
    const name = String(asset);
    found.set(name, [...(found.get(name) ?? []), entryOf(rest)]);
  }
  return found;
}
