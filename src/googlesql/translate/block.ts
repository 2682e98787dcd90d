// One SELECT of DuckDB in the making: scans add clauses to it as long as the clauses' order allows, and wrap it where not.
// Pure: every step gives a new block.

import type { SqlType } from '../type.ts';
import { type Aliases, quoteName, uniqueNames } from './names.ts';
import { type Plain, renamed, sqlsOf } from './plain-json.ts';
import type { Column } from './tree.ts';

/**
 * How free an expression is: a `ref` or `constant` may be put anywhere; an `aggregate` anywhere above its GROUP BY;
 * a `window` and anything `computed` once, so whoever needs it more often wraps the block first.
 */
export type CellKind = 'ref' | 'constant' | 'aggregate' | 'window' | 'computed';

export interface Cell {
  readonly sql: string;
  readonly kind: CellKind;
  readonly type: SqlType;
  readonly name: string;
  /** What is known of the text, or of the array's texts, as JSON (plain-json.ts): in a column of the same FROM. */
  readonly plain?: Plain | undefined;
}

export interface Turn {
  readonly id: string;
  readonly sql: string;
  readonly type: SqlType;
  /** A number of the row that no column is (places.ts): it goes along wherever the block is wrapped. */
  readonly isPlace?: boolean;
}

export interface Block {
  readonly from: string | undefined;
  /** Whether `from` holds more than one table, or a condition. */
  readonly isJoin: boolean;
  readonly where: readonly string[];
  /** The text after GROUP BY; '' for one group of everything; undefined where nothing is grouped. */
  readonly groupBy: string | undefined;
  readonly having: readonly string[];
  readonly qualify: readonly string[];
  readonly isDistinct: boolean;
  readonly order: readonly string[];
  /** By what the reference implementation has rows that nothing orders: groups by their keys, rows of joins by places. Only what sees rows in turn asks. */
  readonly turn: readonly Turn[];
  readonly limit: string | undefined;
  readonly offset: string | undefined;
  readonly columns: ReadonlyMap<string, Cell>;
  /** A whole query (a set operation) under `alias`, with its columns' ids in order: stands for itself while nothing is added. */
  readonly query:
    | { readonly sql: string; readonly ids: readonly string[]; readonly names: readonly string[] }
    | undefined;
  /** What the block is called where it is wrapped. */
  readonly hint: string;
}

export const EMPTY: Block = {
  from: undefined,
  isJoin: false,
  where: [],
  groupBy: undefined,
  having: [],
  qualify: [],
  isDistinct: false,
  order: [],
  turn: [],
  limit: undefined,
  offset: undefined,
  columns: new Map(),
  query: undefined,
  hint: 'rows',
};

/** Whether the block is only its FROM: no clause that another clause or join must come after. */
export const isPlain = (block: Block): boolean =>
  block.where.length === 0 &&
  block.groupBy === undefined &&
  block.qualify.length === 0 &&
  !block.isDistinct &&
  block.order.length === 0 &&
  block.limit === undefined &&
  block.offset === undefined;

/** The block without an order that tells nothing of which rows it has. */
export const unordered = (block: Block): Block => (isLimited(block) ? block : { ...block, order: [] });

export const isLimited = (block: Block): boolean => block.limit !== undefined || block.offset !== undefined;
export const hasKind = (block: Block, kind: CellKind): boolean =>
  [...block.columns.values()].some(c => c.kind === kind);

export interface Output {
  readonly id: string;
  readonly name: string;
}

/** Output names of columns, told apart. */
export function outputsOf(columns: readonly { readonly id: string; readonly name: string }[]): readonly Output[] {
  const names = uniqueNames(columns.map(column => plainName(column.name)));
  return columns.map(({ id }, i) => ({ id, name: names[i] ?? '' }));
}

/** `$agg1` is a name of the analyzer's, not of anyone's. */
const plainName = (name: string): string =>
  name.startsWith('$') || name === '' ? name.replace(/^\$/, '') || 'value' : name;

/** The block as a query that gives `outputs` in order. */
export function render(block: Block, outputs: readonly Output[]): string {
  const { query } = block;
  const isWhole =
    query !== undefined &&
    isPlain(block) &&
    outputs.length === query.ids.length &&
    outputs.every((o, i) => o.id === query.ids[i] && o.name === query.names[i]);
  if (isWhole) return query.sql;
  const lines = [`SELECT${block.isDistinct ? ' DISTINCT' : ''}${selectList(block, outputs)}`];
  if (block.from !== undefined) lines.push(`FROM ${block.from}`);
  if (block.where.length > 0) lines.push(`WHERE ${block.where.map(sql => ofPairs(sql, block.from)).join('\n  AND ')}`);
  if (block.groupBy !== undefined) {
    // Without an aggregate in sight, DuckDB must be told that all rows are one group.
    const isSeen = outputs.some(({ id }) => cellOf(block, id).kind === 'aggregate');
    if (block.groupBy !== '') lines.push(`GROUP BY ${block.groupBy}`);
    else if (!isSeen) lines.push('GROUP BY ()');
  }
  if (block.having.length > 0) lines.push(`HAVING ${block.having.join('\n  AND ')}`);
  if (block.qualify.length > 0) lines.push(`QUALIFY ${block.qualify.join('\n  AND ')}`);
  if (block.order.length > 0) lines.push(`ORDER BY ${block.order.join(', ')}`);
  if (block.limit !== undefined) lines.push(`LIMIT ${block.limit}`);
  if (block.offset !== undefined) lines.push(`OFFSET ${block.offset}`);
  return lines.join('\n');
}

/**
 * The condition of an inner join. Where it joins two UNNESTs of one row by an equality, DuckDB loses the elements behind a NULL
 * that stands first; a condition that it does not take apart it asks of every pair.
 */
export const ofPairs = (condition: string, from = ''): string =>
  (from.match(UNNEST_OF_COLUMN)?.length ?? 0) > 1 ? `coalesce(${condition}, FALSE)` : condition;

/** Up to the first column that it names. */
const UNNEST_OF_COLUMN = /UNNEST\((?:(?! AS ")[\s\S])*?"\."/g;

function selectList(block: Block, outputs: readonly Output[]): string {
  // DuckDB wants a column.
  if (outputs.length === 0) return ' 1 AS "row"';
  const items = outputs.map(({ id, name }) => {
    const sql = cellOf(block, id).sql;
    const quoted = quoteName(name);
    return sql.endsWith(`.${quoted}`) && cellOf(block, id).kind === 'ref' ? sql : `${sql} AS ${quoted}`;
  });
  const line = items.join(', ');
  return line.length <= 100 && !line.includes('\n') ? ` ${line}` : `\n  ${items.map(indent).join(',\n  ')}`;
}

export function cellOf(block: Block, id: string): Cell {
  const cell = block.columns.get(id);
  if (!cell) throw new Error(`column ${id} is not in scope`);
  return cell;
}

/** Makes the block a subquery: all its columns become plain references. Its order stays inside, for those who see rows in turn. */
export function wrap(block: Block, aliases: Aliases): Block {
  const places = block.turn.filter(({ isPlace }) => isPlace === true);
  if (places.length > 0) return wrapPlaced(block, places, aliases);
  const outputs = outputsOf([...block.columns].map(([id, cell]) => ({ id, name: cell.name })));
  const alias = aliases.next(block.hint);
  const carrying = withPlain(block, outputs);
  const place = (name: string): string => `${quoteName(alias)}.${quoteName(name)}`;
  const columns = references(
    block.columns,
    outputs.map(({ id, name }) => [id, { sql: place(name), plain: carrying.plainOf(id, place) }]),
  );
  return {
    ...EMPTY,
    from: `(\n  ${indent(render(carrying.block, carrying.outputs))}\n) AS ${quoteName(alias)}`,
    columns,
    turn: turnOf(block.turn, columns),
    hint: block.hint,
  };
}

/** With its places as further columns, which nobody else sees. */
function wrapPlaced(block: Block, places: readonly Turn[], aliases: Aliases): Block {
  const cells = places.map(({ id, sql, type }) => [id, { sql, kind: 'computed' as const, type, name: id }] as const);
  const wrapped = wrap({ ...block, turn: [], columns: new Map([...block.columns, ...cells]) }, aliases);
  const turn = block.turn.map(item => ({ ...item, sql: cellOf(wrapped, item.id).sql }));
  const columns = new Map([...wrapped.columns].filter(([id]) => !places.some(place => place.id === id)));
  return { ...wrapped, columns, turn };
}

/** As far as the columns are still there. */
function turnOf(turn: readonly Turn[], columns: ReadonlyMap<string, Cell>): readonly Turn[] {
  const gone = turn.findIndex(({ id }) => !columns.has(id));
  const kept = gone < 0 ? turn : turn.slice(0, gone);
  return kept.map(({ id, type }) => ({ id, type, sql: columns.get(id)?.sql ?? '' }));
}

type Place = Pick<Cell, 'sql' | 'plain'>;

function references(
  cells: ReadonlyMap<string, Cell>,
  places: readonly (readonly [string, Place])[],
): Map<string, Cell> {
  const placeOf = new Map(places);
  return new Map(
    [...cells].map(([id, cell]) => [
      id,
      { ...cell, sql: '', plain: undefined, ...placeOf.get(id), kind: 'ref' as const },
    ]),
  );
}

/**
 * The block and its outputs with what is known of JSON as further columns, which nobody but readers of that JSON sees;
 * `plainOf` gives the one of a column, by the place that its name has.
 */
export function withPlain(block: Block, outputs: readonly Output[]) {
  const found = [
    ...new Set(
      outputs.flatMap(({ id }) => {
        const { plain } = cellOf(block, id);
        return plain ? sqlsOf(plain) : [];
      }),
    ),
  ];
  const names = uniqueNames([...outputs.map(output => output.name), ...found.map(() => '_plain')]).slice(
    outputs.length,
  );
  const extra = found.map((sql, i) => {
    const cell: Cell = { sql, kind: 'ref', type: { kind: 'STRING' }, name: names[i] ?? '' };
    return { id: `plain ${i}`, cell };
  });
  const plainOf = (id: string, place: (name: string) => string): Plain | undefined => {
    const { plain } = cellOf(block, id);
    return plain && renamed(plain, sql => place(names[found.indexOf(sql)] ?? ''));
  };
  return {
    block: { ...block, columns: new Map([...block.columns, ...extra.map(({ id, cell }) => [id, cell] as const)]) },
    outputs: [...outputs, ...extra.map(({ id, cell }) => ({ id, name: cell.name }))],
    plainOf,
  };
}

/** A block that reads one table (or CTE) under `alias`, whose columns are called `names`. */
export function reading(
  table: string,
  columns: readonly Column[],
  options: {
    readonly alias: string;
    readonly names: readonly string[];
    readonly hint?: string;
    /** What is known of each as JSON: in columns of these names. */
    readonly plains?: readonly (Plain | undefined)[];
  },
): Block {
  const alias = quoteName(options.alias);
  const place = (name: string): string => `${alias}.${quoteName(name)}`;
  return {
    ...EMPTY,
    from: table === alias ? table : `${table} AS ${alias}`,
    columns: new Map(
      columns.map((column, i) => {
        const plain = options.plains?.[i];
        const sql = place(options.names[i] ?? '');
        return [
          column.id,
          {
            sql,
            kind: 'ref',
            type: column.type,
            name: column.name,
            plain: plain && renamed(plain, place),
          },
        ] as const;
      }),
    ),
    hint: options.hint ?? options.alias,
  };
}

/** Only these columns stay visible. */
export function keep(block: Block, columns: readonly Column[]): Block {
  const kept = new Map<string, Cell>();
  for (const column of columns) kept.set(column.id, { ...cellOf(block, column.id), name: column.name });
  return { ...block, columns: kept };
}

/** Sets text in by two spaces, but for what stands inside quotes. */
export function indent(sql: string): string {
  let quote = '';
  let out = '';
  for (const char of sql) {
    if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = '';
    out += char === '\n' && quote === '' ? '\n  ' : char;
  }
  return out;
}
