// ORDER BY as GoogleSQL has it: NULLs first when ascending and last when descending unless told, NaN before every other number.

import type { SqlType } from '../type.ts';
import { type Block, type Turn, wrap } from './block.ts';
import { type Context, cellIn, type Scope } from './context.ts';
import { Refusal } from './rule.ts';
import { child, columnOf, isSet, kindOf, type Node, textOf } from './tree.ts';

/** The items of an ORDER BY. One item gives two for FLOAT64: DuckDB holds NaN for the greatest number. */
export function orderItems(items: readonly Node[], scope: Scope): string[] {
  return items.flatMap(item => {
    const ref = child(item, 'column_ref');
    if (!ref) throw new Error('an ORDER BY item without a column');
    const { sql: value, type, kind } = cellIn(scope, columnOf(ref.column as Node).id);
    const sql = collated(item, value);
    // DuckDB refuses to order by a constant, which orders nothing.
    if (kind === 'constant') return [];
    const direction = isSet(item, 'is_descending') ? 'DESC' : 'ASC';
    return itemsOf({ sql, type }, direction, nullOrder(textOf(item, 'null_order'), direction));
  });
}

type Direction = 'ASC' | 'DESC';

function itemsOf({ sql, type }: Omit<Turn, 'id'>, direction: Direction, nulls: 'FIRST' | 'LAST'): string[] {
  if (type.kind !== 'FLOAT64') return [`${keyOf(sql, type)} ${direction} NULLS ${nulls}`];
  // DuckDB gives a column that is a key itself as it reads it from the key, where -0 is 0: a sum is no column.
  return [
    `isnan(${sql}) ${direction === 'ASC' ? 'DESC' : 'ASC'} NULLS ${nulls}`,
    `${sql} + 0 ${direction} NULLS ${nulls}`,
  ];
}

/** The block for what sees rows in turn: by its groups, where nothing else orders it. DISTINCT wants the very columns it gives. */
export function inTurn(block: Block, { aliases }: Context): Block {
  if (block.order.length > 0 || block.turn.length === 0) return block;
  const isPlain =
    !block.isDistinct ||
    block.turn.every(({ type }) => type.kind !== 'FLOAT64' && type.kind !== 'ARRAY' && type.kind !== 'STRUCT');
  const ready = isPlain ? block : wrap(block, aliases);
  return { ...ready, order: turnItems(ready.turn) };
}

/** What a join misses comes last. */
export const turnItems = (turn: readonly Turn[]): string[] =>
  turn.flatMap(item => itemsOf(item, 'ASC', item.isPlace === true ? 'LAST' : 'FIRST'));

/** The text's key in the order that is asked for; the text itself where that is by code points, which DuckDB does without being told. */
function collated(item: Node, sql: string): string {
  const resolved = textOf(child(item, 'collation') ?? {}, 'collation_name');
  const written = child(item, 'collation_name');
  const value = written && child(child(kindOf(written).node, 'value') ?? {}, 'value');
  const name = resolved || (written === undefined ? '' : String(value?.string_value ?? '?'));
  if (/^(?:|binary|unicode|unicode:cs)$/i.test(name)) return sql;
  const [, locale = '', strength = 'cs'] = /^([A-Za-z_]+)(?::(ci|cs))?$/.exec(name) ?? [];
  const language = locale === 'unicode' ? 'und' : locale;
  if (!isLanguage(language)) throw new Refusal('ORDER BY … COLLATE', 'LOWER or NORMALIZE_AND_CASEFOLD');
  const key = `icu_sort_key(${sql}, '${language}')`;
  return strength === 'ci' ? `regexp_extract(${key}, '${TWO_LEVELS}', 1)` : key;
}

/** Of letters and of accents: the third level, of upper and lower case, comes after the second byte 01. */
const TWO_LEVELS = '^((?:[0-9A-F]{2})*?01(?:[0-9A-F]{2})*?)01';

/** One that ICU has rules for: DuckDB takes others for none. */
const isLanguage = (name: string): boolean =>
  name === 'und' ||
  (/^[a-z]{2}(?:_[A-Z]{2})?$/.test(name) && Intl.Collator.supportedLocalesOf(name.replace('_', '-')).length > 0);

/** Arrays and structs are ordered by their parts: NULL before NaN before every other, which DuckDB has the other way round. */
export function keyOf(sql: string, type: SqlType): string {
  if (type.kind === 'STRUCT') {
    const parts = type.fields.map((field, i) => `p${i}: ${partKey(`struct_extract_at(${sql}, ${i + 1})`, field.type)}`);
    return parts.length === 0 ? sql : `CASE WHEN ${sql} IS NOT NULL THEN {${parts.join(', ')}} END`;
  }
  if (type.kind !== 'ARRAY') return sql;
  return `list_transform(${sql}, lambda _k: ${partKey('_k', type.element)})`;
}

function partKey(sql: string, type: SqlType): string {
  const isNumber = type.kind === 'FLOAT64' ? `, g: NOT isnan(${sql})` : '';
  return `{n: ${sql} IS NOT NULL${isNumber}, v: ${keyOf(sql, type)}}`;
}

function nullOrder(mode: string, direction: Direction): 'FIRST' | 'LAST' {
  if (mode === 'NULLS_FIRST') return 'FIRST';
  if (mode === 'NULLS_LAST') return 'LAST';
  return direction === 'ASC' ? 'FIRST' : 'LAST';
}
