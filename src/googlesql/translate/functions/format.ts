// FORMAT: its format string is read here, each element becomes a function of runtime/format.ts over its argument.

import type { SqlType } from '../../type.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { argument, bound, literalText, text } from './sql.ts';

type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'element'; readonly spec: string };

/** @throws {Refusal} for what GoogleSQL refuses too. */
function piecesOf(format: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf('%', at);
    if (next !== at) pieces.push({ kind: 'text', text: format.slice(at, next < 0 ? undefined : next) });
    if (next < 0) break;
    const element = /^(?:%|[-+ #0']*(?:\d*|\*)(?:\.(?:\d*|\*))?[diouxXfFeEgGstTpP])/.exec(format.slice(next + 1))?.[0];
    if (element === undefined)
      throw new Refusal(`FORMAT with the element ${format.slice(next, next + 4)}`, '%d, %f, %s, %t and %T');
    pieces.push(element === '%' ? { kind: 'text', text: '%' } : { kind: 'element', spec: element });
    at = next + 1 + element.length;
  }
  return pieces;
}

const INTEGERS = 'dioxX';
const DECIMALS = 'fFeEgG';

interface Element {
  /** What stands after %: `-*.2f`. */
  readonly letters: string;
  /** The arguments for its asterisks. */
  readonly stars: readonly string[];
}

/** @throws {Refusal} where the element does not take the type: GoogleSQL refuses that too. */
function written(element: Element, arg: Arg): string {
  const letter = element.letters.at(-1) ?? '';
  const spec = elementText(element);
  const { kind } = arg.type;
  if (INTEGERS.includes(letter) && kind === 'INT64') return `g_format_integer(${arg.sql}, ${spec})`;
  if (DECIMALS.includes(letter) && kind === 'FLOAT64') return `g_format_float(${arg.sql}, ${spec})`;
  if (DECIMALS.includes(letter) && kind === 'NUMERIC') return `g_format_numeric(${arg.sql}, ${spec})`;
  if (DECIMALS.includes(letter) && kind === 'BIGNUMERIC') return `g_format_bignumeric(${arg.sql}, ${spec})`;
  if ((letter === 'p' || letter === 'P') && kind === 'JSON' && element.letters.length === 1)
    return letter === 'p' ? arg.sql : `g_json_pretty(${arg.sql})`;
  const value =
    letter === 't' || letter === 'T'
      ? shown(arg.type, arg.sql, letter)
      : letter === 's' && kind === 'STRING'
        ? arg.sql
        : undefined;
  if (value === undefined) throw new Refusal(`FORMAT of ${kind} as %${letter}`);
  return element.letters.length === 1 ? value : `g_format_text(${value}, ${spec})`;
}

const named = (name: string, sql: string): string => `('${name} "' || ${sql} || '"')`;

/** The value as %t prints it and, as a literal, %T. */
function shown(type: SqlType, sql: string, style: 't' | 'T'): string {
  return bound([{ sql, type }], x => `CASE WHEN ${x} IS NULL THEN 'NULL' ELSE ${present(type, x, style)} END`);
}

function present(type: SqlType, x: string, style: 't' | 'T'): string {
  const isLiteral = style === 'T';
  const point = (name: string, sql: string): string => (isLiteral ? named(name, sql) : sql);
  switch (type.kind) {
    case 'BOOL':
    case 'INT64':
      return `CAST(${x} AS VARCHAR)`;
    case 'FLOAT64': {
      const whole = `CASE WHEN signbit(${x}) AND ${x} = 0 THEN '-0.0' ELSE cast_float_string(${x}) || '.0' END`;
      const plain = `CASE WHEN isfinite(${x}) AND NOT regexp_matches(cast_float_string(${x}), '[.e]') THEN ${whole} ELSE cast_float_string(${x}) END`;
      if (!isLiteral) return plain;
      return `CASE WHEN isfinite(${x}) THEN ${plain} ELSE 'CAST("' || cast_float_string(${x}) || '" AS FLOAT64)' END`;
    }
    case 'NUMERIC':
      return point('NUMERIC', `cast_numeric_string(${x})`);
    case 'BIGNUMERIC':
      return point('BIGNUMERIC', `g_big_text(${x})`);
    case 'STRING':
      return isLiteral ? `g_literal(${x})` : x;
    case 'BYTES':
      return isLiteral ? `g_bytes_literal(${x})` : `g_bytes_text(${x})`;
    case 'DATE':
      return point('DATE', `CAST(${x} AS VARCHAR)`);
    case 'TIME':
      return point('TIME', `cast_time_string(${x})`);
    case 'DATETIME':
      return point('DATETIME', `cast_moment_string(${x})`);
    case 'TIMESTAMP':
      return point('TIMESTAMP', `(cast_moment_string(${x}) || '+00')`);
    case 'INTERVAL':
      return isLiteral ? `('INTERVAL "' || interval_text(${x}) || '" YEAR TO SECOND')` : `interval_text(${x})`;
    case 'JSON':
      return isLiteral ? `('JSON ' || g_literal(${x}))` : x;
    case 'ARRAY':
      return array(type.element, x, style);
    case 'STRUCT':
      return struct(type, x, style);
    default:
      throw new Refusal(`FORMAT of ${type.kind}`);
  }
}

function array(element: SqlType, x: string, style: 't' | 'T'): string {
  // A lambda within a lambda has a name of its own: DuckDB takes the inner one of two that are equal for both.
  const item = `_f${'f'.repeat(depthOf(element))}`;
  return `('[' || array_to_string(list_transform(${x}, lambda ${item}: ${shown(element, item, style)}), ', ') || ']')`;
}

/** How many arrays are within each other below. */
const depthOf = (type: SqlType): number =>
  type.kind === 'ARRAY'
    ? 1 + depthOf(type.element)
    : type.kind === 'STRUCT'
      ? Math.max(0, ...type.fields.map(field => depthOf(field.type)))
      : 0;

function struct(type: SqlType & { kind: 'STRUCT' }, x: string, style: 't' | 'T'): string {
  const fields = type.fields.map((field, i) => shown(field.type, `struct_extract_at(${x}, ${i + 1})`, style));
  if (fields.length === 0) return "'()'";
  const head = style === 'T' && fields.length === 1 ? 'STRUCT(' : '(';
  return `('${head}' || ${fields.join(` || ', ' || `)} || ')')`;
}

const format: Rule = call => {
  if (argument(call, 0).literal === null) return 'NULL::VARCHAR';
  const pieces = piecesOf(literalText(call, 0, 'format'));
  const count = pieces.reduce((sum, piece) => sum + (piece.kind === 'element' ? 1 + starsIn(piece.spec) : 0), 0);
  if (count !== call.args.length - 1)
    throw new Refusal(`FORMAT with ${call.args.length - 1} values for ${count} elements`);
  const parts = partsOf(pieces, call);
  return parts.length === 0 ? "''" : `CAST(${parts.join(' || ')} AS VARCHAR)`;
};

function partsOf(pieces: readonly Piece[], call: Call): string[] {
  let used = 0;
  return pieces.map(piece => {
    if (piece.kind === 'text') return text(piece.text);
    const stars = Array.from({ length: starsIn(piece.spec) }, () => argument(call, ++used).sql);
    used += 1;
    return written({ letters: piece.spec, stars }, argument(call, used));
  });
}

const starsIn = (spec: string): number => spec.split('*').length - 1;

/** The element as a text, with its widths that are arguments put in: NULL where one is NULL. */
function elementText({ letters, stars }: Element): string {
  const [before = '', ...after] = letters.split('*');
  if (stars.length === 0) return text(before);
  return `(${[text(before), ...after.flatMap((part, i) => [`CAST(${stars[i]} AS VARCHAR)`, text(part)])].join(' || ')})`;
}

export const FORMAT: Readonly<Record<string, Rule>> = { format };
