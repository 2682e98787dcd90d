// Where the frame of a row begins and ends among the sorted keys of its partition, for RANGE with a distance. NULL stands for an error. Pure.

import { bigScaled } from '../../bignumeric.ts';
import type { ScalarFunction, ScalarValue } from '../scalar.ts';

/** Numbers of one kind: doubles, or BIGNUMERIC as whole numbers. */
interface Kind<T> {
  /** Undefined for NULL and NaN, whose only neighbours are their like. */
  read(value: ScalarValue): T | undefined;
  /** Null for a distance that may not be. */
  distance(value: ScalarValue): T | null;
  /** Null where it is not defined. */
  moved(key: T, distance: T, sign: 1 | -1): T | null;
}

const FLOAT: Kind<number> = {
  read: value => (typeof value === 'number' && !Number.isNaN(value) ? value : undefined),
  distance: value => ((value as number) >= 0 ? (value as number) : null),
  moved: (key, distance, sign) => {
    const at = key + sign * distance;
    return Number.isNaN(at) ? null : at;
  },
};

const BIG: Kind<bigint> = {
  read: value => (value === null ? undefined : bigScaled(value as string)),
  distance: value => {
    const scaled = value === '' ? 0n : bigScaled(value as string);
    return scaled < 0n ? null : scaled;
  },
  moved: (key, distance, sign) => key + (sign === 1 ? distance : -distance),
};

interface Asked {
  readonly keys: readonly ScalarValue[];
  /** From 0. */
  readonly place: number;
  readonly isStart: boolean;
  readonly bound: string;
  readonly distance: ScalarValue;
  readonly isDescending: boolean;
}

/** How many rows before (start) or behind (end) the row the frame reaches; negative beyond the row itself. */
function edge<T extends number | bigint>(asked: Asked, kind: Kind<T>): number | null {
  const { keys, place, isStart, bound } = asked;
  const count = keys.length;
  const distance = kind.distance(asked.distance);
  if (distance === null) return null;
  if (bound === 'UNBOUNDED_PRECEDING') return place;
  if (bound === 'UNBOUNDED_FOLLOWING') return count - 1 - place;
  const values = keys.map(key => kind.read(key));
  const key = values[place];
  if (key === undefined || bound === 'CURRENT_ROW') return peers(asked, values);
  const isBack = (bound === 'OFFSET_PRECEDING') !== asked.isDescending;
  const target = kind.moved(key, distance, isBack ? -1 : 1);
  if (target === null) return null;
  const isWithin = (value: T): boolean => (isStart !== asked.isDescending ? value >= target : value <= target);
  if (isStart) {
    const at = values.findIndex(value => value !== undefined && isWithin(value));
    return place - (at < 0 ? values.findLastIndex(value => value !== undefined) + 1 : at);
  }
  const at = values.findLastIndex(value => value !== undefined && isWithin(value));
  return (at < 0 ? values.findIndex(value => value !== undefined) - 1 : at) - place;
}

/** To the first or last row of the same key. */
function peers<T>({ keys, place, isStart }: Asked, values: readonly (T | undefined)[]): number {
  const isPeer = (at: number): boolean =>
    values[place] === undefined
      ? values[at] === undefined && (keys[at] === null) === (keys[place] === null)
      : values[at] === values[place];
  let at = place;
  const step = isStart ? -1 : 1;
  while (at + step >= 0 && at + step < keys.length && isPeer(at + step)) at += step;
  return Math.abs(at - place);
}

const scalar = (name: string, type: 'DOUBLE' | 'VARCHAR', call: (asked: Asked) => number | null): ScalarFunction => ({
  name,
  parameters: [`${type}[]`, 'BIGINT', 'VARCHAR', type, 'BOOLEAN'],
  returns: 'BIGINT',
  call: (keys, place, word, distance = null, isDescending = false) => {
    const [side, bound = ''] = String(word).split(' ');
    const rows = call({
      keys: keys as readonly ScalarValue[],
      place: Number(place) - 1,
      isStart: side === 'start',
      bound,
      distance,
      isDescending: isDescending === true,
    });
    return rows === null ? null : BigInt(rows);
  },
});

export const FRAME_SCALARS: readonly ScalarFunction[] = [
  scalar('g_frame_float', 'DOUBLE', asked => edge(asked, FLOAT)),
  scalar('g_frame_big', 'VARCHAR', asked => edge(asked, BIG)),
];
