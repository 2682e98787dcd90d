// Queries that a verb asks the warehouse (of sql/, or written by a check itself) to typed SQL of both engines, with named
// parameters. Reads no files and runs nothing. A translation is kept by its content, so a warm call starts no analyzer.
// Whether everything below sql/ is right is queries.ts' business.

import { isTable } from '../asset/asset.ts';
import type { Var } from '../asset/config.ts';
import { PulseError } from '../errors.ts';
import { type CatalogTable, type QueryParameter, SqlInvalid } from '../googlesql/analyzed.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import { hintClosest } from '../graph/closest.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { type CacheEntry, type CompileCache, readCurrent, TRANSLATOR_HASH } from './cache.ts';
import { type CompiledModel, declaredTable } from './compile.ts';
import type { CompileEngine } from './engine.ts';
import { sha256 } from './sha256.ts';
import { locate } from './source-map.ts';
import type { Rendered, TemplateFile } from './template.ts';

/** A query to be compiled. */
export interface QuerySource {
  /** Unique: `checks.duplicate_event_rate`. Its translation is kept under this name. */
  readonly name: string;
  readonly text: QueryText;
  readonly parameters: readonly QueryParameter[];
}

/** A template, whose tables are what {{ref}} names; or plain GoogleSQL that pulse wrote itself, with what it reads. */
export type QueryText =
  | ({ readonly kind: 'template' } & TemplateFile)
  | { readonly kind: 'plain'; readonly file: string; readonly sql: string; readonly reads: readonly string[] };

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

type Written = Pick<Rendered, 'sql' | 'refs'> & { readonly map?: Rendered['map'] };

async function write(text: QueryText, world: AskedWorld): Promise<Written> {
  if (text.kind === 'plain') {
    const place = { file: text.file, line: 1, column: 1 };
    return { sql: text.sql, refs: new Map(text.reads.map(name => [name, place])) };
  }
  const { openTemplates } = await import('./template.ts');
  return openTemplates(world)(text, 'full');
}

async function compileOne(source: QuerySource, world: AskedWorld): Promise<AskedQuery> {
  const rendered = await write(source.text, world);
  const tables = [...rendered.refs].map(([name, place]) => tableOf(name, place, world));
  const keys = {
    sourceKey: sha256(rendered.sql),
    inputsKey: sha256(JSON.stringify([TRANSLATOR_HASH, tables.map(shapeOf), source.parameters])),
  };
  const cached = await readCurrent(world.cache, source.name, keys);
  const entry = cached ?? { ...keys, ...(await translateQuery(rendered, { source, tables, world })) };
  if (cached === undefined && entry.duckdb.kind === 'translated') await world.cache.write(source.name, entry);
  return {
    name: source.name,
    file: source.text.file,
    sql: entry.sql,
    columns: entry.columns,
    reads: [...rendered.refs.keys()],
    duckdb: entry.duckdb.kind === 'translated' ? { kind: 'translated', sql: entry.duckdb.sql } : refusal(entry.duckdb),
  };
}

const shapeOf = ({ name, columns }: CatalogTable): unknown => [
  name,
  columns.map(column => [column.name, typeText(column.type)]),
];

function tableOf(
  name: string,
  place: { readonly file: string; readonly line: number; readonly column: number },
  { graph, models }: AskedWorld,
): CatalogTable {
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

async function translateQuery(written: Written, { source, tables, world }: Asked): Promise<Entry> {
  const engine = await world.openEngine();
  const { file } = source.text;
  const analyzed = await engine.analyze(written.sql, { tables, parameters: source.parameters }).catch(error => {
    throw placed(error, written, file);
  });
  return {
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
  const place = line === undefined || map === undefined ? undefined : locate(map, line, column ?? 1);
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
