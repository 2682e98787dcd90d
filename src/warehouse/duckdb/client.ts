// The embedded warehouse: a DuckDB file, one writing process. Runs what dialect.ts and checks.ts write; decides nothing.
// Staging and queries go side by side; publications one after another.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DuckDBConnection, type DuckDBValue, VARCHAR } from '@duckdb/node-api';
import type { Check } from '../../asset/check.ts';
import { PulseError } from '../../errors.ts';
import { makeFolder } from '../../folder.ts';
import type { ScalarFunction } from '../../googlesql/translate/scalar.ts';
import type { ResultSet, Value } from '../../googlesql/value.ts';
import type { TextColumns, TextRow } from '../../text-columns.ts';
import { bareSpec } from '../bare-spec.ts';
import type { Changes } from '../changes.ts';
import { checkName } from '../check-name.ts';
import type { Past } from '../past.ts';
import type {
  AuditOptions,
  CellContent,
  CellKey,
  CheckResult,
  ColumnsOptions,
  JournalRow,
  Publication,
  PublishMode,
  PublishOptions,
  QueryOptions,
  Staged,
  StageOptions,
  TableSpec,
  Warehouse,
} from '../warehouse.ts';
import { Catalog, type ColumnRows } from './catalog.ts';
import { comparedName } from './change-log.ts';
import { contentOf, forgetTable, keepBooks, openChanges, replaceRegions, tablesAside } from './changes.ts';
import { type Audited, auditQuery, isRowCheck, rowCounts } from './checks.ts';
import { readableType, rowsDecoder } from './decode.ts';
import * as dialect from './dialect.ts';
import type { Lender } from './lender.ts';
import { loadColumns, loadRows } from './load.ts';
import { openPast } from './past.ts';
import { interruptUntil, openPool, type Pool } from './pool.ts';
import { isInterrupt } from './trouble.ts';

export interface DuckDbOptions {
  /** Statements that every connection begins with: TEMP MACROs. */
  readonly prelude: readonly string[];
  readonly scalars: readonly ScalarFunction[];
  /** A reader; a file that is not there is an empty warehouse to it. Absent: false. */
  readonly readOnly?: boolean;
  /** That a statement may use, the one that waits for it included. Absent: one a core. */
  readonly threads?: number;
  /** Whether rows keep the order they are written in: without a price on one thread. Absent: false. */
  readonly keepsOrder?: boolean;
  /** As DuckDB writes it: `4GB`. Absent: 480MB; what does not fit goes to the temporary directory. */
  readonly memoryLimit?: string;
  /** Where DuckDB puts what does not fit. Absent: beside the file. */
  readonly tempDirectory?: string;
}

/** DuckDB's own default, 80 % of the machine, would be filled by its cache of blocks alone. */
export const MEMORY_LIMIT = '480MB';

function settingsOf(path: string, options: DuckDbOptions): Record<string, string> {
  return {
    // Extensions are downloads: what is not built in is not there.
    autoinstall_known_extensions: 'false',
    preserve_insertion_order: String(options.keepsOrder === true),
    ...(options.readOnly === true && path !== ':memory:' && { access_mode: 'READ_ONLY' }),
    ...(options.threads !== undefined && { threads: String(options.threads) }),
    memory_limit: options.memoryLimit ?? MEMORY_LIMIT,
    ...(options.tempDirectory !== undefined && { temp_directory: options.tempDirectory }),
  };
}

/**
 * Opens the warehouse of a DuckDB file, which is made where it is missing; `:memory:` is one that goes with the process.
 *
 * @throws {PulseError} WAREHOUSE_BUSY (transient) where another process has the file, WAREHOUSE_UNREACHABLE where it can't be read.
 */
export async function openDuckDb(path: string, options: DuckDbOptions): Promise<Warehouse> {
  const isEmpty = options.readOnly === true && !existsSync(path);
  const file = isEmpty ? ':memory:' : path;
  if (file !== ':memory:' && options.readOnly !== true) await makeFolder(dirname(file));
  const { prelude, scalars } = options;
  return new DuckDbWarehouse(await openPool(file, { prelude, scalars, settings: settingsOf(file, options) }));
}

/** Rows as DuckDB has them; text comes as string, BIGINT and HUGEINT as bigint. */
async function rowsOf(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
  const result = await connection.run(sql, values);
  return result.getRows();
}

const text = (value: DuckDBValue | undefined): string => String(value);
const count = (value: DuckDBValue | undefined): number => Number(value ?? 0);

/** So many rows are built in memory. */
const FEW_ROWS = 10_000;

type Fill = (connection: DuckDBConnection, table: string) => Promise<number>;

class DuckDbWarehouse implements Warehouse {
  readonly engine = 'duckdb';
  readonly changes: Changes;
  readonly past: Past;
  readonly #pool: Pool;
  readonly #catalog = new Catalog();
  readonly #compared = new Map<string, number>();
  #memory: Promise<unknown> | undefined;
  /** The publication before; the next one waits for it. */
  #publishing: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool) {
    this.#pool = pool;
    const lender: Lender = {
      catalog: this.#catalog,
      compared: this.#compared,
      use: work => this.#withMemory(() => pool.use(work)),
      transaction: work => pool.transaction(work),
      stageAside: (spec, options, fill) => this.#stageAside(spec, options, fill),
      stageSelect: (spec, sql, options) => this.stageSelect(spec, sql, options),
      oneAtATime: work => this.#oneAtATime(work),
    };
    this.changes = openChanges(lender);
    this.past = openPast(lender);
  }

  query(sql: string, columns: ResultSet['columns'], options: QueryOptions = {}): Promise<ResultSet> {
    return this.#pool.use(async connection => ({
      columns,
      rows: await interruptible(connection, options, () => readRows(connection, sql, columns)),
    }));
  }

  async hasTable(name: string): Promise<boolean> {
    return this.#pool.use(async connection => (await rowsOf(connection, dialect.columnsOf(), [name])).length > 0);
  }

  /** Opens, before it is needed, the database in memory. */
  async #withMemory<T>(work: () => Promise<T>): Promise<T> {
    this.#memory ??= this.#pool.use(connection => connection.run(dialect.attachMemory()));
    await this.#memory;
    return work();
  }

  stageSelect(
    spec: TableSpec,
    sql: string,
    options: StageOptions & { readonly cells?: readonly CellKey[] },
  ): Promise<Staged> {
    const { cells } = options;
    return this.#stageInFile(spec, options, async (connection, table) => {
      const insert = dialect.insertSelect(table, spec, { sql, ...(cells !== undefined && { cells }) });
      return (await connection.run(insert)).rowsChanged;
    });
  }

  stageRows(spec: TableSpec, rows: AsyncIterable<readonly TextRow[]>, options: StageOptions): Promise<Staged> {
    return this.#stageFew(spec, options, (connection, table) => loadRows(connection, { table, spec }, rows));
  }

  stageColumns(spec: TableSpec, batches: AsyncIterable<TextColumns>, options: ColumnsOptions): Promise<Staged> {
    const { json = [] } = options;
    return this.#stageFew(spec, options, async (connection, table) => {
      for (const sql of dialect.addTwins(table, json)) await connection.run(sql);
      return loadColumns(connection, { table, spec, json }, batches);
    }).then(staged => ({ ...staged, json }));
  }

  /** In memory where they are few: the write-ahead log has them once then. */
  #stageFew(spec: TableSpec, options: StageOptions, fill: Fill): Promise<Staged> {
    return (options.rows ?? Number.POSITIVE_INFINITY) > FEW_ROWS
      ? this.#stageInFile(spec, options, fill)
      : this.#stageAside(spec, options, fill);
  }

  #stageAside(spec: TableSpec, options: StageOptions, fill: Fill): Promise<Staged> {
    const table = dialect.asideName(spec.name, options.runId);
    return this.#withMemory(() => this.#stage(spec, table, { options, fill }));
  }

  #stageInFile(spec: TableSpec, options: StageOptions, fill: Fill): Promise<Staged> {
    return this.#stage(spec, dialect.stagingName(spec.name, options.runId), { options, fill });
  }

  #stage(
    spec: TableSpec,
    table: string,
    { options: { runId, signal }, fill }: { readonly options: StageOptions; readonly fill: Fill },
  ): Promise<Staged> {
    const limits = { ...(signal !== undefined && { signal }), ended: () => interrupted(spec) };
    const work = async (connection: DuckDBConnection): Promise<Staged> => {
      const rows = await interruptible(connection, limits, async () => {
        await connection.run(dialect.createStaging(table, spec));
        return fill(connection, table);
      });
      return { spec, runId, table, rows };
    };
    if (!dialect.isAside(table)) return this.#pool.transaction(work);
    // What is in memory needs no transaction to be gone.
    return this.#pool.use(connection =>
      work(connection).catch(async error => {
        await connection.run(dialect.dropTable(table));
        throw error;
      }),
    );
  }

  contentOf(staged: Staged): Promise<readonly CellContent[]> {
    return this.#pool.use(connection => contentOf(connection, staged.table, staged.spec));
  }

  audit(staged: Staged, checks: readonly Check[], options: AuditOptions): Promise<readonly CheckResult[]> {
    return this.#pool.use(async connection => {
      const hasBeside = !options.isWhole && (await this.#catalog.columns(connection, staged.spec.name)).length > 0;
      const { mode = 'replace', removed = [], newBy = [] } = options;
      const regions = staged.regions ?? [];
      const name = comparedName(staged.spec.name, staged.runId);
      const compared = mode === 'regions' && this.#compared.has(name) ? name : undefined;
      const beside = hasBeside ? { mode, removed, regions, newBy, compared } : undefined;
      return auditTable(connection, checks, { spec: staged.spec, table: staged.table, beside });
    });
  }

  auditPublished(name: string, checks: readonly Check[]): Promise<readonly CheckResult[]> {
    return this.#pool.use(async connection => {
      const spec = await publishedSpec(connection, name);
      return auditTable(connection, checks, { spec, table: name, beside: undefined });
    });
  }

  async publish(staged: Staged, publication: Publication, options: PublishOptions): Promise<JournalRow> {
    const catalog = this.#catalog;
    const row = await this.#changing(async (connection, changed) => {
      const published = await catalog.columns(connection, staged.spec.name);
      await this.#openJournal(connection, changed);
      const row = await writeJournal(connection, publication);
      const books = { publication, sequence: row.sequence, options, published, catalog, changed };
      const kept = await keepBooks(connection, staged, books);
      if (kept !== undefined) changed.add(kept);
      const refused = dialect.refusedName(staged.spec.name);
      if (await catalog.has(connection, refused)) {
        await connection.run(dialect.dropTable(refused));
        changed.add(refused);
      }
      const going = this.#compared.get(comparedName(staged.spec.name, staged.runId)) ?? 0;
      const isOther = await takeOver(connection, staged, { publication, mode: options.mode, published, kept, going });
      if (isOther) changed.add(staged.spec.name);
      // What is in memory can't be dropped in a transaction of the file.
      if (!dialect.isAside(staged.table)) await connection.run(dialect.dropTable(staged.table));
      return row;
    });
    await this.discard(staged);
    const tidying = dialect.tidied(row.sequence);
    if (tidying !== undefined) await this.#pool.use(connection => connection.run(tidying));
    return row;
  }

  /** A transaction that changes a published table and its books; `changed` takes the names of tables that come or go. */
  #changing<T>(work: (connection: DuckDBConnection, changed: Set<string>) => Promise<T>): Promise<T> {
    return this.#oneAtATime(async () => {
      const changed = new Set<string>();
      try {
        return await this.#pool.transaction(connection => work(connection, changed));
      } finally {
        this.#catalog.changed(...changed);
      }
    });
  }

  async #openJournal(connection: DuckDBConnection, changed: Set<string>): Promise<void> {
    const columns = await this.#catalog.columns(connection, dialect.JOURNAL);
    if (columns.some(([name]) => name === 'is_logged')) return;
    await connection.run(columns.length === 0 ? dialect.createJournal() : dialect.growJournal());
    changed.add(dialect.JOURNAL);
  }

  async #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#publishing.then(work);
    this.#publishing = mine.catch(() => undefined);
    return mine;
  }

  async setAside(staged: Staged): Promise<void> {
    const { spec, table, runId } = staged;
    await this.#changing(async (connection, changed) => {
      changed.add(dialect.refusedName(spec.name));
      await connection.run(dialect.setAside(table, spec, runId));
    });
    await this.discard(staged);
  }

  async discard(staged: Staged): Promise<void> {
    const tables = tablesAside(staged);
    for (const table of tables) this.#compared.delete(table);
    const made = dialect.isAside(staged.table) ? [] : [staged.table];
    // Another table's work may just be opening it.
    await this.#memory;
    await this.#pool.use(async connection => {
      const drops = [...made, ...(this.#memory === undefined ? [] : tables)].map(dialect.dropTable);
      if (drops.length > 0) await connection.run(drops.join(';\n'));
    });
  }

  sweep(aliveRuns: readonly string[]): Promise<readonly string[]> {
    return this.#pool.use(async connection => {
      const names = (await rowsOf(connection, dialect.tableNames())).map(([name]) => text(name));
      const orphans = names.filter(name => {
        const run = dialect.runOfStaging(name);
        return run !== undefined && !aliveRuns.includes(run);
      });
      for (const name of orphans) await connection.run(dialect.dropTable(name));
      return orphans;
    });
  }

  /** Only one process has the file open for writing: nothing of another is under way. */
  async fence(): Promise<void> {}

  journal(afterSequence: number): Promise<readonly JournalRow[]> {
    return this.#pool.use(async connection => {
      const columns = await rowsOf(connection, dialect.columnsOf(), [dialect.JOURNAL]);
      if (columns.length === 0) return [];
      const isGrown = columns.some(([name]) => name === 'is_logged');
      const rows = await rowsOf(connection, dialect.journalAfter(isGrown), [BigInt(afterSequence)]);
      return rows.map(journalRow);
    });
  }

  compactJournal(living: readonly number[], before: string): Promise<number> {
    return this.#oneAtATime(() =>
      this.#pool.use(async connection => {
        if ((await rowsOf(connection, dialect.columnsOf(), [dialect.JOURNAL])).length === 0) return 0;
        return (await connection.run(dialect.compactJournal(living), [before])).rowsChanged;
      }),
    );
  }

  drop(name: string): Promise<void> {
    return this.#changing(async (connection, changed) => {
      changed.add(name);
      await this.#openJournal(connection, changed);
      await connection.run(dialect.dropTable(name));
      await connection.run(dialect.dropTable(dialect.refusedName(name)));
      changed.add(dialect.refusedName(name));
      await forgetTable({ catalog: this.#catalog, changed }, connection, name);
      await connection.run(dialect.deleteFromJournal(), [name]);
    });
  }

  async close(): Promise<void> {
    await this.#publishing;
    await this.#pool.close();
  }
}

async function readRows(connection: DuckDBConnection, sql: string, columns: ResultSet['columns']): Promise<Value[][]> {
  const result = await connection.run(sql);
  if (result.columnCount !== columns.length) {
    throw new Error(`the query gives ${result.columnCount} columns, ${columns.length} were expected`);
  }
  const decode = rowsDecoder(columns, result.columnTypes());
  const rows: Value[][] = [];
  for (let i = 0; i < result.chunkCount; i++) for (const row of decode(result.getChunk(i))) rows.push(row);
  return rows;
}

interface Limits extends QueryOptions {
  /** What is thrown where the time was up or the signal came; `why` says which. */
  readonly ended?: (why: string, cause?: unknown) => PulseError;
}

const timedOut = (why: string, cause?: unknown): PulseError => new PulseError('QUERY_TIMEOUT', why, { cause });

const interrupted = ({ name }: TableSpec): PulseError =>
  new PulseError('RUN_INTERRUPTED', `"${name}" was interrupted while it was made.`, {
    hint: 'Nothing of it was published. Run again to go on.',
  });

/** Runs `work`, and ends what the connection does when the time is up or the signal comes. */
async function interruptible<T>(
  connection: DuckDBConnection,
  { timeoutMs, signal, ended = timedOut }: Limits,
  work: () => Promise<T>,
): Promise<T> {
  let reason: string | undefined;
  let stop: (() => void) | undefined;
  const end = (why: string): void => {
    if (reason !== undefined) return;
    reason = why;
    stop = interruptUntil(connection);
  };
  const onAbort = (): void => end('The query was stopped.');
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs, `The query took longer than ${timeoutMs} ms.`);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) throw ended('The query was stopped.');
    return await work();
  } catch (error) {
    if (reason === undefined || !isInterrupt(error)) throw error;
    throw ended(reason, error);
  } finally {
    clearTimeout(timer);
    stop?.();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What a check needs to know of a published table. @throws {PulseError} WAREHOUSE_TABLE_MISSING */
async function publishedSpec(connection: DuckDBConnection, name: string): Promise<TableSpec> {
  const result = await connection.run(dialect.noRows(name));
  const types = result.columnTypes();
  const columns = result.columnNames().map((column, i) => {
    return { name: column, type: readableType(types[i] ?? VARCHAR) };
  });
  return bareSpec(name, columns);
}

async function auditTable(
  connection: DuckDBConnection,
  checks: readonly Check[],
  audited: Audited,
): Promise<readonly CheckResult[]> {
  const together = rowCounts(checks, audited);
  const [counts = []] = together === undefined ? [] : await rowsOf(connection, together);
  const rowChecks = checks.filter(isRowCheck);
  const others = checks.filter(check => !isRowCheck(check));
  // One statement for all: on few rows, planning them one by one is most of the time.
  const queries = others.map(check => `(${auditQuery(check, checks, audited).count})`);
  const [otherCounts = []] = queries.length === 0 ? [] : await rowsOf(connection, `SELECT ${queries.join(', ')}`);
  const results: CheckResult[] = [];
  for (const check of checks) {
    const query = auditQuery(check, checks, audited);
    const failedRows = isRowCheck(check)
      ? count(counts[rowChecks.indexOf(check)])
      : count(otherCounts[others.indexOf(check)]);
    const columns = query.sampleColumns.map(name => ({
      name,
      type: audited.spec.columns.find(column => column.name === name)?.type ?? { kind: 'STRING' as const },
    }));
    const sample = failedRows === 0 ? [] : await readRows(connection, query.sample, columns);
    results.push({ check, name: checkName(check), failedRows, sampleColumns: query.sampleColumns, sample });
  }
  return results;
}

const refused = (publication: Publication, highest: DuckDBValue | undefined): PulseError =>
  new PulseError(
    'PUBLICATION_REFUSED',
    `"${publication.asset}" was published by a newer run (token ${highest}) while this one (token ${publication.fencingToken}) was at work.`,
    { hint: 'Nothing was written. Run again to build on what the newer run made.' },
  );

/** Puts the staged rows in the place of the published ones, within the caller's transaction. @returns whether it is another table now. */
async function takeOver(
  connection: DuckDBConnection,
  staged: Staged,
  {
    publication,
    mode,
    published,
    kept,
    going,
  }: {
    readonly publication: Publication;
    readonly mode: PublishMode;
    readonly published: ColumnRows;
    /** Under which name the replaced table stays; undefined: it goes. */
    readonly kept: string | undefined;
    /** How many rows go, of what was compared. */
    readonly going: number;
  },
): Promise<boolean> {
  const { spec, table } = staged;
  const touched = [...publication.written.map(content => content.cell), ...publication.removed];
  const isWhole = publication.isWhole || (spec.partition.kind === 'none' && touched.length > 0);
  if (published.length === 0 || (mode === 'replace' && isWhole)) {
    if (dialect.isAside(table)) await connection.run(dialect.copyAside(table, spec));
    else await connection.run(dialect.swap(table, spec.name, kept));
    return true;
  }
  dialect.refuseOtherColumns(spec, published);
  if (mode === 'regions') await replaceRegions(connection, staged, going);
  else await replaceCells(connection, staged, { publication, mode });
  if (sameDescriptions(spec, published)) return false;
  await connection.run(dialect.describe(spec.name, spec).join(';\n'));
  return true;
}

async function replaceCells(
  connection: DuckDBConnection,
  { spec, table, rows, json = [] }: Staged,
  { publication, mode }: { readonly publication: Publication; readonly mode: PublishMode },
): Promise<void> {
  const written = publication.written.map(content => content.cell);
  const isAll = publication.written.reduce((sum, content) => sum + content.rows, 0) === rows;
  // Before anything else: what has changed in a transaction can't be altered in it.
  for (const sql of dialect.addTwins(spec.name, json)) await connection.run(sql);
  if (mode === 'replace') await connection.run(dialect.deleteCells(spec, [...written, ...publication.removed]));
  const cells = mode === 'append' || isAll ? undefined : written;
  await connection.run(dialect.insertStaged(table, spec, { cells, json }));
}

function sameDescriptions(spec: TableSpec, published: ColumnRows): boolean {
  return (
    (published[0]?.[4] ?? '') === spec.description &&
    spec.columns.every(column => {
      const row = published.find(([name]) => name === column.name);
      return (row?.[3] ?? '') === column.description;
    })
  );
}

/** @throws {PulseError} PUBLICATION_REFUSED where a newer run has published the asset already. */
async function writeJournal(connection: DuckDBConnection, publication: Publication): Promise<JournalRow> {
  const [row] = await rowsOf(connection, dialect.insertJournal(), [
    publication.asset,
    publication.runId,
    BigInt(publication.fencingToken),
    publication.codeVersion,
    publication.note,
    JSON.stringify(publication.written),
    JSON.stringify(publication.removed),
    publication.isWhole,
    JSON.stringify(publication.settles),
    publication.isLogged,
  ]);
  if (row === undefined) {
    const [[highest] = []] = await rowsOf(connection, dialect.highestToken(), [publication.asset]);
    throw refused(publication, highest);
  }
  const [sequence, publishedAt] = row;
  return { ...publication, sequence: count(sequence), publishedAt: utcText(publishedAt) };
}

const utcText = (value: DuckDBValue | undefined): string => `${text(value).replace(' ', 'T')}Z`;

/** What a row of an earlier version settled: all, or its cells. */
function settledBefore([, , , , , , written, removed, isWhole]: DuckDBValue[]): readonly string[] {
  if (isWhole === true) return ['*'];
  return [...(JSON.parse(text(written)) as CellContent[]).map(content => content.cell), ...JSON.parse(text(removed))];
}

function journalRow(row: DuckDBValue[]): JournalRow {
  const [
    sequence,
    asset,
    runId,
    fencingToken,
    codeVersion,
    note,
    written,
    removed,
    isWhole,
    publishedAt,
    settles,
    isLogged,
  ] = row;
  return {
    sequence: count(sequence),
    asset: text(asset),
    runId: text(runId),
    fencingToken: count(fencingToken),
    codeVersion: text(codeVersion),
    note: text(note),
    written: JSON.parse(text(written)),
    removed: JSON.parse(text(removed)),
    isWhole: isWhole === true,
    settles: settles === null ? settledBefore(row) : JSON.parse(text(settles)),
    isLogged: isLogged === true,
    publishedAt: utcText(publishedAt),
  };
}
