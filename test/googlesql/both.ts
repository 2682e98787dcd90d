// The differential harness: a query on Google's reference implementation and, translated, on DuckDB, compared:
// columns, rows (in order where the query orders them) and errors. One analyzer and one DuckDB a test file or run.
// Knows no test runner: agree.ts fails a test, test/certify counts.

import { type Analyzer, type CatalogTableWithRows, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { duckDbType } from '../../src/googlesql/duckdb-type.ts';
import { plainJson } from '../../src/googlesql/translate/functions/json.ts';
import { literal } from '../../src/googlesql/translate/literal.ts';
import { MACROS } from '../../src/googlesql/translate/macros.ts';
import { quoteName } from '../../src/googlesql/translate/names.ts';
import { twinName } from '../../src/googlesql/translate/plain-json.ts';
import { PRELUDE, SCALARS } from '../../src/googlesql/translate/runtime.ts';
import { translate } from '../../src/googlesql/translate/translate.ts';
import { isSet, kindOf, need } from '../../src/googlesql/translate/tree.ts';
import { parseType, type TypedColumn } from '../../src/googlesql/type.ts';
import type { ResultSet, Value } from '../../src/googlesql/value.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

/** `table('orders', { order_id: 'STRING', items: 'ARRAY<INT64>' }, [['a', [1, 2]], …])` */
export function table(
  name: string,
  columns: Record<string, string>,
  rows: readonly (readonly Value[])[],
): CatalogTableWithRows {
  return {
    name,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type: parseType(type) })),
    rows,
  };
}

/** What a side says: its rows, or why it fails. `refused` where there is no translation. */
export type Answer =
  | { readonly kind: 'rows'; readonly columns: readonly TypedColumn[]; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export interface Comparison {
  /** Whether the order of the rows is part of the answer. */
  readonly isOrdered: boolean;
  readonly agrees: boolean;
  readonly reference: Answer;
  readonly duckdb: Answer;
  readonly sql: string | undefined;
}

/** Some functions of the reference take minutes, or never end: it has no answer then. */
const REFERENCE_MS = 8_000;

export class Both {
  readonly #analyzer: Analyzer = startAnalyzer();
  readonly #warehouse: Promise<Warehouse> = openDuckDb(':memory:', {
    prelude: [...PRELUDE, ...MACROS.filter(macro => !PRELUDE.includes(macro))],
    scalars: SCALARS,
    threads: 1,
    keepsOrder: true,
  });

  async close(): Promise<void> {
    this.#analyzer.close();
    await (await this.#warehouse).close();
  }

  /** The DuckDB SQL of a query. */
  async translation(sql: string, tables: readonly CatalogTableWithRows[] = []): Promise<string> {
    return translate(await this.#analyzer.analyze(sql, { tables })).sql;
  }

  /** Whether DuckDB answers one query as the reference answers another that means the same. */
  async compareWith(sql: string, meant: string): Promise<Comparison> {
    const [{ reference }, comparison] = await Promise.all([this.compare(meant), this.compare(sql)]);
    return { ...comparison, reference, agrees: isSame(reference, comparison.duckdb, false) };
  }

  async compare(sql: string, tables: readonly CatalogTableWithRows[] = []): Promise<Comparison> {
    const asked = answer(() => this.#analyzer.evaluate(sql, { tables, timeoutMs: REFERENCE_MS }));
    let translated: string | undefined;
    let isOrdered = false;
    const duckdb = await answer(async () => {
      const analyzed = await this.#analyzer.analyze(sql, { tables });
      isOrdered = isSet(kindOf(need(analyzed.statement, 'query')).node, 'is_ordered');
      const translation = translate(analyzed);
      translated = withTables(translation.sql, tables);
      return (await this.#warehouse).query(translated, translation.columns);
    });
    const reference = await asked;
    return { reference, duckdb, sql: translated, isOrdered, agrees: isSame(reference, duckdb, isOrdered) };
  }
}

async function answer(work: () => Promise<ResultSet>): Promise<Answer> {
  try {
    const { columns, rows } = await work();
    return { kind: 'rows', columns, rows };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = (error as { code?: string }).code;
    if (code === undefined || code === 'ANALYZER_MISSING') throw error;
    return { kind: code === 'SQL_NOT_TRANSLATED' ? 'refused' : 'error', message: error.message };
  }
}

/** The tables as CTEs of literals, so that nothing is left behind. */
function withTables(sql: string, tables: readonly CatalogTableWithRows[]): string {
  if (tables.length === 0) return sql;
  const ctes = tables.map(({ name, columns, rows }) => {
    const select = (row: readonly Value[]): string =>
      `SELECT ${columns.map((c, i) => `CAST(${literal(row[i] ?? null, c.type)} AS ${duckDbType(c.type)}) AS ${quoteName(c.name)}`).join(', ')}`;
    const body = rows.length === 0 ? `${select([])} WHERE FALSE` : rows.map(select).join(' UNION ALL ');
    return `${quoteName(name)} AS MATERIALIZED (${columns.reduce(withTwin, body)})`;
  });
  return sql.startsWith('WITH ')
    ? sql.replace(/^WITH (RECURSIVE )?/, (_m, recursive = '') => `WITH ${recursive}${ctes.join(', ')}, `)
    : `WITH ${ctes.join(', ')} ${sql}`;
}

/** A payload's twin, as the warehouse writes it; every third row is one that was there before, and has none. */
function withTwin(body: string, { name, type }: TypedColumn): string {
  if (name !== 'payload' || type.kind !== 'STRING') return body;
  const twin = `CASE WHEN row_number() OVER () % 3 > 0 THEN ${plainJson(name)} END`;
  return `SELECT *, ${twin} AS ${quoteName(twinName(name))} FROM (${body})`;
}

function isSame(a: Answer, b: Answer, isOrdered: boolean): boolean {
  if (a.kind !== 'rows' || b.kind !== 'rows')
    return a.kind === 'error' && b.kind === 'error' && !BROKEN.test(b.message);
  if (JSON.stringify(a.columns) !== JSON.stringify(b.columns)) return false;
  const [left, right] = [a, b].map(side => (isOrdered ? side.rows : [...side.rows].sort(byText)));
  return isSameValue(left ?? [], right ?? []);
}

/** Words of DuckDB for SQL that is wrong in itself: never the right answer to a query that fails. */
const BROKEN = /^(Binder|Parser|Catalog|INTERNAL|Not implemented)/;

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Equal, but for the last digits of a FLOAT64. */
function isSameValue(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  const at = (of: object, key: string): Value => (of as Record<string, Value>)[key] ?? null;
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keysA.length === keysB.length &&
    keysA.every(k => isSameValue(at(a, k), at(b, k)))
  );
}

export const shown = (side: Answer): string =>
  side.kind === 'rows' ? JSON.stringify(side.rows.slice(0, 12)) : `${side.kind}: ${side.message}`;
