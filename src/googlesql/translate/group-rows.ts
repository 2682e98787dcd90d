// WITH GROUP_ROWS: an aggregate over a query of the rows of its group. GROUP BY keeps the rows in a list, which the query reads back.

import type { Block, Cell } from './block.ts';
import { EMPTY } from './block.ts';
import type { Context } from './context.ts';
import { quoteName } from './names.ts';
import { placeAt } from './places.ts';
import { Refusal } from './rule.ts';
import { child, children, columnOf, kindOf, type Node, need, walk } from './tree.ts';

export const groupRowsOf = (call: Node): Node | undefined => child(kindOf(call).node, 'with_group_rows_subquery');

/** The rows of a group, in a list: of each what some GROUP_ROWS() of the subquery reads. One that is deeper reads rows of other groups. */
export function rowsInList(subquery: Node, { columns }: Block, order: readonly string[]): string {
  const fields = new Map<string, string>();
  walk(subquery, ({ kind, node }) => {
    if (kind !== 'group_rows_scan') return;
    for (const { input } of inputsOf(node)) {
      const cell = columns.get(input);
      if (cell) fields.set(fieldOf(input), cell.sql);
    }
  });
  const items = [...fields].map(([name, sql]) => `${name}: ${sql}`);
  const by = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  return `list({${items.length === 0 ? 'c: 1' : items.join(', ')}}${by})`;
}

/** GROUP_ROWS(), within the query that reads the list at hand. */
export function groupRowsScan(node: Node, context: Context): Block {
  const list = context.groupRows.at(-1);
  if (list === undefined) throw new Refusal('GROUP_ROWS() here');
  const alias = quoteName(context.aliases.next('group_row'));
  const isPlaced = context.flags.asked !== 'nothing';
  const columns = inputsOf(node).map(({ column, input }): [string, Cell] => [
    column.id,
    {
      sql: `struct_extract(${alias}."value", '${fieldOf(input)}')`,
      kind: 'computed',
      type: column.type,
      name: column.name,
    },
  ]);
  return {
    ...EMPTY,
    from: `UNNEST(${list})${isPlaced ? ' WITH ORDINALITY' : ''} AS ${alias}("value"${isPlaced ? ', "ordinal"' : ''})`,
    columns: new Map(columns),
    turn: isPlaced ? [placeAt(`${alias}."ordinal"`, context)] : [],
    hint: 'group_rows',
  };
}

/** What a GROUP_ROWS() gives, and the column of the group's rows that each is. */
const inputsOf = (scan: Node) =>
  children(scan, 'input_column_list').map(item => {
    const { kind, node } = kindOf(need(item, 'expr'));
    if (kind !== 'column_ref') throw new Refusal('GROUP_ROWS() of an expression');
    return { column: columnOf(need(item, 'column')), input: columnOf(need(node, 'column')).id };
  });

const fieldOf = (id: string): string => `c${id}`;
