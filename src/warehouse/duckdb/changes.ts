// Runs what change-log.ts writes: keys that changed, parts made anew, what differs, and the bookkeeping of a publication.

import { type DuckDBConnection, type DuckDBValue, version } from '@duckdb/node-api';
import type { Changes, KeyedEdge, Part } from '../changes.ts';
import { type CellChange, versionOf } from '../content.ts';
import type { CellContent, CellKey, ChangedKeys, Position, Region, Staged, StageOptions, TableSpec } from '../table.ts';
import type { Publication, PublishOptions } from '../warehouse.ts';
import type { Catalog, ColumnRows } from './catalog.ts';
import * as log from './change-log.ts';
import * as dialect from './dialect.ts';
import { keptName } from './kept.ts';
import type { Lender } from './lender.ts';
import { floors, forgetPast, keepPast } from './past.ts';
import { quoteName, quoteTable } from './quote.ts';

type Rows = DuckDBValue[][];

async function rowsOf(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<Rows> {
  return (await connection.run(sql, values)).getRows();
}

const text = (value: DuckDBValue | undefined): string => String(value);
const number = (value: DuckDBValue | undefined): number => Number(value ?? 0);

async function openBooks(lender: Pick<Lender, 'catalog'>, connection: DuckDBConnection): Promise<void> {
  if (!(await lender.catalog.has(connection, log.READS))) await connection.run(log.createBookkeeping());
}

/** The name of today's hash. */
export const algorithm = (): string => `duckdb-${version().replace(/^v/, '')}`;

export function openChanges(lender: Lender): Changes {
  return new DuckDbChanges(lender);
}

class DuckDbChanges implements Changes {
  readonly #lender: Lender;
  #inPlace: Promise<unknown> | undefined;

  constructor(lender: Lender) {
    this.#lender = lender;
  }

  position(tables: readonly string[]): Promise<Position> {
    return this.#lender.use(async connection => {
      const none = tables.map(table => [table, 0] as const);
      if (tables.length === 0 || !(await this.#lender.catalog.has(connection, log.TABLES)))
        return Object.fromEntries(none);
      const rows = await rowsOf(connection, log.positionOf(tables));
      return Object.fromEntries([...none, ...rows.map(([table, at]) => [text(table), number(at)] as const)]);
    });
  }

  keysSince(
    spec: TableSpec,
    edges: readonly KeyedEdge[],
    { upTo, name, runId }: StageOptions & { readonly upTo: Position; readonly name: string },
  ): Promise<ChangedKeys | undefined> {
    return this.#lender.use(async connection => {
      const columns = edges[0]?.columns ?? [];
      const reads = await this.#readsOf(connection, spec.name, edges);
      const spans = edges.map(({ upstream }) => {
        const after = reads.get(upstream);
        return after === undefined ? undefined : ([upstream, { after, upTo: upTo[upstream] ?? 0 }] as const);
      });
      const known = spans.filter(span => span !== undefined);
      if (known.length < edges.length) return undefined;
      const logged = await this.#loggedKeys(connection, edges, known);
      const added = reads.has('') ? undefined : addedBy(logged, edges);
      if (added !== undefined) return { ...added, columns, table: '', from: [], isNew: false, mayBeNew: false };
      const selects = logged.map(keys => keys.sql);
      const from = logged.map(({ upstream, since }) => ({ upstream, since }));
      const mayBeNew = edges.every(edge => edge.isUnique === true) && logged.every(keys => keys.onlyCame);
      // Cells that were made of what was there may be ahead of what is noted as read.
      const isNew = mayBeNew && !reads.has('') && edges.every(edge => edge.isOnly === true);
      const table = log.keysName(spec.name, runId, name);
      if (selects.length === 0) return { columns, table, count: 0, from, isNew: false, mayBeNew: false };
      const count = await createCounted(connection, table, selects.join(' UNION '));
      return { columns, table, count, from, isNew, mayBeNew };
    });
  }

  keysFrom(spec: TableSpec, column: string, values: readonly string[], { runId }: StageOptions): Promise<ChangedKeys> {
    return this.#lender.use(async connection => {
      const table = log.keysName(spec.name, runId, column);
      const [[count] = []] = await rowsOf(connection, log.createKeys(table, column), [JSON.stringify(values)]);
      return { columns: [column], table, count: number(count), from: [], isNew: false, mayBeNew: false };
    });
  }

  stageParts(spec: TableSpec, parts: readonly Part[], options: StageOptions): Promise<Staged> {
    const regions = parts.map(part => part.region);
    return this.#lender
      .stageAside(spec, options, async (connection, table) => {
        let rows = 0;
        for (const [at, part] of parts.entries()) {
          if (part.sql === undefined) continue;
          const narrowed = await this.#narrowedTables(connection, part);
          const select = log.partRows(part.sql, spec, { regions, at, narrowed });
          const columns = spec.columns.map(column => quoteName(column.name)).join(', ');
          rows += (await connection.run(`INSERT INTO ${quoteTable(table)} (${columns}) ${select}`)).rowsChanged;
        }
        return rows;
      })
      .then(staged => ({ ...staged, regions }));
  }

  compare(
    staged: Staged,
    { cells }: { readonly cells?: readonly CellKey[] } = {},
  ): Promise<readonly CellChange[] | undefined> {
    const { spec, runId } = staged;
    const into = log.comparedName(spec.name, runId);
    return this.#lender.use(async connection => {
      const published = await this.#lender.catalog.columns(connection, spec.name);
      if (published.length > 0 && !dialect.hasColumnsOf(spec, published)) return undefined;
      const asked: readonly Region[] = cells === undefined ? [] : [{ kind: 'cells', cells }];
      const regions = published.length === 0 ? [] : (staged.regions ?? asked);
      const isWhole = staged.regions === undefined && cells !== undefined;
      await this.#keepRowsInPlace(connection);
      // New keys have no rows yet: to know that takes their column alone, to read the rows takes all columns.
      const held = new Set<number>();
      for (const [at, region] of regions.entries()) {
        if (region.kind === 'added' || (region.kind === 'keys' && region.keys.isNew)) continue;
        const isLookedInto = region.kind === 'cells' || region.keys.mayBeNew;
        if (!isLookedInto || (await rowsOf(connection, log.anyInRegion(spec, regions, at))).length > 0) held.add(at);
      }
      await connection.run(log.compareRows(spec, staged.table, { into, regions, isWhole, held }));
      const rows = await rowsOf(connection, log.comparedContent(spec, into, dialect.rowHashes(spec)));
      const going = rows.reduce((sum, [, gone]) => sum + number(gone), 0);
      this.#lender.compared.set(into, going);
      return rows.map(([cell, ...sums]) => {
        const half = sums.length / 2;
        const numbers = sums.map(sum => BigInt(text(sum)));
        return {
          cell: text(cell),
          removed: versionOf(algorithm(), numbers.slice(0, half)),
          added: versionOf(algorithm(), numbers.slice(half)),
        };
      });
    });
  }

  contentOfPublished(spec: TableSpec): Promise<readonly CellContent[]> {
    return this.#lender.use(async connection => {
      if (!(await this.#lender.catalog.has(connection, spec.name))) return [];
      return contentOf(connection, spec.name, spec);
    });
  }

  confirm(reader: string, position: Position): Promise<void> {
    return this.#lender.oneAtATime(() =>
      this.#lender.transaction(async connection => {
        await openBooks(this.#lender, connection);
        await rememberReads(connection, reader, position);
      }),
    );
  }

  prune(readers: ReadonlyMap<string, readonly string[]>): Promise<void> {
    return this.#lender
      .oneAtATime(() =>
        this.#lender.transaction(async connection => {
          const tables = (await rowsOf(connection, dialect.tableNames())).map(([name]) => text(name));
          const logs = tables.filter(name => name.startsWith(log.logName('')));
          const limits = await limitsOf(connection, logs, { readers, catalog: this.#lender.catalog });
          const trimmed = limits.map(({ table, upTo }) => [table, upTo] as const);
          const old = trimmed.length === 0 ? [] : await rowsOf(connection, log.anyUpTo(trimmed));
          const hasOld = new Set(old.map(([table]) => text(table)));
          const trims = trimmed.filter(([table]) => hasOld.has(table));
          if (trims.length > 0) await connection.run(log.trimLogs(trims));
          const gone = limits.filter(limit => limit.isGone).map(({ table }) => log.logName(table));
          if (gone.length > 0) await connection.run(gone.map(dialect.dropTable).join(';\n'));
          return gone;
        }),
      )
      .then(logs => this.#lender.catalog.changed(...logs));
  }

  /**
   * A checkpoint moves rows to other places, and between a comparison and its publication they must stay. The one in the end
   * leaves what was appended in groups of rows of its own: putting it together with the groups before it writes those anew.
   */
  async #keepRowsInPlace(connection: DuckDBConnection): Promise<void> {
    this.#inPlace ??= connection.run(dialect.rowsInPlace());
    await this.#inPlace;
  }

  /** By upstream table: what the reader has read of it, where the log goes back to that; '' where the reader is ahead. */
  async #readsOf(
    connection: DuckDBConnection,
    reader: string,
    edges: readonly KeyedEdge[],
  ): Promise<ReadonlyMap<string, number>> {
    if (!(await this.#lender.catalog.has(connection, log.READS))) return new Map();
    const tables = edges.map(edge => edge.upstream);
    const rows = await rowsOf(connection, log.readsOf(reader, tables));
    return new Map(
      rows.flatMap(([upstream, sequence, isWhole]) =>
        isWhole === true || upstream === '' ? [[text(upstream), number(sequence)] as const] : [],
      ),
    );
  }

  /** The keys of each table of which any changed. */
  async #loggedKeys(
    connection: DuckDBConnection,
    edges: readonly KeyedEdge[],
    spans: readonly (readonly [string, log.Span])[],
  ): Promise<LoggedKeys[]> {
    const { catalog } = this.#lender;
    const logged: (readonly [string, log.Span])[] = [];
    for (const span of spans) if (await catalog.has(connection, log.logName(span[0]))) logged.push(span);
    if (logged.length === 0) return [];
    const found: LoggedKeys[] = [];
    const spanOf = new Map(logged);
    for (const [table, publications, came, rows] of await rowsOf(connection, log.publicationsBetween(logged))) {
      const upstream = text(table);
      const span = spanOf.get(upstream);
      const edge = edges.find(one => one.upstream === upstream);
      if (span === undefined || edge === undefined || number(publications) === 0) continue;
      const onlyCame = came === true;
      const among = onlyCame ? undefined : await this.#compared(connection, edge, number(publications));
      const sql = log.keysBetween(edge, span, among);
      found.push({ upstream, since: span.after, upTo: span.upTo, sql, onlyCame, rows: number(rows) });
    }
    return found;
  }

  /** The columns that tell whether a row of the upstream that went came again, for the reader; undefined where none did. */
  async #compared(
    connection: DuckDBConnection,
    { upstream, uses, columns, through }: KeyedEdge,
    publications: number,
  ): Promise<readonly string[] | undefined> {
    const all = await this.#columnsOf(connection, upstream);
    const needed = new Set([...(uses ?? all), ...(through?.on ?? columns)]);
    const among = all.filter(name => needed.has(name));
    // What is published is no two rows that are the same in all.
    return publications === 1 && among.length === all.length ? undefined : among;
  }

  async #columnsOf(connection: DuckDBConnection, table: string): Promise<string[]> {
    return (await this.#lender.catalog.columns(connection, table)).map(([name]) => text(name));
  }

  /** The tables that a part sees narrowed, each with the SELECT that does it. */
  async #narrowedTables(
    connection: DuckDBConnection,
    { region, restrict, sameCells = [] }: Part,
  ): Promise<(readonly [string, string])[]> {
    if (region.kind === 'added') {
      const { upstream } = region.added;
      return [[upstream, log.addedRows(await this.#columnsOf(connection, upstream), region.added)]];
    }
    if (region.kind === 'cells')
      return sameCells.map(({ table, partition }) => [table, log.cellsOfTable(table, partition, region.cells)]);
    const { keys } = region;
    const narrowed: (readonly [string, string])[] = [];
    for (const { table, isUnique } of restrict) {
      const [only, ...others] = keys.from;
      const isAllOfIt = isUnique && others.length === 0 && only?.upstream === table;
      if (!isAllOfIt) narrowed.push([table, log.narrowedTo(table, keys)]);
      else {
        const span = { after: only.since, upTo: Number.MAX_SAFE_INTEGER };
        const rows = keys.isNew ? log.newRowsOfLog : log.rowsOfLog;
        narrowed.push([table, rows(table, await this.#columnsOf(connection, table), span)]);
      }
    }
    return narrowed;
  }
}

interface LoggedKeys {
  readonly upstream: string;
  readonly since: number;
  /** A SELECT of them. */
  readonly sql: string;
  /** Up to which publication. */
  readonly upTo: number;
  /** Whether rows only came. */
  readonly onlyCame: boolean;
  /** How many more rows there are. */
  readonly rows: number;
}

/** What a reader gets beside its rows, where rows only came to one table and each gives rows of its own. */
function addedBy(
  logged: readonly LoggedKeys[],
  edges: readonly KeyedEdge[],
): Pick<ChangedKeys, 'added' | 'count'> | undefined {
  const [only, ...others] = logged;
  if (only === undefined || others.length > 0 || !only.onlyCame) return undefined;
  const { upstream, since: after, upTo, rows } = only;
  const edge = edges.find(one => one.upstream === upstream);
  if (edge?.isLinear !== true) return undefined;
  const isOfItsOwn = edge.isUnique === true && edge.isOnly === true;
  return { added: { upstream, after, upTo, newBy: isOfItsOwn ? edge.columns : [] }, count: rows };
}

/** Makes a table of a SELECT. @returns its rows. */
async function createCounted(connection: DuckDBConnection, table: string, select: string): Promise<number> {
  const [[count] = []] = await rowsOf(connection, `CREATE OR REPLACE TABLE ${quoteTable(table)} AS ${select}`);
  return number(count);
}

/** Content of each cell of a table. */
export async function contentOf(
  connection: DuckDBConnection,
  table: string,
  spec: TableSpec,
): Promise<readonly CellContent[]> {
  const rows = await rowsOf(connection, dialect.contentSql(table, spec));
  return rows.map(([cell, size, ...sums]) => ({
    cell: text(cell),
    dataVersion: versionOf(
      algorithm(),
      [size, ...sums].map(sum => BigInt(text(sum))),
    ),
    rows: number(size),
  }));
}

/** Replaces, in the published table, what was compared and differs: of that `going` rows go. */
export async function replaceRegions(
  connection: DuckDBConnection,
  { spec, runId }: Staged,
  going: number,
): Promise<void> {
  const compared = log.comparedName(spec.name, runId);
  if (going > 0) {
    const { rowsChanged } = await connection.run(log.deleteCompared(spec, compared));
    if (rowsChanged !== going) throw new Error(`${rowsChanged} rows of "${spec.name}" went, not ${going}`);
  }
  await connection.run(log.insertCompared(spec, compared));
}

interface Keeping {
  readonly publication: Publication;
  readonly sequence: number;
  readonly options: PublishOptions;
  /** The table as it was before; no columns: there was none. */
  readonly published: ColumnRows;
  readonly catalog: Catalog;
  /** Names of tables that come or go. */
  readonly changed: Set<string>;
}

/**
 * What a publication leaves for readers by key and to be undone by: its changed rows, where they were compared, else the
 * table that it replaces; and what was read for it. @returns the name under which the replaced table stays; undefined: it goes.
 */
export async function keepBooks(
  connection: DuckDBConnection,
  staged: Staged,
  keeping: Keeping,
): Promise<string | undefined> {
  const { spec } = staged;
  const { publication, sequence, options, catalog, changed } = keeping;
  if (!(await catalog.has(connection, log.READS))) {
    await connection.run(log.createBookkeeping());
    changed.add(log.READS).add(log.TABLES);
  }
  const [[, since] = []] = await rowsOf(connection, log.tableRow(spec.name));
  const undoing = undoneBy(staged, keeping);
  await keepRows(connection, staged, { ...keeping, undoing });
  // What stood in the table before its first row here is in no log.
  const from = publication.isLogged && since !== undefined ? number(since) : sequence;
  await connection.run(log.rememberTable(spec.name, { sequence, since: from, isKnown: since !== undefined }));
  if (options.position !== undefined) await rememberReads(connection, spec.name, options.position);
  else if (options.mode === 'regions') await connection.run(log.rememberAhead(spec.name, sequence));
  const { versions = 0 } = options;
  await keepPast(connection, { asset: spec.name, sequence, ...undoing, versions }, { catalog, changed });
  return undoing.kind === 'table' ? keptName(spec.name, sequence) : undefined;
}

interface Undoing {
  readonly kind: 'rows' | 'table' | undefined;
  readonly hasOtherColumns: boolean;
}

/** How a publication can be undone. */
function undoneBy({ spec }: Staged, { publication, options, published }: Keeping): Undoing {
  const hasOtherColumns = published.length > 0 && !dialect.hasColumnsOf(spec, published);
  const isKept = (options.versions ?? 0) > 0 && published.length > 0 && options.mode !== 'append';
  if (!isKept) return { kind: undefined, hasOtherColumns };
  return { kind: options.mode === 'regions' || publication.isLogged ? 'rows' : 'table', hasOtherColumns };
}

/** The log after the publication: with its rows, as it was where it can still be of use, or gone. */
async function keepRows(
  connection: DuckDBConnection,
  staged: Staged,
  { publication, sequence, options, undoing, catalog, changed }: Keeping & { readonly undoing: Undoing },
): Promise<void> {
  const { spec, runId } = staged;
  const name = log.logName(spec.name);
  const hasLog = await catalog.has(connection, name);
  if (publication.isLogged || undoing.kind === 'rows') {
    const isCompared = options.mode !== 'append' || staged.regions !== undefined;
    const table = isCompared ? log.comparedName(spec.name, runId) : staged.table;
    if (!hasLog) {
      await connection.run(log.createLog(spec));
      changed.add(name);
    }
    await connection.run(log.appendToLog(spec, sequence, { table, isCompared }));
  } else if (hasLog && (undoing.kind === undefined || undoing.hasOtherColumns)) {
    await connection.run(dialect.dropTable(name));
    changed.add(name);
  }
}

async function rememberReads(connection: DuckDBConnection, reader: string, position: Position): Promise<void> {
  const entries = Object.entries(position);
  if (entries.length === 0) return;
  await connection.run(log.forgetReads(reader, Object.keys(position)));
  await connection.run(log.rememberReads(reader, entries));
}

interface Limit {
  readonly table: string;
  /** Rows of publications up to this one are of no use any more. */
  readonly upTo: number;
  /** Whether nothing of the log is left then. */
  readonly isGone: boolean;
}

/** What of each log every reader has read; a log that a reader never read stays as it is. */
async function limitsOf(
  connection: DuckDBConnection,
  logs: readonly string[],
  { readers, catalog }: { readonly readers: ReadonlyMap<string, readonly string[]>; readonly catalog: Catalog },
): Promise<Limit[]> {
  if (logs.length === 0) return [];
  const undoable = await floors(connection, catalog);
  const published = new Map(
    (await rowsOf(connection, log.allTables())).map(([table, at]) => [text(table), number(at)]),
  );
  const read = new Map<string, number>();
  for (const [table, reader, at] of await rowsOf(connection, log.allReads()))
    read.set(`${text(table)} ${text(reader)}`, number(at));
  return logs.flatMap((name): Limit[] => {
    const table = name.slice(log.logName('').length);
    const sequence = published.get(table);
    const reads = (readers.get(table) ?? []).map(reader => read.get(`${table} ${reader}`));
    if (sequence === undefined || reads.includes(undefined)) return [];
    const least = Math.min(...reads.filter(at => at !== undefined), ...(reads.length === 0 ? [sequence] : []));
    const past = undoable.get(table);
    // Besides it is kept to be undone by.
    if (past?.hasRows === true) return [{ table, upTo: Math.min(least, past.floor), isGone: false }];
    return [{ table, upTo: least, isGone: least >= sequence }];
  });
}

/** Forgets a table that is dropped, as a table and as a reader. */
export async function forgetTable(
  { catalog, changed }: Pick<Keeping, 'catalog' | 'changed'>,
  connection: DuckDBConnection,
  name: string,
): Promise<void> {
  if (await catalog.has(connection, log.READS)) await connection.run(log.forgetTable(name));
  await forgetPast(connection, name, { catalog, changed });
  await connection.run(dialect.dropTable(log.logName(name)));
  changed.add(log.logName(name));
}

/** What was made in memory for a staged table, itself among it where it is there. */
export function tablesAside({ spec, runId, regions = [], table }: Staged): string[] {
  const keys = regions.flatMap(region => (region.kind === 'keys' ? [region.keys.table] : []));
  return [...(dialect.isAside(table) ? [table] : []), log.comparedName(spec.name, runId), ...keys];
}
