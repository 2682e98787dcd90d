// ORDER BY as GoogleSQL has it: NULLs first when ascending and last when descending unless told, NaN before every other number.

import type { SqlType } from '../type.ts';
import { cellIn, type Scope } from './context.ts';
import { Refusal } from './rule.ts';
import { child, columnOf, isSet, kindOf, type Node, textOf } from './tree.ts';

/** The items of an ORDER BY. One item gives two for FLOAT64: DuckDB holds NaN for the greatest number. */
export function orderItems(items: readonly Node[], scope: Scope): string[] {
  return items.flatMap(item => {
    checkCollation(item);
    const ref = child(item, 'column_ref');
    if (!ref) throw new Error('an ORDER BY item without a column');
    const { sql, type, kind } = cellIn(scope, columnOf(ref.column as Node).id);
    // DuckDB refuses to order by a constant, which orders nothing.
    if (kind === 'constant') return [];
    const direction = isSet(item, 'is_descending') ? 'DESC' : 'ASC';
    const nulls = nullOrder(textOf(item, 'null_order'), direction);
    const key = `${keyOf(sql, type)} ${direction} NULLS ${nulls}`;
    return type.kind === 'FLOAT64'
      ? [`isnan(${sql}) ${direction === 'ASC' ? 'DESC' : 'ASC'} NULLS ${nulls}`, key]
      : [key];
  });
}

/** Text is ordered by code points: what DuckDB does without being told, and no other order. */
function checkCollation(item: Node): void {
  const resolved = textOf(child(item, 'collation') ?? {}, 'collation_name');
  const written = child(item, 'collation_name');
  const value = written && child(child(kindOf(written).node, 'value') ?? {}, 'value');
  const name = resolved || (written === undefined ? '' : String(value?.string_value ?? '?'));
  if (!/^(?:|binary|unicode|unicode:cs)$/i.test(name))
    throw new Refusal('ORDER BY … COLLATE', 'LOWER or NORMALIZE_AND_CASEFOLD');
}

/** Arrays are ordered by their elements: NULL before NaN before every other, which DuckDB has the other way round. */
function keyOf(sql: string, type: SqlType): string {
  if (type.kind !== 'ARRAY') return sql;
  const isNumber = type.element.kind === 'FLOAT64' ? ', g: NOT isnan(_k)' : '';
  return `list_transform(${sql}, lambda _k: {n: _k IS NOT NULL${isNumber}, v: _k})`;
}

function nullOrder(mode: string, direction: 'ASC' | 'DESC'): 'FIRST' | 'LAST' {
  if (mode === 'NULLS_FIRST') return 'FIRST';
  if (mode === 'NULLS_LAST') return 'LAST';
  return direction === 'ASC' ? 'FIRST' : 'LAST';
}
