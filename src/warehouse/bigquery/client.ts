// The warehouse in a BigQuery dataset. Runs what dialect.ts and checks.ts write; decides nothing.
// A publication is one transaction with its journal row; a staging table belongs to one run.

import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BigQuery, type BigQueryOptions, type Job, type TableField } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import type { Check } from '../../asset/check.ts';
import { PulseError } from '../../errors.ts';
import type { TypedColumn } from '../../googlesql/type.ts';
import type { ResultSet, Value } from '../../googlesql/value.ts';
import type { TextColumns, TextRow } from '../../text-columns.ts';
import { bareSpec } from '../bare-spec.ts';
import type { Changes } from '../changes.ts';
import { checkName } from '../check-name.ts';
import type { DryRun, Estimate } from '../dry-run.ts';
import type { Past } from '../past.ts';
import type { CellContent, CellKey, Staged, StageOptions, TableSpec } from '../table.ts';
import type {
  AuditOptions,
  CheckResult,
  ColumnsOptions,
  JournalRow,
  Publication,
  PublishMode,
  PublishOptions,
  QueryOptions,
  Warehouse,
} from '../warehouse.ts';
import type { Fingerprint, Watched } from '../watched.ts';
import { answered, FIRST_CALL_MS } from './answered.ts';
import { Budget, type Limits } from './budget.ts';
import { affectedRows, contentOf, type Making, openChanges } from './changes.ts';
import { type Audited, auditQuery } from './checks.ts';
import { decodeRow, type RawRow } from './decode.ts';
import * as dialect from './dialect.ts';
import { type JobCost, Jobs, type JobWords, label, type Owner, type QueryWords } from './jobs.ts';
import { openPast } from './past.ts';
import { lines, splitAll } from './rows-file.ts';
import { columnsOfTypes, fieldOf, shapeOf, typeOfField } from './schema.ts';
import { badKey, bigQueryTrouble } from './trouble.ts';

export interface BigQueryWarehouseOptions {
  readonly project: string;
  readonly dataset: string;
  readonly location?: string;
  /** Another address than Google's: a private endpoint, or an emulator. */
  readonly apiEndpoint?: string;
  readonly keyFile?: string;
  readonly maximumBytesBilled?: number;
  readonly kmsKey?: string;
  readonly reservation?: string;
  readonly partitionExpirationDays?: number;
  readonly budget?: Limits;
  /** Bytes that were billed today (UTC); asked where the budget has a limit a day. */
  readonly billedToday?: () => Promise<number>;
  /** Labels of every table and job. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly onCost?: (cost: JobCost) => Promise<void>;
  /** Of a dataset that goes when it was used: what is forgotten in it goes by itself after a day. */
  readonly isScratch?: boolean;
  /** Makes nothing, not even the dataset. */
  readonly isLookOnly?: boolean;
}

const SCRATCH_MS = 24 * 3_600_000;

/**
 * Opens the warehouse of a dataset, which is made where it is missing.
 *
 * @throws {PulseError} WAREHOUSE_UNREACHABLE
 */
export async function openBigQuery(options: BigQueryWarehouseOptions): Promise<Warehouse & DryRun & Watched> {
  const { project, dataset, location, kmsKey, isScratch, isLookOnly } = options;
  const client = connect(options);
  if (isLookOnly === true) return new BigQueryWarehouse(client, options);
  try {
    const made = {
      autoCreate: true,
      ...(location !== undefined && { location }),
      ...(kmsKey !== undefined && { defaultEncryptionConfiguration: { kmsKeyName: kmsKey } }),
      ...(isScratch === true && { defaultTableExpirationMs: String(SCRATCH_MS) }),
    };
    const [, metadata] = await answered(connectBriefly(options).dataset(dataset).get(made), FIRST_CALL_MS);
    refuseLocation(options, (metadata as { location?: string } | undefined)?.location);
  } catch (error) {
    // Of two that make it at once, one is told that it is there.
    if ((error as { code?: unknown }).code !== 409) throw bigQueryTrouble(error, `${project}.${dataset}`);
  }
  return new BigQueryWarehouse(client, options);
}

/** @throws {PulseError} WAREHOUSE_UNREACHABLE where the dataset lies elsewhere than the target says: no job would find it. */
function refuseLocation({ project, dataset, location }: BigQueryWarehouseOptions, found: string | undefined): void {
  if (location === undefined || found === undefined || location.toLowerCase() === found.toLowerCase()) return;
  throw new PulseError(
    'WAREHOUSE_UNREACHABLE',
    `BigQuery (${project}.${dataset}): the dataset is in ${found}, and the target says ${location}.`,
    { hint: `Set location to ${found} (BIGQUERY_LOCATION), or name another dataset.` },
  );
}

/** Removes a dataset with all that is in it; nothing happens where there is none. @throws {PulseError} WAREHOUSE_UNREACHABLE */
export async function dropBigQuery(options: BigQueryWarehouseOptions): Promise<void> {
  const { project, dataset } = options;
  try {
    await connect(options).dataset(dataset).delete({ force: true });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw bigQueryTrouble(error, `${project}.${dataset}`);
  }
}

/** A client for first calls, which are not tried again. */
export const connectBriefly = (options: BigQueryWarehouseOptions): BigQuery => connect(options, { autoRetry: false });

function connect(
  { project, dataset, location, apiEndpoint, keyFile }: BigQueryWarehouseOptions,
  retries: { readonly autoRetry?: boolean } = {},
): BigQuery {
  if (keyFile !== undefined) refuseKeyFile(keyFile, `${project}.${dataset}`);
  const settings: BigQueryOptions = {
    projectId: project,
    userAgent: 'pulse',
    ...retries,
    ...(location !== undefined && { location }),
    ...(apiEndpoint !== undefined && { apiEndpoint }),
    ...(keyFile !== undefined && { keyFilename: keyFile }),
    // An emulator on this machine takes no credentials, and is sent none.
    ...(apiEndpoint !== undefined && isLoopback(apiEndpoint) && { authClient: new PassThroughClient() }),
  };
  return new BigQuery(settings);
}

/** The client's own error of a file that is no JSON quotes it. @throws {PulseError} WAREHOUSE_UNREACHABLE */
function refuseKeyFile(path: string, place: string): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw badKey(place, error instanceof Error ? error.message : undefined);
  }
  try {
    JSON.parse(text);
  } catch {
    throw badKey(place);
  }
}

const isLoopback = (endpoint: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname);

type Words = Pick<QueryWords, 'sql' | 'params' | 'signal' | 'timeoutMs' | 'isThere'> & {
  readonly identity?: JobWords['identity'];
};

class BigQueryWarehouse implements Warehouse, DryRun, Watched {
  readonly engine = 'bigquery';
  readonly changes: Changes;
  readonly past: Past;
  private readonly client: BigQuery;
  private readonly options: BigQueryWarehouseOptions;
  private readonly jobs: Jobs;
  /** The publication before; the next one waits for it. */
  private publishing: Promise<unknown> = Promise.resolve();
  private journalMade: Promise<void> | undefined;
  /** Staging tables that this process has handed out: no other staging gets them. */
  private readonly staged = new Set<string>();
  /** The last publication that this process knows of: what is published says so much. */
  private sequence: number | undefined;

  constructor(client: BigQuery, options: BigQueryWarehouseOptions) {
    this.client = client;
    this.options = options;
    const { maximumBytesBilled, budget = {}, billedToday } = options;
    const bytesPerQuery = budget.bytesPerQuery ?? maximumBytesBilled;
    this.jobs = new Jobs({
      client,
      ...options,
      budget: new Budget({
        ...budget,
        ...(bytesPerQuery !== undefined && { bytesPerQuery }),
        ...(billedToday !== undefined && { billedToday }),
      }),
    });
    this.changes = openChanges({
      run: (words, who) => this.run(words, who),
      rows: (words, columns, who) => this.rows(words, columns, who),
      optionsOf: who => this.tableOptions(who),
      knows: sequence => {
        this.sequence = Math.max(sequence, this.sequence ?? 0);
      },
      columnsOf: name => this.columnsOf(name),
      stage: (spec, stageOptions, making) => this.stage(spec, stageOptions, making),
    });
    this.past = openPast({
      rows: (words, columns) => this.rows(words, columns, JOURNAL),
      columnsOf: name => this.columnsOf(name),
      columnsOfQuery: async (sql, asset) => (await this.dryRun(sql, new Map(), { asset })).columns,
      stageSelect: (...asked) => this.stageSelect(...asked),
      dropRefused: table => this.dropTable(dialect.refusedName(table)),
    });
  }

  async query(sql: string, columns: ResultSet['columns'], options: QueryOptions = {}): Promise<ResultSet> {
    return { columns, rows: await this.rows({ sql, ...options }, columns, { purpose: 'query' }) };
  }

  async dryRun(
    sql: string,
    planned: ReadonlyMap<string, readonly TypedColumn[]>,
    { asset }: { readonly asset: string },
  ): Promise<Estimate> {
    return this.guarded(async () => {
      try {
        const job = await this.jobs.dryRun(dialect.overPlanned(sql, planned), { asset, purpose: 'dry run' });
        const statistics = job.metadata?.statistics;
        const fields = (statistics?.query?.schema?.fields ?? []) as TableField[];
        return {
          bytes: Number(statistics?.totalBytesProcessed ?? 0),
          columns: fields.map(field => ({ name: field.name ?? '', type: typeOfField(field) })),
        };
      } catch (error) {
        throw aLineUp(error);
      }
    });
  }

  async fingerprint(name: string): Promise<Fingerprint | undefined> {
    return this.guarded(async () => {
      try {
        const [{ schema, lastModifiedTime }] = await answered(this.table(name).getMetadata());
        const columns = ((schema?.fields ?? []) as TableField[]).map(field => {
          return { name: field.name ?? '', type: typeOfField(field) };
        });
        // Partitions that expire are nobody's change.
        const doesExpire = this.options.partitionExpirationDays !== undefined;
        const changedAt = new Date(doesExpire ? 0 : Number(lastModifiedTime ?? 0)).toISOString();
        return { shape: shapeOf(columns), changedAt };
      } catch (error) {
        gone(error);
        return undefined;
      }
    });
  }

  async hasTable(name: string): Promise<boolean> {
    return this.guarded(async () => (await answered(this.table(name).exists()))[0]);
  }

  stageSelect(
    spec: TableSpec,
    sql: string,
    options: StageOptions & { readonly cells?: readonly CellKey[] },
  ): Promise<Staged> {
    const { cells, signal, runId, inputs } = options;
    const owner = { asset: spec.name, run: runId, purpose: 'build' };
    return this.making(spec, options, async wanted => {
      const select = { sql, options: this.tableOptions(owner), ...(cells !== undefined && { cells }) };
      const made =
        inputs === undefined
          ? undefined
          : ['build', inputs, dialect.createStagingAs(ANY, spec, { ...select, options: { labels: {} } })];
      const table = await this.makeTable(wanted, {
        sql: dialect.createStagingAs(wanted, spec, select),
        owner,
        identity: made,
        ...(signal !== undefined && { signal }),
      });
      const [metadata] = await this.guarded(() => this.table(table).getMetadata());
      return { table, rows: Number(metadata.numRows) };
    });
  }

  /** The file first: a text that is wrong costs no job. */
  async stageRows(spec: TableSpec, rows: AsyncIterable<readonly TextRow[]>, options: StageOptions): Promise<Staged> {
    const folder = await mkdtemp(join(tmpdir(), 'pulse-load-'));
    try {
      const file = join(folder, 'rows.ndjson');
      const counted = { rows: 0 };
      const hash = createHash('sha256');
      const { signal } = options;
      await pipeline(Readable.from(hashed(lines(spec, rows, counted), hash)), createWriteStream(file), {
        ...(signal !== undefined && { signal }),
      });
      const content = hash.digest('hex');
      return await this.stage(spec, options, {
        // The same rows, for the same table, are the same load.
        inputs: `rows ${content}`,
        fill: async table => {
          if (counted.rows > 0) await this.load(spec, table, { file, content, runId: options.runId });
          return counted.rows;
        },
      });
    } catch (error) {
      throw isAborted(options.signal) ? interrupted(spec, error) : error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  stageColumns(spec: TableSpec, batches: AsyncIterable<TextColumns>, options: ColumnsOptions): Promise<Staged> {
    return this.stageRows(spec, splitAll(batches), options);
  }

  contentOf(staged: Staged): Promise<readonly CellContent[]> {
    const rows = (words: Words, columns: readonly TypedColumn[], owner: Owner): Promise<Value[][]> =>
      this.rows(words, columns, owner);
    return contentOf({ rows }, staged.spec, { ...staged, isStaged: true });
  }

  async audit(staged: Staged, checks: readonly Check[], options: AuditOptions): Promise<readonly CheckResult[]> {
    const hasBeside = !options.isWhole && (await this.hasTable(staged.spec.name));
    const { mode = 'replace', removed = [] } = options;
    const beside = hasBeside ? { mode, removed, regions: staged.regions ?? [] } : undefined;
    return this.auditTable(checks, { spec: staged.spec, table: staged.table, beside }, staged.runId);
  }

  async auditPublished(name: string, checks: readonly Check[]): Promise<readonly CheckResult[]> {
    const columns = await this.columnsOf(name);
    if (columns === undefined) throw missing(name);
    return this.auditTable(checks, { spec: bareSpec(name, columns), table: name, beside: undefined });
  }

  /** One after another: two transactions that raise the journal's counter at once cannot both commit. */
  publish(staged: Staged, publication: Publication, options: PublishOptions): Promise<JournalRow> {
    const mine = this.publishing.then(() => this.publishNow(staged, publication, options));
    this.publishing = mine.catch(() => undefined);
    return mine;
  }

  private async publishNow(staged: Staged, publication: Publication, { mode }: PublishOptions): Promise<JournalRow> {
    await this.makeJournal();
    const text = await this.prepare(staged, publication, mode);
    const owner = { asset: publication.asset, run: publication.runId, purpose: 'publish' };
    const { asset, fencingToken } = publication;
    const publicationId = createHash('sha256')
      .update(JSON.stringify([asset, fencingToken, staged.table]))
      .digest('hex');
    const params = {
      publication: publicationId,
      asset: publication.asset,
      run_id: publication.runId,
      fencing_token: publication.fencingToken,
      code_version: publication.codeVersion,
      note: publication.note,
      written: JSON.stringify(publication.written),
      removed: JSON.stringify(publication.removed),
      // A BOOL parameter is sent as no text, which some servers refuse.
      is_whole: String(publication.isWhole),
      is_logged: String(publication.isLogged),
      settles: JSON.stringify(publication.settles),
    };
    try {
      await this.run({ sql: dialect.publishScript(text), params, identity: ['publish', publicationId] }, owner);
    } catch (error) {
      if (!(error instanceof PulseError && error.message.includes(dialect.PUBLISHED))) throw error;
    }
    const [row] = await this.rows(
      { sql: dialect.publishedRow(), params: { publication: publicationId } },
      columnsOfTypes('INT64', 'TIMESTAMP'),
      owner,
    );
    await Promise.all([this.discard(staged), this.dropTable(dialect.refusedName(staged.spec.name))]);
    this.sequence = Number(row?.[0]);
    return { ...publication, sequence: Number(row?.[0]), publishedAt: String(row?.[1]) };
  }

  async setAside(staged: Staged): Promise<void> {
    const owner = { asset: staged.spec.name, run: staged.runId, purpose: 'set aside' };
    await this.dropTable(dialect.refusedName(staged.spec.name));
    await this.run({ sql: dialect.setAside(staged.table, staged.spec.name) }, owner);
    await this.discard(staged);
  }

  async discard(staged: Staged): Promise<void> {
    const keys = (staged.regions ?? []).flatMap(region => (region.kind === 'keys' ? [region.keys.table] : []));
    await Promise.all([staged.table, ...keys].map(table => this.dropTable(table)));
  }

  async sweep(aliveRuns: readonly string[]): Promise<readonly string[]> {
    const [tables] = await this.guarded(() => this.client.dataset(this.options.dataset).getTables());
    const names = tables.map(table => table.id ?? '').filter(dialect.isStaging);
    const orphans = names.filter(name => !aliveRuns.some(run => dialect.isStagingOf(name, run)));
    await Promise.all(orphans.map(name => this.dropTable(name)));
    return orphans;
  }

  /** What is on its way there ends, or is refused: its transaction and this one change the same row. */
  async fence(fencingToken: number): Promise<void> {
    await this.makeJournal();
    await this.guarded(() => this.jobs.publishing());
    await this.run({ sql: dialect.raiseFence(), params: { fencing_token: fencingToken } }, JOURNAL);
  }

  async journal(afterSequence: number): Promise<readonly JournalRow[]> {
    if (!(await this.hasTable(dialect.JOURNAL))) return [];
    const types = [
      'INT64',
      'STRING',
      'STRING',
      'INT64',
      'STRING',
      'STRING',
      'STRING',
      'STRING',
      'BOOL',
      'STRING',
      'BOOL',
      'TIMESTAMP',
    ] as const;
    const rows = await this.rows({ sql: dialect.journalAfter(afterSequence) }, columnsOfTypes(...types), JOURNAL);
    return rows.map(journalRow);
  }

  async compactJournal(living: readonly number[], before: string): Promise<number> {
    if (!(await this.hasTable(dialect.JOURNAL))) return 0;
    const job = await this.run({ sql: dialect.compactJournal(living), params: { before } }, JOURNAL);
    return affectedRows(job);
  }

  async drop(name: string): Promise<void> {
    await this.makeJournal();
    await this.dropTable(name);
    await this.run({ sql: dialect.deleteFromJournal(), params: { asset: name } }, JOURNAL);
  }

  async close(): Promise<void> {
    // The client holds no connection that outlives a call.
  }

  /** By a call and not by a job, which takes a second. Nothing happens where it is gone. */
  private async dropTable(name: string): Promise<void> {
    await this.guarded(() => answered(this.table(name).delete({ ignoreNotFound: true })));
  }

  private table(name: string) {
    return this.client.dataset(this.options.dataset).table(name);
  }

  /** Makes an empty staging table, and fills it. */
  private stage(spec: TableSpec, options: StageOptions, { inputs, fill }: Making): Promise<Staged> {
    const owner = { asset: spec.name, run: options.runId, purpose: 'build' };
    return this.making(spec, options, async wanted => {
      const made =
        inputs === undefined ? undefined : ['stage', inputs, dialect.createStaging(ANY, spec, { labels: {} })];
      const sql = dialect.createStaging(wanted, spec, this.tableOptions(owner));
      const table = await this.makeTable(wanted, { sql, owner, identity: made });
      return { table, rows: await fill(table) };
    });
  }

  /** Makes a staging table by a job, and says its name: another than wanted where a killed run has made the same. */
  private async makeTable(
    wanted: string,
    { owner, ...words }: Words & { readonly owner: Owner; readonly identity: JobWords['identity'] },
  ): Promise<string> {
    const isThere = async (job: Job): Promise<boolean> => {
      const made = dialect.tableMadeBy(queryOf(job)) ?? wanted;
      return !this.staged.has(made) && (await answered(this.table(made).exists()))[0];
    };
    const job = await this.run({ ...words, isThere }, owner);
    const made = dialect.tableMadeBy(queryOf(job)) ?? wanted;
    this.staged.add(made);
    return made;
  }

  /** `make` makes the staging table and gives its name and number of rows; nothing is left of it where that fails. */
  private async making(
    spec: TableSpec,
    { runId, signal }: StageOptions,
    make: (wanted: string) => Promise<{ readonly table: string; readonly rows: number }>,
  ): Promise<Staged> {
    if (isAborted(signal)) throw interrupted(spec);
    const wanted = dialect.stagingName(spec.name, runId, randomUUID().slice(0, 8));
    try {
      return { spec, runId, ...(await make(wanted)) };
    } catch (error) {
      await this.dropTable(wanted);
      throw isAborted(signal) ? interrupted(spec, error) : error;
    }
  }

  private async load(
    spec: TableSpec,
    table: string,
    { file, content, runId }: { readonly file: string; readonly content: string; readonly runId: string },
  ): Promise<void> {
    await this.guarded(() =>
      this.jobs.load(this.table(table), file, {
        identity: ['load', table, content],
        owner: { asset: spec.name, run: runId, purpose: 'load' },
        metadata: {
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          writeDisposition: 'WRITE_APPEND',
          createDisposition: 'CREATE_NEVER',
          schema: { fields: spec.columns.map(fieldOf) },
        },
      }),
    );
  }

  /** Makes the published table ready to take the staged rows, and says what the transaction has to do. */
  private async prepare(staged: Staged, publication: Publication, mode: PublishMode): Promise<dialect.PublishText> {
    const { spec, table } = staged;
    const owner = { asset: spec.name, run: staged.runId, purpose: 'publish' };
    const written = publication.written.map(content => content.cell);
    const touched = [...written, ...publication.removed];
    const isAll = publication.written.reduce((sum, content) => sum + content.rows, 0) === staged.rows;
    const added = mode === 'append' || isAll ? undefined : written;
    const isWhole = publication.isWhole || (spec.partition.kind === 'none' && touched.length > 0);
    const published = await this.columnsOf(spec.name);
    if (published === undefined) {
      await this.run({ sql: dialect.createPublished(spec, this.tableOptions(owner)) }, owner);
      return { spec, table, replaced: 'none', added };
    }
    const isSame = shapeOf(published) === shapeOf((await this.columnsOf(table)) ?? []);
    if (mode === 'replace' && isWhole) {
      if (isSame) return { spec, table, replaced: 'all', added: undefined };
      await this.refuseOlder(publication);
      // DDL has no place in a transaction: what was published before is to be found at a time before it.
      const [[since] = []] = await this.rows({ sql: dialect.now() }, columnsOfTypes('STRING'), owner);
      await this.run({ sql: dialect.replacePublished(table, spec, this.tableOptions(owner)) }, owner);
      return { spec, table, replaced: 'none', added: null, since: String(since) };
    }
    if (!isSame) {
      throw new PulseError(
        'WAREHOUSE_QUERY_FAILED',
        `The columns of "${spec.name}" have changed, and only some of its cells were made.`,
        { hint: `Make all of it: pulse materialize ${spec.name} --full-refresh` },
      );
    }
    if (mode === 'regions') return { spec, table, replaced: { regions: staged.regions ?? [] }, added: undefined };
    return { spec, table, replaced: mode === 'append' ? 'none' : touched, added };
  }

  /** What the transaction asserts too; here because a table of other columns cannot be put in place within one. */
  private async refuseOlder({ asset, fencingToken }: Publication): Promise<void> {
    const [[highest] = []] = await this.rows(
      { sql: dialect.highestToken(), params: { asset } },
      columnsOfTypes('INT64'),
      JOURNAL,
    );
    if (Number(highest ?? 0) <= fencingToken) return;
    throw new PulseError(
      'PUBLICATION_REFUSED',
      `"${asset}" was published by a newer run (token ${highest}) while this one (token ${fencingToken}) was at work.`,
      {
        hint: 'Nothing was written. Run again to build on what the newer run made.',
      },
    );
  }

  /** Once, however many publish at the same time. */
  private makeJournal(): Promise<void> {
    this.journalMade ??= this.createJournal().catch(error => {
      this.journalMade = undefined;
      throw error;
    });
    return this.journalMade;
  }

  private async createJournal(): Promise<void> {
    const counter = await this.columnsOf(dialect.COUNTER);
    const isOld = counter !== undefined && !counter.some(column => column.name === 'fence');
    if (isOld) await this.run({ sql: dialect.addFence() }, JOURNAL);
    if (await this.hasTable(dialect.JOURNAL)) return;
    await this.run({ sql: dialect.createJournal(this.tableOptions(JOURNAL)) }, JOURNAL);
  }

  /** What is asked of a staged table, beside what is published up to a sequence, has one answer: also for who asks it again. */
  private auditIdentity(sql: string, run: string | undefined): JobWords['identity'] {
    return run === undefined || this.sequence === undefined ? undefined : ['checks', String(this.sequence), sql];
  }

  private async auditTable(checks: readonly Check[], audited: Audited, run?: string): Promise<readonly CheckResult[]> {
    if (checks.length === 0) return [];
    const queries = checks.map(check => auditQuery(check, checks, audited));
    // One job for all: each costs a second and reads at least 10 MB.
    const sql = `SELECT ${queries.map(({ count }) => `(${count})`).join(', ')}`;
    const owner = { asset: audited.spec.name, ...(run !== undefined && { run }), purpose: 'checks' };
    const identity = this.auditIdentity(sql, run);
    const [counts = []] = await this.rows({ sql, identity }, columnsOfTypes(...checks.map(() => 'INT64')), owner);
    return Promise.all(
      queries.map(async ({ sampleColumns, sample }, at) => {
        const check = checks[at] as Check;
        const failedRows = Number(counts[at]);
        const columns = sampleColumns.map(name => ({
          name,
          type: audited.spec.columns.find(column => column.name === name)?.type ?? { kind: 'STRING' as const },
        }));
        const rows = failedRows === 0 ? [] : await this.rows({ sql: sample }, columns, owner);
        return { check, name: checkName(check), failedRows, sampleColumns, sample: rows };
      }),
    );
  }

  /** Name and type of each column; undefined where there is no such table. */
  async columnsOf(name: string): Promise<readonly TypedColumn[] | undefined> {
    return this.guarded(async () => {
      try {
        const [metadata] = await answered(this.table(name).getMetadata());
        return ((metadata.schema?.fields ?? []) as TableField[]).map(field => ({
          name: field.name ?? '',
          type: typeOfField(field),
        }));
      } catch (error) {
        if ((error as { code?: unknown }).code === 404) return undefined;
        throw error;
      }
    });
  }

  private async run(words: Words, owner: Owner): Promise<Job> {
    return this.guarded(() => this.jobs.query({ identity: undefined, ...words, owner }));
  }

  private async rows(words: Words, columns: readonly TypedColumn[], owner: Owner): Promise<Value[][]> {
    let kept: readonly RawRow[] | undefined;
    const read = async (job: Job): Promise<boolean> => {
      const [rows] = await job.getQueryResults({
        skipParsing: true,
        'formatOptions.useInt64Timestamp': true,
      } as object);
      kept = rows as RawRow[];
      return true;
    };
    // Results of an earlier job are kept for a day.
    const isThere = (job: Job): Promise<boolean> => read(job).catch(gone);
    const job = await this.run({ ...words, isThere }, owner);
    if (kept === undefined) await this.guarded(() => read(job));
    return (kept ?? []).map(row => decodeRow(row, columns));
  }

  private tableOptions({ asset, run }: Owner): dialect.TableOptions {
    const { kmsKey, partitionExpirationDays } = this.options;
    return {
      labels: {
        ...this.options.labels,
        pulse: 'yes',
        ...(asset !== undefined && { pulse_asset: label(asset) }),
        ...(run !== undefined && { pulse_run: label(run) }),
      },
      ...(kmsKey !== undefined && { kmsKey }),
      ...(partitionExpirationDays !== undefined && { partitionExpirationDays }),
    };
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw bigQueryTrouble(error, `${this.options.project}.${this.options.dataset}`);
    }
  }
}

/** Stands for the name of a staging table, where what it is made of is meant. */
const ANY = 'any';
const JOURNAL: Owner = { purpose: 'journal' };

/** @throws what is no sign that something is gone */
function gone(error: unknown): false {
  if ((error as { code?: unknown }).code === 404) return false;
  throw error;
}

/** Places in a query that stands a line further down than it was written. */
function aLineUp(error: unknown): unknown {
  if (error instanceof Error) {
    error.message = error.message.replace(
      /\[(at )?(\d+):(\d+)\]/g,
      (_, at = '', line, column) => `[${at}${line - 1}:${column}]`,
    );
  }
  return error;
}

const queryOf = (job: Job): string => String(job.metadata?.configuration?.query?.query ?? '');

async function* hashed(texts: AsyncIterable<string>, hash: Hash): AsyncGenerator<string> {
  for await (const text of texts) {
    hash.update(text);
    yield text;
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

const interrupted = ({ name }: TableSpec, cause?: unknown): PulseError =>
  new PulseError('RUN_INTERRUPTED', `"${name}" was interrupted while it was made.`, {
    hint: 'Nothing of it was published. Run again to go on.',
    cause,
  });

const missing = (name: string): PulseError =>
  new PulseError('WAREHOUSE_TABLE_MISSING', `There is no table "${name}" in the warehouse.`, {
    hint: `Make it first: pulse materialize ${name}`,
  });

function journalRow(row: readonly Value[]): JournalRow {
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
    settles,
    isLogged,
    publishedAt,
  ] = row;
  return {
    sequence: Number(sequence),
    asset: String(asset),
    runId: String(runId),
    fencingToken: Number(fencingToken),
    codeVersion: String(codeVersion),
    note: String(note),
    written: JSON.parse(String(written)),
    removed: JSON.parse(String(removed)),
    isWhole: isWhole === true,
    settles: JSON.parse(String(settles)),
    isLogged: isLogged === true,
    publishedAt: String(publishedAt),
  };
}
