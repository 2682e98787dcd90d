// Set operations and WITH: what is made of whole queries.

import {
  type Block,
  type Cell,
  cellOf,
  hasKind,
  indent,
  isPlain,
  outputsOf,
  reading,
  render,
  unordered,
  withPlain,
} from './block.ts';
import { type Context, type Cte, NOTHING, type Scope } from './context.ts';
import { quoteName } from './names.ts';
import { inTurn } from './order.ts';
import { asking, hasPlaces, ofSides, placeAt, sideOf, withPlaces } from './places.ts';
import { isBesideTwin } from './plain-json.ts';
import { Refusal } from './rule.ts';
import { type Column, children, columnsOf, kindOf, type Node, need, textOf } from './tree.ts';

const SET_OPERATIONS: Readonly<Record<string, string>> = {
  UNION_ALL: 'UNION ALL',
  UNION_DISTINCT: 'UNION',
  INTERSECT_ALL: 'INTERSECT ALL',
  INTERSECT_DISTINCT: 'INTERSECT',
  EXCEPT_ALL: 'EXCEPT ALL',
  EXCEPT_DISTINCT: 'EXCEPT',
};

export function setOperationScan(node: Node, context: Context, outer: Scope): Block {
  const columns = columnsOf(node, 'column_list');
  const operation = SET_OPERATIONS[textOf(node, 'op_type')];
  if (!operation) throw new Refusal(`the set operation ${textOf(node, 'op_type')}`);
  const outputs = outputsOf(columns);
  const names = outputs.map(output => output.name);
  const isUnion = operation === 'UNION ALL';
  const items = asking(context, isUnion ? ofSides(context) : 'nothing', () =>
    children(node, 'input_item_list').map(item => itemOf(item, context, outer)),
  );
  if (isUnion && items.every(({ block }) => isRow(block))) {
    return queryBlock(valuesOf(items, names, context), columns, names, context);
  }
  if (isUnion && context.flags.asked !== 'nothing' && items.every(({ block }) => hasPlaces(block)))
    return placedUnion(items, columns, context);
  const parts = items.map(item => itemQuery(item, names));
  const sql = parts.reduce((left, right) => `${left}\n${operation}\n${right}`);
  const block = queryBlock(sql, columns, names, context);
  if (isUnion) return block;
  return { ...block, turn: [...block.columns].map(([id, cell]) => ({ id, sql: cell.sql, type: cell.type })) };
}

interface Item {
  readonly block: Block;
  /** Its columns in the operation's order. */
  readonly ids: readonly string[];
}

const itemOf = (item: Node, context: Context, outer: Scope): Item => ({
  block: withPlaces(sideOf(need(item, 'scan'), context, outer), context),
  ids: columnsOf(item, 'output_column_list').map(column => column.id),
});

/** The parts' rows one part after the other, each in its own turn. */
function placedUnion(items: readonly Item[], columns: readonly Column[], context: Context): Block {
  const depth = Math.max(...items.map(({ block }) => block.turn.length));
  const places = Array.from({ length: depth + 1 }, (_, i) => ({ id: `place ${i}`, name: `_place_${i}` }));
  const outputs = outputsOf(columns);
  const parts = items.map(({ block, ids }, part) => {
    const at = (i: number): string => (i === 0 ? String(part) : (block.turn[i - 1]?.sql ?? '0'));
    const cells = places.map(({ id, name }, i): [string, Cell] => [
      id,
      { sql: at(i), kind: 'computed', type: { kind: 'INT64' }, name },
    ]);
    const extended = { ...block, turn: [], columns: new Map([...block.columns, ...cells]) };
    return { block: extended, ids: [...ids, ...places.map(({ id }) => id)] };
  });
  const names = [...outputs, ...places].map(({ name }) => name);
  const all = [...columns, ...places.map(({ id, name }): Column => ({ id, name, table: '', type: { kind: 'INT64' } }))];
  const alias = context.aliases.next('united');
  const sql = parts.map(part => itemQuery(part, names)).join('\nUNION ALL\n');
  const block = reading(`(\n  ${indent(sql)}\n)`, all, { alias, names });
  const turn = places.map(({ id }) => placeAt(cellOf(block, id).sql, context));
  return { ...block, turn, columns: new Map([...block.columns].filter(([id]) => !id.startsWith('place '))) };
}

/** One row of expressions. */
const isRow = (block: Block): boolean =>
  block.from === undefined && isPlain(block) && block.having.length === 0 && !hasKind(block, 'window');

/** Rows in the order they are written, which DuckDB does not keep to where each is a SELECT of its own. */
function valuesOf(items: readonly Item[], names: readonly string[], { aliases }: Context): string {
  const rows = items.map(({ block, ids }) => `(${ids.map(id => cellOf(block, id).sql).join(', ') || '1'})`);
  const columns = names.length === 0 ? '"row"' : names.map(quoteName).join(', ');
  return `SELECT *\nFROM (VALUES\n  ${indent(rows.join(',\n'))}\n) AS ${quoteName(aliases.next('given'))}(${columns})`;
}

/** One input of a set operation, under the operation's names. */
function itemQuery({ block, ids }: Item, names: readonly string[]): string {
  const sql = render(
    unordered(block),
    ids.map((id, i) => ({ id, name: names[i] ?? '' })),
  );
  return `(${indent(`\n${sql}`)}\n)`;
}

function queryBlock(sql: string, columns: readonly Column[], names: readonly string[], { aliases }: Context): Block {
  const alias = aliases.next('united');
  const block = reading(`(\n  ${indent(sql)}\n)`, columns, { alias, names });
  return { ...block, query: { sql, ids: columns.map(column => column.id), names } };
}

export function withScan(node: Node, context: Context, outer: Scope): Block {
  const query = need(node, 'query');
  for (const entry of children(node, 'with_entry_list')) {
    const name = textOf(entry, 'with_query_name');
    if (context.usesOf(name) > 0) context.ctes.set(name, cteOf(name, need(entry, 'with_subquery'), context));
  }
  return context.scan(query, outer);
}

function cteOf(id: string, subquery: Node, context: Context): Cte {
  const { kind, node } = kindOf(subquery);
  if (kind === 'recursive_scan') return recursiveCte(id, node, context);
  const columns = columnsOf(node, 'column_list');
  const outputs = outputsOf(named(columns, context.namesOf(id)));
  const names = outputs.map(output => output.name);
  const rows = asking(context, 'order', () => context.scan(subquery, NOTHING));
  const block = context.readsTables ? rows : inTurn(rows, context);
  const isShared = context.usesOf(id) > 1;
  if (isShared && isCopyable(block)) {
    const ids = columns.map(column => column.id);
    return {
      name: id,
      outputs: names,
      copy: () => [asking(context, 'nothing', () => context.scan(subquery, NOTHING)), ids],
    };
  }
  const name = context.cteNames.next(id);
  const carrying = withPlain(block, outputs);
  const sql = render(carrying.block, carrying.outputs);
  context.written.push(`${quoteName(name)} AS ${isShared ? 'MATERIALIZED ' : ''}(\n  ${indent(sql)}\n)`);
  const plains = outputs.map(({ id }) => carrying.plainOf(id, plain => plain));
  return { name, outputs: names, plains, copy: undefined };
}

/** Columns under the names by which the CTE's readers know them: `$agg1` is called what its AS says. */
const named = (columns: readonly Column[], names: readonly string[]): readonly Column[] =>
  columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));

/** A table's own columns, perhaps filtered by nothing that asks further: reading it twice costs less than keeping it. */
const isCopyable = (block: Block): boolean =>
  isPlain({ ...block, where: [] }) &&
  !block.isJoin &&
  block.query === undefined &&
  block.from !== undefined &&
  (!block.from.startsWith('(') || isBesideTwin(block.from)) &&
  !block.from.startsWith('UNNEST') &&
  !block.where.some(clause => clause.includes('SELECT')) &&
  [...block.columns.values()].every(cell => cell.kind === 'ref' || cell.kind === 'constant');

function recursiveCte(id: string, node: Node, context: Context): Cte {
  const columns = columnsOf(node, 'column_list');
  const operation = SET_OPERATIONS[textOf(node, 'op_type')];
  if (!operation) throw new Refusal(`the recursive operation ${textOf(node, 'op_type')}`);
  const names = outputsOf(named(columns, context.namesOf(id))).map(output => output.name);
  const name = context.cteNames.next(id);
  const cte: Cte = { name, outputs: names, copy: undefined };
  context.ctes.set(id, cte);
  context.recursive.push(id);
  const [base, step] = asking(context, 'nothing', () =>
    ['non_recursive_term', 'recursive_term'].map(term => itemQuery(itemOf(need(node, term), context, NOTHING), names)),
  );
  context.recursive.pop();
  context.flags.isRecursive = true;
  context.written.push(`${quoteName(name)} AS (\n  ${indent(`${base}\n${operation}\n${step}`)}\n)`);
  return cte;
}

export function refScan(node: Node, context: Context): Block {
  const name = textOf(node, 'with_query_name') || context.recursive.at(-1);
  const cte = name === undefined ? undefined : context.ctes.get(name);
  if (!cte) throw new Error(`the resolved tree reads ${name}, which no WITH defines`);
  const columns = columnsOf(node, 'column_list');
  if (cte.copy) {
    const [block, ids] = cte.copy();
    const renamed = columns.map(
      (column, i) => [column.id, { ...cellOf(block, ids[i] ?? ''), name: column.name }] as const,
    );
    return { ...block, columns: new Map(renamed) };
  }
  const { outputs, plains = [] } = cte;
  return reading(quoteName(cte.name), columns, { alias: context.aliases.next(cte.name), names: outputs, plains });
}
