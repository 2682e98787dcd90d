// GoogleSQL types as values, and as BigQuery writes them.

import { PulseError } from '../errors.ts';

export type ScalarKind =
  | 'BOOL'
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'INTERVAL'
  | 'JSON'
  | 'GEOGRAPHY'
  | RangeKind;

/** Of days or moments; their kind is written as their type is. */
export type RangeKind = 'RANGE<DATE>' | 'RANGE<DATETIME>' | 'RANGE<TIMESTAMP>';

interface Field {
  /** Empty where the field has no name. */
  readonly name: string;
  readonly type: SqlType;
}

export type SqlType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly Field[] };

/** A column of a result or of a table. */
export interface TypedColumn {
  readonly name: string;
  readonly type: SqlType;
}

const RANGES = ['RANGE<DATE>', 'RANGE<DATETIME>', 'RANGE<TIMESTAMP>'] as const satisfies readonly RangeKind[];

/** The kind of a range over a kind; undefined where BigQuery has none. */
export const rangeOf = (element: string): RangeKind | undefined => RANGES.find(kind => kind === `RANGE<${element}>`);

const SCALARS = new Set<string>([
  'BOOL',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'STRING',
  'BYTES',
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'INTERVAL',
  'JSON',
  'GEOGRAPHY',
]);

/** `ARRAY<STRUCT<sku STRING, quantity INT64>>`, as BigQuery writes it. */
export function typeText(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeText(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind;
  return `STRUCT<${type.fields.map(f => (f.name === '' ? '' : `${f.name} `) + typeText(f.type)).join(', ')}>`;
}

/** Reads what typeText writes. @throws {PulseError} ASSET_INVALID where the text is no type. */
export function parseType(text: string): SqlType {
  const tokens = text.match(/[A-Za-z_][A-Za-z0-9_]*|`[^`]+`|[<>,]|\S/g) ?? [];
  let at = 0;
  const bad = (): PulseError =>
    new PulseError('ASSET_INVALID', `"${text}" is not a type of BigQuery.`, {
      hint: 'Write it as BigQuery does: STRING, NUMERIC, ARRAY<STRUCT<sku STRING, quantity INT64>>.',
    });
  const expect = (token: string): void => {
    if (tokens[at++] !== token) throw bad();
  };
  const fieldAt = (): Field => {
    const next = tokens[at + 1];
    const named = next !== undefined && next !== '<' && next !== '>' && next !== ',';
    const name = named ? (tokens[at++] ?? '').replaceAll('`', '') : '';
    return { name, type: typeAt() };
  };
  const typeAt = (): SqlType => {
    const word = (tokens[at++] ?? '').toUpperCase();
    if (word === 'ARRAY') {
      expect('<');
      const element = typeAt();
      expect('>');
      return { kind: 'ARRAY', element };
    }
    if (word === 'STRUCT') {
      expect('<');
      const fields = [fieldAt()];
      while (tokens[at] === ',') {
        at++;
        fields.push(fieldAt());
      }
      expect('>');
      return { kind: 'STRUCT', fields };
    }
    if (word === 'RANGE') {
      expect('<');
      const kind = rangeOf((tokens[at++] ?? '').toUpperCase());
      expect('>');
      if (kind === undefined) throw bad();
      return { kind };
    }
    if (!SCALARS.has(word)) throw bad();
    return { kind: word as ScalarKind };
  };
  const type = typeAt();
  if (at !== tokens.length) throw bad();
  return type;
}

export const sameType = (a: SqlType, b: SqlType): boolean => typeText(a) === typeText(b);
