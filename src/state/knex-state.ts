// The verbs of the state store, on knex, for any engine with a dialect. No engine's own SQL but through the dialect.
// Every verb is one transaction: writers lock first, readers see one snapshot.

import type { Knex } from 'knex';
import { ALL_CELLS } from '../asset/partition.ts';
import { must, PulseError } from '../errors.ts';
import type { CellKey, JournalRow } from '../warehouse/warehouse.ts';
import type { ColumnType, StateDialect } from './dialect.ts';
import { MIGRATIONS } from './migrate.ts';
import { isUnused, replaceWith, rowsOf, type StateRow } from './move.ts';
import type {
  Backfill,
  BackfillCell,
  BackfillStatus,
  Build,
  Cell,
  CheckRecord,
  CostRecord,
  Lease,
  LeaseHolder,
  LoggedEvent,
  Mark,
  ObservedFile,
  Run,
  RunStatus,
  StateSnapshot,
  StateStore,
  StepRecord,
} from './state-store.ts';

/** Property of the value: column of the table. */
const RUN = {
  runId: 'run_id',
  command: 'command',
  status: 'status',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  pid: 'pid',
  host: 'host',
} as const;
const STEP = {
  runId: 'run_id',
  asset: 'asset',
  status: 'status',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  cells: 'cells',
  rows: 'row_count',
  message: 'message',
} as const;
const MARK = { asset: 'asset', cell: 'cell', cause: 'cause', runId: 'run_id' } as const;
const FILE = {
  source: 'source',
  path: 'path',
  size: 'size',
  mtimeMs: 'mtime_ms',
  inode: 'inode',
  hash: 'hash',
  takenHash: 'taken_hash',
} as const;
const LEASE = {
  resource: 'resource',
  runId: 'run_id',
  command: 'command',
  pid: 'pid',
  host: 'host',
  token: 'token',
  since: 'since',
  expiresAt: 'expires_at',
} as const;
const EVENT = { number: 'number', loggedAt: 'logged_at', body: 'body' } as const;
const BACKFILL = {
  backfillId: 'backfill_id',
  command: 'command',
  options: 'options',
  status: 'status',
  createdAt: 'created_at',
  finishedAt: 'finished_at',
} as const;
const BACKFILL_CELL = {
  asset: 'asset',
  cell: 'cell',
  chunk: 'chunk',
  status: 'status',
  runId: 'run_id',
  message: 'message',
} as const;
const PUBLICATION = { codeVersion: 'code_version', runId: 'run_id', madeAt: 'made_at' } as const;
const BUILD = { asset: 'builds.asset', ...PUBLICATION, note: 'note', cells: 'cells', rows: 'row_count' } as const;
const CELL = { cell: 'cell', dataVersion: 'data_version', rows: 'row_count', sequence: 'sequence' } as const;

const CHECK = {
  name: 'name',
  day: 'day',
  scope: 'scope',
  asset: 'asset',
  kind: 'kind',
  severity: 'severity',
  verdict: 'verdict',
  failedRows: 'failed_rows',
  note: 'note',
  measures: 'measures',
  sample: 'sample',
  query: 'query',
  checkedAt: 'checked_at',
} as const;
const COST = {
  jobId: 'job_id',
  runId: 'run_id',
  asset: 'asset',
  purpose: 'purpose',
  bytesBilled: 'bytes_billed',
  slotMs: 'slot_ms',
  priceUsd: 'price_usd',
  endedAt: 'ended_at',
} as const;
const KEPT_MS = 400 * 86_400_000;

export class KnexState implements StateStore {
  readonly version = MIGRATIONS.length;
  readonly #dialect: StateDialect;
  readonly #now: () => Date;

  constructor(dialect: StateDialect, options: { readonly now: () => Date }) {
    this.#dialect = dialect;
    this.#now = options.now;
  }

  snapshot(): Promise<StateSnapshot> {
    return this.#read(async tx => {
      const builds: Build[] = await tx('builds')
        .join('publications', 'publications.sequence', 'builds.sequence')
        .select(BUILD);
      const steps: StepRecord[] = await tx('last_steps').select(STEP);
      return {
        builds: new Map(builds.map(build => [build.asset, build])),
        marks: await tx('marks').select(MARK).orderBy(['asset', 'cell', 'cause']),
        files: await tx('files').select(FILE).orderBy(['source', 'path']),
        lastSteps: new Map(steps.map(step => [step.asset, step])),
        openRuns: await tx('runs').select(RUN).where('status', 'running').orderBy(['started_at', 'run_id']),
      };
    });
  }

  cells(asset: string): Promise<ReadonlyMap<CellKey, Cell>> {
    return this.#read(async tx => {
      // Not a join: of 100,000 cells it would hand over the same few publications again and again.
      const made: (Pick<Cell, keyof typeof PUBLICATION> & Sequenced)[] = await tx('publications')
        .select({ ...PUBLICATION, sequence: 'sequence' })
        .where('asset', asset);
      const bySequence = new Map(made.map(({ sequence, ...publication }) => [sequence, publication]));
      const rows: (Pick<Cell, 'cell' | 'dataVersion' | 'rows'> & Sequenced)[] = await tx('cells')
        .select(CELL)
        .where('asset', asset)
        .orderBy('cell');
      return new Map(rows.map(({ sequence, ...row }) => [row.cell, { asset, ...row, ...must(bySequence, sequence) }]));
    });
  }

  startRun(run: Pick<Run, 'runId' | 'command' | 'pid' | 'host'>): Promise<Run> {
    const started: Run = { ...run, status: 'running', startedAt: this.#now().toISOString(), finishedAt: null };
    return this.#write(async tx => {
      await tx('runs').insert(columnsOf(RUN, started));
      return started;
    });
  }

  finishRun(runId: string, status: RunStatus): Promise<void> {
    return this.#write(async tx => {
      const found = await tx('runs').where('run_id', runId).update({ status, finished_at: this.#now().toISOString() });
      if (found === 0) throw new Error(`no run ${runId} to finish`);
    });
  }

  recordStep(step: StepRecord): Promise<void> {
    return this.#write(async tx => {
      const row = columnsOf(STEP, step);
      await tx('steps').insert(row).onConflict(['run_id', 'asset']).merge();
      await tx('last_steps').insert(row).onConflict('asset').merge();
    });
  }

  runs(limit: number): Promise<readonly Run[]> {
    return this.#read(tx =>
      tx('runs').select(RUN).orderBy('started_at', 'desc').orderBy('run_id', 'desc').limit(limit),
    );
  }

  steps(runId: string): Promise<readonly StepRecord[]> {
    return this.#read(tx => tx('steps').select(STEP).where('run_id', runId).orderBy(['finished_at', 'asset']));
  }

  greatestSteps(): Promise<readonly StepRecord[]> {
    const place = 'row_number() over (partition by asset order by cells desc, finished_at desc, run_id desc) as place';
    return this.#read(tx =>
      tx
        .select(STEP)
        .from(tx('steps').select('*', tx.raw(place)).where('status', 'done').as('ranked'))
        .where('place', 1)
        .orderBy('asset'),
    );
  }

  appliedSequence(): Promise<number> {
    return this.#read(tx => counter(tx, 'applied'));
  }

  apply(
    row: JournalRow,
    effects: { readonly clears: readonly (CellKey | '*')[]; readonly marks: readonly Mark[] },
  ): Promise<void> {
    return this.#write(async tx => {
      // Locked until the end: rows are taken over one after the other.
      const applied = await tx('counters').where('name', 'applied').forUpdate().first<Counter>();
      if (row.sequence <= applied.value) return;
      await this.#takeOver(tx, row);
      await this.#clear(tx, row.asset, effects.clears);
      await this.#mark(tx, effects.marks);
      await tx('counters').where('name', 'applied').update({ value: row.sequence });
      // A journal that outlives its state (a new file, another machine) must not meet its own tokens again.
      await tx('counters')
        .where('name', 'fencing')
        .where('value', '<', row.fencingToken)
        .update({ value: row.fencingToken });
    });
  }

  forgetPublished(): Promise<void> {
    return this.#write(async tx => {
      for (const table of ['builds', 'cells', 'publications', 'marks']) await tx(table).delete();
      await tx('counters').where('name', 'applied').update({ value: 0 });
    });
  }

  clearMarks(asset: string, cells: readonly (CellKey | '*')[]): Promise<void> {
    return this.#write(tx => this.#clear(tx, asset, cells));
  }

  observe(files: readonly ObservedFile[]): Promise<void> {
    const rows = files.map(file => columnsOf(FILE, file));
    return this.#write(tx => this.#put(tx, { table: 'files', key: ['source', 'path'], columns: FILE_TYPES, rows }));
  }

  forget(source: string, paths: readonly string[]): Promise<void> {
    return this.#write(async tx => {
      await tx('files')
        .where('source', source)
        .whereRaw(this.#isOneOf('path'), [JSON.stringify(paths)])
        .delete();
    });
  }

  acquireLease(
    resource: string,
    holder: LeaseHolder,
    { ttlMs, takeFrom, above = 0 }: { readonly ttlMs: number; readonly takeFrom?: number; readonly above?: number },
  ): Promise<Lease> {
    return this.#write(async tx => {
      // Also the lock: whoever else wants a lease waits here.
      const token = await nextToken(tx, above);
      const now = this.#now();
      const wanted: Lease = { ...holder, resource, token, since: now.toISOString(), expiresAt: later(now, ttlMs) };
      const held: Lease | undefined = await tx('leases').select(LEASE).where('resource', resource).first();
      const isFree = held === undefined || held.token === takeFrom;
      if (!isFree) return held;
      await tx('leases').insert(columnsOf(LEASE, wanted)).onConflict('resource').merge();
      return wanted;
    });
  }

  renewLeases(runId: string, ttlMs: number): Promise<readonly Lease[]> {
    return this.#write(async tx => {
      await tx('leases')
        .where('run_id', runId)
        .update({ expires_at: later(this.#now(), ttlMs) });
      return tx('leases').select(LEASE).where('run_id', runId).orderBy('resource');
    });
  }

  releaseLeases(runId: string, resources?: readonly string[]): Promise<void> {
    return this.#write(async tx => {
      const own = tx('leases').where('run_id', runId).delete();
      await (resources === undefined ? own : own.whereRaw(this.#isOneOf('resource'), [JSON.stringify(resources)]));
    });
  }

  leases(): Promise<readonly Lease[]> {
    return this.#read(tx => tx('leases').select(LEASE).orderBy('resource'));
  }

  recordChecks(records: readonly CheckRecord[]): Promise<void> {
    return this.#write(async tx => {
      const rows = records.map(record => columnsOf(CHECK, record));
      await this.#put(tx, { table: 'check_results', key: ['name', 'day', 'scope'], columns: CHECK_TYPES, rows });
      const oldest = new Date(this.#now().getTime() - KEPT_MS).toISOString();
      await tx('check_results').where('checked_at', '<', oldest).delete();
    });
  }

  checkRecords(from: string, to: string): Promise<readonly CheckRecord[]> {
    return this.#read(tx =>
      tx('check_results').select(CHECK).whereBetween('day', [from, to]).orderBy(['day', 'name', 'scope']),
    );
  }

  recordCost(cost: CostRecord): Promise<void> {
    return this.#write(async tx => {
      await tx('costs').insert(columnsOf(COST, cost)).onConflict('job_id').ignore();
      const oldest = new Date(this.#now().getTime() - KEPT_MS).toISOString();
      await tx('costs').where('ended_at', '<', oldest).delete();
    });
  }

  costs(since: string): Promise<readonly CostRecord[]> {
    return this.#read(tx => tx('costs').select(COST).where('ended_at', '>=', since).orderBy(['ended_at', 'job_id']));
  }

  bytesBilled(since: string): Promise<number> {
    return this.#read(async tx => {
      const found = await tx('costs').where('ended_at', '>=', since).sum('bytes_billed', { as: 'sum' }).first();
      return Number((found as { sum: unknown } | undefined)?.sum ?? 0);
    });
  }

  logEvents(runId: string, events: readonly LoggedEvent[]): Promise<void> {
    const rows = events.map(event => ({ run_id: runId, ...columnsOf(EVENT, event) }));
    return this.#write(tx => this.#put(tx, { table: 'events', key: ['run_id', 'number'], columns: EVENT_TYPES, rows }));
  }

  events(runId: string): Promise<readonly LoggedEvent[]> {
    return this.#read(tx => tx('events').select(EVENT).where('run_id', runId).orderBy('number'));
  }

  pruneHistory(before: string): Promise<{ readonly runs: number; readonly backfills: number }> {
    return this.#write(async tx => {
      const runs = (): Knex.QueryBuilder => tx('runs').whereNot('status', 'running').where('finished_at', '<', before);
      const backfills = (): Knex.QueryBuilder => tx('backfills').where('finished_at', '<', before);
      for (const table of ['events', 'steps']) await tx(table).whereIn('run_id', runs().select('run_id')).delete();
      await tx('backfill_cells').whereIn('backfill_id', backfills().select('backfill_id')).delete();
      return { runs: await runs().delete(), backfills: await backfills().delete() };
    });
  }

  async forgetRows({ butOf }: { readonly butOf: string }): Promise<void> {
    await this.#write(async tx => {
      await tx('check_results').update({ sample: NO_ROWS });
      for (const table of ['steps', 'last_steps'])
        await tx(table).where({ status: 'failed' }).whereNot('run_id', butOf).update({ message: FORGOTTEN });
      await tx('backfill_cells').whereNotNull('message').update({ message: FORGOTTEN });
      const said = tx('events').whereNot('run_id', butOf).where('body', 'like', '%"error":{%');
      const rows: LoggedRow[] = await said.select('run_id', 'number', 'logged_at', 'body');
      const forgotten = rows.map(row => ({ ...row, body: withoutMessage(row.body) }));
      await this.#put(tx, { table: 'events', key: ['run_id', 'number'], columns: EVENT_TYPES, rows: forgotten });
    });
    await this.#translated(async () => this.#dialect.rewrite?.());
  }

  createBackfill(
    backfill: Pick<Backfill, 'backfillId' | 'command' | 'options'>,
    cells: readonly Pick<BackfillCell, 'asset' | 'cell' | 'chunk'>[],
  ): Promise<Backfill> {
    const createdAt = this.#now().toISOString();
    const created: Backfill = { ...backfill, status: 'running', createdAt, finishedAt: null };
    return this.#write(async tx => {
      await tx('backfills').insert(columnsOf(BACKFILL, created));
      const pending = cells.map(cell => ({ ...cell, status: 'pending', runId: null, message: null }) as const);
      await this.#putBackfillCells(tx, backfill.backfillId, pending);
      return created;
    });
  }

  backfills(limit: number): Promise<readonly Backfill[]> {
    return this.#read(tx =>
      tx('backfills').select(BACKFILL).orderBy('created_at', 'desc').orderBy('backfill_id', 'desc').limit(limit),
    );
  }

  backfillCells(backfillId: string): Promise<readonly BackfillCell[]> {
    return this.#read(tx =>
      tx('backfill_cells').select(BACKFILL_CELL).where('backfill_id', backfillId).orderBy(['chunk', 'asset', 'cell']),
    );
  }

  recordBackfillCells(backfillId: string, cells: readonly BackfillCell[]): Promise<void> {
    return this.#write(tx => this.#putBackfillCells(tx, backfillId, cells));
  }

  setBackfillStatus(backfillId: string, status: BackfillStatus): Promise<void> {
    return this.#write(async tx => {
      const finishedAt = status === 'running' ? null : this.#now().toISOString();
      const found = await tx('backfills').where('backfill_id', backfillId).update({ status, finished_at: finishedAt });
      if (found === 0) throw new Error(`no backfill ${backfillId}`);
    });
  }

  livingSequences(): Promise<readonly number[]> {
    return this.#read(async tx => {
      const rows: Sequenced[] = await tx('publications').select('sequence').orderBy('sequence');
      return rows.map(row => row.sequence);
    });
  }

  #putBackfillCells(tx: Knex, backfillId: string, cells: readonly BackfillCell[]): Promise<void> {
    const rows = cells.map(cell => ({ backfill_id: backfillId, ...columnsOf(BACKFILL_CELL, cell) }));
    const key = ['backfill_id', 'asset', 'cell'];
    return this.#put(tx, { table: 'backfill_cells', key, columns: BACKFILL_CELL_TYPES, rows });
  }

  nextFencingToken(): Promise<number> {
    return this.#write(tx => nextToken(tx));
  }

  close(): Promise<void> {
    return this.#dialect.db.destroy();
  }

  /** The cells and the build of a journal row. Publications of which no cell is left are forgotten: the journal has them. */
  async #takeOver(tx: Knex, row: JournalRow): Promise<void> {
    const { asset, sequence } = row;
    await tx('publications').insert({
      sequence,
      asset,
      run_id: row.runId,
      code_version: row.codeVersion,
      made_at: row.publishedAt,
    });
    const cells = row.written.map(({ cell, dataVersion, rows }) => ({
      asset,
      sequence,
      cell,
      data_version: dataVersion,
      row_count: rows,
    }));
    await this.#put(tx, { table: 'cells', key: ['asset', 'cell'], columns: CELL_TYPES, rows: cells });
    const gone = tx('cells').where('asset', asset).whereNot('sequence', sequence).delete();
    await (row.isWhole ? gone : gone.whereRaw(this.#isOneOf('cell'), [JSON.stringify(row.removed)]));
    const total = tx('cells').where('asset', asset).count({ cells: '*' }).sum({ row_count: 'row_count' });
    const { cells: count, row_count } = await total.first<{ cells: number; row_count: number | null }>();
    const build = { asset, sequence, note: row.note, cells: Number(count), row_count: row_count ?? 0 };
    await tx('builds').insert(build).onConflict('asset').merge();
    const alive = tx('cells').distinct('sequence').where('asset', asset);
    await tx('publications')
      .where('asset', asset)
      .whereNot('sequence', sequence)
      .whereNotIn('sequence', alive)
      .delete();
  }

  /** To clear all is to clear every mark: whoever made all cells made each. */
  async #clear(tx: Knex, asset: string, cells: readonly (CellKey | '*')[]): Promise<void> {
    if (cells.length === 0) return;
    const marks = tx('marks').where('asset', asset).delete();
    await (cells.includes(ALL_CELLS) ? marks : marks.whereRaw(this.#isOneOf('cell'), [JSON.stringify(cells)]));
  }

  async #mark(tx: Knex, marks: readonly Mark[]): Promise<void> {
    const distinct = new Map(marks.map(mark => [JSON.stringify([mark.asset, mark.cell, mark.cause]), mark]));
    const rows = [...distinct.values()].map(mark => columnsOf(MARK, mark));
    await this.#put(tx, { table: 'marks', key: ['asset', 'cell', 'cause'], columns: MARK_TYPES, rows });
  }

  /** Inserts, or overwrites by key. One statement, whatever the number: 100,000 rows take a third of a second. */
  async #put(tx: Knex, put: Put): Promise<void> {
    if (put.rows.length === 0) return;
    const columns = Object.keys(put.columns);
    const source = this.#dialect.rowsOfJson(Object.values(put.columns));
    const rest = columns.filter(column => !put.key.includes(column)).map(column => `${column} = excluded.${column}`);
    // WHERE TRUE: without it SQLite reads ON as the beginning of a join.
    await tx.raw(
      `INSERT INTO ${put.table} (${columns.join(', ')}) ${source} WHERE TRUE
       ON CONFLICT (${put.key.join(', ')}) DO UPDATE SET ${rest.join(', ')}`,
      [JSON.stringify(put.rows.map(row => columns.map(column => row[column])))],
    );
  }

  exportRows<T>(use: (rows: AsyncIterable<StateRow>) => Promise<T>): Promise<T> {
    return this.#read(tx => use(rowsOf(tx)));
  }

  replaceAll(rows: AsyncIterable<StateRow>, { overwrite }: { readonly overwrite: boolean }): Promise<number> {
    return this.#write(async tx => {
      if (!overwrite && !(await isUnused(tx))) {
        throw new PulseError('STATE_FAILED', 'There is a state already, and it would be lost.', {
          hint: 'Import into a new one (another PULSE_HOME, or another ?schema= in PULSE_STATE_URL), or say --overwrite.',
        });
      }
      return replaceWith(tx, rows);
    });
  }

  /** A condition with one binding: a JSON array, so that any number of texts is one statement. */
  #isOneOf(column: string): string {
    return `${column} IN (${this.#dialect.textsOfJson()})`;
  }

  #read<T>(step: (tx: Knex) => Promise<T> | Knex.QueryBuilder): Promise<T> {
    return this.#translated(() => this.#dialect.db.transaction(async tx => step(tx), SNAPSHOT));
  }

  #write<T>(step: (tx: Knex) => Promise<T>): Promise<T> {
    return this.#translated(() => this.#dialect.db.transaction(tx => step(tx)));
  }

  async #translated<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw this.#dialect.trouble(error) ?? error;
    }
  }
}

/** In the place of a message that may have quoted a value. */
const FORGOTTEN = 'forgotten after a redaction';
const NO_ROWS = JSON.stringify({ columns: [], rows: [] });

interface LoggedRow {
  readonly run_id: string;
  readonly number: number;
  readonly logged_at: string;
  readonly body: string;
}

function withoutMessage(body: string): string {
  const event = JSON.parse(body) as { readonly error?: Readonly<Record<string, unknown>> };
  return JSON.stringify(
    event.error === undefined ? event : { ...event, error: { ...event.error, message: FORGOTTEN } },
  );
}

/** All that a reader reads is of one moment, on Postgres too. */
const SNAPSHOT = { readOnly: true, isolationLevel: 'repeatable read' } as const;

interface Put {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** By column; every key once. */
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
}

const CELL_TYPES = {
  asset: 'text',
  sequence: 'number',
  cell: 'text',
  data_version: 'text',
  row_count: 'number',
} as const;
const EVENT_TYPES = { run_id: 'text', number: 'number', logged_at: 'text', body: 'text' } as const;
const BACKFILL_CELL_TYPES = {
  backfill_id: 'text',
  asset: 'text',
  cell: 'text',
  chunk: 'number',
  status: 'text',
  run_id: 'text',
  message: 'text',
} as const;
const MARK_TYPES = { asset: 'text', cell: 'text', cause: 'text', run_id: 'text' } as const;
const CHECK_TYPES = {
  name: 'text',
  day: 'text',
  scope: 'text',
  asset: 'text',
  kind: 'text',
  severity: 'text',
  verdict: 'text',
  failed_rows: 'number',
  note: 'text',
  measures: 'text',
  sample: 'text',
  query: 'text',
  checked_at: 'text',
} as const;
const FILE_TYPES = {
  source: 'text',
  path: 'text',
  size: 'number',
  mtime_ms: 'number',
  inode: 'number',
  hash: 'text',
  taken_hash: 'text',
} as const;

interface Sequenced {
  readonly sequence: number;
}

interface Counter {
  readonly name: 'applied' | 'fencing';
  readonly value: number;
}

async function nextToken(tx: Knex, above = 0): Promise<number> {
  await tx('counters').where('name', 'fencing').increment('value', 1);
  await tx('counters')
    .where('name', 'fencing')
    .where('value', '<=', above)
    .update({ value: above + 1 });
  return counter(tx, 'fencing');
}

const later = (now: Date, ms: number): string => new Date(now.getTime() + ms).toISOString();

async function counter(tx: Knex, name: Counter['name']): Promise<number> {
  return (await tx('counters').where('name', name).first<Counter>()).value;
}

function columnsOf<K extends string>(
  names: Readonly<Record<K, string>>,
  value: Readonly<Record<K, string | number | null>>,
): Record<string, string | number | null> {
  return Object.fromEntries((Object.keys(names) as K[]).map(name => [names[name], value[name]]));
}
