// Models to typed SQL of both engines, in topological order: each one's columns become the table its readers see.
// All that is wrong is collected; a model whose upstream is broken is not checked, not red itself.
// What was compiled once is kept beside the models (cache.ts), so that a warm run starts no analyzer.

import type { Asset, ModelAsset, TableAsset } from '../asset/asset.ts';
import { isTable } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import type { Var } from '../asset/config.ts';
import type { Partition } from '../asset/partition.ts';
import { must, PulseError } from '../errors.ts';
import { type Analyzed, type CatalogTable, type QueryParameter, SqlInvalid } from '../googlesql/analyzed.ts';
import { parseType, type SqlType, type TypedColumn, typeText } from '../googlesql/type.ts';
import { hintClosest } from '../graph/closest.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { type CacheEntry, type CompileCache, readCurrent, TRANSLATOR_HASH } from './cache.ts';
import { compileChecks, expressionsOf } from './checks.ts';
import type { CompileEngine } from './engine.ts';
import { PARTITIONS_PARAMETER } from './parameter.ts';
import { sha256 } from './sha256.ts';
import { locate } from './source-map.ts';
import type { Rendered, TemplateFile } from './template.ts';

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
  /** The template of a model, by its path below models/; its `text` is read once. */
  readTemplate(model: string): Promise<TemplateFile>;
  readPartials(): Promise<ReadonlyMap<string, TemplateFile>>;
  /** Opens what types and translates; called only where the cache does not know the answer. */
  openEngine(): Promise<CompileEngine>;
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

/** Compiles `names` and all models upstream of them. Broken models are in the result, never thrown. */
export async function compileModels(
  graph: AssetGraph,
  names: Iterable<string>,
  options: { readonly vars: Readonly<Record<string, Var>>; readonly effects: CompileEffects },
): Promise<CompileResult> {
  const wanted = new Set([...names].flatMap(name => [name, ...graph.ancestors(name)]));
  const models = new Map<string, CompiledModel>();
  const notChecked = new Map<string, string>();
  const broken = new Set<string>();
  const errors = new Map<string, readonly PulseError[]>();
  const partials = await options.effects.readPartials();
  const checks = new Map<string, readonly Check[]>();
  for (const name of graph.order) {
    const asset = must(graph.assets, name);
    if (!wanted.has(name) || !isTable(asset)) continue;
    const blocked = graph.upstream(name).find(dep => broken.has(dep) || notChecked.has(dep));
    if (blocked !== undefined) {
      notChecked.set(name, notChecked.get(blocked) ?? blocked);
      continue;
    }
    const outcome = await compileTable(asset, { graph, models, partials, ...options });
    if (outcome.errors.length > 0) {
      broken.add(name);
      errors.set(name, outcome.errors);
    }
    if (outcome.model !== undefined && outcome.errors.length === 0) models.set(name, outcome.model);
    if (outcome.checks !== undefined) checks.set(name, outcome.checks);
  }
  return { models, checks, errors, notChecked };
}

async function compileTable(
  asset: TableAsset,
  world: World,
): Promise<Outcome & { readonly checks?: readonly Check[] }> {
  const { model, errors } =
    asset.kind === 'model' ? await compileModel(asset, world) : { model: undefined, errors: [] };
  if (errors.length > 0 || expressionsOf(asset).length === 0) return { model, errors };
  const table = model === undefined ? declaredTable(asset) : { name: asset.name, columns: model.columns };
  const file = world.graph.files.get(asset.name) ?? '';
  try {
    return { model, errors, checks: await compileChecks(asset, table, { ...world.effects, file }) };
  } catch (error) {
    return { model, errors: [compileError(error)] };
  }
}

interface World {
  readonly graph: AssetGraph;
  readonly models: ReadonlyMap<string, CompiledModel>;
  readonly partials: ReadonlyMap<string, TemplateFile>;
  readonly vars: Readonly<Record<string, Var>>;
  readonly effects: CompileEffects;
}

interface Outcome {
  readonly model: CompiledModel | undefined;
  readonly errors: readonly PulseError[];
}

async function compileModel(asset: ModelAsset, world: World): Promise<Outcome> {
  try {
    const template = await world.effects.readTemplate(asset.model);
    const tables = inputTables(asset, world);
    const keys = {
      sourceKey: sourceKey(template, world),
      inputsKey: inputsKey(asset, tables),
    };
    const cached = await readCurrent(world.effects.cache, asset.name, keys);
    const entry = cached ?? { ...keys, ...(await analyzeModel(asset, { template, tables, world })) };
    const errors = contractErrors(asset, entry.columns, world.graph.files.get(asset.name) ?? '');
    if (errors.length > 0) return { model: undefined, errors };
    // A refusal is not kept: a later translator may know better.
    if (cached === undefined && entry.duckdb.kind === 'translated') await world.effects.cache.write(asset.name, entry);
    return { model: fromEntry(asset, entry), errors: [] };
  } catch (error) {
    return { model: undefined, errors: [compileError(error)] };
  }
}

/**
 * An error that is the model's. Without an analyzer a model that changed can't be checked, and that is its error: what is
 * cached still runs. An analyzer that died or hung is no verdict on a model and ends the compilation.
 */
function compileError(error: unknown): PulseError {
  const isDown = error instanceof PulseError && (error.code === 'ANALYZER_FAILED' || error.code === 'ANALYZER_TIMEOUT');
  if (error instanceof PulseError && !isDown) return error;
  throw error;
}

const inputTables = (asset: ModelAsset, { graph, models }: World): CatalogTable[] =>
  graph.upstream(asset.name).flatMap(dep => {
    const input: Asset = must(graph.assets, dep);
    if (!isTable(input)) return [];
    return [input.kind === 'model' ? { name: dep, columns: must(models, dep).columns } : declaredTable(input)];
  });

const sourceKey = (template: TemplateFile, { partials, vars }: World): string =>
  sha256(JSON.stringify([template.file, template.text, [...partials.values()].map(p => [p.file, p.text]), vars]));

const inputsKey = (asset: ModelAsset, tables: readonly CatalogTable[]): string =>
  sha256(
    JSON.stringify([
      TRANSLATOR_HASH,
      asset.partition,
      tables.map(table => [table.name, table.columns.map(column => [column.name, typeText(column.type)])]),
    ]),
  );

type Compiled = Omit<CacheEntry, 'sourceKey' | 'inputsKey'>;

async function analyzeModel(
  asset: ModelAsset,
  { template, tables, world }: { template: TemplateFile; tables: readonly CatalogTable[]; world: World },
): Promise<Compiled> {
  // Templates are rendered only where the cache does not know the answer: a warm run does not load Handlebars.
  const { render } = await import('./template.ts');
  const engine = await world.effects.openEngine();
  const full = render(template, world, 'full');
  checkRefs(asset, full, world);
  const analyzed = await analyzeRendered(full, { engine, tables, parameters: [] });
  const cells = full.hints.length === 0 ? full : render(template, world, 'cells');
  const cellsAnalyzed =
    cells === full ? analyzed : await analyzeRendered(cells, { engine, tables, parameters: cellParameters(asset) });
  return {
    columns: analyzed.columns,
    codeHash: engine.codeHash(analyzed),
    sql: full.sql,
    cellsSql: cells.sql,
    duckdb: translateBoth(engine, { full, analyzed, cells, cellsAnalyzed }),
  };
}

async function analyzeRendered(
  rendered: Rendered,
  context: { engine: CompileEngine; tables: readonly CatalogTable[]; parameters: readonly QueryParameter[] },
): Promise<Analyzed> {
  try {
    return await context.engine.analyze(rendered.sql, context);
  } catch (error) {
    throw placed(error, rendered);
  }
}

/** The same error at its place in the template. */
function placed(error: unknown, rendered: Rendered): unknown {
  if (!(error instanceof PulseError)) return error;
  const { line, column } = error instanceof SqlInvalid ? error.fault : (error.place ?? {});
  const place = line === undefined ? undefined : locate(rendered.map, line, column ?? 1);
  return new PulseError(error.code, error.message, {
    transient: error.transient,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    place: place ?? { file: rendered.map.stretches[0]?.file ?? '' },
  });
}

interface Both {
  readonly full: Rendered;
  readonly analyzed: Analyzed;
  readonly cells: Rendered;
  readonly cellsAnalyzed: Analyzed;
}

function translateBoth(engine: CompileEngine, both: Both): CacheEntry['duckdb'] {
  try {
    const sql = engine.translate(both.analyzed);
    return { kind: 'translated', sql, cellsSql: both.cells === both.full ? sql : engine.translate(both.cellsAnalyzed) };
  } catch (error) {
    const refused = placed(error, both.full);
    if (!(refused instanceof PulseError) || refused.code !== 'SQL_NOT_TRANSLATED') throw error;
    const { message, hint, place } = refused;
    return { kind: 'refused', message, hint: hint ?? null, place: place ?? null };
  }
}

const cellParameters = (asset: ModelAsset): QueryParameter[] => [
  { name: PARTITIONS_PARAMETER, type: { kind: 'ARRAY', element: partitionType(asset.partition) } },
];

function partitionType(partition: Partition): SqlType {
  if (partition.kind === 'static') return { kind: 'STRING' };
  if (partition.kind === 'time' && partition.grain === 'hourly') return { kind: 'TIMESTAMP' };
  return { kind: 'DATE' };
}

/** What a template reads must be declared: the order of a run comes from the deps. */
function checkRefs(asset: ModelAsset, rendered: Rendered, { graph }: World): void {
  const deps = new Set(asset.deps.map(dep => dep.asset));
  for (const [name, place] of rendered.refs) {
    if (deps.has(name)) continue;
    const isKnown = graph.assets.has(name);
    const message = isKnown
      ? `The model reads "${name}", which is not among the deps of ${asset.name}.`
      : `The model reads "${name}", which no file under assets/ declares.`;
    const hint = isKnown
      ? `Add '${name}' to deps in ${graph.files.get(asset.name) ?? 'the asset'}.`
      : hintClosest(name, [...graph.assets.keys()], 'Declare it under assets/, or mend the name.');
    throw new PulseError(isKnown ? 'CONTRACT_BROKEN' : 'ASSET_UNKNOWN', message, { hint, place });
  }
}

/** The declared columns are the contract; where none are declared there is none. */
function contractErrors(asset: ModelAsset, columns: readonly TypedColumn[], file: string): PulseError[] {
  if (asset.columns.length === 0) return [];
  const actual = new Map(columns.map(column => [column.name.toLowerCase(), column]));
  const declared = new Map(asset.columns.map(column => [column.name.toLowerCase(), column]));
  const broken = (text: string, hint: string): PulseError =>
    new PulseError('CONTRACT_BROKEN', `${asset.name}: ${text}`, { hint, place: { file } });
  const wrong = asset.columns.flatMap(column => {
    const made = actual.get(column.name.toLowerCase());
    if (made === undefined) {
      return [
        broken(
          `column ${column.name} is declared, but models/${asset.model} does not give it.`,
          'Add it to the final SELECT, or take it out of the declaration.',
        ),
      ];
    }
    const type = typeText(made.type);
    if (type === typeText(parseType(column.type))) return [];
    return [
      broken(
        `column ${column.name} is declared ${column.type}, but models/${asset.model} gives ${type}.`,
        'CAST it in the model, or change the declaration.',
      ),
    ];
  });
  const extra = columns
    .filter(column => !declared.has(column.name.toLowerCase()))
    .map(column =>
      broken(
        `models/${asset.model} gives column ${column.name === '' ? '(without a name)' : column.name}, which is not declared.`,
        'Declare it, or take it out of the final SELECT.',
      ),
    );
  return [...wrong, ...extra];
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
    duckdb: duckdb.kind === 'translated' ? duckdb : { kind: 'refused', error: refused() },
  };
}
