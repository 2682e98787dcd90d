// Random queries over the tables of sample.ts: typed expressions in every clause, nested. Deterministic by their seed's choices.

import { CATALOG } from './sample.ts';

/** A number from 0 to n - 1. */
export type Pick = (n: number) => number;
type Kind = 'INT64' | 'STRING' | 'FLOAT64' | 'BOOL' | 'NUMERIC';

interface Column {
  /** How it is written where it is read: `t1.v`. */
  readonly sql: string;
  readonly kind: Kind;
}

interface Relation {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly kind: Kind }[];
}

const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  INT64: ['0', '1', '-1', '7', '30', 'NULL', '3000000000'],
  STRING: ["'a'", "''", "'é'", "'B'", 'CAST(NULL AS STRING)'],
  FLOAT64: ['0.0', '-0.0', '1.5', "CAST('nan' AS FLOAT64)", "CAST('-inf' AS FLOAT64)", 'CAST(NULL AS FLOAT64)'],
  BOOL: ['TRUE', 'FALSE', 'CAST(NULL AS BOOL)'],
  NUMERIC: ["NUMERIC '0'", "NUMERIC '1.1'", "NUMERIC '-3.000000005'", 'CAST(NULL AS NUMERIC)'],
};
const KINDS = Object.keys(LITERALS) as Kind[];

export class RandomQuery {
  readonly #pick: Pick;
  #aliases = 0;

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#pick(items.length)] as T;
  }

  #maybe(oneIn: number): boolean {
    return this.#pick(oneIn) === 0;
  }

  #alias(): string {
    this.#aliases++;
    return `r${this.#aliases}`;
  }

  /** A whole query whose answer depends on nothing but its tables. */
  query(): string {
    const { sql } = this.#maybe(4) ? this.#cte() : this.#select(2);
    return sql;
  }

  #cte(): Relation {
    const name = `c${this.#alias()}`;
    const inner = this.#select(1);
    const read = (): Relation => ({ sql: name, columns: inner.columns });
    const outer = this.#maybe(2) ? this.#select(1, read()) : this.#joinOf(read(), read());
    return { ...outer, sql: `WITH ${name} AS (${inner.sql}) ${outer.sql}` };
  }

  #table(): Relation {
    const [name, columns] = this.#one(Object.entries(CATALOG));
    return {
      sql: name,
      columns: Object.entries(columns).map(([column, kind]) => ({ name: column, kind: kind as Kind })),
    };
  }

  #source(depth: number): Relation {
    if (depth === 0 || this.#maybe(2)) return this.#table();
    const inner = this.#maybe(5) ? this.#setOperation(depth - 1) : this.#select(depth - 1);
    return { ...inner, sql: `(${inner.sql})` };
  }

  #select(depth: number, given?: Relation): Relation {
    const source = given ?? this.#source(depth);
    const alias = this.#alias();
    const columns = source.columns.map(c => ({ sql: `${alias}.${c.name}`, kind: c.kind }));
    const from = `${source.sql} AS ${alias}`;
    const shape = this.#pick(6);
    if (shape === 0) return this.#grouped(from, columns);
    if (shape === 1) return this.#windowed(from, columns);
    if (shape === 2 && !given) return this.#joinOf(source, this.#source(depth - 1 < 0 ? 0 : depth - 1));
    const { list, out } = this.#list(columns, 2);
    const distinct = this.#maybe(5) ? 'DISTINCT ' : '';
    return { sql: `SELECT ${distinct}${list} FROM ${from}${this.#where(columns)}`, columns: out };
  }

  #list(columns: readonly Column[], depth: number): { list: string; out: Relation['columns'] } {
    const kinds = Array.from({ length: 1 + this.#pick(3) }, () => this.#one(KINDS));
    const out = kinds.map((kind, i) => ({ name: `x${i}`, kind }));
    return { list: kinds.map((kind, i) => `${this.#expression(kind, columns, depth)} AS x${i}`).join(', '), out };
  }

  #where(columns: readonly Column[]): string {
    if (this.#maybe(2)) return '';
    return ` WHERE ${this.#maybe(4) ? this.#subquery(columns) : this.#expression('BOOL', columns, 2)}`;
  }

  #subquery(columns: readonly Column[]): string {
    const table = this.#table();
    const alias = this.#alias();
    const inner = table.columns.map(c => ({ sql: `${alias}.${c.name}`, kind: c.kind }));
    const kind = this.#one(KINDS);
    const from = `FROM ${table.sql} AS ${alias}`;
    if (this.#maybe(2)) return `EXISTS (SELECT 1 ${from} WHERE ${this.#expression('BOOL', [...inner, ...columns], 2)})`;
    const not = this.#maybe(3) ? 'NOT ' : '';
    return `${this.#expression(kind, columns, 1)} ${not}IN (SELECT ${this.#expression(kind, inner, 1)} ${from}${this.#where(inner)})`;
  }

  #joinOf(left: Relation, right: Relation): Relation {
    const [a, b] = [this.#alias(), this.#alias()];
    const ours = left.columns.map(c => ({ sql: `${a}.${c.name}`, kind: c.kind }));
    const theirs = right.columns.map(c => ({ sql: `${b}.${c.name}`, kind: c.kind }));
    const type = this.#one(['JOIN', 'LEFT JOIN', 'JOIN', 'FULL JOIN', 'RIGHT JOIN']);
    const kind = this.#one(KINDS);
    const on = `${this.#expression(kind, ours, 0)} = ${this.#expression(kind, theirs, 0)}`;
    const all = [...ours, ...theirs];
    const { list, out } = this.#list(all, 1);
    return {
      sql: `SELECT ${list} FROM ${left.sql} AS ${a} ${type} ${right.sql} AS ${b} ON ${on}${this.#where(all)}`,
      columns: out,
    };
  }

  #setOperation(depth: number): Relation {
    const operation = this.#one(['UNION ALL', 'UNION DISTINCT', 'INTERSECT DISTINCT', 'EXCEPT DISTINCT']);
    const kinds = [this.#one(KINDS), this.#one(KINDS)];
    const part = (): string => {
      const source = this.#source(depth);
      const alias = this.#alias();
      const columns = source.columns.map(c => ({ sql: `${alias}.${c.name}`, kind: c.kind }));
      const list = kinds.map((kind, i) => `${this.#expression(kind, columns, 1)} AS x${i}`).join(', ');
      return `SELECT ${list} FROM ${source.sql} AS ${alias}${this.#where(columns)}`;
    };
    return { sql: `${part()} ${operation} ${part()}`, columns: kinds.map((kind, i) => ({ name: `x${i}`, kind })) };
  }

  #grouped(from: string, columns: readonly Column[]): Relation {
    const keys = Array.from({ length: this.#pick(3) }, () => this.#one(KINDS));
    const calls = Array.from({ length: 1 + this.#pick(2) }, () => this.#aggregate(columns));
    const list = [...keys.map(kind => this.#expression(kind, columns, 1)), ...calls.map(call => call.sql)];
    const kinds = [...keys, ...calls.map(call => call.kind)];
    const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, i) => i + 1).join(', ')}`;
    const having = this.#maybe(4) ? ` HAVING ${this.#aggregate(columns).sql} IS NOT NULL` : '';
    const select = list.map((sql, i) => `${sql} AS x${i}`).join(', ');
    return {
      sql: `SELECT ${select} FROM ${from}${this.#where(columns)}${group}${having}`,
      columns: kinds.map((kind, i) => ({ name: `x${i}`, kind })),
    };
  }

  #aggregate(columns: readonly Column[]): { sql: string; kind: Kind } {
    const of = (kind: Kind): string => this.#expression(kind, columns, 1);
    const any = this.#one(KINDS);
    const distinct = this.#maybe(4) ? 'DISTINCT ' : '';
    return this.#one([
      () => ({ sql: 'COUNT(*)', kind: 'INT64' as const }),
      () => ({ sql: `COUNT(${distinct}${of(any)})`, kind: 'INT64' as const }),
      () => ({ sql: `SUM(${distinct}${of('INT64')})`, kind: 'INT64' as const }),
      () => ({ sql: `SUM(${distinct}${of('NUMERIC')})`, kind: 'NUMERIC' as const }),
      () => ({ sql: `AVG(${of('INT64')})`, kind: 'FLOAT64' as const }),
      () => ({ sql: `MIN(${of(any)})`, kind: any }),
      () => ({ sql: `MAX(${of(any)})`, kind: any }),
      () => ({ sql: `COUNTIF(${of('BOOL')})`, kind: 'INT64' as const }),
      () => ({ sql: `LOGICAL_OR(${of('BOOL')})`, kind: 'BOOL' as const }),
      () => ({
        sql: `(SELECT STRING_AGG(s, '|' ORDER BY s) FROM UNNEST(ARRAY_AGG(${of('STRING')})) AS s)`,
        kind: 'STRING' as const,
      }),
    ])();
  }

  #windowed(from: string, columns: readonly Column[]): Relation {
    const kind = this.#one(KINDS);
    const key = this.#expression(kind, columns, 0);
    const partition = this.#maybe(2) ? `PARTITION BY ${this.#expression(this.#one(KINDS), columns, 0)} ` : '';
    const order = `ORDER BY ${key}${this.#one(['', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST'])}`;
    const frame = this.#one(['', '', ' RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING']);
    const call = this.#one([
      `RANK() OVER (${partition}${order})`,
      `DENSE_RANK() OVER (${partition}${order})`,
      `COUNT(*) OVER (${partition}${order}${frame})`,
      `SUM(${this.#expression('INT64', columns, 1)}) OVER (${partition}${order}${frame})`,
    ]);
    const qualify = this.#maybe(3) ? ` AND TRUE QUALIFY ${call} > 1` : '';
    const where = this.#where(columns) || ' WHERE TRUE';
    return {
      sql: `SELECT ${key} AS x0, ${call} AS x1 FROM ${from}${where}${qualify}`,
      columns: [
        { name: 'x0', kind },
        { name: 'x1', kind: 'INT64' },
      ],
    };
  }

  #expression(kind: Kind, columns: readonly Column[], depth: number): string {
    const own = columns.filter(column => column.kind === kind);
    if (depth === 0 || this.#maybe(3)) {
      return own.length > 0 && !this.#maybe(4) ? this.#one(own).sql : `(${this.#one(LITERALS[kind])})`;
    }
    const of = (inner: Kind): string => this.#expression(inner, columns, depth - 1);
    if (this.#maybe(4)) {
      return this.#one([
        () => `IF(${of('BOOL')}, ${of(kind)}, ${of(kind)})`,
        () => `COALESCE(${of(kind)}, ${of(kind)})`,
        () => `CASE WHEN ${of('BOOL')} THEN ${of(kind)} WHEN ${of('BOOL')} THEN ${of(kind)} END`,
        () => `NULLIF(${of(kind)}, ${of(kind)})`,
      ])();
    }
    return this.#one(this.#operations(kind, of))();
  }

  #operations(kind: Kind, of: (kind: Kind) => string): readonly (() => string)[] {
    const any = this.#one(KINDS);
    switch (kind) {
      case 'INT64':
        return [
          () => `(${of('INT64')} + ${of('INT64')})`,
          () => `(${of('INT64')} - ${of('INT64')})`,
          () => `(${of('INT64')} * ${of('INT64')})`,
          () => `SAFE_CAST(${of('FLOAT64')} AS INT64)`,
          () => `SAFE_CAST(${of('STRING')} AS INT64)`,
          () => `CAST(${of('BOOL')} AS INT64)`,
          () => `SAFE_CAST(${of('NUMERIC')} AS INT64)`,
        ];
      case 'STRING':
        return [() => `CAST(${of(any)} AS STRING)`, () => `CONCAT(${of('STRING')}, ${of('STRING')})`];
      case 'FLOAT64':
        return [
          () => `CAST(${of('INT64')} AS FLOAT64)`,
          () => `CAST(${of('NUMERIC')} AS FLOAT64)`,
          () => `(-${of('FLOAT64')})`,
        ];
      case 'NUMERIC':
        return [
          () => `(${of('NUMERIC')} + ${of('NUMERIC')})`,
          () => `(${of('NUMERIC')} - ${of('NUMERIC')})`,
          () => `CAST(${of('INT64')} AS NUMERIC)`,
          () => `SAFE_CAST(${of('STRING')} AS NUMERIC)`,
        ];
      case 'BOOL':
        return [
          () => `(${of(any)} = ${of(any)})`,
          () => `(${of(any)} < ${of(any)})`,
          () => `(${of(any)} >= ${of(any)})`,
          () => `(${of(any)} != ${of(any)})`,
          () => `(${of(any)} IS NULL)`,
          () => `(${of('BOOL')} AND ${of('BOOL')})`,
          () => `(${of('BOOL')} OR ${of('BOOL')})`,
          () => `(NOT ${of('BOOL')})`,
          () => `(${of(any)} IN (${of(any)}, ${of(any)}))`,
          () => `(${of(any)} BETWEEN ${of(any)} AND ${of(any)})`,
        ];
    }
  }
}
