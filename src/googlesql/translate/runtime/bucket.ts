// DATE_BUCKET and its kin: the start of the bucket that holds a time, counted from an origin. NULL stands for an error. Pure.

import type { ScalarFunction } from '../scalar.ts';

const DAY = 86_400_000_000n;

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

/** Months later, at the last day of the month where it has no such day. */
function plusMonths(micros: bigint, months: bigint): bigint {
  const clock = ((micros % DAY) + DAY) % DAY;
  const at = new Date(Number((micros - clock) / 1000n));
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + Number(months));
  const last = new Date(at);
  last.setUTCMonth(last.getUTCMonth() + 1);
  last.setUTCDate(0);
  at.setUTCDate(Math.min(day, last.getUTCDate()));
  return BigInt(at.getTime()) * 1000n + clock;
}

const monthOf = (micros: bigint): bigint => {
  const at = new Date(Number(floorDivide(micros, 1000n)));
  return BigInt(at.getUTCFullYear() * 12 + at.getUTCMonth());
};

interface Bucket {
  readonly kind: string;
  readonly origin: bigint;
  readonly width: readonly [months: bigint, days: bigint, micros: bigint];
}

/** The width has one part, above 0, that the kind takes. */
function bucket(at: bigint, { kind, origin, width: [months, days, micros] }: Bucket): bigint | null {
  const given = [months, days, micros].filter(part => part !== 0n);
  if (given.length !== 1 || (given[0] ?? 0n) < 0n) return null;
  if ((kind === 'DATE' && micros !== 0n) || (kind === 'TIMESTAMP' && months !== 0n)) return null;
  if (months === 0n) {
    const width = days * DAY + micros;
    return origin + floorDivide(at - origin, width) * width;
  }
  const count = floorDivide(monthOf(at) - monthOf(origin), months);
  const start = plusMonths(origin, count * months);
  return start > at ? plusMonths(origin, (count - 1n) * months) : start;
}

export const BUCKET_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_bucket',
    parameters: ['VARCHAR', 'BIGINT', 'BIGINT[]', 'BIGINT'],
    returns: 'BIGINT',
    call: (kind, at, parts, origin) => {
      const [months = 0n, days = 0n, micros = 0n] = parts as readonly bigint[];
      return bucket(at as bigint, {
        kind: kind as string,
        origin: origin as bigint,
        width: [months, days, micros],
      });
    },
  },
];
