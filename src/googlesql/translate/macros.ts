// DuckDB macros for casts and aggregates, where one function of DuckDB's is not exactly GoogleSQL's. runtime.ts puts them in the prelude.
// Those that end in `_or_null` answer NULL where the cast fails, their twins fail the query.

import { quoteText } from './names.ts';
import { WHITE_SPACE } from './runtime/text.ts';

/** Whole numbers, as GoogleSQL casts them and DuckDB too. */
export const WHOLE = String.raw`\s*[+-]?[0-9]+\s*`;
/** What may be hexadecimal, or a decimal with an exponent: JavaScript looks at the rest (cast-text.ts). A GLOB costs a fifth of a pattern to plan. */
const MAY_BE_HEXADECIMAL = `x GLOB '*0[xX]*'`;
const MAY_BE_SCIENTIFIC = `x GLOB '*[0-9.][eE][-+0-9]*'`;
const DECIMAL = String.raw`\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\s*`;
/** Numbers, as GoogleSQL casts them to NUMERIC. */
export const NUMBER = String.raw`[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`;
const FLOAT = String.raw`(?i)\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*|\s*[+-]?(inf|infinity|nan)\s*`;
/** 1 to 9999: DuckDB reads the year 0 too. */
const YEAR = '(?:[1-9][0-9]{3}|0(?:[1-9][0-9]{2}|0[1-9][0-9]|00[1-9]))';
const DAY = `${YEAR}-[0-9]{1,2}-[0-9]{1,2}`;
/** Of four digits, the first not 0: the others are rare, and a long pattern costs time to plan. */
const LATE_YEAR = '[1-9][0-9]{3}';
const MOMENT = String.raw`${LATE_YEAR}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?)?`;
/** Points in time, as GoogleSQL casts them and DuckDB too. */
export const INSTANT = String.raw`${LATE_YEAR}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?Z?)?`;
/** JavaScript looks at the rest: not at what is no time at all. */
const MAY_BE_MOMENT = `x GLOB '[0-9][0-9][0-9][0-9]*-[0-9]*-[0-9]*'`;
const CLOCK = String.raw`[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?`;

const macro = (head: string, body: string): string => `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;

/** Fails with `message` in the place of a value: a cast that can't succeed, because TRY() refuses error(), which is volatile. */
const raise = (message: string, type: string): string =>
  `CAST(CAST(CAST('GoogleSQL: ' || ${message} AS BOOLEAN) AS VARCHAR) AS ${type})`;

interface Cast {
  readonly type: string;
  /** SQL over `x` that gives NULL where the cast fails. */
  readonly tried: string;
  readonly message: string;
}

/** A macro that fails, and its twin that gives NULL. */
const pair = (name: string, { type, tried, message }: Cast): readonly string[] => [
  macro(`${name}_or_null(x)`, tried),
  macro(
    `${name}(x)`,
    `CASE WHEN x IS NOT NULL THEN coalesce(${name}_or_null(x), ${raise(`${message} || CAST(x AS VARCHAR)`, type)}) END`,
  ),
];

const fraction = (places: number): string => `rpad(CAST(x AS VARCHAR), ${places}, '0')`;

/** No digits after the second, three or six. */
const momentText = (second: string, lengths: readonly [number, number]): string =>
  `CASE WHEN ${second} % 1000000 = 0 THEN CAST(x AS VARCHAR) WHEN ${second} % 1000 = 0 THEN ${fraction(lengths[0])} ELSE ${fraction(lengths[1])} END`;

/** DuckDB parses text as DECIMAL(38, 9) 150 times slower than as DECIMAL(18, 9), which is as exact where it fits. */
const NUMERIC_OF_DECIMAL =
  'coalesce(CAST(TRY_CAST(x AS DECIMAL(18, 9)) AS DECIMAL(38, 9)), TRY_CAST(x AS DECIMAL(38, 9)))';

/** Below this, and nine digits after the point, a NUMERIC is a DECIMAL(18, 9), which DuckDB computes with as a machine word: 100 times faster. */
const WORD_LIMIT = '999999999';
const word = (name: string): string => `CAST(${name} AS DECIMAL(18, 9))`;
const whole = (name: string): string => `trunc(${word(name)})`;
const part = (name: string): string => `CAST(${word(name)} - ${whole(name)} AS DECIMAL(9, 9))`;
/**
 * (A + a) * (B + b) = A * (B + b) + a * B + a * b, where A and B are whole and a and b below 1: only the last has more than nine digits,
 * which the cast rounds half away from zero. All three have the sign of the whole.
 */
const PRODUCT = `CAST(CAST(${whole('a')} AS DECIMAL(19, 0)) * ${word('b')} + ${part('a')} * CAST(${whole('b')} AS DECIMAL(9, 0)) + CAST(${part('a')} * ${part('b')} AS DECIMAL(18, 9)) AS DECIMAL(38, 9))`;

/** Is empty, has something else than ASCII in it, or white space at an end: three times as fast as a pattern. */
export const MAY_HAVE_BLANKS = (x: string): string =>
  `${x} < '!' OR strlen(${x}) <> length(${x}) OR ${[...' \t\n\v\f\r'].map(blank => `suffix(${x}, '${blank}')`).join(' OR ')}`;

/** How many microseconds one is. */
export const UNIX_UNITS = { seconds: 1_000_000n, millis: 1000n, micros: 1n } as const;

export const MACROS: readonly string[] = [
  macro(
    'numeric_multiply_or_null(a, b)',
    `CASE WHEN abs(a) < ${WORD_LIMIT} AND abs(b) < ${WORD_LIMIT} THEN ${PRODUCT} WHEN a IS NULL OR b IS NULL THEN NULL ELSE g_numeric_multiply(a, b) END`,
  ),
  // `w` is whole, below a thousand million, and a DECIMAL(19, 0), or DuckDB multiplies words: the product has nine digits after the point as it is.
  macro(
    'numeric_times_or_null(a, w)',
    `CASE WHEN abs(a) >= ${WORD_LIMIT} THEN g_numeric_multiply(a, CAST(w AS DECIMAL(38, 9))) ELSE CAST(${word('a')} * w AS DECIMAL(38, 9)) END`,
  ),
  macro(
    'numeric_round(x, digits)',
    `CASE WHEN abs(x) < ${WORD_LIMIT} THEN CAST(round(${word('x')}, digits) AS DECIMAL(38, 9)) ELSE CAST(round(x, digits) AS DECIMAL(38, 9)) END`,
  ),
  // Years 1 to 9999, of a number of units of so many microseconds.
  ...Object.entries(UNIX_UNITS).map(([name, unit]) =>
    macro(
      `timestamp_${name}_or_null(n)`,
      `CASE WHEN n BETWEEN ${-62_135_596_800_000_000n / unit} AND ${253_402_300_799_999_999n / unit} THEN make_timestamp(${unit === 1n ? 'n' : `n * ${unit}`}) END`,
    ),
  ),
  macro('text_trim(x)', `CASE WHEN ${MAY_HAVE_BLANKS('x')} THEN trim(x, ${quoteText(WHITE_SPACE)}) ELSE x END`),
  macro(
    'cast_float_string(x)',
    `CASE WHEN x = 0 THEN '0' WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN (CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END)
WHEN CAST(format('{:.15g}', x) AS DOUBLE) = x THEN format('{:.15g}', x) ELSE format('{:.17g}', x) END`,
  ),
  macro('cast_numeric_string(x)', `rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')`),
  macro('cast_moment_string(x)', momentText('microsecond(x)', [23, 26])),
  macro('cast_time_string(x)', momentText('microsecond(x)', [12, 15])),
  ...pair('cast_float_numeric', {
    type: 'DECIMAL(38, 9)',
    tried: `CASE WHEN isfinite(x) THEN TRY_CAST(format('{:.40f}', x) AS DECIMAL(38, 9)) END`,
    message: `'numeric out of range: '`,
  }),
  ...pair('cast_float_int', {
    type: 'BIGINT',
    tried: 'TRY_CAST(round(x) AS BIGINT)',
    message: `'int64 out of range: '`,
  }),
  ...pair('cast_numeric_int', { type: 'BIGINT', tried: 'TRY_CAST(x AS BIGINT)', message: `'int64 out of range: '` }),
  ...pair('cast_float_bignumeric', {
    type: 'VARCHAR',
    tried: 'g_big_of_float(x)',
    message: `'bignumeric out of range: '`,
  }),
  ...pair('cast_string_bignumeric', {
    type: 'VARCHAR',
    tried: 'g_big_of_string(x)',
    message: `'Invalid BIGNUMERIC value: '`,
  }),
  ...pair('cast_bignumeric_int', { type: 'BIGINT', tried: 'g_big_to_int(x)', message: `'int64 out of range: '` }),
  ...pair('cast_bignumeric_numeric', {
    type: 'DECIMAL(38, 9)',
    tried: 'g_big_to_numeric(x)',
    message: `'numeric out of range: '`,
  }),
  ...pair('cast_string_int', {
    type: 'BIGINT',
    tried: `CASE WHEN regexp_full_match(x, '${WHOLE}') THEN TRY_CAST(x AS BIGINT)
WHEN ${MAY_BE_HEXADECIMAL} THEN cast_text_hexadecimal(x) END`,
    message: `'Bad int64 value: '`,
  }),
  ...pair('cast_string_float', {
    type: 'DOUBLE',
    tried: `CASE WHEN regexp_full_match(x, '${FLOAT}') THEN TRY_CAST(x AS DOUBLE)
WHEN ${MAY_BE_HEXADECIMAL} THEN CAST(cast_text_hexadecimal(x) AS DOUBLE) END`,
    message: `'Bad double value: '`,
  }),
  ...pair('cast_string_numeric', {
    type: 'DECIMAL(38, 9)',
    tried: `CASE WHEN NOT regexp_full_match(x, '${DECIMAL}') THEN (CASE WHEN ${MAY_BE_SCIENTIFIC} THEN cast_text_numeric(x) END)
ELSE ${NUMERIC_OF_DECIMAL} END`,
    message: `'Invalid NUMERIC value: '`,
  }),
  // Of a text that is surely a number.
  macro(
    'cast_number_numeric_or_null(x)',
    `CASE WHEN x GLOB '*[eE]*' THEN cast_text_numeric(x) ELSE ${NUMERIC_OF_DECIMAL} END`,
  ),
  ...pair('cast_string_bool', {
    type: 'BOOLEAN',
    tried: `CASE lower(x) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`,
    message: `'Bad bool value: '`,
  }),
  ...pair('cast_string_date', {
    type: 'DATE',
    tried: `CASE WHEN regexp_full_match(x, '${DAY}') THEN TRY_CAST(x AS DATE) END`,
    message: `'Invalid date: '`,
  }),
  ...pair('cast_string_datetime', {
    type: 'TIMESTAMP',
    tried: `CASE WHEN regexp_full_match(x, '${MOMENT}') THEN TRY_CAST(x AS TIMESTAMP) WHEN ${MAY_BE_MOMENT} THEN make_timestamp(cast_text_datetime(x)) END`,
    message: `'Invalid datetime: '`,
  }),
  ...pair('cast_string_timestamp', {
    type: 'TIMESTAMP',
    tried: `CASE WHEN regexp_full_match(x, '${INSTANT}') THEN TRY_CAST(x AS TIMESTAMP) WHEN ${MAY_BE_MOMENT} THEN make_timestamp(cast_text_timestamp(x)) END`,
    message: `'Invalid timestamp: '`,
  }),
  ...pair('cast_string_time', {
    type: 'TIME',
    tried: `CASE WHEN regexp_full_match(x, '${CLOCK}') THEN (CASE WHEN x < '24' THEN TRY_CAST(x AS TIME) END)
WHEN x IS NOT NULL THEN CAST(make_timestamp(cast_text_time(x)) AS TIME) END`,
    message: `'Invalid time: '`,
  }),
  ...pair('cast_string_interval', {
    type: 'INTERVAL',
    tried: 'TRY(interval_of_list(g_interval_parse(x)))',
    message: `'Invalid INTERVAL value: '`,
  }),
  ...pair('cast_bytes_string', { type: 'VARCHAR', tried: 'TRY(decode(x))', message: `'Invalid UTF-8: '` }),
  macro(
    'numeric_in_range(x)',
    `CASE WHEN abs(x) <= '99999999999999999999999999999.999999999'::DECIMAL(38, 9) OR x IS NULL THEN x ELSE ${raise(`'numeric overflow'`, 'DECIMAL(38, 9)')} END`,
  ),
  macro('big_in_range(x)', `CASE WHEN x = '' THEN ${raise(`'bignumeric overflow'`, 'VARCHAR')} ELSE x END`),
  macro(
    'float_sum(s, is_infinite)',
    `CASE WHEN isinf(s) AND NOT is_infinite THEN ${raise(`'double overflow'`, 'DOUBLE')} ELSE s END`,
  ),
  macro(
    'float_avg(a, quarters, infinities, latest)',
    `CASE WHEN infinities > 1 OR (infinities = 1 AND NOT isinf(latest)) THEN 'NaN'::DOUBLE WHEN isinf(a) AND infinities = 0 THEN quarters * 4 ELSE a END`,
  ),
  macro(
    'cast_length(x, length_max, given)',
    `CASE WHEN given > length_max THEN ${raise(`'maximum length ' || length_max || ' but got a value with length ' || given`, 'VARCHAR')} ELSE x END`,
  ),
  macro(
    'cast_length_bytes(x, length_max, given)',
    `CASE WHEN given > length_max THEN ${raise(`'maximum length ' || length_max || ' but got a value with length ' || given`, 'BLOB')} ELSE x END`,
  ),
  macro(
    'cast_big_precision(x, digits, places)',
    `CASE WHEN x IS NOT NULL THEN coalesce(g_big_fit(x, digits, places), ${raise(`'bignumeric out of range: ' || g_big_text(x)`, 'VARCHAR')}) END`,
  ),
  macro(
    'cast_precision(x, limit_excluded)',
    `CASE WHEN abs(x) >= limit_excluded THEN ${raise(`'numeric out of range: ' || CAST(x AS VARCHAR)`, 'DECIMAL(38, 9)')} ELSE x END`,
  ),
];
