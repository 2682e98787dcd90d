// Points in time: their parts, sums, differences, truncation. DATE is DuckDB's DATE, TIME its TIME, DATETIME and TIMESTAMP (UTC) its TIMESTAMP.

import type { ScalarKind, SqlType } from '../../type.ts';
import { UNIX_UNITS } from '../macros.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { ELEMENTS_MAX } from '../runtime/float.ts';
import { zones } from '../runtime/zone.ts';
import { extractedFromInterval } from './interval.ts';
import { stringOfJson } from './json.ts';
import { inDateRange } from './operators.ts';
import { argument, attempt, bound, fault, ONE, raise, seriesOf, sqls, tooMany, typed, withBound } from './sql.ts';

export const UNITS: Readonly<Record<string, bigint>> = {
  MICROSECOND: 1n,
  MILLISECOND: 1000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
};

const WEEK_STARTS: Readonly<Record<string, number>> = {
  WEEK: 0,
  WEEK_MONDAY: 1,
  ISOWEEK: 1,
  WEEK_TUESDAY: 2,
  WEEK_WEDNESDAY: 3,
  WEEK_THURSDAY: 4,
  WEEK_FRIDAY: 5,
  WEEK_SATURDAY: 6,
};

const MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };

/** Microseconds from the year 1 to 1970: whole hours, so that division of what is after it rounds down. */
const ERA_MICROS = 62_135_596_800_000_000n;

/** The date part that the argument at `index` names. */
export const partOf = (call: Call, index: number): string => String(argument(call, index).literal);

const unsupported = (call: Call, part: string): string =>
  raise(fault(`${call.name.toUpperCase()} does not support the ${part} date part`), call.type);

/** A DATETIME or TIMESTAMP of years 1 to 9999, else an error. */
export const inMomentRange = (sql: string, kind: ScalarKind): string =>
  bound([typed(kind, sql)], t => {
    const range = `BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'`;
    return `CASE WHEN ${t} IS NULL OR ${t} ${range} THEN ${t} ELSE ${raise(fault('timestamp is out of range'), { kind })} END`;
  });

// Zones

const zoneNamed = zones();
const isUtc = (zone: Arg | undefined): boolean =>
  zone === undefined || zone.literal === 'UTC' || zone.literal === '+00:00' || zone.literal === '+00';

/** A function of JavaScript over microseconds and a zone's name, back as a point in time; an error where there is no such zone. */
function inZone(script: string, at: Arg, zone: Arg): string {
  const make = (a: string, z: string): string => `make_timestamp(${script}(epoch_us(${a}), ${z}))`;
  if (typeof zone.literal === 'string' && zoneNamed(zone.literal)) return make(at.sql, zone.sql);
  return bound([at, zone], (a = '', z = '') =>
    bound([typed('DATETIME', make(a, z))], r => {
      const failed = raise(`'GoogleSQL: Invalid time zone: ' || ${z}`, { kind: 'DATETIME' });
      return `CASE WHEN ${r} IS NULL AND ${a} IS NOT NULL AND ${z} IS NOT NULL THEN ${failed} ELSE ${r} END`;
    }),
  );
}

/** The local time of an instant. */
export const localTime = (at: Arg, zone: Arg | undefined): string =>
  zone === undefined || isUtc(zone) ? at.sql : inZone('g_to_local', at, zone);

/** The local time of an instant, which must be one of years 1 to 9999. */
const civilTime = (at: Arg, zone: Arg | undefined): string =>
  zone === undefined || isUtc(zone) ? at.sql : inMomentRange(localTime(at, zone), 'DATETIME');

/** The instant of a local time. */
export const instantOf = (local: Arg, zone: Arg | undefined): string =>
  zone === undefined || isUtc(zone) ? local.sql : inMomentRange(inZone('g_to_instant', local, zone), 'TIMESTAMP');

// Parts

const dayNumber = (x: string): string => `(CAST(${x} AS DATE) - DATE '1970-01-01')`;

/** Weeks since long ago, that begin with the day `start` (Sunday is 0). */
const weekNumber = (x: string, start: number): string => `((${dayNumber(x)} + ${770_004 - start}) // 7)`;

const PARTS: Readonly<Record<string, (x: string) => string>> = {
  YEAR: x => `year(${x})`,
  ISOYEAR: x => `isoyear(${x})`,
  QUARTER: x => `quarter(${x})`,
  MONTH: x => `month(${x})`,
  ISOWEEK: x => `weekofyear(${x})`,
  DAY: x => `day(${x})`,
  DAYOFWEEK: x => `(dayofweek(${x}) + 1)`,
  DAYOFYEAR: x => `dayofyear(${x})`,
  HOUR: x => `hour(${x})`,
  MINUTE: x => `minute(${x})`,
  SECOND: x => `second(${x})`,
  MILLISECOND: x => `(microsecond(${x}) % 1000000 // 1000)`,
  MICROSECOND: x => `(microsecond(${x}) % 1000000)`,
  NANOSECOND: x => `(microsecond(${x}) % 1000000 * 1000)`,
};

const DATE_PARTS = new Set(['YEAR', 'ISOYEAR', 'QUARTER', 'MONTH', 'ISOWEEK', 'DAY', 'DAYOFWEEK', 'DAYOFYEAR']);

const extract: Rule = call => {
  const [at, part] = [argument(call, 0), partOf(call, 1)];
  if (at.type.kind === 'INTERVAL') return extractedFromInterval(call, part);
  const start = WEEK_STARTS[part];
  return bound([{ sql: localTime(at, call.args[2]), type: at.type }], x => {
    if (start !== undefined && part !== 'ISOWEEK') {
      return `((dayofyear(${x}) + 6 - (dayofweek(${x}) + ${7 - start}) % 7) // 7)`;
    }
    const write = PARTS[part];
    if (!write) throw new Refusal(`EXTRACT(${part})`);
    if (at.type.kind === 'DATE' && !DATE_PARTS.has(part)) return unsupported(call, part);
    return write(x);
  });
};

// Sums

/** `sign` is - for the functions that subtract. */
const shifted =
  (sign: '+' | '-'): Rule =>
  call => {
    const [at, count] = [argument(call, 0), argument(call, 1)];
    const part = partOf(call, 2);
    const { kind } = at.type;
    if (!isSmall(count)) return withBound(over => shifted(sign)(unlessNull(over)))(call);
    if (kind === 'DATE') return shiftDate([at.sql, count.sql], part, sign) ?? unsupported(call, part);
    if (kind === 'TIME') return shiftTime([at.sql, count.sql], part, sign) ?? unsupported(call, part);
    return shiftMoment(call, part, sign) ?? unsupported(call, part);
  };

const isSmall = ({ literal }: Arg): boolean =>
  literal === WITH_NULL || (typeof literal === 'number' && Math.abs(literal) < 1e6);

/** Marks a count that is NULL where the date is, so that a sum with NULL does not overflow. */
const WITH_NULL = 'guarded';

function unlessNull(call: Call): Call {
  const [x, n] = sqls(call);
  const guarded: Arg = { ...argument(call, 1), sql: `CASE WHEN ${x} IS NOT NULL THEN ${n} END`, literal: WITH_NULL };
  return { ...call, args: call.args.map((arg, i) => (i === 1 ? guarded : arg)) };
}

function shiftDate([x, n]: readonly [string, string], part: string, sign: string): string | undefined {
  const months = MONTHS[part];
  if (part === 'DAY') return inDateRange(`(${x} ${sign} CAST(${n} AS INTEGER))`);
  if (part === 'WEEK' || part === 'ISOWEEK') return inDateRange(`(${x} ${sign} CAST(${n} * 7 AS INTEGER))`);
  if (months !== undefined) {
    return inDateRange(`CAST(${x} ${sign} to_months(CAST(${n} * ${months} AS INTEGER)) AS DATE)`);
  }
  return undefined;
}

function shiftTime([x, n]: readonly [string, string], part: string, sign: string): string | undefined {
  const unit = UNITS[part];
  if (unit === undefined || part === 'DAY') return undefined;
  const day = UNITS.DAY;
  const micros = `((epoch_us(${x}) ${sign} ${n} % ${86_400_000_000n / unit} * ${unit}) % ${day} + ${day}) % ${day}`;
  return `CAST(make_timestamp(${micros}) AS TIME)`;
}

function shiftMoment(call: Call, part: string, sign: '+' | '-'): string | undefined {
  const [x, n] = sqls(call);
  const kind = argument(call, 0).type.kind === 'DATETIME' ? 'DATETIME' : 'TIMESTAMP';
  const unit = UNITS[part];
  if (unit !== undefined) return inMomentRange(`make_timestamp(epoch_us(${x}) ${sign} ${n} * ${unit})`, kind);
  if (kind === 'TIMESTAMP') return undefined;
  if (part === 'WEEK' || part === 'ISOWEEK') {
    return inMomentRange(`(${x} ${sign} to_days(CAST(${n} * 7 AS INTEGER)))`, kind);
  }
  const months = MONTHS[part];
  if (months === undefined) return undefined;
  return inMomentRange(`(${x} ${sign} to_months(CAST(${n} * ${months} AS INTEGER)))`, kind);
}

// Differences

const dateDifference = (a: string, b: string, part: string): string | undefined => {
  const start = WEEK_STARTS[part];
  if (start !== undefined) return `(${weekNumber(a, start)} - ${weekNumber(b, start)})`;
  if (part === 'DAY') return `(${a} - ${b})`;
  if (part === 'ISOYEAR') return `(isoyear(${a}) - isoyear(${b}))`;
  if (MONTHS[part] !== undefined) return `date_diff('${part.toLowerCase()}', ${b}, ${a})`;
  return undefined;
};

/** Counts the boundaries between two civil times. */
function civilDifference(a: string, b: string, part: string): string | undefined {
  const unit = UNITS[part];
  if (part === 'DAY') return `(CAST(${a} AS DATE) - CAST(${b} AS DATE))`;
  if (unit === undefined) return dateDifference(a, b, part);
  const count = (x: string): string => (unit === 1n ? `epoch_us(${x})` : `(epoch_us(${x}) + ${ERA_MICROS}) // ${unit}`);
  return `(${count(a)} - ${count(b)})`;
}

/** Counts whole units between two instants, towards zero. */
function instantDifference(a: string, b: string, part: string): string | undefined {
  const unit = UNITS[part];
  if (unit === undefined) return undefined;
  const micros = `(epoch_us(${a}) - epoch_us(${b}))`;
  return unit === 1n ? micros : `(${micros} // ${unit})`;
}

const difference: Rule = withBound(call => {
  const [a = '', b = ''] = sqls(call);
  const part = partOf(call, 2);
  const { kind } = argument(call, 0).type;
  const write = { DATE: dateDifference, TIMESTAMP: instantDifference }[kind as string] ?? civilDifference;
  return write(a, b, part) ?? unsupported(call, part);
});

// Truncation

/** The first day of the part that holds `x`. */
function firstDay(x: string, part: string): string | undefined {
  const start = WEEK_STARTS[part];
  if (start !== undefined) {
    return `(CAST(${x} AS DATE) - CAST((${dayNumber(x)} + ${770_004 - start}) % 7 AS INTEGER))`;
  }
  if (part === 'DAY') return `CAST(${x} AS DATE)`;
  if (part === 'ISOYEAR') return firstDay(`make_date(isoyear(${x}), 1, 4)`, 'ISOWEEK');
  if (MONTHS[part] !== undefined) return `CAST(date_trunc('${part.toLowerCase()}', ${x}) AS DATE)`;
  return undefined;
}

const truncate: Rule = call => {
  const [at, part] = [argument(call, 0), partOf(call, 1)];
  const { kind } = at.type;
  if (kind === 'DATE') {
    return bound([at], x => {
      const first = firstDay(x, part);
      return first === undefined ? unsupported(call, part) : inDateRange(first);
    });
  }
  if (kind === 'TIME') return truncateTime(call, part);
  return kind === 'TIMESTAMP' ? truncateInstant(call, part) : truncateCivil({ ...at }, part, call);
};

function truncateTime(call: Call, part: string): string {
  const unit = UNITS[part];
  if (unit === undefined || part === 'DAY') return unsupported(call, part);
  return withBound(over => {
    const x = argument(over, 0).sql;
    return `CAST(make_timestamp(epoch_us(${x}) // ${unit} * ${unit}) AS TIME)`;
  })(call);
}

/** `isChecked`: the caller sees to it that the answer is of years 1 to 9999. */
function truncateCivil(at: { sql: string; type: SqlType }, part: string, call: Call, isChecked = false): string {
  const kind = at.type.kind === 'TIMESTAMP' ? 'TIMESTAMP' : 'DATETIME';
  return bound([at], x => {
    const unit = UNITS[part];
    if (unit !== undefined && part !== 'DAY') {
      return unit === 1n ? x : `make_timestamp((epoch_us(${x}) + ${ERA_MICROS}) // ${unit} * ${unit} - ${ERA_MICROS})`;
    }
    const first = firstDay(x, part);
    if (first === undefined) return unsupported(call, part);
    const midnight = `CAST(${first} AS TIMESTAMP)`;
    return isChecked ? midnight : inMomentRange(midnight, kind);
  });
}

/** Up to hours the offset of the zone stays as it is at the instant; days begin at local midnight. */
function truncateInstant(call: Call, part: string): string {
  const [at, zone] = [argument(call, 0), call.args[2]];
  if (isUtc(zone)) return truncateCivil(at, part, call);
  const unit = UNITS[part];
  if (unit === undefined || part === 'DAY') {
    const local: Arg = { sql: localTime(at, zone), type: { kind: 'DATETIME' }, literal: undefined };
    return instantOf({ ...local, sql: truncateCivil(local, part, call, true) }, zone);
  }
  return bound([at], x => {
    const local = localTime({ ...at, sql: x }, zone);
    return `make_timestamp(epoch_us(${x}) - (epoch_us(${local}) + ${ERA_MICROS}) % ${unit})`;
  });
}

/** The last day of the part that holds the date. */
const lastDay: Rule = withBound(call => {
  const x = argument(call, 0).sql;
  const part = call.args[1] === undefined ? 'MONTH' : partOf(call, 1);
  const months = MONTHS[part];
  if (months !== undefined) {
    return inDateRange(`CAST(date_trunc('${part.toLowerCase()}', ${x}) + to_months(${months}) - to_days(1) AS DATE)`);
  }
  if (part === 'ISOYEAR') {
    return inDateRange(`(${firstDay(`make_date(isoyear(${x}) + 1, 1, 4)`, 'ISOWEEK')} - 1)`);
  }
  const first = firstDay(x, part);
  return first === undefined || part === 'DAY' ? unsupported(call, part) : inDateRange(`(${first} + 6)`);
});

/** Counted from 1950 unless an origin is given. */
const bucketed: Rule = call => {
  const { kind } = argument(call, 0).type;
  const micros = (x: string): string => `epoch_us(${kind === 'DATE' ? `CAST(${x} AS TIMESTAMP)` : x})`;
  const make = (x: string, width: string, origin = "TIMESTAMP '1950-01-01 00:00:00'"): string =>
    `g_bucket('${kind}', ${micros(x)}, interval_list(${width}), ${micros(origin)})`;
  const found = attempt(
    { ...call, type: { kind: 'INT64' } },
    (x = '', width = '', origin) => make(x, width, origin),
    `${call.name.toUpperCase()}: the width must have one part above 0 that the type takes`,
  );
  const at = `make_timestamp(${found})`;
  return kind === 'DATE'
    ? inDateRange(`CAST(${at} AS DATE)`)
    : inMomentRange(at, kind === 'DATETIME' ? 'DATETIME' : 'TIMESTAMP');
};

// Making and counting

/** Of a part only the last 32 bits count: 2^32 + 1 is 1. Those that make it negative make it too large as well. */
const partsOf = (call: Call): string[] =>
  call.args.map(({ sql, literal }) =>
    typeof literal === 'number' && Math.abs(literal) < 2 ** 31 ? sql : `(${sql} & 4294967295)`,
  );

const madeDate: Rule = withBound(call => {
  const [y, m, d] = partsOf(call);
  const made = `TRY(make_date(${y}, ${m}, ${d}))`;
  const isYear = `${y} BETWEEN 1 AND 9999`;
  const failed = raise(fault('Input calculates to invalid date'), call.type);
  const computed = [y, m, d].filter((_, i) => typeof call.args[i]?.literal !== 'number');
  const isNull = computed.map(sql => `${sql} IS NULL`).join(' OR ') || 'FALSE';
  return `CASE WHEN ${isNull} THEN NULL ELSE coalesce(CASE WHEN ${isYear} THEN ${made} END, ${failed}) END`;
});

const madeDatetime: Rule = withBound(call => {
  const [y, mo, d, h, mi, s] = partsOf(call);
  const isGiven = sqls(call)
    .map(sql => `${sql} IS NOT NULL`)
    .join(' AND ');
  const isRight = `${y} BETWEEN 1 AND 9999 AND ${h} BETWEEN 0 AND 23 AND ${mi} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 60`;
  const made = `TRY(make_timestamp(${y}, ${mo}, ${d}, ${h}, ${mi}, 0.0) + to_seconds(${s}))`;
  const failed = raise(fault('Input calculates to invalid datetime'), call.type);
  const whole = `CASE WHEN ${isGiven} THEN coalesce(CASE WHEN ${isRight} THEN ${made} END, ${failed}) END`;
  return inMomentRange(whole, 'DATETIME');
});

const madeTime: Rule = withBound(call => {
  const [h, m, s] = partsOf(call);
  const isGiven = sqls(call)
    .map(sql => `${sql} IS NOT NULL`)
    .join(' AND ');
  const isRight = `${h} BETWEEN 0 AND 23 AND ${m} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 60`;
  const made = `CAST(make_time(${h}, ${m}, 0.0) + to_seconds(${s}) AS TIME)`;
  return `CASE WHEN ${isGiven} THEN CASE WHEN ${isRight} THEN ${made} ELSE ${raise(fault('Input calculates to invalid time'), call.type)} END END`;
});

const date: Rule = call => {
  const at = argument(call, 0);
  if (at.type.kind === 'INT64') return madeDate(call);
  if (at.type.kind === 'STRING') return `cast_string_date(${at.sql})`;
  return `CAST(${civilTime(at, call.args[1])} AS DATE)`;
};

const datetime: Rule = call => {
  const at = argument(call, 0);
  const second = call.args[1];
  if (at.type.kind === 'INT64') return madeDatetime(call);
  if (at.type.kind === 'STRING') return `cast_string_datetime(${at.sql})`;
  if (at.type.kind === 'DATE')
    return second === undefined ? `CAST(${at.sql} AS TIMESTAMP)` : `(${at.sql} + ${second.sql})`;
  return civilTime(at, second);
};

const time: Rule = call => {
  const at = argument(call, 0);
  if (at.type.kind === 'INT64') return madeTime(call);
  return `CAST(${localTime(at, call.args[1])} AS TIME)`;
};

const timestamp: Rule = call => {
  const [at, zone] = [argument(call, 0), call.args[1]];
  if (at.type.kind === 'DATE')
    return instantOf({ ...at, sql: `CAST(${at.sql} AS TIMESTAMP)`, type: { kind: 'DATETIME' } }, zone);
  if (at.type.kind !== 'STRING') return instantOf(at, zone);
  if (zone === undefined) return `cast_string_timestamp(${at.sql})`;
  return instantOf({ sql: `cast_string_datetime(${at.sql})`, type: { kind: 'DATETIME' }, literal: undefined }, zone);
};

const fromUnix =
  (name: keyof typeof UNIX_UNITS): Rule =>
  call => {
    const at = argument(call, 0);
    const unit = UNIX_UNITS[name];
    if (at.type.kind === 'TIMESTAMP') return at.sql;
    // Under SAFE. it stands for itself (index.ts).
    if (call.isSafe) return bound([at], n => `timestamp_${name}_or_null(${n})`);
    return inMomentRange(`make_timestamp(${at.sql}${unit === 1n ? '' : ` * ${unit}`})`, 'TIMESTAMP');
  };

const toUnix =
  (unit: bigint): Rule =>
  call => {
    const x = argument(call, 0).sql;
    if (unit === 1n) return `epoch_us(${x})`;
    return `((epoch_us(${x}) + ${ERA_MICROS}) // ${unit} - ${ERA_MICROS / unit})`;
  };

const string: Rule = call => {
  const [at, zone] = [argument(call, 0), call.args[1]];
  if (at.type.kind === 'JSON') return stringOfJson(call);
  if (at.type.kind === 'DATE') return `CAST(${at.sql} AS VARCHAR)`;
  if (at.type.kind === 'TIME') return `cast_time_string(${at.sql})`;
  if (at.type.kind === 'DATETIME') return `cast_moment_string(${at.sql})`;
  if (at.type.kind === 'TIMESTAMP' && isUtc(zone)) return `(cast_moment_string(${at.sql}) || '+00')`;
  if (at.type.kind !== 'TIMESTAMP' || zone === undefined) throw new Refusal(`STRING of ${at.type.kind}`);
  return attempt(
    call,
    (x, z) =>
      `(replace(cast_moment_string(make_timestamp(g_to_shown(epoch_us(${x}), ${z}))), '0001-12-31 (BC)', '0000-12-31') || g_offset_text(epoch_us(${x}), ${z}))`,
    'Invalid time zone',
  );
};

// Arrays of points in time

const NUMBERS: SqlType = { kind: 'ARRAY', element: { kind: 'INT64' } };

const dateArray: Rule = withBound(call => {
  const [from = '', to = '', step = ONE] = sqls(call);
  const part = call.args[3] === undefined ? 'DAY' : partOf(call, 3);
  const months = MONTHS[part];
  if (step === ONE && part === 'DAY') {
    return `CASE WHEN (${to} - ${from}) >= ${ELEMENTS_MAX} THEN ${tooMany(call)} ELSE CAST(generate_series(${from}, ${to}, INTERVAL 1 DAY) AS DATE[]) END`;
  }
  const isNull = sqls(call)
    .slice(0, 3)
    .map(sql => `${sql} IS NULL`)
    .join(' OR ');
  const zero = step === ONE ? '' : ` WHEN ${step} = 0 THEN ${raise(fault('Sequence step cannot be 0.'), call.type)}`;
  const days = part === 'DAY' ? 1 : 7;
  if (months === undefined && part !== 'DAY' && part !== 'WEEK') return unsupported(call, part);
  const daily = {
    from: dayNumber(from),
    to: dayNumber(to),
    step: days === 1 ? step : `(${step} * ${days})`,
    isSmall: true,
  };
  const list =
    months === undefined
      ? `list_transform(${seriesOf({ ...call, type: NUMBERS }, daily)}, lambda d: DATE '1970-01-01' + CAST(d AS INTEGER))`
      : `list_transform(g_month_series(${dayNumber(from)}, ${dayNumber(to)}, ${step} * ${months}), lambda d: DATE '1970-01-01' + CAST(d AS INTEGER))`;
  return `CASE WHEN ${isNull} THEN NULL${zero} ELSE ${list} END`;
});

const timestampArray: Rule = withBound(call => {
  const [from, to, step] = sqls(call);
  const unit = UNITS[partOf(call, 3)];
  if (unit === undefined) return unsupported(call, partOf(call, 3));
  const micros = { from: `epoch_us(${from})`, to: `epoch_us(${to})`, step: `(${step} * ${unit})`, isSmall: true };
  return `list_transform(${seriesOf({ ...call, type: NUMBERS }, micros)}, lambda t: make_timestamp(t))`;
});

/** Now, in UTC: the time the statement began. */
export const NOW: Arg = {
  sql: "CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)",
  type: { kind: 'TIMESTAMP' },
  literal: undefined,
};

const current =
  (type: string): Rule =>
  call =>
    `CAST(${localTime(NOW, call.args[0])} AS ${type})`;

export const TIME: Readonly<Record<string, Rule>> = {
  $extract: extract,
  $extract_date: call => `CAST(${civilTime(argument(call, 0), call.args[1])} AS DATE)`,
  $extract_time: call => `CAST(${localTime(argument(call, 0), call.args[1])} AS TIME)`,
  $extract_datetime: call => civilTime(argument(call, 0), call.args[1]),
  date_add: shifted('+'),
  date_sub: shifted('-'),
  datetime_add: shifted('+'),
  datetime_sub: shifted('-'),
  timestamp_add: shifted('+'),
  timestamp_sub: shifted('-'),
  time_add: shifted('+'),
  time_sub: shifted('-'),
  date_diff: difference,
  datetime_diff: difference,
  timestamp_diff: difference,
  time_diff: difference,
  date_trunc: truncate,
  datetime_trunc: truncate,
  timestamp_trunc: truncate,
  time_trunc: truncate,
  last_day: lastDay,
  date_bucket: bucketed,
  datetime_bucket: bucketed,
  timestamp_bucket: bucketed,
  date,
  datetime,
  time,
  timestamp,
  string,
  timestamp_seconds: fromUnix('seconds'),
  timestamp_millis: fromUnix('millis'),
  timestamp_micros: fromUnix('micros'),
  timestamp_from_unix_seconds: fromUnix('seconds'),
  timestamp_from_unix_millis: fromUnix('millis'),
  timestamp_from_unix_micros: fromUnix('micros'),
  unix_seconds: toUnix(1_000_000n),
  unix_millis: toUnix(1000n),
  unix_micros: toUnix(1n),
  unix_date: call => dayNumber(argument(call, 0).sql),
  date_from_unix_date: call => inDateRange(`(DATE '1970-01-01' + CAST(${argument(call, 0).sql} AS INTEGER))`),
  generate_date_array: dateArray,
  generate_timestamp_array: timestampArray,
  current_date: current('DATE'),
  current_datetime: current('TIMESTAMP'),
  current_time: current('TIME'),
  current_timestamp: current('TIMESTAMP'),
};
