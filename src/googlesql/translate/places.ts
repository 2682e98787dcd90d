// Places of rows: hidden numbers by which rows of joins, UNNEST and UNION ALL come in the order that the reference
// implementation gives them, where something sees that order. Only in queries that read no table, whose rows have no order.

import { type Block, hasKind, type Turn, wrap } from './block.ts';
import { type Asked, type Context, NOTHING, type Scope } from './context.ts';
import { inTurn } from './order.ts';

/** Does `work`, in which the order of rows is asked for or not. */
export function asking<T>({ flags, readsTables }: Context, asked: Asked, work: () => T): T {
  const before = flags.asked;
  flags.asked = readsTables ? 'nothing' : asked;
  try {
    return work();
  } finally {
    flags.asked = before;
  }
}

/** What is to be asked of the sides of a join, or of the parts of a union, at hand. */
export const ofSides = ({ flags }: Context): Asked => (flags.asked === 'nothing' ? 'nothing' : 'places');

export interface Side {
  readonly block: Block;
  /** Whether it speaks of columns of an outer query: a window over its rows would have them in another order. */
  readonly isCorrelated: boolean;
}

/** A scan as a side of what is at hand. */
export function sideOf(node: Parameters<Context['scan']>[0], context: Context, outer: Scope): Side {
  if (outer === NOTHING) {
    return { block: asking(context, ofSides(context), () => context.scan(node, outer)), isCorrelated: false };
  }
  let isCorrelated = false;
  const spy: Scope = id => {
    const cell = outer(id);
    isCorrelated ||= cell !== undefined && cell.kind !== 'constant';
    return cell;
  };
  const block = asking(context, ofSides(context), () => context.scan(node, spy));
  return { block, isCorrelated };
}

/** The side's rows with places. Without, where nothing asks for them or they cannot be told. */
export function withPlaces({ block, isCorrelated }: Side, context: Context): Block {
  if (context.flags.asked === 'nothing' || hasPlaces(block)) return block;
  if (block.from === undefined && block.limit === undefined) return { ...block, turn: [placeAt('0::BIGINT', context)] };
  if (isCorrelated || hasKind(block, 'window') || block.qualify.length > 0) return { ...block, turn: [] };
  const rows = wrap(inTurn(block, context), context.aliases);
  return wrap({ ...rows, turn: [placeAt('row_number() OVER ()', context)] }, context.aliases);
}

export const hasPlaces = ({ turn, order }: Block): boolean =>
  order.length === 0 && turn.length > 0 && turn.every(({ isPlace }) => isPlace === true);

export const placeAt = (sql: string, { aliases }: Context): Turn => ({
  id: aliases.next('place'),
  sql,
  type: { kind: 'INT64' },
  isPlace: true,
});

/** The turn of what is made of sides: by the first's places, then by the second's. None where a side has none. */
export const turnOfSides = (...sides: readonly Block[]): readonly Turn[] =>
  sides.every(hasPlaces) ? sides.flatMap(({ turn }) => turn) : [];
