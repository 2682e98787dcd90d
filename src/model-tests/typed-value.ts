// A value as it stands in a test file -> a value of a column's type, exact: decimals and 64-bit integers are read from their digits.
// Pure; a value that is none of the type is a WrongValue, and who reads the file knows its place.

import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import { closest } from '../closest.ts';
import { type SqlType, typeText } from '../googlesql/type.ts';
import type { Value } from '../googlesql/value.ts';
import { fieldKeys } from '../googlesql/wire.ts';
import { timeOfText } from '../raw/time.ts';

/** What is wrong with a value, and where in the file. */
export class WrongValue extends Error {
  readonly node: unknown;
  readonly hint: string | undefined;

  constructor(message: string, node: unknown, hint?: string) {
    super(message);
    this.node = node;
    this.hint = hint;
  }
}

/** Follows an alias (`*name`) to what it stands for. */
export type Resolve = (node: unknown) => unknown;

/** @throws {WrongValue} where `node` is no value of `type`. */
export function typedValue(node: unknown, type: SqlType, resolve: Resolve): Value {
  const at = isAlias(node) ? resolve(node) : node;
  if (isNull(at)) return null;
  if (type.kind === 'ARRAY') return arrayValue(at, type, resolve);
  if (type.kind === 'STRUCT') return structValue(at, type, resolve);
  if (type.kind === 'JSON') return jsonValue(at, resolve);
  if (!isScalar(at)) throw new WrongValue(`A ${type.kind} is one value, not a list or a map.`, at, listHint(type));
  return scalarValue(at, type);
}

const isNull = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

const listHint = (type: SqlType): string =>
  type.kind === 'STRING'
    ? 'Put JSON text in quotes: \'{"sku":"S1"}\'.'
    : `Write it as ${EXAMPLES[type.kind] ?? 'a text'}.`;

const EXAMPLES: Partial<Record<SqlType['kind'], string>> = {
  BOOL: 'true or false',
  INT64: '42',
  FLOAT64: '0.5',
  NUMERIC: '63.10',
  BIGNUMERIC: '63.10',
  BYTES: 'base64: aGk=',
  DATE: '2023-03-31',
  TIME: '"19:30:00"',
  DATETIME: '2023-03-31T19:30:00',
  TIMESTAMP: '2023-03-31T19:30:00Z',
};

function arrayValue(node: unknown, type: SqlType & { kind: 'ARRAY' }, resolve: Resolve): Value {
  if (!isSeq(node)) throw new WrongValue(`An ${typeText(type)} is a list.`, node, 'Write it as [ … ].');
  return node.items.map(item => {
    const value = typedValue(item, type.element, resolve);
    return value;
  });
}

function structValue(node: unknown, type: SqlType & { kind: 'STRUCT' }, resolve: Resolve): Value {
  if (!isMap(node))
    throw new WrongValue(`A ${typeText(type)} is a map of its fields.`, node, 'Write it as { name: value }.');
  const keys = fieldKeys(type);
  const given = new Map(node.items.map(pair => [keyOf(pair), pair.value]));
  for (const pair of node.items) {
    const name = keyOf(pair);
    if (keys.some(key => key === name)) continue;
    const near = closest(name, keys);
    throw new WrongValue(
      `${typeText(type)} has no field "${name}".`,
      pair.key,
      near === undefined ? `Its fields are ${keys.join(', ')}.` : `Did you mean "${near}"?`,
    );
  }
  return Object.fromEntries(
    type.fields.map((field, at) => {
      const key = keys[at] ?? '';
      return [key, typedValue(given.get(key) ?? null, field.type, resolve)];
    }),
  );
}

/** The name of a pair of a map. */
export const keyOf = ({ key }: Pair): string => (isScalar(key) ? sourceOf(key) : String(key));

/** As it is written, where it is written plainly: 63.10 stays 63.10. */
const sourceOf = (node: Scalar): string =>
  node.type === Scalar.PLAIN && node.source !== undefined ? node.source : String(node.value);

/** JSON text, compact: from a text that is JSON, or from a map or list as the file has it. */
function jsonValue(node: unknown, resolve: Resolve): string {
  if (!isScalar(node)) return jsonText(node, resolve);
  const text = sourceOf(node);
  try {
    JSON.parse(text);
  } catch {
    throw new WrongValue('This is no JSON text.', node, 'Write a map or a list, or JSON text in quotes: \'"a text"\'.');
  }
  return compact(text);
}

/** Without the blanks between its tokens; numbers stay as they are written. */
const compact = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string?: string) => string ?? '');

function jsonText(node: unknown, resolve: Resolve): string {
  const at = isAlias(node) ? resolve(node) : node;
  if (isMap(at)) {
    return `{${at.items.map(pair => `${JSON.stringify(keyOf(pair))}:${jsonText(pair.value, resolve)}`).join(',')}}`;
  }
  if (isSeq(at)) return `[${at.items.map(item => jsonText(item, resolve)).join(',')}]`;
  if (!isScalar(at) || at.value === null) return 'null';
  return typeof at.value === 'number' || typeof at.value === 'bigint' ? sourceOf(at) : JSON.stringify(at.value);
}

function scalarValue(node: Scalar & Node, type: SqlType): Value {
  const text = sourceOf(node);
  const value = PARSERS[type.kind]?.(text);
  if (value !== undefined) return value;
  if (PARSERS[type.kind] === undefined) {
    throw new WrongValue(`Values of ${type.kind} can't be written in a test.`, node, 'Leave the column out.');
  }
  const example = EXAMPLES[type.kind];
  throw new WrongValue(
    `${JSON.stringify(text)} is no ${type.kind}.`,
    node,
    example === undefined ? undefined : `Write it as ${example}.`,
  );
}

type Parse = (text: string) => Value | undefined;

const PARSERS: Partial<Record<SqlType['kind'], Parse>> = {
  BOOL: text => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined),
  INT64: integer,
  FLOAT64: float,
  NUMERIC: text => decimal(text, { whole: 29, scale: 9 }),
  BIGNUMERIC: text => decimal(text, { whole: 38, scale: 38 }),
  STRING: text => text,
  BYTES: text => (Buffer.from(text, 'base64').toString('base64') === text ? text : undefined),
  DATE: day,
  TIME: clock,
  DATETIME: text => datetime(text.replace(' ', 'T')),
  TIMESTAMP: text => (/^\d{4}-\d\d-\d\d$/.test(text) ? instant(`${text}T00:00:00Z`) : instant(text)),
};

/** A number where it is exact, else its digits, as results have it. */
function integer(text: string): Value | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const exact = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, exact) !== exact) return undefined;
  return exact >= -(2n ** 53n) && exact <= 2n ** 53n ? Number(exact) : exact.toString();
}

function float(text: string): Value | undefined {
  const special = /^([+-]?)\.?(nan|inf(?:inity)?)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return 'NaN';
    return special[1] === '-' ? '-Infinity' : 'Infinity';
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

function decimal(
  text: string,
  { whole, scale }: { readonly whole: number; readonly scale: number },
): string | undefined {
  const [, sign = '', before = '', after = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (before + after === '') return undefined;
  const digits = before.replace(/^0+/, '');
  const fraction = after.replace(/0+$/, '');
  if (digits.length > whole || fraction.length > scale) return undefined;
  const number = `${digits === '' ? '0' : digits}${fraction === '' ? '' : `.${fraction}`}`;
  return sign === '-' && number !== '0' ? `-${number}` : number;
}

function day(text: string): string | undefined {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
  return isDay ? text : undefined;
}

/** To the microsecond; a fraction without needless zeros. */
function clock(text: string): string | undefined {
  const [whole, hms = '', fraction = ''] = /^((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  const digits = fraction.replace(/0+$/, '');
  return whole === undefined ? undefined : `${hms}${digits === '' ? '' : `.${digits}`}`;
}

function datetime(text: string): string | undefined {
  const date = day(text.slice(0, 10));
  const time = text.length === 10 ? '00:00:00' : text[10] === 'T' ? clock(text.slice(11)) : undefined;
  return date === undefined || time === undefined ? undefined : `${date}T${time}`;
}

const instant = (text: string): string | undefined => timeOfText(text) ?? undefined;
