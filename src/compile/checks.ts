// Expression checks of a table, typed and translated like models: one SELECT a table that says of each row which fail.

import type { TableAsset } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import { PulseError } from '../errors.ts';
import { type CatalogTable, SqlInvalid } from '../googlesql/analyzed.ts';
import { typeText } from '../googlesql/type.ts';
import { CHECKED_TABLE } from '../warehouse/warehouse.ts';
import { type CacheEntry, type CompileCache, readCurrent, TRANSLATOR_HASH } from './cache.ts';
import type { CompileEngine } from './engine.ts';
import { sha256 } from './sha256.ts';

type Expression = Extract<Check, { kind: 'expression' }>;

export interface ChecksWorld {
  readonly cache: CompileCache;
  readonly openEngine: () => Promise<CompileEngine>;
  /** The file that declares the asset, for errors. */
  readonly file: string;
}

export const expressionsOf = (asset: TableAsset): Expression[] =>
  asset.checks.filter(check => check.kind === 'expression');

/**
 * The asset's checks with each expression as a SELECT of the failing rows of CHECKED_TABLE, in DuckDB's dialect.
 *
 * @throws {PulseError} SQL_INVALID or SQL_NOT_TRANSLATED naming the check.
 */
export async function compileChecks(
  asset: TableAsset,
  table: CatalogTable,
  world: ChecksWorld,
): Promise<readonly Check[]> {
  const expressions = expressionsOf(asset);
  if (expressions.length === 0) return asset.checks;
  const entry = await entryOf(asset, { table, expressions, world });
  if (entry.duckdb.kind === 'refused') {
    throw new PulseError('SQL_NOT_TRANSLATED', `A check of ${asset.name}: ${entry.duckdb.message}`, {
      place: { file: world.file },
    });
  }
  const { sql } = entry.duckdb;
  return asset.checks.map(check =>
    check.kind === 'expression'
      ? { ...check, sql: `SELECT * FROM (${sql}) WHERE "${failsColumn(expressions.indexOf(check))}"` }
      : check,
  );
}

const failsColumn = (index: number): string => `_fails_${index}`;

interface Asked {
  readonly table: CatalogTable;
  readonly expressions: readonly Expression[];
  readonly world: ChecksWorld;
}

async function entryOf(asset: TableAsset, { table, expressions, world }: Asked): Promise<CacheEntry> {
  const columns = table.columns.map(column => [column.name, typeText(column.type)]);
  const keys = {
    sourceKey: sha256(JSON.stringify(expressions.map(check => check.sql))),
    inputsKey: sha256(JSON.stringify([TRANSLATOR_HASH, columns])),
  };
  const name = `${asset.name}.checks`;
  const cached = await readCurrent(world.cache, name, keys);
  if (cached !== undefined) return cached;
  const engine = await world.openEngine();
  const tables = [{ name: CHECKED_TABLE, columns: table.columns }];
  for (const check of expressions) await analyzeOne(engine, check, { tables, asset, world });
  const sql = `SELECT *, ${expressions.map((check, at) => `NOT (${check.sql}) AS ${failsColumn(at)}`).join(', ')} FROM \`${CHECKED_TABLE}\``;
  const analyzed = await engine.analyze(sql, { tables, parameters: [] });
  const entry: CacheEntry = {
    ...keys,
    columns: analyzed.columns,
    codeHash: engine.codeHash(analyzed),
    sql,
    cellsSql: sql,
    duckdb: translated(engine, analyzed),
  };
  if (entry.duckdb.kind === 'translated') await world.cache.write(name, entry);
  return entry;
}

/** Each by itself first, so that an error names its check. */
async function analyzeOne(
  engine: CompileEngine,
  check: Expression,
  { tables, asset, world }: { tables: readonly CatalogTable[]; asset: TableAsset; world: ChecksWorld },
): Promise<void> {
  try {
    await engine.analyze(`SELECT NOT (${check.sql}) FROM \`${CHECKED_TABLE}\``, { tables, parameters: [] });
  } catch (error) {
    if (!(error instanceof SqlInvalid)) throw error;
    throw new PulseError('SQL_INVALID', `Check "${check.name}" of ${asset.name}: ${error.message}`, {
      hint: `It is written: ${check.sql}`,
      place: { file: world.file },
      cause: error,
    });
  }
}

function translated(engine: CompileEngine, analyzed: Parameters<CompileEngine['translate']>[0]): CacheEntry['duckdb'] {
  try {
    const sql = engine.translate(analyzed);
    return { kind: 'translated', sql, cellsSql: sql };
  } catch (error) {
    if (!(error instanceof PulseError) || error.code !== 'SQL_NOT_TRANSLATED') throw error;
    return { kind: 'refused', message: error.message, hint: error.hint ?? null, place: null };
  }
}
