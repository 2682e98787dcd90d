// Compiles models and queries for a person or CI: writes both engines' SQL under target/compiled, keeps models/.translated and
// sql/.translated current, or (check) only says where they are not.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelAsset, runsOn } from '../asset/asset.ts';
import type { RuleLevel } from '../asset/config.ts';
import { querySource } from '../compile/asked-query.ts';
import { type CompileCache, cacheText, emptyCompileCache, notWritten, toldIfReadOnly } from '../compile/cache.ts';
import type { CompiledModel, CompileResult } from '../compile/compile.ts';
import { exposureErrors } from '../compile/exposures.ts';
import { withoutSuppressed } from '../compile/ignores.ts';
import type { QueriesResult } from '../compile/queries.ts';
import { notAnalyzed, RULES, type RuleFinding, ruleFindings, spellingFindings } from '../compile/rules.ts';
import { must, PulseError } from '../errors.ts';
import { declaredPlace } from '../graph/declared-place.ts';
import type { Project } from '../project.ts';
import { type FileWriter, openFileWriter } from '../writing/file-writer.ts';
import type { UnusedFound } from './unused.ts';

export interface Compilation {
  readonly result: CompileResult;
  /** What is below sql/; undefined where only assets were asked for. */
  readonly queries: QueriesResult | undefined;
  /** All that is wrong: with assets, models and queries. */
  readonly errors: readonly PulseError[];
  /** What rules find in what is right, with the level each has in this project. */
  readonly ruled: readonly (RuleFinding & { readonly level: 'warning' | 'error' })[];
  /** Assets and files of queries that a broken one keeps from being checked, each with that one. */
  readonly notChecked: ReadonlyMap<string, string>;
  /** Paths written, relative to the project. */
  readonly written: readonly string[];
  /** Why what was compiled could not be written, or not all of it. */
  readonly unwritten?: PulseError | undefined;
  /** Models and queries whose committed translation is not what it would be now (with `check`; else they were written anew). */
  readonly outdated: readonly string[];
}

export interface CompileOptions {
  /** With names, also these queries, each with the assets that it may read. */
  readonly queries?: ReadonlyMap<string, readonly string[]>;
  /** With names, also these files of SQL, where nothing reads them, each with the assets that it may read. */
  readonly files?: ReadonlyMap<string, readonly string[]>;
  /** Compile everything anew and compare with what is committed; write nothing. */
  readonly check?: boolean;
  /** Of who compiles again and again; else one is opened. */
  readonly writer?: FileWriter | undefined;
}

/** Compiles `names` and the models upstream of them, or everything with its queries. What is wrong is in the result. */
export async function compileProject(
  project: Project,
  names?: readonly string[],
  { check = false, queries = new Map(), files, writer: shared }: CompileOptions = {},
): Promise<Compilation> {
  const asked: Asked = { names, queries, files };
  if (check) return checkCache(project, asked);
  if (shared !== undefined) return compileAndWrite(project, asked, shared);
  const writer = openFileWriter();
  try {
    return await compileAndWrite(project, asked, writer);
  } finally {
    await writer.end();
  }
}

interface Asked {
  readonly names: readonly string[] | undefined;
  readonly queries: Queries;
  readonly files: CompileOptions['files'];
}

async function compileAndWrite(
  project: Project,
  { names, queries, files }: Asked,
  writer: FileWriter,
): Promise<Compilation> {
  const asked = names === undefined ? undefined : new Set(names);
  const compiled = new Map<string, Promise<readonly string[]>>();
  // The first tells enough: mostly the whole project is read-only.
  let unwritten: PulseError | undefined;
  const tell = (error: unknown): void => {
    if (!(error instanceof PulseError)) throw error;
    unwritten ??= error;
  };
  const write = (model: CompiledModel): void => {
    if (asked?.has(model.asset) === false || compiled.has(model.asset)) return;
    const writing = writeCompiled(model, project, writer).catch(error => {
      tell(error);
      return [];
    });
    // What is no failure of a file is thrown once all is compiled.
    writing.catch(() => undefined);
    compiled.set(model.asset, writing);
  };
  const cache = toldIfReadOnly(project.compileCache(writer), tell);
  const result = await project.compile(wantedBy(project, { names, queries, files }), { cache, onModel: write });
  const queryCache = toldIfReadOnly(project.queryCache(writer), tell);
  const found = await findingsIn(project, result, { names, queries, files, queryCache });
  for (const model of result.models.values()) write(model);
  await Promise.all(compiled.values());
  const written = await Promise.all([...result.models.keys()].map(name => compiled.get(name) ?? []));
  if (asked === undefined) await prune(project).catch(tell);
  return { ...found, written: written.flat().sort(), unwritten, outdated: [] };
}

type Found = Omit<Compilation, 'written' | 'unwritten' | 'outdated'>;
type Queries = NonNullable<CompileOptions['queries']>;

const wantedBy = ({ graph }: Project, { names, queries, files = new Map() }: Asked): readonly string[] =>
  names === undefined
    ? graph.order
    : [...new Set([...names, ...[...queries.values()].flat(), ...[...files.values()].flat()])];

interface FindingOptions extends Pick<CompileOptions, 'queries'> {
  readonly files?: CompileOptions['files'] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly queryCache?: CompileCache;
}

/** What is wrong with a compiled project, and what rules find in it; with its queries where all of it is meant. */
export async function findingsIn(
  project: Project,
  result: CompileResult,
  { names, queries: some = new Map(), files, queryCache: cache }: FindingOptions = {},
): Promise<Found> {
  const only = names === undefined ? undefined : [...some.keys()];
  const queries = only?.length === 0 ? undefined : await project.compileQueries(result, { cache, only });
  const refused = [...result.models.values()].flatMap(model =>
    model.duckdb.kind === 'refused' && isAskedOfDuckDb(model, project) ? [model.duckdb.error] : [],
  );
  const unused = await unusedOf(project, result, names === undefined ? undefined : new Set(files?.keys()));
  const errors = [
    ...project.faults,
    ...[...result.errors.values()].flat(),
    // What DuckDB cannot be told is no fault of a project that runs on BigQuery.
    ...(project.target.bigquery === undefined ? refused : []),
    ...[...(queries?.errors.values() ?? [])].flat(),
    ...unused.errors,
    ...exposureFaults(project, result),
    ...(names === undefined && queries !== undefined ? await rulesOfNothing(project, queries) : []),
  ];
  const notChecked = new Map([
    ...[...project.excluded].filter(([name, wrong]) => name !== wrong),
    ...result.notChecked,
    ...(queries?.notChecked ?? []),
    ...unused.notChecked,
  ]);
  const isWhole = names === undefined && errors.length + notChecked.size === 0;
  const whole = [...ruledFiles(project, result, names), ...(isWhole ? await sharedFiles(project) : [])];
  return {
    result,
    queries,
    errors,
    ruled: ruled(project, [...modelFindings(project, result, names), ...unused.findings], whole),
    notChecked,
  };
}

/** A model that is marked for BigQuery alone is not refused. */
function isAskedOfDuckDb({ asset }: CompiledModel, { graph }: Project): boolean {
  const declared = must(graph.assets, asset);
  return declared.kind !== 'model' || runsOn(declared, 'duckdb');
}

async function unusedOf(
  project: Project,
  result: CompileResult,
  only: ReadonlySet<string> | undefined,
): Promise<UnusedFound> {
  // Who does not want to be told of them has them there for something.
  if (only?.size === 0 || levelOf('unused-file', project) === 'off') {
    return { findings: [], errors: [], notChecked: new Map() };
  }
  const { unusedIn } = await import('./unused.ts');
  return unusedIn(project, result, only);
}

const levelOf = (rule: string, { config }: Project): RuleLevel => config.rules?.[rule] ?? RULES[rule] ?? 'warning';

const textsOf = ({ root }: Project): ((file: string) => string) => {
  const texts = new Map<string, string>();
  return file => {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    texts.set(file, text);
    return text;
  };
};

function modelFindings(
  project: Project,
  { models }: CompileResult,
  names: readonly string[] | undefined,
): readonly RuleFinding[] {
  const textOf = textsOf(project);
  const asked = names === undefined ? undefined : new Set(names);
  const spellings = spellingFindings(project.graph, (name, within, word) => {
    const file = must(project.graph.files, name);
    return declaredPlace({ file, text: textOf(file) }, within, word);
  });
  const isAsked = ({ place }: RuleFinding): boolean =>
    asked === undefined || [...asked].some(name => project.graph.files.get(name) === place.file);
  const found = [...models.values()].flatMap(({ asset: name, facts }) => {
    const asset = must(project.graph.assets, name);
    if (asset.kind !== 'model' || asked?.has(name) === false) return [];
    const file = must(project.graph.files, name);
    if (asset.analyze === false) return [notAnalyzed(asset, declaredPlace({ file, text: textOf(file) }, 'analyze'))];
    if (facts === undefined) return [];
    return ruleFindings(asset, facts, {
      graph: project.graph,
      placeOfDep: dep => declaredPlace({ file, text: textOf(file) }, 'deps', dep),
    });
  });
  return [...found, ...spellings.filter(isAsked)];
}

/** Files of which all is found that rules find there: of what is right. */
function ruledFiles(
  project: Project,
  { models }: CompileResult,
  names: readonly string[] | undefined,
): readonly string[] {
  const asked = names === undefined ? undefined : new Set(names);
  return [...models.keys()].flatMap(name => {
    const asset = must(project.graph.assets, name);
    if (asset.kind !== 'model' || asked?.has(name) === false || asset.analyze === false) return [];
    return [`models/${asset.model}`, must(project.graph.files, name)];
  });
}

/** Those of no one asset: what is found in them is known where all is right. */
async function sharedFiles(project: Project): Promise<readonly string[]> {
  return [...[...(await project.partials()).values()].map(({ file }) => file), ...(await project.queryPaths())];
}

function ruled(project: Project, found: readonly RuleFinding[], whole: readonly string[]): Found['ruled'] {
  // A partial is the same for all who include it.
  const unique = new Map(found.map(one => [JSON.stringify([one.rule, one.place]), one]));
  const kept = withoutSuppressed([...unique.values()], {
    textOf: textsOf(project),
    whole,
    isOn: rule => levelOf(rule, project) !== 'off',
    rules: Object.keys(RULES),
  });
  return kept.flatMap(one => {
    const level = levelOf(one.rule, project);
    return level === 'off' ? [] : [{ ...one, level }];
  });
}

async function rulesOfNothing(project: Project, { columns }: QueriesResult): Promise<readonly PulseError[]> {
  if (project.config.quality?.checks === undefined) return [];
  const { qualityFaults } = await import('./quality-faults.ts');
  return qualityFaults(project, columns);
}

function exposureFaults(project: Project, { models, errors, notChecked }: CompileResult): readonly PulseError[] {
  const { exposures } = project.config;
  if (exposures === undefined) return [];
  return exposureErrors(exposures, {
    graph: project.graph,
    excluded: project.excluded,
    text: readFileSync(join(project.root, 'pulse.config.ts'), 'utf8'),
    columnsOf: name => {
      const asset = must(project.graph.assets, name);
      if (asset.kind !== 'model') return asset.columns.map(column => column.name);
      if (errors.has(name) || notChecked.has(name)) return undefined;
      return models.get(name)?.columns.map(column => column.name);
    },
  });
}

/** Both engines' SQL below target/compiled; their paths. */
async function writeCompiled(model: CompiledModel, project: Project, writer: FileWriter): Promise<readonly string[]> {
  const { model: path } = must(project.graph.assets, model.asset) as ModelAsset;
  const engines = [
    { engine: 'bigquery', sql: model.sql, cellsSql: model.cellsSql },
    ...(model.duckdb.kind === 'translated' ? [{ engine: 'duckdb', ...model.duckdb }] : []),
  ];
  const files = engines.flatMap(({ engine, sql, cellsSql }) => {
    const file = `target/compiled/${engine}/${path}`;
    const cells = cellsSql === sql ? [] : [{ file: file.replace(/\.sql$/, '.cells.sql'), sql: cellsSql }];
    return [{ file, sql }, ...cells];
  });
  const writing = files.map(({ file, sql }) => writer.write(join(project.root, file), `${sql.trimEnd()}\n`));
  await Promise.all(writing).catch(error => {
    throw notWritten(join(project.root, 'target/compiled'), error);
  });
  return files.map(({ file }) => file);
}

/** Takes away the entries of what is no longer declared. */
async function prune(project: Project): Promise<void> {
  const cache = project.compileCache();
  for (const name of await cache.names()) if (isOrphan(name, project)) await cache.remove(name);
  const queries = project.queryCache();
  for (const name of await orphanQueries(project)) await queries.remove(name);
}

/** Entries of queries whose file is gone. */
async function orphanQueries(project: Project): Promise<readonly string[]> {
  const there = new Set((await project.queryPaths()).map(file => querySource({ file, text: '' }).name));
  return (await project.queryCache().names()).filter(name => !there.has(name));
}

/** Entries are called as their asset, those of its checks `NAME.checks`. */
function isOrphan(name: string, { graph }: Project): boolean {
  const asset = graph.assets.get(name.replace(/\.checks$/, ''));
  if (asset === undefined) return true;
  return name.endsWith('.checks') ? !asset.checks.some(check => check.kind === 'expression') : asset.kind !== 'model';
}

async function checkCache(project: Project, { names, queries, files }: Asked): Promise<Compilation> {
  const fresh = emptyCompileCache();
  const result = await project.compile(wantedBy(project, { names, queries, files }), { cache: fresh });
  const freshQueries = emptyCompileCache();
  const found = await findingsIn(project, result, { names, queries, files, queryCache: freshQueries });
  const committed = project.compileCache();
  const orphans = (await committed.names()).filter(name => isOrphan(name, project));
  const outdated = [
    ...(await differing(fresh, committed)),
    ...orphans,
    ...(await differing(freshQueries, project.queryCache())),
    ...(names === undefined ? await orphanQueries(project) : []),
  ];
  return { ...found, written: [], outdated: outdated.sort() };
}

/** The names whose entry is not what `fresh` has. */
async function differing(fresh: CompileCache, committed: CompileCache): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await fresh.names()) {
    const [now, then] = [await fresh.read(name, () => true), await committed.read(name, () => true)];
    if (now === undefined || then === undefined || cacheText(now) !== cacheText(then)) names.push(name);
  }
  return names;
}
