// The composition root: finds and loads a project, and alone opens the adapters, each when it is first asked for.
// Alone reads the environment. Decides nothing about staleness or order.

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import type { Config, OptionDefaults, Target, Var } from './asset/config.ts';
import type { AskedResult, QuerySource } from './compile/asked-query.ts';
import { type CompileCache, emptyCompileCache, layeredCache, openCompileCache } from './compile/cache.ts';
import { type CompileEffects, type CompileResult, compileModels } from './compile/compile.ts';
import type { CompileEngine } from './compile/engine.ts';
import type { QueriesResult } from './compile/queries.ts';
import type { TemplateFile } from './compile/template.ts';
import type { Diagnosis } from './diagnosis.ts';
import { PulseError } from './errors.ts';
import { type Failpoint, failpointOf } from './failpoint.ts';
import { makeFolder } from './folder.ts';
import type { Analyzer } from './googlesql/analyzer.ts';
import type { AssetGraph } from './graph/graph.ts';
import { loadGraph } from './loading/assets.ts';
import { type ChosenTarget, chooseTarget, findRoot, loadConfig, rootAbove } from './loading/config.ts';
import { readEnvFile, saying } from './loading/env.ts';
import { loader } from './loading/modules.ts';
import type { RawStore } from './raw/raw-store.ts';
import type { StateStore } from './state/state-store.ts';
import type { DryRun } from './warehouse/dry-run.ts';
import type { Inspection } from './warehouse/inspection.ts';
import type { Warehouse, WarehouseReader } from './warehouse/warehouse.ts';
import type { Watched } from './warehouse/watched.ts';
import type { WhenFree, WriterPlace } from './warehouse/writer-place.ts';
import type { FileWriter } from './writing/file-writer.ts';

export interface OpenOptions {
  /** Where to look for pulse.config.ts, upwards. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly target?: string;
  readonly dataDir?: string;
  readonly home?: string;
  /** Leave out assets that are wrong, with their readers, instead of refusing all: what is wrong is in `faults`. */
  readonly lenient?: boolean;
  /** An analyzer that outlives the project, for who opens it again and again. */
  readonly analyzer?: Analyzer;
  /** Texts of templates that stand for what is on the disk, by absolute path: what an editor has not saved. */
  readonly overlay?: ReadonlyMap<string, string>;
}

/** A warehouse and a state that go with the process: one project after the other may be over them. */
export interface Memory {
  readonly warehouse: Warehouse;
  readonly state: StateStore;
}

export interface CompileProjectOptions extends Pick<CompileEffects, 'onModel'> {
  readonly cache?: CompileCache;
  readonly vars?: Readonly<Record<string, Var>>;
}

/** A project with everything it may open, opened lazily; `close` closes what was opened. */
export interface Project {
  readonly root: string;
  readonly config: Config;
  readonly options: OptionDefaults;
  readonly vars: Readonly<Record<string, Var>>;
  readonly targetName: string;
  readonly target: Target;
  readonly graph: AssetGraph;
  /** What is wrong with the assets; none unless it was opened leniently. */
  readonly faults: readonly PulseError[];
  /** Assets that are left out for it, each with the wrong one that it is or reads. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Absolute. */
  readonly dataDir: string;
  readonly home: string;
  readonly now: () => Date;
  /** Where tests kill a run (failpoint.ts). */
  readonly failpoint: Failpoint;
  rawStore(): Promise<RawStore>;
  /** Whether there is a raw store already; asking does not make one. */
  hasRawStore(): boolean;
  hasWarehouse(): boolean;
  state(): Promise<StateStore>;
  /** For reading: wherever it is open, beside a writer too. */
  warehouse(access: { readonly readOnly: true }): Promise<WarehouseReader>;
  /** For writing, once; with `whenFree` as soon as those who read it are done. The caller holds the lease (run/claim.ts). */
  warehouse(access: { readonly readOnly: false; readonly whenFree?: WhenFree }): Promise<Warehouse>;
  /** For a query that reads no table: in memory and on one thread, so that what has no ORDER BY keeps the order it is written in. */
  calculator(): Promise<WarehouseReader>;
  /** Says what queries would read and give, and makes nothing. @throws {PulseError} CONFIG_INVALID where tables are not in BigQuery */
  dryRun(): Promise<DryRun>;
  /** To see whether others have changed the tables; undefined where nobody else can (one writer a file). */
  watched(): Promise<Watched | undefined>;
  /** What BigQuery takes for so many bytes. */
  priceUsd(bytes: number): number;
  /** The GoogleSQL of a model, by its path below models/; undefined where there is none. @throws {PulseError} TEMPLATE_INVALID */
  rendered(model: string): Promise<string | undefined>;
  /** To compare the published tables with others. */
  inspection(): Promise<Inspection>;
  /** Closes what was opened for writing, so that others may have it. */
  closeWarehouse(): Promise<void>;
  /**
   * Writes the file of an embedded warehouse anew, so that nothing is in it but what its tables have; it must be closed. Nothing
   * happens where there is none.
   *
   * @throws {PulseError} DISK_FULL, RUN_INTERRUPTED where readers have it and the signal aborts; the file is as it was.
   */
  rewriteWarehouse(whenFree: WhenFree): Promise<void>;
  /**
   * The same project with a state of its own in `home` and a warehouse of its own (there, or in a BigQuery dataset beside this
   * one's), over this one's raw store as far as `batches` go, which it only reads (absent: with a raw store of its own too).
   * Removed before this one is closed.
   */
  aside(home: string, batches?: ReadonlySet<string>): Project;
  /** An embedded warehouse and a state in memory, closed with this project. */
  memory(): Promise<Memory>;
  /** The same project with other tables, compiled already, over `memory`: without files, a raw store or anyone beside it. */
  inMemory(memory: Memory, tables: { readonly graph: AssetGraph; readonly compiled: CompileResult }): Project;
  /** Where the one writer of the warehouse stands; undefined where several write at once (BigQuery). */
  writerPlace(): Promise<WriterPlace | undefined>;
  analyzer(): Promise<Analyzer>;
  /**
   * Compiles the models among `names` and upstream of them; `cache` is models/.translated, with what is new below the home
   * directory, unless another is given. `vars` stand for those of the config.
   */
  compile(names: Iterable<string>, options?: CompileProjectOptions): Promise<CompileResult>;
  /**
   * Types the queries below sql/ against the tables that `compiled` has, of `only` these files; `cache` is as for `compileAsked`, or
   * the one given.
   */
  compileQueries(
    compiled: CompileResult,
    options?: { readonly cache?: CompileCache | undefined; readonly only?: readonly string[] | undefined },
  ): Promise<QueriesResult>;
  /** The templates of a folder of sql/, by name of the file. */
  queryFiles(folder: string): Promise<readonly TemplateFile[]>;
  /** Compiles queries that are about to be asked, with sql/.translated as cache, and with what is new below the home directory. */
  compileAsked(sources: readonly QuerySource[]): Promise<AskedResult>;
  /** Looks at each server of the target, each when it is called. */
  servers(): readonly (() => Promise<Diagnosis>)[];
  /** The partials below sql/partials, by name. */
  partials(): Promise<ReadonlyMap<string, TemplateFile>>;
  /** A template by its path below the project; undefined where there is none. */
  template(path: string): Promise<TemplateFile | undefined>;
  /** models/.translated: what was compiled, committed beside the models. */
  compileCache(writer?: FileWriter): CompileCache;
  /** sql/.translated: the same of the queries below sql/. */
  queryCache(writer?: FileWriter): CompileCache;
  /** The files of the queries below sql/, sorted. */
  queryPaths(): Promise<readonly string[]>;
  /** A path for people: relative to the project, with /. */
  pathOf(absolute: string): string;
  close(): Promise<void>;
  /** Closes it and removes its home directory and its warehouse. Only for a project aside. */
  remove(): Promise<void>;
}

/** BigQuery on demand, in the US (cloud.google.com/bigquery/pricing, 2026): the first tebibyte of a month is free. */
const DEFAULT_PRICE_USD = 6.25;

/**
 * Finds pulse.config.ts from `cwd` upwards, loads it and every file of assets/, and builds the graph.
 *
 * @throws {PulseError} PROJECT_NOT_FOUND, CONFIG_INVALID, TARGET_UNKNOWN, and PulseErrors with all that is wrong with the assets.
 */
export async function openProject(options: OpenOptions): Promise<Project> {
  const root = findRoot(options.cwd);
  const env = saying({ ...(await readEnvFile(root)), ...options.env });
  const home = resolve(root, options.home ?? env.PULSE_HOME ?? '.pulse');
  const load = loader(home);
  const config = await loadConfig(root, load);
  const dataDir = resolve(root, options.dataDir ?? env.PULSE_DATA_DIR ?? config.dataDir ?? 'data');
  const homeDir = options.home ?? env.PULSE_HOME ?? config.home ?? '.pulse';
  const { targetName, target } = chooseTarget(config, {
    env,
    ...(options.target === undefined ? {} : { asked: options.target }),
  });
  const sound = await loadGraph(root, { load, isLenient: options.lenient === true });
  return new OpenedProject({
    root,
    config,
    targetName,
    target,
    ...sound,
    dataDir,
    home: resolve(root, homeDir),
    isAside: false,
    now: options.now,
    sharedAnalyzer: options.analyzer,
    overlay: options.overlay,
    failpoint: failpointOf(options.env.PULSE_FAILPOINT, killSelf),
  });
}

function killSelf(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/**
 * The config alone, without the assets; undefined where there is no project.
 *
 * @throws {PulseError} CONFIG_INVALID
 */
export async function findConfig({
  cwd,
  env: given,
  home,
}: Pick<OpenOptions, 'cwd' | 'env' | 'home'>): Promise<{ readonly root: string; readonly config: Config } | undefined> {
  const root = rootAbove(cwd);
  if (root === undefined) return undefined;
  const env = saying({ ...(await readEnvFile(root)), ...given });
  return { root, config: await loadConfig(root, loader(resolve(root, home ?? env.PULSE_HOME ?? '.pulse'))) };
}

interface ProjectParts extends ChosenTarget {
  readonly sharedAnalyzer: Analyzer | undefined;
  readonly overlay: OpenOptions['overlay'];
  readonly root: string;
  readonly config: Config;
  readonly graph: AssetGraph;
  readonly faults: readonly PulseError[];
  readonly excluded: ReadonlyMap<string, string>;
  readonly dataDir: string;
  readonly home: string;
  readonly now: () => Date;
  readonly failpoint: Failpoint;
  readonly isAside: boolean;
  /** Of a project aside: where what its jobs bill is kept. */
  readonly costState?: () => Promise<StateStore>;
  /** Of a project aside: the raw store it reads. */
  readonly raw?: () => Promise<RawStore>;
  /** Where what was compiled is kept; absent: in `home`. */
  readonly cacheHome?: string;
  /** Of a project in memory: what it is over, and its models. */
  readonly memory?: Memory & { readonly compiled: CompileResult };
}

class OpenedProject implements Project {
  readonly root: string;
  readonly config: Config;
  readonly options: OptionDefaults;
  readonly vars: Readonly<Record<string, Var>>;
  readonly targetName: string;
  readonly target: Target;
  readonly graph: AssetGraph;
  readonly faults: readonly PulseError[];
  readonly excluded: ReadonlyMap<string, string>;
  readonly dataDir: string;
  readonly home: string;
  readonly now: () => Date;
  readonly failpoint: Failpoint;
  readonly #parts: ProjectParts;
  /** What queries are compiled against, once a project is open: they come by the dozen. */
  #asked: Promise<[CompileResult, ReadonlyMap<string, TemplateFile>]> | undefined;
  readonly #opened = new Map<string, Promise<{ close(): Promise<void> | void }>>();

  readonly #sharedAnalyzer: Analyzer | undefined;
  readonly #overlay: OpenOptions['overlay'];

  constructor(parts: ProjectParts) {
    this.root = parts.root;
    this.config = parts.config;
    this.options = parts.config.options ?? {};
    this.vars = parts.config.vars ?? {};
    this.targetName = parts.targetName;
    this.target = parts.target;
    this.graph = parts.graph;
    this.faults = parts.faults;
    this.excluded = parts.excluded;
    this.dataDir = parts.dataDir;
    this.home = parts.home;
    this.now = parts.now;
    this.#sharedAnalyzer = parts.sharedAnalyzer;
    this.#overlay = parts.overlay;
    this.failpoint = parts.failpoint;
    this.#parts = parts;
  }

  /** Opens once; what failed to open is tried anew at the next call. */
  #once<T extends { close(): Promise<void> | void }>(name: string, open: () => Promise<T>): Promise<T> {
    const known = this.#opened.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const opening = open();
    this.#opened.set(name, opening);
    opening.catch(() => this.#opened.delete(name));
    return opening;
  }

  async #makeHome(): Promise<void> {
    try {
      await makeFolder(this.home);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      throw new PulseError('STATE_FAILED', `The folder ${this.home} for local state cannot be made (${code}).`, {
        hint: 'Name one that may be written to, by --home or PULSE_HOME.',
        cause: error,
      });
    }
  }

  rawStore(): Promise<RawStore> {
    return this.#once('raw', async () => {
      if (this.#parts.raw !== undefined) return this.#parts.raw();
      if (this.target.mongo !== undefined) {
        const { openMongoRawStore } = await import('./raw/mongo.ts');
        return openMongoRawStore({ ...this.target.mongo, now: this.now });
      }
      const { openSqliteRawStore } = await import('./raw/sqlite.ts');
      await this.#makeHome();
      return openSqliteRawStore(join(this.home, 'raw.sqlite'), { now: this.now });
    });
  }

  hasRawStore(): boolean {
    if (this.#parts.memory !== undefined) return false;
    return (
      this.#parts.raw !== undefined || this.target.mongo !== undefined || existsSync(join(this.home, 'raw.sqlite'))
    );
  }

  hasWarehouse(): boolean {
    if (this.#parts.memory !== undefined) return true;
    return this.target.bigquery !== undefined || existsSync(join(this.home, 'warehouse.duckdb'));
  }

  state(): Promise<StateStore> {
    if (this.#parts.memory !== undefined) return Promise.resolve(this.#parts.memory.state);
    return this.#once('state', async () => {
      const { openPostgresState, openSqliteState } = await import('./state/knex.ts');
      if (this.target.state !== undefined) return openPostgresState(this.target.state.url, { now: this.now });
      await this.#makeHome();
      return openSqliteState(join(this.home, 'state.sqlite'), { now: this.now });
    });
  }

  warehouse(access: { readonly readOnly: true }): Promise<WarehouseReader>;
  warehouse(access: { readonly readOnly: false; readonly whenFree?: WhenFree }): Promise<Warehouse>;
  warehouse(access: {
    readonly readOnly: boolean;
    readonly whenFree?: WhenFree;
  }): Promise<WarehouseReader | Warehouse> {
    if (this.#parts.memory !== undefined) return Promise.resolve(this.#parts.memory.warehouse);
    return access.readOnly ? this.#reader() : this.#writer(access.whenFree);
  }

  async inspection(): Promise<Inspection> {
    const { inspection } = await (this.target.bigquery === undefined
      ? import('./warehouse/duckdb/inspect.ts')
      : import('./warehouse/bigquery/inspect.ts'));
    const reader = await this.#reader();
    return inspection((...asked) => reader.query(...asked));
  }

  #reader(): Promise<WarehouseReader> {
    return this.#once('warehouse-reader', async () => {
      if (this.target.bigquery !== undefined) return this.#bigQuery(this.target.bigquery);
      const { openReader } = await import('./warehouse/duckdb/reader.ts');
      const { socketPath } = await import('./warehouse/duckdb/socket.ts');
      return openReader({
        openFile: () => this.#duckDb({ readOnly: true }),
        writer: () => this.#openedWriter(),
        socket: socketPath(this.home),
      });
    });
  }

  calculator(): Promise<WarehouseReader> {
    return this.#once('calculator', async () => {
      if (this.target.bigquery !== undefined) return this.#reader();
      const { openDuckDb } = await import('./warehouse/duckdb/client.ts');
      const { PRELUDE, SCALARS } = await import('./googlesql/translate/runtime.ts');
      return openDuckDb(':memory:', { prelude: PRELUDE, scalars: SCALARS, threads: 1, keepsOrder: true });
    });
  }

  servers(): readonly (() => Promise<Diagnosis>)[] {
    const { now } = this;
    const { mongo, bigquery, state } = this.target;
    return [
      ...(mongo === undefined
        ? []
        : [async () => (await import('./raw/mongo-doctor.ts')).diagnoseMongo({ ...mongo, now })]),
      ...(bigquery === undefined
        ? []
        : [
            async () =>
              (await import('./warehouse/bigquery/doctor.ts')).diagnoseBigQuery({ ...this.#located(bigquery), now }),
          ]),
      ...(state === undefined
        ? []
        : [async () => (await import('./state/postgres-doctor.ts')).diagnosePostgres(state.url, { now })]),
    ];
  }

  dryRun(): Promise<DryRun> {
    const { bigquery } = this.target;
    if (bigquery === undefined) throw noDryRun();
    return this.#once('dry-run', () => this.#bigQuery(bigquery, { isLookOnly: true }));
  }

  async watched(): Promise<Watched | undefined> {
    const { bigquery } = this.target;
    if (bigquery === undefined) return undefined;
    return this.#once('dry-run', () => this.#bigQuery(bigquery, { isLookOnly: true }));
  }

  priceUsd(bytes: number): number {
    return (bytes / 2 ** 40) * (this.target.bigquery?.pricePerTiB ?? DEFAULT_PRICE_USD);
  }

  async rendered(model: string): Promise<string | undefined> {
    const template = await this.template(`models/${model}`);
    if (template === undefined) return undefined;
    const { openTemplates } = await import('./compile/template.ts');
    return openTemplates({ vars: this.vars, partials: await this.partials() })(template, 'full').sql;
  }

  #writer(whenFree: WhenFree | undefined): Promise<Warehouse> {
    return this.#once('warehouse', async () => {
      if (this.target.bigquery !== undefined) return this.#bigQuery(this.target.bigquery);
      await this.#makeHome();
      // What this process itself reads with would be in its own way.
      await ((await this.#opened.get('warehouse-reader')) as WarehouseReader | undefined)?.close();
      const open = (): Promise<Warehouse> => this.#duckDb({ readOnly: false });
      if (whenFree === undefined) return open();
      const { openWhenFree } = await import('./warehouse/duckdb/open-when-free.ts');
      return openWhenFree(open, whenFree);
    });
  }

  async #bigQuery(
    target: NonNullable<Target['bigquery']>,
    { isLookOnly = false }: { readonly isLookOnly?: boolean } = {},
  ): Promise<Warehouse & DryRun & Watched> {
    const { openBigQuery } = await import('./warehouse/bigquery/client.ts');
    const { budget } = this.config;
    return openBigQuery({
      ...this.#located(target),
      isScratch: this.#parts.isAside,
      isLookOnly,
      ...(budget !== undefined && { budget }),
      billedToday: async () => {
        const day = this.now().toISOString().slice(0, 10);
        return budget?.bytesPerDay === undefined ? 0 : (await this.#costState()).bytesBilled(day);
      },
      onCost: async ({ jobId, owner, bytesBilled, slotMs }) => {
        await (await this.#costState()).recordCost({
          jobId,
          runId: owner.run ?? null,
          asset: owner.asset ?? null,
          purpose: owner.purpose,
          bytesBilled,
          slotMs,
          priceUsd: this.priceUsd(bytesBilled),
          endedAt: this.now().toISOString(),
        });
      },
    });
  }

  /** What is made aside is billed all the same: to this project. */
  #costState(): Promise<StateStore> {
    return (this.#parts.costState ?? (() => this.state()))();
  }

  #located(target: NonNullable<Target['bigquery']>): NonNullable<Target['bigquery']> {
    const { keyFile } = target;
    return { ...target, ...(keyFile !== undefined && { keyFile: resolve(this.root, keyFile) }) };
  }

  async #duckDb({ readOnly }: { readonly readOnly: boolean }): Promise<Warehouse> {
    const { openDuckDb } = await import('./warehouse/duckdb/client.ts');
    const { PRELUDE, SCALARS } = await import('./googlesql/translate/runtime.ts');
    // Two steps are made at a time, each on a thread that waits for its statement and works on it: with one more a core they would
    // be in each other's way (a tenth of all CPU time was waiting in a loop).
    const threads = readOnly ? {} : { threads: Math.max(1, availableParallelism() - 1) };
    return openDuckDb(join(this.home, 'warehouse.duckdb'), {
      readOnly,
      prelude: PRELUDE,
      scalars: SCALARS,
      ...threads,
    });
  }

  #openedWriter(): Promise<Warehouse> | undefined {
    return this.#opened.get('warehouse') as Promise<Warehouse> | undefined;
  }

  async closeWarehouse(): Promise<void> {
    const opened = this.#openedWriter();
    this.#opened.delete('warehouse');
    await (await opened)?.close();
  }

  async rewriteWarehouse(whenFree: WhenFree): Promise<void> {
    const isEmbedded = this.#parts.memory === undefined && this.target.bigquery === undefined;
    if (!isEmbedded || !this.hasWarehouse()) return;
    await ((await this.#opened.get('warehouse-reader')) as WarehouseReader | undefined)?.close();
    const { rewriteDuckDb } = await import('./warehouse/duckdb/rewrite.ts');
    const { openWhenFree } = await import('./warehouse/duckdb/open-when-free.ts');
    const copied = (): void => this.failpoint('after-copy');
    await openWhenFree(() => rewriteDuckDb(join(this.home, 'warehouse.duckdb'), { copied }), whenFree);
  }

  memory(): Promise<Memory> {
    return this.#once('memory', async () => {
      const { openDuckDb } = await import('./warehouse/duckdb/client.ts');
      const { PRELUDE, SCALARS } = await import('./googlesql/translate/runtime.ts');
      const { openSqliteState } = await import('./state/knex.ts');
      const state = await openSqliteState(':memory:', { now: this.now });
      const warehouse = await openDuckDb(':memory:', { prelude: PRELUDE, scalars: SCALARS, threads: 1 });
      return {
        state,
        warehouse,
        close: async () => {
          await warehouse.close();
          await state.close();
        },
      };
    });
  }

  inMemory(
    { warehouse, state }: Memory,
    { graph, compiled }: { readonly graph: AssetGraph; readonly compiled: CompileResult },
  ): Project {
    return new OpenedProject({ ...this.#parts, target: {}, graph, memory: { warehouse, state, compiled } });
  }

  async writerPlace(): Promise<WriterPlace | undefined> {
    if (this.#parts.memory !== undefined) return undefined;
    if (this.target.bigquery !== undefined) return undefined;
    const { writerPlace } = await import('./warehouse/duckdb/serve.ts');
    await this.#makeHome();
    return writerPlace(this.home, { warehouse: () => this.#openedWriter() });
  }

  aside(home: string, batches?: ReadonlySet<string>): Project {
    const read = batches === undefined ? {} : { raw: () => this.#batchesOnly(batches) };
    const { bigquery } = this.target;
    // Names of datasets: letters, digits and _.
    const beside = `${bigquery?.dataset}_pulse_aside_${randomUUID().replaceAll('-', '_')}`;
    return new OpenedProject({
      ...this.#parts,
      // What BigQuery made is compared with what BigQuery makes.
      target: bigquery === undefined ? {} : { bigquery: { ...bigquery, dataset: beside } },
      isAside: true,
      costState: () => this.#costState(),
      home,
      cacheHome: this.#parts.cacheHome ?? this.home,
      ...read,
    });
  }

  async #batchesOnly(batches: ReadonlySet<string>): Promise<RawStore> {
    const { readOnlyRawStore } = await import('./raw/read-only.ts');
    return readOnlyRawStore(await this.rawStore(), batches);
  }

  analyzer(): Promise<Analyzer> {
    if (this.#sharedAnalyzer !== undefined) return Promise.resolve(this.#sharedAnalyzer);
    return this.#once('analyzer', async () => {
      const { startAnalyzer } = await import('./googlesql/analyzer.ts');
      return startAnalyzer();
    });
  }

  /** What is committed, and beside it what this home directory compiled itself. */
  #runCache(): CompileCache {
    return layeredCache(
      this.compileCache(),
      openCompileCache(join(this.#parts.cacheHome ?? this.home, 'cache', 'translated')),
    );
  }

  compileCache(writer?: FileWriter): CompileCache {
    return openCompileCache(join(this.root, 'models', '.translated'), writer);
  }

  compile(names: Iterable<string>, { cache, vars, onModel }: CompileProjectOptions = {}): Promise<CompileResult> {
    if (this.#parts.memory !== undefined) return Promise.resolve(this.#parts.memory.compiled);
    return compileModels(this.graph, names, {
      vars: vars ?? this.vars,
      effects: {
        // What is compiled with other vars is not what this project runs.
        cache: cache ?? (vars === undefined ? this.#runCache() : emptyCompileCache()),
        readTemplate: model => this.template(`models/${model}`),
        listTemplates: async () => (await glob('**/*.sql', { cwd: join(this.root, 'models') })).sort(),
        readPartials: () => this.partials(),
        readDeclaration: async asset => {
          const file = this.graph.files.get(asset) ?? '';
          return { file, text: await readFile(join(this.root, file), 'utf8') };
        },
        openEngine: () => this.#engine(),
        ...(onModel !== undefined && { onModel }),
      },
    });
  }

  queryCache(writer?: FileWriter): CompileCache {
    return openCompileCache(join(this.root, 'sql', '.translated'), writer);
  }

  /** What is committed, and beside it what this home directory compiled itself. */
  #askedCache(): CompileCache {
    return layeredCache(this.queryCache(), openCompileCache(join(this.home, 'cache', 'asked')));
  }

  async queryPaths(): Promise<readonly string[]> {
    return (await glob('sql/{analytics,checks,report,reconcile,trace}/**/*.sql', { cwd: this.root })).sort();
  }

  async compileQueries(
    compiled: CompileResult,
    { cache = this.#askedCache(), only }: Parameters<Project['compileQueries']>[1] & object = {},
  ): Promise<QueriesResult> {
    const { compileQueries } = await import('./compile/queries.ts');
    const files = only ?? (await this.queryPaths());
    return compileQueries(await Promise.all(files.map(file => this.#readTemplate(file))), compiled, {
      graph: this.graph,
      excluded: this.excluded,
      vars: this.vars,
      partials: await this.partials(),
      cache,
      openEngine: () => this.#engine(),
    });
  }

  async queryFiles(folder: string): Promise<readonly TemplateFile[]> {
    const files = (await glob(`sql/${folder}/*.sql`, { cwd: this.root })).sort();
    return Promise.all(files.map(file => this.#readTemplate(file)));
  }

  async compileAsked(sources: readonly QuerySource[]): Promise<AskedResult> {
    const { compileAsked } = await import('./compile/asked-query.ts');
    this.#asked ??= Promise.all([this.compile(this.graph.order), this.partials()]);
    const [{ models }, partials] = await this.#asked;
    const { graph, vars } = this;
    const cache = this.#askedCache();
    return compileAsked(sources, { graph, models, vars, partials, cache, openEngine: () => this.#engine() });
  }

  async #engine(): Promise<CompileEngine> {
    const analyzer = await this.analyzer();
    const { engineOf } = await import('./compile/open-engine.ts');
    return engineOf(analyzer);
  }

  async template(file: string): Promise<TemplateFile | undefined> {
    try {
      return await this.#readTemplate(file);
    } catch (error) {
      // A folder is no template, nor is what would be below a file.
      if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }

  async #readTemplate(file: string): Promise<TemplateFile> {
    // Thousands of small files: one after the other costs a quarter of what a thread pool makes of it.
    const path = join(this.root, file);
    return { file, text: plainText(this.#overlay?.get(path) ?? readFileSync(path, 'utf8')) };
  }

  async partials(): Promise<ReadonlyMap<string, TemplateFile>> {
    const files = (await glob('sql/partials/**/*.sql', { cwd: this.root })).sort();
    const read = await Promise.all(files.map(file => this.#readTemplate(file)));
    return new Map(read.map(partial => [partial.file.slice('sql/partials/'.length, -'.sql'.length), partial]));
  }

  pathOf(absolute: string): string {
    const path = relative(this.root, absolute);
    return (path.startsWith('..') || isAbsolute(path) ? absolute : path).split(sep).join('/');
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    for (const one of await Promise.allSettled(opened)) if (one.status === 'fulfilled') await one.value.close();
  }

  async remove(): Promise<void> {
    if (!this.#parts.isAside) throw new Error('only a project aside is removed');
    await this.close();
    await rm(this.home, { recursive: true, force: true });
    if (this.target.bigquery === undefined) return;
    const { dropBigQuery } = await import('./warehouse/bigquery/client.ts');
    await dropBigQuery(this.#located(this.target.bigquery));
  }
}

/** As every editor shows it, so that a checkout with other line ends means the same and has the same places. */
const plainText = (text: string): string => text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');

const noDryRun = (): PulseError =>
  new PulseError('CONFIG_INVALID', 'Only BigQuery says what a query would bill; tables are made embedded here.', {
    hint: 'Name a target with bigquery (--target), or set BIGQUERY_PROJECT and BIGQUERY_DATASET.',
  });

/** Whether a path is a folder that can be read. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
