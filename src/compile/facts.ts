// Facts of an analyzed model with their places in its template: what rules and lineage are told from, kept with the translation.

import type { Place } from '../errors.ts';
import type { Facts } from '../googlesql/facts/facts.ts';
import type { ColumnSource } from '../googlesql/facts/lineage.ts';
import { finalSelect } from '../googlesql/tokens.ts';
import type { SqlType, TypedColumn } from '../googlesql/type.ts';
import { locateOffset } from './source-map.ts';
import { starsOf } from './stars.ts';
import type { Rendered } from './template.ts';

export interface ModelFacts {
  readonly reads: readonly string[];
  readonly lineage: readonly (MadeColumn & {
    readonly column: string;
    /** Of a STRUCT: its fields, as `address.city`, that come from elsewhere than all of it does. */
    readonly fields?: readonly (MadeColumn & { readonly field: string })[];
  })[];
  readonly uses: readonly ColumnSource[];
  /** Tables whose rows each give rows of their own. */
  readonly linear: readonly string[];
  readonly findings: readonly {
    readonly rule: string;
    readonly message: string;
    readonly hint: string;
    readonly place: Place;
  }[];
  readonly pickings: readonly (Omit<Facts['pickings'][number], 'start'> & { readonly place: Place })[];
  /** Columns that are NULL in every row. */
  readonly nulls: readonly string[];
  /** Columns that may be NULL by how they are made, each with why. */
  readonly nullables: readonly { readonly column: string; readonly why: string; readonly place: Place }[];
  /** How many {{in_partitions}} the template has. */
  readonly hints: number;
  /** The place of the first {{ref}} of each asset. */
  readonly refs: Readonly<Record<string, Place>>;
}

/** What a column, or a field of one, is made of, and how. */
export interface MadeColumn {
  readonly sources: readonly ColumnSource[];
  readonly expression: string | null;
  readonly place: Place | null;
}

const MONEY =
  /(^|_)(amount|price|total|revenue|cost|fee|balance|paid|refund|discount|tax|gross|net|ngn|usd|eur|gbp)(_|$)/i;
const NO_MONEY =
  /(share|rate|ratio|percent|pct|count|score|days|minutes|growth|index|std_?dev|variance|correlation|elasticity)/i;

/** What of a column is money as FLOAT64: itself, or fields of it, by path. */
function moneyIn(path: string, type: SqlType): readonly string[] {
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (type.kind === 'FLOAT64') return MONEY.test(name) && !NO_MONEY.test(name) ? [path] : [];
  if (type.kind === 'ARRAY') return moneyIn(path, type.element);
  return type.kind === 'STRUCT' ? type.fields.flatMap(field => moneyIn(`${path}.${field.name}`, field.type)) : [];
}

export function modelFacts(
  { reads, lineage, uses, linear, findings, pickings, nulls, nullables }: Facts,
  rendered: Rendered,
  columns: readonly TypedColumn[],
): ModelFacts {
  const placeAt = (offset: number): Place => locateOffset(rendered.map, offset)?.place ?? { file: '' };
  const placed = <T extends { readonly start: number | null }>({ start, ...one }: T) => ({
    ...one,
    place: start === null ? null : placeAt(start),
  });
  const stars = starsOf(rendered.sql, reads).map(({ table, start }) => ({
    rule: 'select-star',
    message: `SELECT * takes every column that ${table} has or will have.`,
    hint: 'Name the columns that are used.',
    place: placeAt(start),
  }));
  const items = finalSelect(rendered.sql);
  const star = items.findLast(item => item.name === '*');
  const itemStart = (name: string): number =>
    (items.findLast(item => item.name?.toLowerCase() === name.toLowerCase()) ?? star ?? items[0])?.nameStart ?? 0;
  const money = columns
    .flatMap(({ name, type }) => moneyIn(name, type).map(path => ({ name, path })))
    .map(({ name, path }) => ({
      rule: 'float-money',
      message: `${path} is FLOAT64: sums of money in it are off by fractions, and differ by the order of rows.`,
      hint: 'CAST it to NUMERIC.',
      place: placeAt(itemStart(name)),
    }));
  return {
    reads,
    uses,
    linear,
    lineage: lineage.map(({ fields, ...one }) => ({ ...placed(one), ...(fields && { fields: fields.map(placed) }) })),
    findings: [...findings.map(({ start, ...one }) => ({ ...one, place: placeAt(start) })), ...stars, ...money],
    pickings: pickings.map(({ start, ...one }) => ({ ...one, place: placeAt(start) })),
    nulls: nulls.flatMap(at => columns[at]?.name ?? []),
    nullables: nullables.flatMap(({ at, why }) => {
      const column = columns[at]?.name;
      return column === undefined ? [] : [{ column, why, place: placeAt(itemStart(column)) }];
    }),
    hints: rendered.hints.length,
    refs: Object.fromEntries(rendered.refs),
  };
}
