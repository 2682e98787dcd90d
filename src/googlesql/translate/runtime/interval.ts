// INTERVAL: its texts, and what evens out its parts. A value is [months, days, microseconds], each with its own sign. Pure.

import type { ScalarFunction, ScalarValue } from '../scalar.ts';

type Parts = readonly [months: bigint, days: bigint, micros: bigint];

const DAY = 86_400_000_000n;
const MONTH_DAYS = 30n;
const abs = (n: bigint): bigint => (n < 0n ? -n : n);

const FORMS = [
  // years-months, days, clock: those behind may be missing.
  /^(?<y>[+-]?\d+)-(?<m>\d+)(?: (?<d>[+-]?\d+)(?: (?<h>[+-]?\d+)(?::(?<i>\d+)(?::(?<s>\d+(?:\.\d{1,9})?))?)?)?)?$/,
  /^(?<m>[+-]?\d+) (?<d>[+-]?\d+) (?<h>[+-]?\d+)(?::(?<i>\d+)(?::(?<s>\d+(?:\.\d{1,9})?))?)?$/,
  /^(?<d>[+-]?\d+) (?<h>[+-]?\d+):(?<i>\d+)(?::(?<s>\d+(?:\.\d{1,9})?))?$/,
  /^(?<h>[+-]?\d+):(?<i>\d+):(?<s>\d+(?:\.\d{1,9})?)$/,
];

/** Of a text of seconds without a sign; null where it has digits below a microsecond. */
function secondMicros(text: string): bigint | null {
  const [whole = '0', fraction = ''] = text.split('.');
  const digits = fraction.padEnd(6, '0');
  return /[1-9]/.test(digits.slice(6)) ? null : BigInt(whole) * 1_000_000n + BigInt(digits.slice(0, 6));
}

/** As CAST reads a STRING: `1-2 3 4:5:6.7` with parts left out, or `P1Y2M3DT4H5M6.7S`. */
function parse(text: string): Parts | null {
  if (text.startsWith('P')) return parseDuration(text);
  const groups = FORMS.map(form => form.exec(text)?.groups).find(found => found !== undefined);
  if (!groups) return null;
  const { y, m = '0', d = '0', h = '0', i = '0', s = '0' } = groups;
  const seconds = secondMicros(s);
  if (seconds === null) return null;
  const months = abs(BigInt((y ?? '0').replace('+', ''))) * 12n;
  const clock = (abs(BigInt(h.replace('+', ''))) * 60n + BigInt(i)) * 60_000_000n + seconds;
  const total = y === undefined ? BigInt(m.replace('+', '')) : months + BigInt(m);
  return [y?.startsWith('-') ? -total : total, BigInt(d.replace('+', '')), h.startsWith('-') ? -clock : clock];
}

const DAY_UNITS: Readonly<Record<string, Parts>> = {
  Y: [12n, 0n, 0n],
  M: [1n, 0n, 0n],
  W: [0n, 7n, 0n],
  D: [0n, 1n, 0n],
};
const CLOCK_UNITS: Readonly<Record<string, bigint>> = { H: 3_600_000_000n, M: 60_000_000n };

/** ISO 8601, its parts in any order. */
function parseDuration(text: string): Parts | null {
  const match = /^P((?:-?\d+[YMWD])*)(?:T((?:-?\d+[HM]|-?\d+(?:\.\d{1,9})?S)*))?$/.exec(text);
  if (!match || text === 'P') return null;
  let [months, days, micros] = [0n, 0n, 0n];
  for (const [, count = '0', unit = 'D'] of (match[1] ?? '').matchAll(/(-?\d+)([YMWD])/g)) {
    const of = DAY_UNITS[unit] ?? [0n, 0n, 0n];
    months += BigInt(count) * of[0];
    days += BigInt(count) * of[1];
  }
  for (const [, count = '0', unit = 'S'] of (match[2] ?? '').matchAll(/(-?\d+(?:\.\d+)?)([HMS])/g)) {
    const seconds = unit === 'S' ? secondMicros(count.replace('-', '')) : BigInt(count) * (CLOCK_UNITS[unit] ?? 0n);
    if (seconds === null) return null;
    micros += unit === 'S' && count.startsWith('-') ? -seconds : seconds;
  }
  return [months, days, micros];
}

/** `.5` in threes: `.500`; nothing of none. */
function fractionText(micros: bigint): string {
  const digits = (micros % 1_000_000n).toString().padStart(6, '0');
  return digits === '000000' ? '' : `.${digits.replace(/000$/, '')}`;
}

/** `1-2 3 4:5:6.700` */
function intervalText([months, days, micros]: Parts): string {
  const [m, u] = [abs(months), abs(micros)];
  const seconds = u / 1_000_000n;
  const clock = `${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}${fractionText(u)}`;
  return `${months < 0n ? '-' : ''}${m / 12n}-${m % 12n} ${days} ${micros < 0n ? '-' : ''}${clock}`;
}

/** `P1Y2M3DT4H5M6.7S`, each part with its sign; `P0Y` of nothing. */
function durationText([months, days, micros]: Parts): string {
  const sign = (n: bigint): string => (n < 0n ? '-' : '');
  const part = (n: bigint, unit: string): string => (n === 0n ? '' : `${n}${unit}`);
  const seconds = abs(micros) % 60_000_000n;
  const fraction = (seconds % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  const second = `${sign(micros)}${seconds / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}S`;
  const clock = `${part(micros / 3_600_000_000n, 'H')}${part((micros / 60_000_000n) % 60n, 'M')}${seconds === 0n ? '' : second}`;
  const date = `${part(months / 12n, 'Y')}${part(months % 12n, 'M')}${part(days, 'D')}`;
  return date === '' && clock === '' ? 'P0Y' : `P${date}${clock === '' ? '' : `T${clock}`}`;
}

const sameSign = (large: bigint, small: bigint, unit: bigint): readonly [bigint, bigint] =>
  large > 0n && small < 0n
    ? [large - 1n, small + unit]
    : large < 0n && small > 0n
      ? [large + 1n, small - unit]
      : [large, small];

function justify([months, days, micros]: Parts, kind: string): Parts {
  if (kind === 'days') {
    const [m, d] = sameSign(months + days / MONTH_DAYS, days % MONTH_DAYS, MONTH_DAYS);
    return [m, d, micros];
  }
  const [d, u] = [days + micros / DAY, micros % DAY];
  if (kind === 'hours') return [months, ...sameSign(d, u, DAY)];
  let [m, rest] = [months + d / MONTH_DAYS, d % MONTH_DAYS];
  if (m > 0n && (rest < 0n || (rest === 0n && u < 0n))) [m, rest] = [m - 1n, rest + MONTH_DAYS];
  else if (m < 0n && (rest > 0n || (rest === 0n && u > 0n))) [m, rest] = [m + 1n, rest - MONTH_DAYS];
  return [m, ...sameSign(rest, u, DAY)];
}

const partsOf = (value: ScalarValue): Parts => {
  const [months = 0n, days = 0n, micros = 0n] = value as readonly bigint[];
  return [months, days, micros];
};

export const INTERVAL_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_interval_parse',
    parameters: ['VARCHAR'],
    returns: 'BIGINT[]',
    call: text => {
      const parts = parse(text as string);
      return parts?.every(n => BigInt.asIntN(64, n) === n) ? parts : null;
    },
  },
  {
    name: 'g_interval_text',
    parameters: ['BIGINT[]'],
    returns: 'VARCHAR',
    call: value => intervalText(partsOf(value)),
  },
  {
    name: 'g_interval_duration',
    parameters: ['BIGINT[]'],
    returns: 'VARCHAR',
    call: value => durationText(partsOf(value)),
  },
  {
    name: 'g_interval_justify',
    parameters: ['BIGINT[]', 'VARCHAR'],
    returns: 'BIGINT[]',
    call: (value, kind) => justify(partsOf(value), kind as string),
  },
];
