// The table of expressions: each gives DuckDB SQL with its static type. A kind that is not in the table is refused.

import { duckDbType } from '../duckdb-type.ts';
import { newerNote, TAUGHT } from '../taught.ts';
import type { SqlType } from '../type.ts';
import { readValue, type TypeMessage, typeOf, type ValueMessage } from '../wire.ts';
import { argumentsOf, functionName } from './aggregate-call.ts';
import { indent, outputsOf, render, unordered } from './block.ts';
import { cast } from './cast.ts';
import { type Context, cellIn, type Scope } from './context.ts';
import { enumName } from './enums.ts';
import { castWithFormat } from './functions/cast-format.ts';
import { readableOf, seenOf } from './functions/first-json.ts';
import { FUNCTIONS } from './functions/index.ts';
import { itemsOf } from './functions/json.ts';
import { capturedBy, matchOf } from './functions/match.ts';
import { literal, structOf } from './literal.ts';
import { inTurn } from './order.ts';
import { asking } from './places.ts';
import { knownOf } from './plain-json.ts';
import { type Arg, Refusal } from './rule.ts';
import {
  child,
  children,
  columnOf,
  columnsOf,
  field,
  isSet,
  kindOf,
  type Node,
  need,
  textOf,
  typeOfNode,
  walk,
} from './tree.ts';

type ExpressionRule = (node: Node, context: Context, scope: Scope) => Arg;

export const EXPRESSIONS: Readonly<Record<string, ExpressionRule>> = {
  cast: castExpression,
  column_ref: columnRef,
  function_call: functionCall,
  get_json_field: getJsonField,
  get_struct_field: getStructField,
  literal: literalExpression,
  make_struct: makeStruct,
  parameter,
  subquery_expr: subqueryExpression,
};

const computed = (sql: string, type: SqlType): Arg => ({ sql, type, literal: undefined });

function literalExpression(node: Node): Arg {
  const { type, value } = need(node, 'value') as { type?: TypeMessage; value?: ValueMessage };
  if (type?.enum_type) {
    const name = enumName(type.enum_type.enum_name ?? '', Number(value?.enum_value));
    return { sql: literal(name, { kind: 'STRING' }), type: { kind: 'STRING' }, literal: name };
  }
  const sqlType = typeOf(type ?? {});
  const read = readValue(value, sqlType);
  return { sql: literal(read, sqlType), type: sqlType, literal: read };
}

function parameter(node: Node): Arg {
  const name = textOf(node, 'name');
  if (name === '') throw new Refusal('a positional parameter', 'a named one: @name');
  const type = typeOfNode(node);
  return computed(`CAST($${name} AS ${duckDbType(type)})`, type);
}

function columnRef(node: Node, _context: Context, scope: Scope): Arg {
  const column = columnOf(need(node, 'column'));
  const { sql, plain } = cellIn(scope, column.id);
  return { ...computed(sql, column.type), plain };
}

function functionCall(node: Node, context: Context, scope: Scope): Arg {
  const name = functionName(node);
  if (name === '$make_array') return makeArray(node, context, scope);
  const rule = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  const collation = children(node, 'collation_list').some(c => textOf(c, 'collation_name') !== '');
  if (!rule || collation)
    throw new Refusal(`${spelled(name)}${collation ? ' with a collation' : ''}`, TAUGHT[name.toUpperCase()]?.instead);
  const type = typeOfNode(node);
  const args = argumentsOf(node, scope, context);
  const isSafe = textOf(node, 'error_mode') === 'SAFE_ERROR_MODE';
  const call = { name, args, type, isSafe };
  const plain = readableOf(call) ?? knownOf(name, args);
  return {
    ...computed(rule(call), type),
    plain,
    items: itemsOf(call),
    seen: seenOf(call),
    match: matchOf(call),
    texts: capturedBy(call),
  };
}

/** `$add` is an operator without a name that anyone has written. */
const spelled = (name: string): string =>
  name.startsWith('$')
    ? `the operator ${name.slice(1).replaceAll('_', ' ')}`
    : `the function ${name.toUpperCase()}${newerNote(name)}`;

function castExpression(node: Node, context: Context, scope: Scope): Arg {
  const type = typeOfNode(node);
  const arg = context.expression(need(node, 'expr'), scope);
  const isSafe = isSet(node, 'return_null_on_error');
  const format = child(node, 'format');
  const zone = child(node, 'time_zone');
  if (format) {
    const written = context.expression(format, scope);
    const at = zone && context.expression(zone, scope);
    return computed(castWithFormat({ value: arg, type, format: written, zone: at, isSafe }), type);
  }
  if (zone) throw new Refusal('CAST … AT TIME ZONE', 'TIMESTAMP(text, zone) or STRING(timestamp, zone)');
  return computed(withParameters(cast(arg, type, isSafe), { type, modifiers: child(node, 'type_modifiers') }), type);
}

interface Parameterized {
  readonly type: SqlType;
  readonly modifiers: Node | undefined;
}

/** Holds the value to `STRING(10)`, `BYTES(10)` or `NUMERIC(10, 2)`: an error also under SAFE_CAST. */
function withParameters(sql: string, { type, modifiers }: Parameterized): string {
  const parameters = modifiers && child(modifiers, 'type_parameters');
  const kind = parameters && textOf(parameters, 'type_parameters');
  if (!parameters || !hasParameters(parameters)) return sql;
  if (!kind) throw new Refusal('CAST to a type with parameters in it');
  const of = need(parameters, kind);
  if (kind === 'string_type_parameters') {
    if (textOf(of, 'param') !== 'max_length') return sql;
    const isBytes = type.kind === 'BYTES';
    return `cast_length${isBytes ? '_bytes' : ''}(${sql}, ${of.max_length}, ${isBytes ? 'octet_length' : 'length'}(${sql}))`;
  }
  const scale = Number(of.scale ?? 0);
  if (type.kind === 'BIGNUMERIC') return `cast_big_precision(${sql}, ${of.precision ?? 76}, ${scale})`;
  return `cast_precision(CAST(CAST(${sql} AS DECIMAL(38, ${scale})) AS DECIMAL(38, 9)), '1${'0'.repeat(Number(of.precision) - scale)}'::DECIMAL(38, 9))`;
}

/** `child_list` holds those of the parts, which may all be empty. */
const hasParameters = (parameters: Node): boolean =>
  parameters.type_parameters !== undefined || children(parameters, 'child_list').some(hasParameters);

function makeArray(node: Node, context: Context, scope: Scope): Arg {
  const type = typeOfNode(node);
  const elements = argumentsOf(node, scope, context).map(arg => arg.sql);
  return computed(elements.length === 0 ? `CAST([] AS ${duckDbType(type)})` : `[${elements.join(', ')}]`, type);
}

function makeStruct(node: Node, context: Context, scope: Scope): Arg {
  const type = typeOfNode(node);
  if (type.kind !== 'STRUCT') throw new Error('a struct that is none');
  const fields = children(node, 'field_list').map(expr => context.expression(expr, scope).sql);
  return computed(structOf(fields, type), type);
}

function getStructField(node: Node, context: Context, scope: Scope): Arg {
  const struct = context.expression(need(node, 'expr'), scope);
  const index = Number(field(node, 'field_idx') ?? 0);
  return computed(`struct_extract_at(${struct.sql}, ${index + 1})`, typeOfNode(node));
}

/** `json.name`: as JSON_QUERY with that one field. */
function getJsonField(node: Node, context: Context, scope: Scope): Arg {
  const name = textOf(node, 'field_name');
  const rule = FUNCTIONS.json_query;
  if (!rule) throw new Refusal('the field of a JSON value', 'JSON_QUERY');
  const path = `$."${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const type = typeOfNode(node);
  const at: Arg = { sql: literal(path, { kind: 'STRING' }), type: { kind: 'STRING' }, literal: path };
  return computed(
    rule({ name: 'json_query', args: [context.expression(need(node, 'expr'), scope), at], type, isSafe: false }),
    type,
  );
}

function subqueryExpression(node: Node, context: Context, scope: Scope): Arg {
  const type = typeOfNode(node);
  const kind = textOf(node, 'subquery_type') || 'SCALAR';
  const only = kind === 'SCALAR' ? onlyValue(need(node, 'subquery')) : undefined;
  if (only) return context.expression(only, scope);
  const write = SUBQUERIES[kind];
  if (!write) throw new Refusal(`${kind.replace('_', ' ')} of a subquery`);
  return computed(write(node, context, scope), type);
}

/** Draws anew wherever it stands. */
const DRAWS: ReadonlySet<string> = new Set(['rand', 'generate_uuid']);

/** `(SELECT x)` is x, computed no sooner: DuckDB computes a subquery also where a CASE around it leaves it out. */
function onlyValue(scan: Node): Node | undefined {
  const { kind, node } = kindOf(scan);
  const [item, more] = children(node, 'expr_list');
  const [column, another] = columnsOf(node, 'column_list');
  if (kind !== 'project_scan' || item === undefined || more !== undefined || another !== undefined) return undefined;
  if (kindOf(need(node, 'input_scan')).kind !== 'single_row_scan') return undefined;
  if (columnOf(need(item, 'column')).id !== column?.id) return undefined;
  let draws = false;
  walk(item, ({ kind, node }) => {
    draws ||= kind === 'function_call' && DRAWS.has(functionName(node));
  });
  return draws ? undefined : need(item, 'expr');
}

type SubqueryRule = (node: Node, context: Context, scope: Scope) => string;

const SUBQUERIES: Readonly<Record<string, SubqueryRule>> = {
  SCALAR: (node, context, scope) => `(${subquery(node, context, scope)})`,
  ARRAY: (node, context, scope) => `ARRAY(${subquery(node, context, scope)})`,
  EXISTS: (node, context, scope) => `EXISTS (${subquery(node, context, scope)})`,
  IN: (node, context, scope) => {
    const value = context.expression(need(node, 'in_expr'), scope);
    if (value.type.kind === 'STRUCT' || value.type.kind === 'ARRAY') return inList(node, value, context, scope);
    const isFloat = value.type.kind === 'FLOAT64';
    // NaN equals nothing in GoogleSQL and itself in DuckDB: as texts, a NaN on the left equals none. Adding 0 takes the sign off -0.
    const left = isFloat
      ? `CASE WHEN isnan(${value.sql}) THEN '' ELSE CAST(${value.sql} + 0e0 AS VARCHAR) END`
      : value.sql;
    return `(${left} IN (${subquery(node, context, scope, isFloat)}))`;
  },
};

/** By GoogleSQL's equality of parts, over all rows of the subquery in a list. */
function inList(node: Node, value: Arg, context: Context, scope: Scope): string {
  const rule = FUNCTIONS.$in_array;
  if (!rule) throw new Refusal(`IN over ${value.type.kind}`);
  const list = computed(`ARRAY(${subquery(node, context, scope)})`, { kind: 'ARRAY', element: value.type });
  return rule({ name: '$in_array', args: [value, list], type: { kind: 'BOOL' }, isSafe: false });
}

/** The subquery's SELECT, set in; its one column of numbers as texts where asked. */
function subquery(node: Node, context: Context, scope: Scope, asText = false): string {
  const scan = need(node, 'subquery');
  const columns = columnsOf(kindOf(scan).node, 'column_list');
  const isArray = textOf(node, 'subquery_type') === 'ARRAY';
  const block = asking(context, isArray ? 'order' : 'nothing', () => context.scan(scan, scope));
  const rows = isArray ? inTurn(block, context) : unordered(block);
  const sql = render(rows, outputsOf(columns));
  const only = asText ? `SELECT CAST(x + 0e0 AS VARCHAR) FROM (${sql}) AS numbers(x)` : sql;
  return only.includes('\n') ? `\n  ${indent(only)}\n` : only;
}
