// Expression checks of a table, typed and translated like models: one SELECT a table that says of each row which fail.

import type { TableAsset } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import { lineAndColumn, type Place, PulseError, PulseErrors } from '../errors.ts';
import { type CatalogTable, SqlInvalid } from '../googlesql/analyzed.ts';
import { tokensOf } from '../googlesql/tokens.ts';
import { typeText } from '../googlesql/type.ts';
import { type DeclaringFile, declaredPlace } from '../graph/declared-place.ts';
import { CHECKED_TABLE } from '../warehouse/warehouse.ts';
import { type CacheEntry, type CompileCache, readCurrent, TRANSLATOR_HASH } from './cache.ts';
import type { CompileEngine } from './engine.ts';
import { literalFaults } from './literal-errors.ts';
import { sha256 } from './sha256.ts';
import { offsetOf } from './source-map.ts';
import { suggestion } from './suggestion.ts';

type Expression = Extract<Check, { kind: 'expression' }>;

export interface ChecksWorld {
  readonly cache: CompileCache;
  readonly openEngine: () => Promise<CompileEngine>;
  /** The file that declares an asset, for the place of an error. */
  readonly readDeclaration: (asset: string) => Promise<DeclaringFile>;
}

export const expressionsOf = (asset: TableAsset): Expression[] =>
  asset.checks.filter(check => check.kind === 'expression');

/**
 * The asset's checks with each expression as a SELECT of the failing rows of CHECKED_TABLE, in DuckDB's dialect.
 *
 * @throws {PulseError} SQL_INVALID or SQL_NOT_TRANSLATED naming the check, PulseErrors where several are wrong.
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
      ...(entry.duckdb.hint === null ? {} : { hint: entry.duckdb.hint }),
      place: declaredPlace(await world.readDeclaration(asset.name), 'checks'),
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
  const faults: PulseError[] = [];
  for (const check of expressions) faults.push(...(await faultsOf(engine, check, { tables, asset, world })));
  const [first] = faults;
  if (first !== undefined) {
    throw faults.length === 1 ? first : new PulseErrors(`${faults.length} checks of ${asset.name} are wrong.`, faults);
  }
  const sql = `SELECT *, ${expressions.map((check, at) => `NOT (${writtenOf(check)}) AS ${failsColumn(at)}`).join(', ')} FROM \`${CHECKED_TABLE}\``;
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

/** With what ends a comment behind it. */
const writtenOf = ({ sql }: Expression): string => (/--|#/.test(sql) ? `${sql}\n` : sql);

/** What is wrong with an expression, and where in it (UTF-16 units). */
interface ExpressionFault {
  readonly message: string;
  readonly offset: number;
}

const FROM = ` FROM \`${CHECKED_TABLE}\``;
const AGGREGATE = /\b(?:count|countif|sum|avg|min|max|any_value|\w+_agg|logical_and|logical_or|approx_\w+)\s*\(/i;

/** The first; undefined where it is right. */
async function expressionFault(
  engine: CompileEngine,
  check: Expression,
  tables: readonly CatalogTable[],
): Promise<ExpressionFault | undefined> {
  const closing = tokensOf(check.sql).find(({ isUnmatched }) => isUnmatched);
  if (closing !== undefined) return { message: `This ${closing.text} closes nothing.`, offset: closing.start };
  const asked = async (before: string, after: string): Promise<ExpressionFault | undefined> => {
    const sql = `${before}${writtenOf(check)}${after}`;
    try {
      const [fault] = await literalFaults(engine, await engine.analyze(sql, { tables, parameters: [] }));
      return fault && { message: fault.message, offset: fault.start - before.length };
    } catch (error) {
      if (!(error instanceof SqlInvalid)) throw error;
      const { line = 1, column = 1 } = error.fault;
      return { message: error.message, offset: offsetOf(sql, line, column) - before.length };
    }
  };
  const fault = await asked('SELECT NOT (', `)${FROM}`);
  if (fault !== undefined || !AGGREGATE.test(check.sql)) return fault;
  // An aggregate makes one row of all: which of them fails would not be told.
  const ofRows = await asked(`SELECT 1${FROM} WHERE NOT (`, ')');
  return ofRows?.message.startsWith('Aggregate function') ? ofRows : undefined;
}

/** Each by itself first, so that an error names its check. */
async function faultsOf(
  engine: CompileEngine,
  check: Expression,
  { tables, asset, world }: { tables: readonly CatalogTable[]; asset: TableAsset; world: ChecksWorld },
): Promise<readonly PulseError[]> {
  const fault = await expressionFault(engine, check, tables);
  if (fault === undefined) return [];
  const hint = suggestion(fault.message, tables);
  return [
    new PulseError('SQL_INVALID', `Check "${check.name}" of ${asset.name}: ${fault.message}`, {
      hint: `${hint === undefined ? '' : `${hint} `}It is written: ${check.sql}`,
      place: placeIn(check, fault, await world.readDeclaration(asset.name)),
    }),
  ];
}

/** The place in the literal that holds the expression, where it stands there as it is; else of the check. */
function placeIn(check: Expression, { offset }: ExpressionFault, file: DeclaringFile): Place {
  // A literal of several lines has the line ends that the language gives it.
  const text = file.text.replaceAll('\r\n', '\n');
  const start = ["'", '"', '`'].map(quote => text.indexOf(`${quote}${check.sql}${quote}`)).find(at => at >= 0);
  if (start === undefined) return declaredPlace(file, 'checks', check.name);
  const within = Math.min(Math.max(0, offset), check.sql.length);
  return { file: file.file, ...lineAndColumn(text, start + 1 + within) };
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
