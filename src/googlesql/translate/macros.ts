// DuckDB macros for the casts of cast.ts, where one DuckDB cast is not exactly GoogleSQL's. runtime.ts puts them in the prelude.
// Names begin with `cast_`. Those that end in `_or_null` answer NULL where the cast fails, the others fail.

const WHOLE = String.raw`\s*[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)\s*`;
const DECIMAL = String.raw`\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*`;
const FLOAT = String.raw`(?i)\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*|\s*[+-]?(inf|infinity|nan)\s*`;

const spaceless = (name: string): string => String.raw`regexp_replace(${name}, '^\s+|\s+$', '', 'g')`;

const macro = (head: string, body: string): string => `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;

/** A macro that fails with `message`, and its twin that gives NULL. */
const pair = (name: string, tried: string, message: string): readonly string[] => [
  macro(`${name}_or_null(x)`, tried),
  macro(`${name}(x)`, `CASE WHEN x IS NOT NULL THEN coalesce(${name}_or_null(x), error(${message})) END`),
];

export const MACROS: readonly string[] = [
  macro(
    'cast_float_string(x)',
    `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN (CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END)
ELSE regexp_replace(CASE WHEN CAST(format('{:.15g}', x) AS DOUBLE) = x THEN format('{:.15g}', x) ELSE format('{:.17g}', x) END, '^(-?[0-9]+)$', '\\1.0') END`,
  ),
  macro('cast_numeric_string(x)', `rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')`),
  ...pair(
    'cast_float_numeric',
    `CASE WHEN isfinite(x) THEN TRY_CAST(format('{:.40f}', x) AS DECIMAL(38, 9)) END`,
    `'Illegal conversion of non-finite floating point number to numeric: ' || x`,
  ),
  ...pair('cast_float_int', 'TRY_CAST(round(x) AS BIGINT)', `'Illegal conversion to int64: ' || x`),
  ...pair(
    'cast_string_int',
    `CASE WHEN regexp_full_match(x, '${WHOLE}') THEN TRY_CAST(${spaceless('x')} AS BIGINT) END`,
    `'Bad int64 value: ' || x`,
  ),
  ...pair(
    'cast_string_float',
    `CASE WHEN regexp_full_match(x, '${FLOAT}') THEN TRY_CAST(${spaceless('x')} AS DOUBLE) END`,
    `'Bad double value: ' || x`,
  ),
  ...pair(
    'cast_string_numeric',
    `CASE WHEN regexp_full_match(x, '${DECIMAL}') THEN TRY_CAST(${spaceless('x')} AS DECIMAL(38, 9)) END`,
    `'Invalid NUMERIC value: ' || x`,
  ),
  ...pair(
    'cast_string_bool',
    `CASE lower(x) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`,
    `'Bad bool value: ' || x`,
  ),
];
