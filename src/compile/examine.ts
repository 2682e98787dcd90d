// A rendered model to what is kept of it: its columns, the hash of what it means, its translation, its facts. What compiling costs is
// here; loaded only where the cache does not know the answer.

import { type ModelAsset, runsOn } from '../asset/asset.ts';
import type { CatalogTable, QueryParameter } from '../googlesql/analyzed.ts';
import { factsOf } from '../googlesql/facts/facts.ts';
import { finalSelect } from '../googlesql/tokens.ts';
import { isTooDeep } from '../googlesql/too-deep.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import { typeText } from '../googlesql/type.ts';
import { notForDuckDb } from './as-declared.ts';
import type { CacheEntry } from './cache.ts';
import type { CompileEngine } from './engine.ts';
import { modelFacts } from './facts.ts';
import { analyzeRendered, checkBigQuery, placed, translateRendered } from './judge-rendered.ts';
import { checkLiterals } from './literal-errors.ts';
import { locateOffset } from './source-map.ts';
import type { Rendered } from './template.ts';

/** A model as it is rendered, with all that its answer depends on. */
interface RenderedModel {
  readonly asset: ModelAsset;
  readonly tables: readonly CatalogTable[];
  readonly full: Rendered;
  /** The build of some cells with the parameters that it takes; undefined where the template has no hints, so that it is the same. */
  readonly cells: { readonly rendered: Rendered; readonly parameters: readonly QueryParameter[] } | undefined;
}

type Examined = Pick<CacheEntry, 'columns' | 'codeHash' | 'duckdb' | 'facts'>;

/** @throws {PulseError} what is wrong with it, at its place in the template, or with the analyzer; PulseErrors where that is several. */
export async function examine(model: RenderedModel, engine: CompileEngine): Promise<Examined> {
  try {
    return await examined(model, engine);
  } catch (error) {
    throw isTooDeep(error) ? placed(error, model.full) : error;
  }
}

async function examined(model: RenderedModel, engine: CompileEngine): Promise<Examined> {
  const { asset, full, cells, tables } = model;
  // Both are asked for at once, so that the analyzer has the one while the other is looked at.
  const asked = cells && analyzeRendered(cells.rendered, { engine, tables, parameters: cells.parameters });
  // What is wrong with the whole build is said first, and mostly is what is wrong with this one.
  asked?.catch(() => undefined);
  const analyzed = await analyzeRendered(full, { engine, tables, parameters: [] });
  if (runsOn(asset, 'bigquery')) checkBigQuery(analyzed, full);
  await checkLiterals(engine, analyzed, full);
  const cellsAnalyzed = await asked;
  const translated = (): CacheEntry['duckdb'] => {
    const whole = translateRendered(engine, analyzed, full);
    if (whole.kind === 'refused') return whole;
    const some = cells && cellsAnalyzed ? translateRendered(engine, cellsAnalyzed, cells.rendered) : whole;
    return some.kind === 'refused' ? some : { kind: 'translated', sql: whole.sql, cellsSql: some.sql };
  };
  return {
    columns: analyzed.columns,
    codeHash: engine.codeHash(analyzed),
    duckdb:
      (runsOn(asset, 'duckdb') ? undefined : notForDuckDb(asset)) ?? notStored(analyzed.columns, full) ?? translated(),
    facts: modelFacts(factsOf(analyzed), full, analyzed.columns),
  };
}

/** A query may compute with these on DuckDB; a table there has no type for them. */
const NOT_STORED = /\b(?:BIGNUMERIC\b|GEOGRAPHY\b|RANGE(?=<))/;

const STORED_AS: Readonly<Record<string, string>> = {
  BIGNUMERIC: 'Use NUMERIC.',
  GEOGRAPHY: 'Use STRING (as WKT).',
  RANGE: 'Use two columns, the start and the end.',
};

/** The refusal of a model with a column that a table of DuckDB does not hold, at the place where it is made. */
function notStored(columns: readonly TypedColumn[], { sql, map }: Rendered): CacheEntry['duckdb'] | undefined {
  const index = columns.findIndex(column => NOT_STORED.test(typeText(column.type)));
  const column = columns[index];
  if (column === undefined) return undefined;
  const items = finalSelect(sql);
  const item = items.some(one => one.name === '*') ? undefined : items[index];
  const place = item === undefined ? undefined : locateOffset(map, item.nameStart)?.place;
  const kind = NOT_STORED.exec(typeText(column.type))?.[0];
  return {
    kind: 'refused',
    message: `DuckDB has no exact type for the column ${column.name} of ${kind}.`,
    hint: STORED_AS[kind ?? ''] ?? '',
    place: place ?? null,
  };
}
