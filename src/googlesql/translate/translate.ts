// Translates an analyzed query to one SELECT of DuckDB that gives exactly what GoogleSQL says, or refuses it by name. Pure.
// The work is in two tables, of scans (scans.ts) and of expressions (expression.ts), and in those that they use.

import { lineAndColumn, PulseError } from '../../errors.ts';
import { type Analyzed, type SqlFault, SqlNotTranslated } from '../analyzed.ts';
import { isTooDeep, tooDeep } from '../too-deep.ts';
import type { TypedColumn } from '../type.ts';
import { outputsOf, render } from './block.ts';
import { type Context, NOTHING, type Scope } from './context.ts';
import { EXPRESSIONS } from './expression.ts';
import { Aliases } from './names.ts';
import { inTurn } from './order.ts';
import { asking } from './places.ts';
import { type Arg, Refusal } from './rule.ts';
import { scan } from './scans.ts';
import { children, columnOf, columnsOf, kindOf, type Node, need, startOf, textOf } from './tree.ts';

export interface Translation {
  /** One SELECT of DuckDB. Its columns are named as `columns` are, but for repeated names, which get `_2`, `_3` …. */
  readonly sql: string;
  readonly columns: readonly TypedColumn[];
  /** Names of the tables it reads, sorted. */
  readonly tables: readonly string[];
}

/** @throws {SqlNotTranslated} where something has no exact translation; it names the thing, its place and the nearest way. */
export function translate(analyzed: Analyzed): Translation {
  const faults: Faults = new Map();
  try {
    const sql = writeStatement(analyzed, contextFor(analyzed, faults));
    return { sql, columns: analyzed.columns, tables: analyzed.tables };
  } catch (error) {
    if (isRefusal(error)) throw refused(error, analyzed.sql, faults.get(error));
    throw isTooDeep(error) ? tooDeep(analyzed.sql, error) : error;
  }
}

function writeStatement({ statement, columns }: Analyzed, context: Context): string {
  const rows = asking(context, 'order', () => context.scan(need(statement, 'query'), NOTHING));
  const block = context.readsTables ? rows : inTurn(rows, context);
  const ids = children(statement, 'output_column_list').map(output => columnOf(need(output, 'column')).id);
  const outputs = outputsOf(ids.map((id, i) => ({ id, name: columns[i]?.name ?? '' })));
  const sql = render(block, outputs);
  if (context.written.length === 0) return sql;
  return `WITH ${context.flags.isRecursive ? 'RECURSIVE ' : ''}${context.written.join(',\n')}\n${sql}`;
}

/** A rule's refusal, or that of a type DuckDB has not (duckdb-type.ts). */
const isRefusal = (error: unknown): error is Refusal | PulseError =>
  error instanceof Refusal || (error instanceof PulseError && error.code === 'SQL_NOT_TRANSLATED');

type Faults = Map<Refusal | PulseError, number>;

function contextFor({ tables, statement }: Analyzed, faults: Faults): Context {
  const uses = countUses(statement);
  const context: Context = {
    aliases: new Aliases(),
    cteNames: new Aliases(tables),
    ctes: new Map(),
    written: [],
    recursive: [],
    groupRows: [],
    flags: { isRecursive: false, asked: 'nothing' },
    readsTables: tables.length > 0,
    usesOf: name => uses.get(name)?.times ?? 0,
    namesOf: name => uses.get(name)?.columns ?? [],
    at: (any, work) => placed(any, faults, work),
    scan: (any, outer) => placed(any, faults, () => scan(any, context, outer)),
    expression: (any, scope) => placed(any, faults, () => expression(any, context, scope)),
  };
  return context;
}

function expression(any: Node, context: Context, scope: Scope): Arg {
  const { kind, node } = kindOf(any);
  const rule = EXPRESSIONS[kind];
  if (!rule) throw new Refusal(kind.replaceAll('_', ' '));
  return rule(node, context, scope);
}

/** Remembers of a refusal where the innermost node stands that was written by a person. */
function placed<T>(any: Node, faults: Faults, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const start = startOf(any);
    if (isRefusal(error) && start !== undefined && !faults.has(error)) faults.set(error, start);
    throw error;
  }
}

interface Use {
  readonly times: number;
  readonly columns: readonly string[];
}

/** How often each CTE is read, counting only readers that are read themselves, and by what names. */
function countUses(statement: Node): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const definitions = new Map<string, unknown>();
  const count = (any: unknown): void => {
    if (Array.isArray(any)) for (const item of any) count(item);
    else if (typeof any === 'object' && any !== null) countNode(any as Node);
  };
  const countNode = (node: Node): void => {
    for (const [name, value] of Object.entries(node)) {
      if (name === 'with_entry_list')
        for (const entry of value as Node[]) definitions.set(textOf(entry, 'with_query_name'), entry);
    }
    const reads = node.resolved_with_ref_scan_node as Node | undefined;
    if (reads) use(reads);
    for (const [name, value] of Object.entries(node)) if (name !== 'with_entry_list') count(value);
  };
  const use = (reader: Node): void => {
    const name = textOf(reader, 'with_query_name');
    const before = uses.get(name);
    const columns = before?.columns ?? columnsOf(reader, 'column_list').map(column => column.name);
    uses.set(name, { times: (before?.times ?? 0) + 1, columns });
    if (!before) count(need(definitions.get(name) as Node, 'with_subquery'));
  };
  count(statement);
  return uses;
}

function refused(refusal: Refusal | PulseError, sql: string, start: number | undefined): SqlNotTranslated {
  const { message, hint } = sentences(refusal);
  const place = placeOf(sql, start);
  return new SqlNotTranslated({ message, ...place }, { ...(hint === undefined ? {} : { hint }), cause: refusal });
}

function sentences(refusal: Refusal | PulseError): { readonly message: string; readonly hint: string | undefined } {
  if (refusal instanceof PulseError) return { message: refusal.message, hint: refusal.hint };
  const { what, instead } = refusal;
  return {
    message: `DuckDB has no exact translation of ${what}.`,
    hint: instead === undefined ? undefined : `Use ${instead}.`,
  };
}

/** Line and column, both from 1 and in UTF-16 units, of a byte offset. */
function placeOf(sql: string, start: number | undefined): Omit<SqlFault, 'message'> {
  if (start === undefined) return { line: undefined, column: undefined };
  return lineAndColumn(sql, Buffer.from(sql).subarray(0, start).toString().length);
}
