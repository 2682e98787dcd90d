// Queries that belong to a project beside its models (sql/analytics, sql/checks): typed against all of its tables.
// They make no table and have no contract; they may use {{ref}}, {{var}} and partials.

import { isTable } from '../asset/asset.ts';
import type { Var } from '../asset/config.ts';
import { hintClosest } from '../closest.ts';
import { must, PulseError, PulseErrors } from '../errors.ts';
import type { CatalogTable } from '../googlesql/analyzed.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { keptQuery, queryKeys, querySource, readsOf } from './asked-query.ts';
import type { CacheEntry, CompileCache } from './cache.ts';
import { type CompileResult, declaredTable, lazyRenderer } from './compile.ts';
import type { CompileEngine } from './engine.ts';
import { QUERY_PARAMETERS } from './parameter.ts';
import type { Rendered, RenderTemplate, TemplateFile } from './template.ts';

export interface QueriesResult {
  /** What is wrong, by file. */
  readonly errors: ReadonlyMap<string, readonly PulseError[]>;
  /** Files that read a table which is wrong or not checked, each with that table. */
  readonly notChecked: ReadonlyMap<string, string>;
  /** Files that are right, or right but not translated (see `errors`). */
  readonly checked: readonly string[];
  /** What each file that is right gives. */
  readonly columns: ReadonlyMap<string, readonly TypedColumn[]>;
}

export interface QueriesWorld {
  readonly graph: AssetGraph;
  /** Tables that are left out of the graph. */
  readonly excluded: ReadonlyMap<string, string>;
  readonly vars: Readonly<Record<string, Var>>;
  readonly partials: ReadonlyMap<string, TemplateFile>;
  /** What is known from before. */
  readonly cache: CompileCache;
  openEngine(): Promise<CompileEngine>;
}

/** Types and translates each of `files`. Tables of `compiled` that are not right are not there for them. */
export async function compileQueries(
  files: readonly TemplateFile[],
  compiled: CompileResult,
  world: QueriesWorld,
): Promise<QueriesResult> {
  const tables = tablesOf(compiled, world.graph);
  const known = new Set(tables.map(table => table.name));
  const missing = new Set([...world.graph.order.filter(name => !known.has(name)), ...world.excluded.keys()]);
  const asked: Asked = { tables, missing, renderer: lazyRenderer(world), world: { ...world, models: compiled.models } };
  const verdicts = await Promise.all(files.map(file => verdictOf(file, asked)));
  const by = <T>(pick: (verdict: Verdict) => T | undefined): Map<string, T> =>
    new Map(
      verdicts.flatMap((verdict, at) => {
        const picked = pick(verdict);
        return picked === undefined ? [] : [[files[at]?.file ?? '', picked] as const];
      }),
    );
  return {
    errors: by(verdict => (verdict.errors.length > 0 ? verdict.errors : undefined)),
    notChecked: by(verdict => verdict.reads),
    checked: [...by(verdict => (verdict.errors.length === 0 && verdict.reads === undefined ? true : undefined)).keys()],
    columns: by(verdict => verdict.columns),
  };
}

/** All tables whose columns are known. */
export function tablesOf({ models, errors, notChecked }: CompileResult, graph: AssetGraph): CatalogTable[] {
  return graph.order.flatMap(name => {
    const asset = must(graph.assets, name);
    if (!isTable(asset) || errors.has(name) || notChecked.has(name)) return [];
    if (asset.kind !== 'model') return [declaredTable(asset)];
    const model = models.get(name);
    return model === undefined ? [] : [{ name, columns: model.columns }];
  });
}

interface Verdict {
  readonly errors: readonly PulseError[];
  /** The table it reads that is not there. */
  readonly reads?: string;
  readonly columns?: readonly TypedColumn[];
}

interface Asked {
  readonly tables: readonly CatalogTable[];
  readonly missing: ReadonlySet<string>;
  readonly renderer: () => Promise<RenderTemplate>;
  readonly world: QueriesWorld & Pick<CompileResult, 'models'>;
}

async function verdictOf(file: TemplateFile, { tables, missing, renderer, world }: Asked): Promise<Verdict> {
  try {
    const source = querySource(file);
    const kept = await keptQuery(source, world);
    if (kept !== undefined) return { errors: [], columns: kept.columns };
    const rendered = (await renderer())(file, 'full');
    const gap = [...rendered.refs].find(([ref]) => missing.has(ref));
    if (gap !== undefined) return { errors: [], reads: gap[0] };
    checkRefs(rendered, world);
    const { reads, ...entry } = await analyzed(rendered, { tables, world });
    if (entry.duckdb.kind === 'refused') {
      const { message, hint, place } = entry.duckdb;
      return {
        errors: [new PulseError('SQL_NOT_TRANSLATED', message, { ...(hint && { hint }), ...(place && { place }) })],
      };
    }
    const keys = queryKeys(readsOf(rendered, reads), { source, world });
    await world.cache.write(source.name, { ...keys, ...entry });
    return { errors: [], columns: entry.columns };
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    const table = /^Table not found: `?(\w+)`?/.exec(error.message)?.[1];
    if (table !== undefined && missing.has(table)) return { errors: [], reads: table };
    return { errors: error instanceof PulseErrors ? error.errors : [error] };
  }
}

type AnalyzedQuery = Omit<CacheEntry, 'sourceKey' | 'inputsKey' | 'reads'> & { readonly reads: readonly string[] };

async function analyzed(
  rendered: Rendered,
  { tables, world }: { readonly tables: readonly CatalogTable[]; readonly world: QueriesWorld },
): Promise<AnalyzedQuery> {
  const { placed } = await import('./judge-rendered.ts');
  return judged(rendered, { tables, world }).catch(error => {
    throw error instanceof PulseError ? error : placed(error, rendered);
  });
}

async function judged(
  rendered: Rendered,
  { tables, world }: { readonly tables: readonly CatalogTable[]; readonly world: QueriesWorld },
): Promise<AnalyzedQuery> {
  const { analyzeRendered, checkBigQuery, translateRendered } = await import('./judge-rendered.ts');
  const { checkLiterals } = await import('./literal-errors.ts');
  const engine = await world.openEngine();
  const query = await analyzeRendered(rendered, { engine, tables, parameters: QUERY_PARAMETERS });
  checkBigQuery(query, rendered);
  await checkLiterals(engine, query, rendered);
  const duckdb = translateRendered(engine, query, rendered);
  return {
    reads: query.tables,
    columns: query.columns,
    codeHash: engine.codeHash(query),
    sql: rendered.sql,
    cellsSql: rendered.sql,
    duckdb: duckdb.kind === 'refused' ? duckdb : { ...duckdb, cellsSql: duckdb.sql },
  };
}

function checkRefs(rendered: Rendered, { graph }: QueriesWorld): void {
  for (const [name, place] of rendered.refs) {
    if (graph.assets.has(name)) continue;
    throw new PulseError('ASSET_UNKNOWN', `The query reads "${name}", which no file under assets/ declares.`, {
      hint: hintClosest(name, graph.assets.keys(), 'Mend the name. `pulse list` shows what there is.'),
      place,
    });
  }
}
