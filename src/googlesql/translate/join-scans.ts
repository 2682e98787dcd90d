// Joins, and UNNEST alone or beside the rows it belongs to.

import { type Block, type Cell, cellOf, EMPTY, indent, isPlain, ofPairs, render, wrap } from './block.ts';
import { type Context, NOTHING, type Scope, scopeOf } from './context.ts';
import { quoteName } from './names.ts';
import { inTurn } from './order.ts';
import { hasPlaces, placeAt, sideOf, turnOfSides, withPlaces } from './places.ts';
import type { Items } from './plain-json.ts';
import { isShareable, readyFor } from './ready.ts';
import { type Arg, Refusal } from './rule.ts';
import { share } from './sharing.ts';
import { type Column, child, columnOf, isSet, type Node, need, referencesIn, textOf, walk } from './tree.ts';

const JOINS: Readonly<Record<string, string>> = {
  INNER: 'JOIN',
  LEFT: 'LEFT JOIN',
  RIGHT: 'RIGHT JOIN',
  FULL: 'FULL JOIN',
};

export function joinScan(node: Node, context: Context, outer: Scope): Block {
  const type = textOf(node, 'join_type') || 'INNER';
  const side = (name: string): Block => withPlaces(sideOf(need(node, name), context, outer), context);
  const left = joinable(side('left_scan'), type === 'RIGHT' || type === 'FULL', context);
  const right = joinable(side('right_scan'), type === 'LEFT' || type === 'FULL', context);
  const turn = turnOfSides(left, right);
  const condition = child(node, 'join_expr');
  const columns = new Map([...left.columns, ...right.columns]);
  const rightFrom = right.isJoin ? `(${right.from})` : right.from;
  const joined: Block = { ...EMPTY, isJoin: true, columns, turn, hint: 'joined' };
  if (!condition && type === 'INNER') return { ...joined, from: `${left.from}\nCROSS JOIN ${rightFrom}` };
  if (condition && type !== 'INNER' && hasSubquery(condition)) {
    const place = { context, outer };
    if (isOutermost(place)) return pairedJoin({ left, right }, condition, { ...place, join: JOINS[type] ?? '' });
    if (type === 'FULL') throw new Refusal('FULL JOIN on a subquery, within a subquery', 'a CTE for it');
    return lateralJoin({ left, right }, condition, { ...place, isRight: type !== 'LEFT' });
  }
  const on = condition ? context.expression(condition, scopeOf(joined, outer)).sql : 'TRUE';
  // DuckDB takes no outer join on what comes from the query around it.
  if (condition && (type === 'LEFT' || type === 'RIGHT') && namesOuter(condition, joined, outer))
    return lateralJoin({ left, right }, condition, { context, outer, isRight: type === 'RIGHT' });
  const from = `${left.from}\n${JOINS[type]} ${rightFrom} ON `;
  return { ...joined, from: `${from}${type === 'INNER' ? ofPairs(on, from) : on}` };
}

const namesOuter = (condition: Node, joined: Block, outer: Scope): boolean =>
  [...referencesIn(condition).keys()].some(id => !joined.columns.has(id) && outer(id) !== undefined);

function hasSubquery(condition: Node): boolean {
  let has = false;
  walk(condition, ({ kind }) => {
    has ||= kind === 'subquery_expr';
  });
  return has;
}

interface Sides {
  readonly left: Block;
  readonly right: Block;
}

interface Place {
  readonly context: Context;
  readonly outer: Scope;
}

/** DuckDB takes no outer join on a subquery, but a plain one: that finds the numbers of the rows that meet. */
function pairedJoin(sides: Sides, condition: Node, { context, outer, join }: Place & { readonly join: string }): Block {
  const left = numbered(sides.left, context);
  const right = numbered(sides.right, context);
  const columns = new Map([...left.columns, ...right.columns]);
  const on = context.expression(condition, scopeOf({ ...EMPTY, columns }, outer)).sql;
  const pairs = quoteName(context.cteNames.next('pairs'));
  context.written.push(
    `${pairs} AS (\n  SELECT ${left.from}."row" AS "left", ${right.from}."row" AS "right"\n  FROM ${left.from}\n  JOIN ${right.from} ON ${indent(on)}\n)`,
  );
  const from = `${left.from}\nLEFT JOIN ${pairs} ON ${left.from}."row" = ${pairs}."left"\n${join} ${right.from} ON ${right.from}."row" = ${pairs}."right"`;
  return { ...EMPTY, isJoin: true, hint: 'joined', columns, from, turn: turnOfSides(left, right) };
}

/** Where CTEs may be written for what is at hand: not in what is done for each row of something else. */
const isOutermost = ({ context, outer }: Place): boolean => outer === NOTHING && context.recursive.length === 0;

/** A LEFT JOIN on what DuckDB takes no ON of, within a subquery: for each row of the left side, those of the right that it finds; a RIGHT JOIN the other way round. */
function lateralJoin(
  { left, right }: Sides,
  condition: Node,
  { context, outer, isRight }: Place & { readonly isRight: boolean },
): Block {
  refuseMembership(condition);
  const both: Block = { ...EMPTY, columns: new Map([...left.columns, ...right.columns]) };
  const where = [context.expression(condition, scopeOf(both, outer)).sql];
  const [kept, looked] = isRight ? [right, left] : [left, right];
  const found = wrap({ ...looked, where }, context.aliases);
  return {
    ...EMPTY,
    isJoin: true,
    hint: 'joined',
    columns: new Map([...kept.columns, ...found.columns]),
    from: `${kept.from}\nLEFT JOIN LATERAL ${found.from} ON TRUE`,
    turn: isRight ? turnOfSides(found, kept) : turnOfSides(kept, found),
  };
}

/** IN with a subquery can break DuckDB's planner there. */
function refuseMembership(condition: Node): void {
  walk(condition, ({ kind, node }) => {
    if (kind === 'subquery_expr' && textOf(node, 'subquery_type') === 'IN')
      throw new Refusal('an outer join on IN, within a subquery', 'EXISTS, or a CTE for the join');
  });
}

/** The block as a CTE with a number for each row, under its own name. */
function numbered(given: Block, context: Context): Block {
  const { cteNames, written } = context;
  const block = hasPlaces(given) ? inTurn(given, context) : given;
  const name = quoteName(cteNames.next(block.hint));
  const outputs = [...block.columns.keys()].map((id, i) => ({ id, name: `c${i + 1}` }));
  const list = ['row_number() OVER () AS "row"', '*'].join(', ');
  written.push(`${name} AS MATERIALIZED (\n  SELECT ${list}\n  FROM (${render(block, outputs)})\n)`);
  const columns = new Map(
    [...block.columns].map(([id, cell], i) => [
      id,
      { ...cell, sql: `${name}."c${i + 1}"`, kind: 'ref' as const, plain: undefined },
    ]),
  );
  const turn = hasPlaces(given) ? [placeAt(`${name}."row"`, context)] : [];
  return { ...EMPTY, from: name, columns, turn, hint: block.hint };
}

/** The block as something FROM may name. Constants of a side that may be missing must become columns of it. */
function joinable(block: Block, mayBeMissing: boolean, { aliases }: Context): Block {
  const isFree = [...block.columns.values()].every(
    cell => cell.kind === 'ref' || (cell.kind === 'constant' && !mayBeMissing),
  );
  return isPlain(block) && block.from !== undefined && isFree ? block : wrap(block, aliases);
}

/** UNNEST, alone or for each row of an input. */
export function arrayScan(node: Node, context: Context, outer: Scope): Block {
  const inputScan = child(node, 'input_scan');
  const array = need(node, 'array_expr');
  const before = inputScan && joinable(withPlaces(sideOf(inputScan, context, outer), context), false, context);
  const input = before && readyFor(before, array, context, []);
  const scope = input ? scopeOf(input, outer) : outer;
  const element = columnOf(need(node, 'element_column'));
  const holder = child(node, 'array_offset_column');
  const offset = holder && columnOf(need(holder, 'column'));
  const alias = context.aliases.next(element.name.startsWith('$') ? 'elements' : element.name);
  const isPlaced = context.flags.asked === 'places' || (input !== undefined && context.flags.asked === 'order');
  const hasOrdinal = offset !== undefined || isPlaced;
  const names = hasOrdinal ? ['value', 'ordinal'] : ['value'];
  const at = (name: string): string => `${quoteName(alias)}.${quoteName(name)}`;
  const unnest = `UNNEST(${context.expression(array, scope).sql})${hasOrdinal ? ' WITH ORDINALITY' : ''} AS ${quoteName(alias)}(${names.map(quoteName).join(', ')})`;
  const isOuter = isSet(node, 'is_outer');
  if (input && !child(node, 'join_expr') && outer === NOTHING) {
    return unnested(input, { array: context.expression(array, scope), element, offset, isOuter }, context);
  }
  const columns = new Map(input?.columns ?? []);
  columns.set(element.id, { sql: at('value'), kind: 'ref', type: element.type, name: element.name });
  if (offset) {
    columns.set(offset.id, { sql: `(${at('ordinal')} - 1)`, kind: 'ref', type: offset.type, name: offset.name });
  }
  const own: Block = { ...EMPTY, turn: isPlaced ? [placeAt(at('ordinal'), context)] : [] };
  const turn = input ? turnOfSides(input, own) : own.turn;
  const block: Block = { ...EMPTY, columns, turn, hint: 'unnested', isJoin: input !== undefined };
  if (!input) return { ...block, from: unnest };
  const join = isOuter ? 'LEFT JOIN' : 'JOIN';
  const condition = child(node, 'join_expr');
  if (!condition && join === 'JOIN') return { ...block, from: `${input.from}\nCROSS JOIN ${unnest}` };
  const on = condition ? context.expression(condition, scopeOf(block, outer)).sql : 'TRUE';
  if (condition && hasSubquery(condition)) {
    if (isOutermost({ context, outer }))
      return chosenElements(input, { array, element, offset, condition, join }, context);
    refuseMembership(condition);
  }
  // With more than a comparison of both sides in ON, DuckDB takes no LEFT JOIN of what stands beside it.
  if (condition && (isOuter || hasSubquery(condition))) {
    const found = `(SELECT * FROM ${unnest} WHERE ${on}) AS ${quoteName(alias)}`;
    return { ...block, from: `${input.from}\n${join} LATERAL ${found} ON TRUE` };
  }
  const from = `${input.from}\n${join} ${unnest} ON `;
  return { ...block, from: `${from}${join === 'JOIN' ? ofPairs(on, from) : on}` };
}

interface Chosen {
  readonly array: Node;
  readonly element: Column;
  readonly offset: Column | undefined;
  readonly condition: Node;
  readonly join: string;
}

/** UNNEST whose elements a subquery chooses, which DuckDB takes in WHERE, not in ON: the input's rows are numbered to find those without any. */
function chosenElements(input: Block, chosen: Chosen, context: Context): Block {
  const { array, element, offset, condition, join } = chosen;
  const left = numbered(input, context);
  const row: Cell = { sql: `${left.from}."row"`, kind: 'ref', type: { kind: 'INT64' }, name: '_row' };
  const counted: Block = { ...left, columns: new Map([...left.columns, ['row', row]]) };
  const list = context.expression(array, scopeOf(left, NOTHING));
  const all = unnested(counted, { array: list, element, offset, isOuter: false }, context);
  const where = [context.expression(condition, scopeOf(all, NOTHING)).sql];
  const found = wrap({ ...all, where }, context.aliases);
  const columns = new Map(found.columns);
  columns.delete('row');
  if (join === 'JOIN') return { ...found, columns };
  for (const [id, cell] of left.columns) columns.set(id, cell);
  const from = `${left.from}\nLEFT JOIN ${found.from} ON ${row.sql} = ${cellOf(found, 'row').sql}`;
  return { ...EMPTY, columns, from, hint: 'unnested', isJoin: true };
}

interface Unnested {
  readonly array: Arg;
  readonly element: Column;
  readonly offset: Column | undefined;
  /** Whether a row without elements stays, with NULL for its element and offset. */
  readonly isOuter: boolean;
}

interface UnnestedItems {
  readonly items: Items;
  readonly element: Column;
  readonly offset: Column | undefined;
}

/**
 * Each row once for each element, in turn: in the SELECT list, where DuckDB does it 10 times faster than beside the table WITH ORDINALITY,
 * and keeps the order, which its LEFT JOIN of UNNEST does not.
 */
function unnested(input: Block, { array, element, offset, isOuter }: Unnested, context: Context): Block {
  const { aliases } = context;
  if (array.items && !isOuter) return unnestedItems(input, { items: array.items, element, offset }, context);
  if (!offset && !isOuter && input.turn.length === 0 && array.plain === undefined && isShareable(input)) {
    // The list is named once: it stands where it is made into rows.
    const { block, sqls } = share(input, [array.sql], aliases);
    const rows = computed(`unnest(${sqls[0] ?? array.sql})`, element);
    const columns = [...block.columns].filter(([id]) => input.columns.has(id));
    return wrap({ ...block, columns: new Map([...columns, [element.id, rows]]) }, aliases);
  }
  const whole: Cell = { ...computed(array.sql, { ...element, name: '_array' }), plain: array.plain };
  const listed = wrap({ ...input, columns: new Map([...input.columns, ['array', whole]]) }, aliases);
  const columns = new Map(listed.columns);
  const { sql: list, plain } = cellOf(listed, 'array');
  const orNull = (items: string): string =>
    isOuter ? `CASE WHEN len(${list}) > 0 THEN ${items} ELSE [NULL] END` : items;
  columns.delete('array');
  columns.set(element.id, { ...computed(`unnest(${orNull(list)})`, element), plain });
  const subscripts = isOuter ? `unnest(${orNull(`range(len(${list}))`)})` : `generate_subscripts(${list}, 1)`;
  const turn = hasPlaces(listed) ? [...listed.turn, placeAt(subscripts, context)] : listed.turn;
  const all: Block = { ...listed, columns, turn };
  if (!offset) return wrap(all, aliases);
  columns.set(offset.id, computed(subscripts, offset));
  const rows = wrap(all, aliases);
  if (isOuter) return rows;
  const ordinal = cellOf(rows, offset.id);
  return { ...rows, columns: new Map([...rows.columns, [offset.id, { ...ordinal, sql: `(${ordinal.sql} - 1)` }]]) };
}

const computed = (sql: string, { type, name }: Column): Cell => ({ sql, kind: 'computed', type, name });

/**
 * Elements of JSON arrays. Both lists are unnested beside each other: one list of what either has would copy all texts where some rows of
 * a vector have the one and some the other.
 */
function unnestedItems(input: Block, { items, element, offset }: UnnestedItems, context: Context): Block {
  const { aliases } = context;
  const held = (sql: string, name: string): Cell => computed(sql, { ...element, name });
  const lists = [
    ['read', held(items.read, '_read')],
    ['written', held(items.written, '_written')],
  ] as const;
  const listed = wrap({ ...input, columns: new Map([...input.columns, ...lists]) }, aliases);
  const [read, written] = [cellOf(listed, 'read').sql, cellOf(listed, 'written').sql];
  const columns = new Map([
    ...listed.columns,
    ['read', held(`unnest(${read})`, '_read')],
    ['written', held(`unnest(${written})`, '_written')],
  ]);
  const places = `unnest(range(coalesce(len(${read}), len(${written}))))`;
  if (offset) columns.set(offset.id, computed(places, offset));
  const turn = hasPlaces(listed) ? [...listed.turn, placeAt(places, context)] : listed.turn;
  const rows = wrap({ ...listed, columns, turn }, aliases);
  const cells = new Map(rows.columns);
  const [item, other] = [cellOf(rows, 'read').sql, cellOf(rows, 'written').sql];
  cells.delete('read');
  cells.delete('written');
  cells.set(element.id, {
    ...computed(`coalesce(json_read_item(${item}), ${other}, 'null')`, element),
    plain: { kind: 'text', sql: item, rest: `CASE WHEN ${item} IS NULL THEN coalesce(${other}, 'null') END` },
  });
  return { ...rows, columns: cells };
}
