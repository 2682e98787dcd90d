// Models to typed SQL of both engines, in topological order: each one's columns become the table its readers see.
// All that is wrong is collected; a model whose upstream is broken is not checked, not red itself.
// What was compiled once is kept beside the models (cache.ts), so that a warm run starts no analyzer.

import type { Asset, ModelAsset, TableAsset } from '../asset/asset.ts';
import { isTable, runsOn } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import type { Var } from '../asset/config.ts';
import type { Partition } from '../asset/partition.ts';
import { hintClosest } from '../closest.ts';
import { must, PulseError, PulseErrors } from '../errors.ts';
import type { CatalogTable, QueryParameter } from '../googlesql/analyzed.ts';
import { finalSelect } from '../googlesql/tokens.ts';
import { parseType, type SqlType, type TypedColumn, typeText } from '../googlesql/type.ts';
import { type DeclaringFile, declaredPlace } from '../graph/declared-place.ts';
import { type AssetGraph, reach } from '../graph/graph.ts';
import { asDeclared } from './as-declared.ts';
import { type CacheEntry, type CompileCache, readCurrent, TRANSLATOR_HASH } from './cache.ts';
import { compileChecks, expressionsOf } from './checks.ts';
import { contractErrors, referenceError } from './contract.ts';
import type { CompileEngine } from './engine.ts';
import type { ModelFacts } from './facts.ts';
import { PARTITIONS_PARAMETER } from './parameter.ts';
import { sourceKey } from './partials.ts';
import { sha256 } from './sha256.ts';
import { locateOffset } from './source-map.ts';
import type { Rendered, RenderTemplate, TemplateFile, TemplateWorld } from './template.ts';

/** A model that is right. SQL refers to tables by asset name. */
export interface CompiledModel {
  readonly asset: string;
  readonly columns: readonly TypedColumn[];
  /** Hash of what the model means: comments and layout do not count. */
  readonly codeVersion: string;
  /** GoogleSQL of a whole build, and of a build of some cells (@pulse_partitions); the same where there are no hints. */
  readonly sql: string;
  readonly cellsSql: string;
  readonly duckdb: Translated;
  /** What rules and lineage are told from; undefined where it was compiled by a pulse that did not keep it. */
  readonly facts: ModelFacts | undefined;
}

/** DuckDB SQL for both builds, or why there is none. */
export type Translated =
  | { readonly kind: 'translated'; readonly sql: string; readonly cellsSql: string }
  | { readonly kind: 'refused'; readonly error: PulseError };

export interface CompileResult {
  readonly models: ReadonlyMap<string, CompiledModel>;
  /** The checks of every table that has expression checks, those as DuckDB SQL (see compileChecks). */
  readonly checks: ReadonlyMap<string, readonly Check[]>;
  /** What is wrong, by asset. */
  readonly errors: ReadonlyMap<string, readonly PulseError[]>;
  /** Models that a broken upstream keeps from being checked, each with that upstream. */
  readonly notChecked: ReadonlyMap<string, string>;
}

/** What the compiler needs from outside. */
export interface CompileEffects {
  readonly cache: CompileCache;
  /** The template of a model, by its path below models/; undefined where there is no such file. */
  readTemplate(model: string): Promise<TemplateFile | undefined>;
  /** The files below models/, by their paths there; asked only where one is missing. */
  listTemplates(): Promise<readonly string[]>;
  readPartials(): Promise<ReadonlyMap<string, TemplateFile>>;
  /** The file that declares an asset; read only for the place of an error. */
  readDeclaration(asset: string): Promise<DeclaringFile>;
  /** Opens what types and translates; called only where the cache does not know the answer. */
  openEngine(): Promise<CompileEngine>;
  /** Told of each model that is right, as soon as that is known; not of one whose checks refer to tables that declare no columns. */
  onModel?(model: CompiledModel): void;
}

/** The columns that readers of a table that is no model see: as declared. */
export function declaredTable(asset: TableAsset): CatalogTable {
  return {
    name: asset.name,
    columns: asset.columns.map(column => ({ name: column.name, type: parseType(column.type) })),
  };
}

/** The code version of a seed or an extract: its declaration is its code. */
export function declaredVersion(asset: TableAsset): string {
  const { kind, columns, partition, clusterBy, headers, from } = asset as TableAsset & {
    clusterBy?: readonly string[];
    headers?: unknown;
    from?: unknown;
  };
  const types = columns.map(column => [column.name, column.type, column.mode]);
  return sha256(JSON.stringify([kind, types, partition, clusterBy ?? [], headers ?? null, from ?? null]));
}

/**
 * Compiles `names` and all models upstream of them, as many at once as do not read each other.
 * Broken models are in the result, never thrown.
 */
export async function compileModels(
  graph: AssetGraph,
  names: Iterable<string>,
  options: { readonly vars: Readonly<Record<string, Var>>; readonly effects: CompileEffects },
): Promise<CompileResult> {
  const wanted = reach(names, name => graph.upstream(name));
  const partials = await options.effects.readPartials();
  const models = new Map<string, CompiledModel>();
  const world: World = {
    graph,
    models,
    partials,
    kept: new Map(),
    renderer: lazyRenderer({ vars: options.vars, partials }),
    ...options,
  };
  const verdicts = new Map<string, Promise<Verdict>>();
  const order = graph.order.filter(name => wanted.has(name));
  for (const name of order) {
    const above = graph.upstream(name).map(dep => [dep, must(verdicts, dep)] as const);
    verdicts.set(name, verdictOf(must(graph.assets, name), above, world));
  }
  const all = await settled(order, verdicts);
  const whole = async (verdict: Verdict, name: string): Promise<Verdict> =>
    withKept(name, await withReferences(name, verdict, world), world);
  return resultOf(order, await Promise.all(all.map((verdict, at) => whole(verdict, order[at] ?? ''))));
}

/** With what checks refer to in tables that declare no columns: those are known once all models are. */
async function withReferences(name: string, verdict: Verdict, { graph, models, effects }: World): Promise<Verdict> {
  if (verdict.errors.length > 0 || verdict.blockedBy !== undefined) return verdict;
  const errors: PulseError[] = [];
  for (const check of openReferences(must(graph.assets, name), graph)) {
    const columns = models.get(check.asset)?.columns.map(column => column.name);
    if (columns === undefined || columns.some(one => one.toLowerCase() === check.key.toLowerCase())) continue;
    const text = `${name} refers to "${check.asset}" by column "${check.key}", which "${check.asset}" does not give.`;
    errors.push(
      new PulseError('CONTRACT_BROKEN', text, {
        hint: hintClosest(check.key, columns, `"${check.asset}" gives ${columns.join(', ')}.`),
        place: declaredPlace(await effects.readDeclaration(name), 'checks', check.key),
      }),
    );
  }
  return errors.length === 0 ? verdict : { errors };
}

/** The checks that refer to tables whose columns only their own models tell. */
const openReferences = (asset: Asset, graph: AssetGraph) =>
  asset.checks
    .filter(check => check.kind === 'refers-to')
    .filter(check => (graph.assets.get(check.asset)?.columns.length ?? 0) === 0);

/** What checks compare with a declared column of another type. */
async function referenceErrors(
  asset: ModelAsset,
  own: readonly TypedColumn[],
  { graph, effects }: World,
): Promise<readonly PulseError[]> {
  const wrong = asset.checks.flatMap(check => {
    const read = check.kind === 'refers-to' ? graph.assets.get(check.asset) : undefined;
    if (check.kind !== 'refers-to' || read === undefined || !isTable(read)) return [];
    const key = read.columns.filter(column => column.name.toLowerCase() === check.key.toLowerCase());
    const error = referenceError(asset.name, check, { own, read: typedColumns(key) });
    return error === undefined ? [] : [{ error, key: check.key }];
  });
  if (wrong.length === 0) return [];
  const file = await effects.readDeclaration(asset.name);
  return wrong.map(
    ({ error, key }) =>
      new PulseError(error.code, error.message, {
        ...(error.hint !== undefined && { hint: error.hint }),
        place: declaredPlace(file, 'checks', key),
      }),
  );
}

/** Declared columns whose type is one: of the others their own table is told. */
const typedColumns = (columns: TableAsset['columns']): readonly TypedColumn[] =>
  columns.flatMap(({ name, type }) => {
    try {
      return [{ name, type: parseType(type) }];
    } catch (error) {
      if (!(error instanceof PulseError)) throw error;
      return [];
    }
  });

/** With what became of its entry in the cache, which nobody waited for. */
async function withKept(name: string, verdict: Verdict, { kept }: World): Promise<Verdict> {
  try {
    await kept.get(name);
    return verdict;
  } catch (error) {
    return { errors: [...verdict.errors, ...compileErrors(error)] };
  }
}

/** What is found of one table; `blockedBy` is the broken one upstream that keeps it from being looked at. */
interface Verdict {
  readonly model?: CompiledModel;
  readonly checks?: readonly Check[];
  readonly errors: readonly PulseError[];
  readonly blockedBy?: string;
}

async function verdictOf(
  asset: Asset,
  above: readonly (readonly [string, Promise<Verdict>])[],
  world: World,
): Promise<Verdict> {
  for (const [dep, verdict] of above) {
    const { errors, blockedBy } = await verdict;
    if (errors.length > 0 || blockedBy !== undefined) return { errors: [], blockedBy: blockedBy ?? dep };
  }
  if (!isTable(asset)) return { errors: [] };
  const verdict = await compileTable(asset, world);
  if (verdict.model !== undefined) {
    (world.models as Map<string, CompiledModel>).set(asset.name, verdict.model);
    if (openReferences(asset, world.graph).length === 0) world.effects.onModel?.(verdict.model);
  }
  return verdict;
}

/** All verdicts; waits for every one of them also where one throws, so that nothing is left running. */
async function settled(
  order: readonly string[],
  verdicts: ReadonlyMap<string, Promise<Verdict>>,
): Promise<readonly Verdict[]> {
  const all = await Promise.allSettled(order.map(name => must(verdicts, name)));
  return all.map(one => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

function resultOf(order: readonly string[], verdicts: readonly Verdict[]): CompileResult {
  const models = new Map<string, CompiledModel>();
  const checks = new Map<string, readonly Check[]>();
  const errors = new Map<string, readonly PulseError[]>();
  const notChecked = new Map<string, string>();
  for (const [at, verdict] of verdicts.entries()) {
    const name = order[at] ?? '';
    if (verdict.blockedBy !== undefined) notChecked.set(name, verdict.blockedBy);
    if (verdict.errors.length > 0) errors.set(name, verdict.errors);
    else if (verdict.model !== undefined) models.set(name, verdict.model);
    if (verdict.checks !== undefined) checks.set(name, verdict.checks);
  }
  return { models, checks, errors, notChecked };
}

async function compileTable(asset: TableAsset, world: World): Promise<Verdict> {
  const invalid = await typeErrors(asset, world);
  if (invalid.length > 0) return { errors: invalid };
  const compiled: Verdict = asset.kind === 'model' ? await compileModel(asset, world) : { errors: [] };
  if (compiled.errors.length > 0 || expressionsOf(asset).length === 0) return compiled;
  const table =
    compiled.model === undefined ? declaredTable(asset) : { name: asset.name, columns: compiled.model.columns };
  try {
    const { cache, openEngine, readDeclaration } = world.effects;
    return { ...compiled, checks: await compileChecks(asset, table, { cache, openEngine, readDeclaration }) };
  } catch (error) {
    const file = world.graph.files.get(asset.name);
    return { errors: compileErrors(error).map(one => (file === undefined ? one : withFile(one, file))) };
  }
}

/** An analyzer that is missing or dies says nothing of the asset whose checks it was asked about. */
function withFile(error: PulseError, file: string): PulseError {
  const { code, message, hint, transient, place } = error;
  if (place !== undefined) return error;
  return new PulseError(code, message, {
    ...(hint !== undefined && { hint }),
    transient,
    place: { file },
    cause: error,
  });
}

/** Declared types that are none of BigQuery. */
async function typeErrors(asset: TableAsset, { effects }: World): Promise<PulseError[]> {
  const wrong = asset.columns.flatMap(column => {
    try {
      parseType(column.type);
      return [];
    } catch (error) {
      if (!(error instanceof PulseError)) throw error;
      return [{ column: column.name, error }];
    }
  });
  if (wrong.length === 0) return [];
  const file = await effects.readDeclaration(asset.name);
  return wrong.map(
    ({ column, error }) =>
      new PulseError(error.code, `${asset.name}: column ${column}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        place: declaredPlace(file, 'columns', column),
      }),
  );
}

interface World {
  readonly graph: AssetGraph;
  readonly models: ReadonlyMap<string, CompiledModel>;
  /** What is being written to the cache: readers of a model do not wait for it. */
  readonly kept: Map<string, Promise<void>>;
  readonly partials: ReadonlyMap<string, TemplateFile>;
  readonly vars: Readonly<Record<string, Var>>;
  readonly effects: CompileEffects;
  readonly renderer: () => Promise<RenderTemplate>;
}

/** Templates are rendered only where the cache does not know the answer: a warm run does not load Handlebars. */
export function lazyRenderer(world: TemplateWorld): () => Promise<RenderTemplate> {
  let opened: Promise<RenderTemplate> | undefined;
  return () => {
    opened ??= import('./template.ts').then(({ openTemplates }) => openTemplates(world));
    return opened;
  };
}

async function compileModel(asset: ModelAsset, world: World): Promise<Verdict> {
  try {
    const template = await world.effects.readTemplate(asset.model);
    if (template === undefined) return { errors: [await noTemplate(asset, world)] };
    const tables = inputTables(asset, world);
    const keys = { sourceKey: sourceKey(template, world), inputsKey: inputsKey(asset, tables) };
    const cached = await readCurrent(world.effects.cache, asset.name, keys);
    const entry = cached ?? { ...keys, ...(await analyzeModel(asset, { template, tables, world })) };
    const errors = [
      ...(await contractOf(asset, { entry, template, world })),
      ...(await referenceErrors(asset, entry.columns, world)),
    ];
    if (errors.length > 0) return { errors };
    // A refusal is not kept: a later translator may know better.
    const isKept = entry.duckdb.kind === 'translated' || !runsOn(asset, 'duckdb');
    if (cached === undefined && isKept) keep(asset, entry, world);
    return { model: fromEntry(asset, entry), errors: [] };
  } catch (error) {
    return { errors: compileErrors(error) };
  }
}

function keep({ name }: ModelAsset, entry: CacheEntry, { effects, kept }: World): void {
  const writing = effects.cache.write(name, entry);
  // Its failure is looked at once all are compiled (withKept).
  writing.catch(() => undefined);
  kept.set(name, writing);
}

async function noTemplate(asset: ModelAsset, { effects, graph }: World): Promise<PulseError> {
  const named = new Set([...graph.assets.values()].flatMap(one => (one.kind === 'model' ? [one.model] : [])));
  const free = (await effects.listTemplates()).filter(file => !named.has(file));
  const moved = free.find(file => file.split('/').at(-1) === asset.model.split('/').at(-1));
  const otherwise =
    free.length === 1
      ? `No asset names models/${free[0]}: is that it? Else write it, or mend \`model\` in the asset.`
      : 'Write it, or mend `model` in the asset.';
  return new PulseError('ASSET_INVALID', `There is no models/${asset.model}, which ${asset.name} names as its model.`, {
    hint: moved === undefined ? hintClosest(asset.model, free, otherwise) : `Did you mean "${moved}"?`,
    place: declaredPlace(await effects.readDeclaration(asset.name), 'model', asset.model),
  });
}

/**
 * The errors of a model that `error` is. An analyzer that is missing, died or hung is no verdict on a model but no green
 * one either: it is the error of each model that it was asked about, and what is cached still runs.
 */
function compileErrors(error: unknown): readonly PulseError[] {
  if (error instanceof PulseErrors) return error.errors;
  if (error instanceof PulseError) return [error];
  throw error;
}

const inputTables = (asset: ModelAsset, { graph, models }: World): CatalogTable[] =>
  graph.upstream(asset.name).flatMap(dep => {
    const input: Asset = must(graph.assets, dep);
    if (!isTable(input)) return [];
    return [input.kind === 'model' ? { name: dep, columns: must(models, dep).columns } : declaredTable(input)];
  });

const inputsKey = (asset: ModelAsset, tables: readonly CatalogTable[]): string =>
  sha256(
    JSON.stringify([
      TRANSLATOR_HASH,
      asset.partition,
      ...(asset.engines === undefined ? [] : [asset.engines]),
      ...(asset.analyze === undefined ? [] : [asset.columns]),
      tables.map(table => [table.name, table.columns.map(column => [column.name, typeText(column.type)])]),
    ]),
  );

async function analyzeModel(asset: ModelAsset, { template, tables, world }: Modelled): Promise<Compiled> {
  const render = await world.renderer();
  const full = render(template, 'full');
  checkRefs(asset, full, world);
  const cells =
    full.hints.length === 0 ? undefined : { rendered: render(template, 'cells'), parameters: cellParameters(asset) };
  if (asset.analyze === false)
    return { ...asDeclared(asset, declaredTable(asset), full), cellsSql: (cells?.rendered ?? full).sql };
  const engine = await world.effects.openEngine();
  const { examine } = await import('./examine.ts');
  const examined = await examine({ asset, tables, full, cells }, engine);
  return { ...examined, sql: full.sql, cellsSql: (cells?.rendered ?? full).sql };
}

type Compiled = Omit<CacheEntry, 'sourceKey' | 'inputsKey'>;

interface Modelled {
  readonly template: TemplateFile;
  readonly tables: readonly CatalogTable[];
  readonly world: World;
}

const cellParameters = (asset: ModelAsset): QueryParameter[] => [
  { name: PARTITIONS_PARAMETER, type: { kind: 'ARRAY', element: partitionType(asset.partition) } },
];

function partitionType(partition: Partition): SqlType {
  if (partition.kind === 'static') return { kind: 'STRING' };
  if (partition.kind === 'time' && partition.grain === 'hourly') return { kind: 'TIMESTAMP' };
  return { kind: 'DATE' };
}

/** What is wrong with the columns that a model gives; places are looked for only where something is. */
async function contractOf(
  asset: ModelAsset,
  {
    entry,
    template,
    world,
  }: { readonly entry: Pick<CacheEntry, 'columns' | 'facts'>; readonly template: TemplateFile; readonly world: World },
): Promise<readonly PulseError[]> {
  const none = () => undefined;
  const nowhere = { declared: () => ({ file: '' }), made: none, origin: none, selected: none, starred: none };
  const given = { columns: entry.columns, nulls: entry.facts?.nulls ?? [] };
  if (contractErrors(asset, given, nowhere).length === 0) return [];
  const file = await world.effects.readDeclaration(asset.name);
  const rendered = (await world.renderer())(template, 'full');
  const items = finalSelect(rendered.sql);
  // A star stands for many: then positions say nothing.
  const hasStar = items.some(item => item.name === '*');
  const placeOfItem = (item: (typeof items)[number] | undefined) =>
    item && locateOffset(rendered.map, item.start)?.place;
  const made = (column: string | number) => {
    const item =
      typeof column === 'number'
        ? hasStar
          ? undefined
          : items[column]
        : items.findLast(one => one.name?.toLowerCase() === column.toLowerCase());
    return item === undefined ? undefined : locateOffset(rendered.map, item.nameStart)?.place;
  };
  const known = entry.facts?.lineage ?? [];
  return contractErrors(asset, given, {
    declared: (within, word) => declaredPlace(file, within, word),
    made,
    origin: column =>
      known.find(one => one.column.toLowerCase() === column.toLowerCase())?.place ?? made(column) ?? undefined,
    selected: () => placeOfItem(items[0]),
    starred: () => placeOfItem(items.findLast(item => item.name === '*')),
  });
}

/** What a template reads must be declared: the order of a run comes from the deps. */
function checkRefs(asset: ModelAsset, rendered: Rendered, { graph }: World): void {
  const deps = new Set(asset.deps.map(dep => dep.asset));
  const faults: PulseError[] = [];
  for (const [name, place] of rendered.refs) {
    if (deps.has(name)) continue;
    const read = graph.assets.get(name);
    const file = graph.files.get(asset.name) ?? 'the asset';
    if (name === asset.name) {
      faults.push(
        new PulseError('GRAPH_CYCLE', `The model of ${name} reads ${name} itself.`, {
          hint: 'A model is made from what it reads: read its upstream.',
          place,
        }),
      );
    } else if (read !== undefined) {
      const text = isTable(read)
        ? `The model reads "${name}", which is not among the deps of ${asset.name}.`
        : `The model reads "${name}", which is of kind ${read.kind} and no table.`;
      const hint = isTable(read) ? `Add '${name}' to deps in ${file}.` : 'Read an extract, a seed or a model.';
      faults.push(new PulseError('CONTRACT_BROKEN', text, { hint, place }));
    } else {
      faults.push(
        new PulseError('ASSET_UNKNOWN', `The model reads "${name}", which no file under assets/ declares.`, {
          hint: hintClosest(name, [...deps, ...graph.assets.keys()], 'Declare it under assets/, or mend the name.'),
          place,
        }),
      );
    }
  }
  const [first] = faults;
  if (first === undefined) return;
  throw faults.length === 1 ? first : new PulseErrors(`${faults.length} refs of ${asset.name} are wrong.`, faults);
}

function fromEntry(asset: ModelAsset, entry: CacheEntry): CompiledModel {
  const { duckdb } = entry;
  const refused = (): PulseError => {
    const { message, hint, place } = duckdb as Extract<CacheEntry['duckdb'], { kind: 'refused' }>;
    return new PulseError('SQL_NOT_TRANSLATED', message, {
      ...(hint === null ? {} : { hint }),
      ...(place === null ? {} : { place }),
    });
  };
  return {
    asset: asset.name,
    columns: entry.columns,
    codeVersion: sha256(JSON.stringify([entry.codeHash, asset.partition, asset.clusterBy])),
    sql: entry.sql,
    cellsSql: entry.cellsSql,
    facts: entry.facts,
    duckdb: duckdb.kind === 'translated' ? duckdb : { kind: 'refused', error: refused() },
  };
}
