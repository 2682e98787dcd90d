// Scans that keep, drop, order or extend rows: tables, filters, projections, ORDER BY and LIMIT.

import { type Block, hasKind, isLimited, reading, unordered, wrap } from './block.ts';
import { type Context, NOTHING, type Scope, scopeOf } from './context.ts';
import { quoteName } from './names.ts';
import { inTurn, orderItems, turnItems } from './order.ts';
import { asking, sideOf, withPlaces } from './places.ts';
import { besideTwin, renamed, sqlsOf, twinOf } from './plain-json.ts';
import { hasSubquery, isShareable, kindOfExpression, readyFor, readyOrdered, wrapOrdered, written } from './ready.ts';
import { type Arg, Refusal } from './rule.ts';
import { mayShare, share } from './sharing.ts';
import { child, children, columnOf, columnsOf, kindOf, type Node, need, referencesIn, textOf } from './tree.ts';

export function tableScan(node: Node, { aliases }: Context): Block {
  if (child(node, 'for_system_time_expr')) throw new Refusal('FOR SYSTEM_TIME AS OF');
  const name = textOf(need(node, 'table'), 'name');
  const columns = columnsOf(node, 'column_list');
  const alias = aliases.next(textOf(node, 'alias') || name);
  const names = columns.map(column => column.name);
  const plains = columns.map(twinOf);
  const table = plains.reduce((from, twin) => (twin ? besideTwin(from, twin.sql) : from), quoteName(name));
  return reading(table, columns, { alias, names, plains });
}

/** DuckDB has rows in another order where a subquery is asked for each: there they need places. */
function inputOf(node: Node, exprs: readonly Node[], context: Context, outer: Scope): Block {
  const scan = need(node, 'input_scan');
  if (context.flags.asked === 'nothing' || !exprs.some(hasSubquery)) return context.scan(scan, outer);
  const side = sideOf(scan, context, outer);
  return side.block.from === undefined ? side.block : withPlaces(side, context);
}

export function filterScan(node: Node, context: Context, outer: Scope): Block {
  const condition = need(node, 'filter_expr');
  const input = inputOf(node, [condition], context, outer);
  const block = filterable(input, condition, context);
  const { block: ready, args } = written(block, [condition], { context, outer });
  // DuckDB takes no lambda over aggregates or windows.
  const isLate = block.groupBy !== undefined || block.qualify.length > 0 || hasKind(block, 'window');
  if (isLate && args.some(arg => /\blambda\b/.test(arg.sql))) {
    const inner = wrap(block, context.aliases);
    const late = written(inner, [condition], { context, outer });
    return { ...late.block, where: [...late.block.where, ...late.args.map(arg => arg.sql)] };
  }
  const clause =
    block.qualify.length > 0 || hasKind(block, 'window') ? 'qualify' : block.groupBy === undefined ? 'where' : 'having';
  const added = args.map(arg => arg.sql).filter(sql => clause === 'qualify' || sql !== 'TRUE');
  return { ...ready, [clause]: [...ready[clause], ...added] };
}

function filterable(input: Block, condition: Node, context: Context): Block {
  if (isLimited(input) || input.isDistinct) return wrap(input, context.aliases);
  if (!hasKind(input, 'window') && input.qualify.length === 0)
    return readyFor(input, condition, context, ['aggregate']);
  // QUALIFY stands for the filter only where the filter speaks of a window, and each window is written once.
  const asked =
    input.qualify.length > 0 || [...referencesIn(condition)].some(([id]) => input.columns.get(id)?.kind === 'window');
  return asked ? readyFor(input, condition, context, ['window']) : wrap(input, context.aliases);
}

export function projectScan(node: Node, context: Context, outer: Scope): Block {
  const computed = children(node, 'expr_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const exprs = computed.map(item => item.expr);
  const input = inputOf(node, exprs, context, outer);
  if (computed.length === 0) return input;
  let block = input.isDistinct ? wrapOrdered(input, context) : readyOrdered(input, exprs, context);
  let args: readonly Arg[];
  ({ block, args } = written(block, exprs, { context, outer }));
  // Of a row of its own nothing is shared.
  if (block.from !== undefined && mayShare(args.map(arg => arg.sql))) {
    if (!isShareable(block)) {
      ({ block, args } = written(wrapOrdered(block, context), exprs, { context, outer }));
    }
    const known = [...new Set(args.flatMap(({ plain }) => (plain ? sqlsOf(plain) : [])))];
    const shared = share(block, [...args.map(arg => arg.sql), ...known], context.aliases);
    const sharedOf = (sql: string): string => shared.sqls[args.length + known.indexOf(sql)] ?? sql;
    block = shared.block;
    args = args.map((arg, i) => ({
      ...arg,
      sql: shared.sqls[i] ?? arg.sql,
      plain: arg.plain && renamed(arg.plain, sharedOf),
    }));
  }
  const columns = new Map(block.columns);
  computed.forEach(({ column, expr }, i) => {
    const { sql = '', plain } = args[i] ?? {};
    columns.set(column.id, { sql, kind: kindOfExpression(expr, block), type: column.type, name: column.name, plain });
  });
  return { ...block, columns };
}

export function orderScan(node: Node, context: Context, outer: Scope): Block {
  const isStable = !context.readsTables && (outer === NOTHING || context.flags.asked !== 'nothing');
  const input = asking(context, isStable ? 'places' : 'nothing', () => {
    const side = sideOf(need(node, 'input_scan'), context, outer);
    return side.block.groupBy === undefined && !side.block.isDistinct ? withPlaces(side, context) : side.block;
  });
  const items = children(node, 'order_by_item_list');
  const isFree = !isLimited(input) && !input.isDistinct && input.order.length === 0;
  const block = isFree ? readyFor(input, items, context, ['aggregate']) : wrap(unordered(input), context.aliases);
  const order = orderItems(items, scopeOf(block, outer));
  return { ...block, order: isStable ? [...order, ...turnItems(block.turn)] : order };
}

/** Only a sample that is no matter of chance: all rows, or none. */
export function sampleScan(node: Node, context: Context, outer: Scope): Block {
  const { kind, node: size } = kindOf(need(node, 'size'));
  const value = child(child(size, 'value') ?? {}, 'value');
  const percent = Number(value?.double_value ?? value?.int64_value ?? Number.NaN);
  const isSure = textOf(node, 'unit') === 'PERCENT' && kind === 'literal' && (percent === 100 || percent === 0);
  if (!isSure || child(node, 'weight_column') || children(node, 'partition_by_list').length > 0)
    throw new Refusal('TABLESAMPLE', 'a filter by MOD(FARM_FINGERPRINT(key), n)');
  const block = context.scan(need(node, 'input_scan'), outer);
  return percent === 100 ? block : { ...wrap(block, context.aliases), where: ['FALSE'] };
}

export function limitScan(node: Node, context: Context, outer: Scope): Block {
  const input = asking(context, 'order', () => context.scan(need(node, 'input_scan'), outer));
  const block = isLimited(input) ? wrapOrdered(input, context) : inTurn(input, context);
  const text = (name: string): string | undefined => {
    const expr = child(node, name);
    return expr && context.expression(expr, outer).sql;
  };
  return { ...block, limit: text('limit'), offset: text('offset') };
}
