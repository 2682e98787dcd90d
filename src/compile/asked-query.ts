// Queries of sql/ that a verb asks the warehouse, to typed SQL of both engines, with named parameters. Reads no files and runs
// nothing. A translation is kept by what it was made from, so a warm call renders nothing and starts no analyzer.
// Whether everything below sql/ is right is queries.ts' business.

import { isTable } from '../asset/asset.ts';
import type { Var } from '../asset/config.ts';
import { hintClosest } from '../closest.ts';
import { type Place, PulseError } from '../errors.ts';
import { type CatalogTable, type QueryParameter, SqlInvalid } from '../googlesql/analyzed.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { type CacheEntry, type CompileCache, TRANSLATOR_HASH } from './cache.ts';
import { type CompiledModel, declaredTable } from './compile.ts';
import type { CompileEngine } from './engine.ts';
import { QUERY_PARAMETERS } from './parameter.ts';
import { sourceKey } from './partials.ts';
import { sha256 } from './sha256.ts';
import { locate } from './source-map.ts';
import type { Rendered, TemplateFile } from './template.ts';

/** A query to be compiled. */
export interface QuerySource {
  /** Unique: `checks.duplicate_event_rate`. Its translation is kept under this name. */
  readonly name: string;
  readonly template: TemplateFile;
  readonly parameters: readonly QueryParameter[];
}

/** The file of a query as a source: sql/checks/late.sql is checks.late. */
export const querySource = (template: TemplateFile): QuerySource => ({
  name: template.file
    .replace(/^sql\//, '')
    .replace(/\.sql$/, '')
    .replaceAll('/', '.'),
  template,
  parameters: QUERY_PARAMETERS,
});

/** A query that is right. */
export interface AskedQuery {
  readonly name: string;
  readonly file: string;
  /** GoogleSQL, with its parameters as @name. */
  readonly sql: string;
  readonly columns: readonly TypedColumn[];
  /** The assets it reads, sorted. */
  readonly reads: readonly string[];
  readonly duckdb:
    | { readonly kind: 'translated'; readonly sql: string }
    | { readonly kind: 'refused'; readonly error: PulseError };
}

export interface AskedResult {
  readonly queries: ReadonlyMap<string, AskedQuery>;
  /** What is wrong, by query. */
  readonly errors: ReadonlyMap<string, PulseError>;
}

export interface AskedWorld {
  readonly graph: AssetGraph;
  /** The models that compile; a query that reads another one is wrong. */
  readonly models: ReadonlyMap<string, CompiledModel>;
  readonly vars: Readonly<Record<string, Var>>;
  readonly partials: ReadonlyMap<string, TemplateFile>;
  readonly cache: CompileCache;
  /** Opens what types and translates; called only where the cache does not know the answer. */
  openEngine(): Promise<CompileEngine>;
}

/** Compiles queries one after the other. Broken ones are in the result, never thrown. */
export async function compileAsked(sources: readonly QuerySource[], world: AskedWorld): Promise<AskedResult> {
  const queries = new Map<string, AskedQuery>();
  const errors = new Map<string, PulseError>();
  for (const source of sources) {
    try {
      queries.set(source.name, await compileOne(source, world));
    } catch (error) {
      if (!(error instanceof PulseError) || error.code === 'ANALYZER_FAILED' || error.code === 'ANALYZER_TIMEOUT')
        throw error;
      errors.set(source.name, error);
    }
  }
  return { queries, errors };
}

/** What the keys of a query are told from. */
export type QueryWorld = Pick<AskedWorld, 'graph' | 'models' | 'vars' | 'partials' | 'cache'>;

async function compileOne(source: QuerySource, world: AskedWorld): Promise<AskedQuery> {
  const { file } = source.template;
  const entry = (await keptQuery(source, world)) ?? (await translateAnew(source, world));
  return {
    name: source.name,
    file,
    sql: entry.sql,
    columns: entry.columns,
    reads: entry.reads ?? [],
    duckdb: entry.duckdb.kind === 'translated' ? { kind: 'translated', sql: entry.duckdb.sql } : refusal(entry.duckdb),
  };
}

/** What a query was compiled to, where nothing has changed that it was made from. */
export async function keptQuery(source: QuerySource, world: QueryWorld): Promise<CacheEntry | undefined> {
  const key = sourceKey(source.template, world);
  const isCurrent = (entry: CacheEntry): boolean =>
    entry.reads !== undefined &&
    entry.sourceKey === key &&
    entry.reads.every(name => isThere(name, world)) &&
    entry.inputsKey === inputsKey(entry.reads, { source, world });
  const found = await world.cache.read(source.name, isCurrent);
  return found !== undefined && isCurrent(found) ? found : undefined;
}

/** The keys of a query that reads these tables, all of which are there. */
export const queryKeys = (
  reads: readonly string[],
  { source, world }: { readonly source: QuerySource; readonly world: QueryWorld },
): Pick<CacheEntry, 'sourceKey' | 'inputsKey' | 'reads'> => ({
  sourceKey: sourceKey(source.template, world),
  inputsKey: inputsKey(reads, { source, world }),
  reads,
});

function inputsKey(
  reads: readonly string[],
  { source, world }: { readonly source: QuerySource; readonly world: QueryWorld },
): string {
  const tables = reads.map(name => tableOf(name, { file: source.template.file }, world));
  return sha256(JSON.stringify([TRANSLATOR_HASH, tables.map(shapeOf), source.parameters]));
}

const isThere = (name: string, { graph, models }: QueryWorld): boolean => {
  const asset = graph.assets.get(name);
  return asset !== undefined && isTable(asset) && (asset.kind !== 'model' || models.has(name));
};

async function translateAnew(source: QuerySource, world: AskedWorld): Promise<CacheEntry> {
  const { openTemplates } = await import('./template.ts');
  const rendered = openTemplates(world)(source.template, 'full');
  const named = [...rendered.refs].map(([name, place]) => tableOf(name, place, world));
  const tables = [...named, ...bareTables(rendered, world)];
  const { reads, ...translation } = await translateQuery(rendered, { source, tables, world });
  const entry = { ...queryKeys(readsOf(rendered, reads), { source, world }), ...translation };
  if (entry.duckdb.kind === 'translated') await world.cache.write(source.name, entry);
  return entry;
}

/** All that a query reads: by {{ref}}, and by bare names. */
export const readsOf = ({ refs }: Rendered, tables: readonly string[]): readonly string[] => [
  ...new Set([...refs.keys(), ...tables]),
];

/** Tables that a query may name without {{ref}}, told by its words. */
function bareTables({ sql, refs }: Rendered, world: QueryWorld): readonly CatalogTable[] {
  const words = new Set(sql.match(/\w+/g));
  return [...words]
    .filter(word => !refs.has(word) && isThere(word, world))
    .map(word => tableOf(word, { file: '' }, world));
}

const shapeOf = ({ name, columns }: CatalogTable): unknown => [
  name,
  columns.map(column => [column.name, typeText(column.type)]),
];

function tableOf(name: string, place: Place, { graph, models }: QueryWorld): CatalogTable {
  const asset = graph.assets.get(name);
  if (asset === undefined || !isTable(asset)) {
    const tables = [...graph.assets.values()].filter(isTable).map(table => table.name);
    throw new PulseError('ASSET_UNKNOWN', `The query reads "${name}", which is no table of the project.`, {
      hint: hintClosest(name, tables, '`pulse list` names the tables.'),
      place,
    });
  }
  if (asset.kind !== 'model') return declaredTable(asset);
  const model = models.get(name);
  if (model !== undefined) return { name, columns: model.columns };
  throw new PulseError('UPSTREAM_BROKEN', `The query reads "${name}", which does not compile.`, {
    hint: `\`pulse compile ${name}\` says what is wrong.`,
    place,
  });
}

interface Asked {
  readonly source: QuerySource;
  readonly tables: readonly CatalogTable[];
  readonly world: AskedWorld;
}

type Entry = Omit<CacheEntry, 'sourceKey' | 'inputsKey'>;
type Written = Pick<Rendered, 'sql' | 'map'>;

async function translateQuery(
  written: Written,
  { source, tables, world }: Asked,
): Promise<Entry & { readonly reads: readonly string[] }> {
  const engine = await world.openEngine();
  const { file } = source.template;
  const analyzed = await engine.analyze(written.sql, { tables, parameters: source.parameters }).catch(error => {
    throw placed(error, written, file);
  });
  return {
    reads: analyzed.tables,
    columns: analyzed.columns,
    codeHash: engine.codeHash(analyzed),
    sql: written.sql,
    cellsSql: written.sql,
    duckdb: translated(() => engine.translate(analyzed), { written, file }),
  };
}

function translated(
  translate: () => string,
  { written, file }: { readonly written: Written; readonly file: string },
): CacheEntry['duckdb'] {
  try {
    const sql = translate();
    return { kind: 'translated', sql, cellsSql: sql };
  } catch (error) {
    const refused = placed(error, written, file);
    if (!(refused instanceof PulseError) || refused.code !== 'SQL_NOT_TRANSLATED') throw error;
    return {
      kind: 'refused',
      message: refused.message,
      hint: refused.hint ?? null,
      place: refused.place ?? null,
    };
  }
}

/** The same error at its place in the template. */
function placed(error: unknown, { map }: Written, file: string): unknown {
  if (!(error instanceof PulseError)) return error;
  const { line, column } = error instanceof SqlInvalid ? error.fault : (error.place ?? {});
  const place = line === undefined ? undefined : locate(map, line, column ?? 1);
  return new PulseError(error.code, error.message, {
    transient: error.transient,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    place: place ?? { file },
  });
}

const refusal = ({
  message,
  hint,
  place,
}: Extract<CacheEntry['duckdb'], { kind: 'refused' }>): AskedQuery['duckdb'] => ({
  kind: 'refused',
  error: new PulseError('SQL_NOT_TRANSLATED', message, {
    ...(hint === null ? {} : { hint }),
    ...(place === null ? {} : { place }),
  }),
});
