// ORDER BY as GoogleSQL has it: NULLs first when ascending and last when descending unless told, NaN before every other number.

import { cellIn, type Scope } from './context.ts';
import { Refusal } from './rule.ts';
import { child, columnOf, isSet, type Node, textOf } from './tree.ts';

/** The items of an ORDER BY. One item gives two for FLOAT64: DuckDB holds NaN for the greatest number. */
export function orderItems(items: readonly Node[], scope: Scope): string[] {
  return items.flatMap(item => {
    if (child(item, 'collation_name') || textOf(child(item, 'collation') ?? {}, 'collation_name') !== '') {
      throw new Refusal('ORDER BY … COLLATE');
    }
    const ref = child(item, 'column_ref');
    if (!ref) throw new Error('an ORDER BY item without a column');
    const { sql, type, kind } = cellIn(scope, columnOf(ref.column as Node).id);
    // DuckDB refuses to order by a constant, which orders nothing.
    if (kind === 'constant') return [];
    const direction = isSet(item, 'is_descending') ? 'DESC' : 'ASC';
    const nulls = nullOrder(textOf(item, 'null_order'), direction);
    const key = `${sql} ${direction} NULLS ${nulls}`;
    return type.kind === 'FLOAT64'
      ? [`isnan(${sql}) ${direction === 'ASC' ? 'DESC' : 'ASC'} NULLS ${nulls}`, key]
      : [key];
  });
}

function nullOrder(mode: string, direction: 'ASC' | 'DESC'): 'FIRST' | 'LAST' {
  if (mode === 'NULLS_FIRST') return 'FIRST';
  if (mode === 'NULLS_LAST') return 'LAST';
  return direction === 'ASC' ? 'FIRST' : 'LAST';
}
