// Values at the edges of each type, as GoogleSQL writes them: what a signature is asked with.

const of = (text: string): readonly string[] => text.split('¦').map(value => value.trim());

/** The middle one of each is harmless: the others vary while it stands. NULL is the last. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  BOOL: of('TRUE ¦ FALSE ¦ CAST(NULL AS BOOL)'),
  INT64: of('2 ¦ 0 ¦ 1 ¦ -1 ¦ 7 ¦ 100 ¦ 9223372036854775807 ¦ -9223372036854775808 ¦ CAST(NULL AS INT64)'),
  FLOAT64: of(
    "0.5 ¦ 0.0 ¦ -0.0 ¦ 1.0 ¦ -2.5 ¦ 3.5 ¦ 1e308 ¦ 1e-300 ¦ 1e15 ¦ CAST('nan' AS FLOAT64) ¦ CAST('inf' AS FLOAT64) ¦ CAST('-inf' AS FLOAT64) ¦ CAST(NULL AS FLOAT64)",
  ),
  NUMERIC: of(
    "NUMERIC '1.5' ¦ NUMERIC '0' ¦ NUMERIC '-2.5' ¦ NUMERIC '0.000000001' ¦ NUMERIC '99999999999999999999999999999.999999999' ¦ NUMERIC '-99999999999999999999999999999.999999999' ¦ NUMERIC '3' ¦ CAST(NULL AS NUMERIC)",
  ),
  BIGNUMERIC: of(
    "BIGNUMERIC '1.5' ¦ BIGNUMERIC '0' ¦ BIGNUMERIC '-2.5' ¦ BIGNUMERIC '1e-38' ¦ BIGNUMERIC '5e38' ¦ BIGNUMERIC '-5e38' ¦ BIGNUMERIC '3' ¦ CAST(NULL AS BIGNUMERIC)",
  ),
  STRING: of(
    String.raw`'abc' ¦ '' ¦ 'a' ¦ 'Ünïcode ß' ¦ ' 12 ' ¦ 'B' ¦ '\n\x00' ¦ '😀e\u0301' ¦ 'abcabc' ¦ '2020-02-29' ¦ CAST(NULL AS STRING)`,
  ),
  BYTES: of(String.raw`b'abc' ¦ b'' ¦ b'a' ¦ b'\xff\x00' ¦ b'abcabc' ¦ b' a ' ¦ CAST(NULL AS BYTES)`),
  DATE: of(
    "DATE '2020-02-29' ¦ DATE '0001-01-01' ¦ DATE '9999-12-31' ¦ DATE '1969-12-31' ¦ DATE '2021-01-03' ¦ DATE '2019-12-30' ¦ CAST(NULL AS DATE)",
  ),
  TIME: of("TIME '12:34:56.789' ¦ TIME '00:00:00' ¦ TIME '23:59:59.999999' ¦ CAST(NULL AS TIME)"),
  DATETIME: of(
    "DATETIME '2020-02-29 12:34:56.789' ¦ DATETIME '0001-01-01 00:00:00' ¦ DATETIME '9999-12-31 23:59:59.999999' ¦ DATETIME '1969-12-31 23:59:59.5' ¦ DATETIME '2020-03-08 02:30:00' ¦ CAST(NULL AS DATETIME)",
  ),
  TIMESTAMP: of(
    "TIMESTAMP '2020-02-29 12:34:56.789+00' ¦ TIMESTAMP '0001-01-01 00:00:00+00' ¦ TIMESTAMP '9999-12-31 23:59:59.999999+00' ¦ TIMESTAMP '1969-12-31 23:59:59.5+00' ¦ TIMESTAMP '2020-03-08 10:00:00+00' ¦ TIMESTAMP '2020-11-01 08:30:00+00' ¦ CAST(NULL AS TIMESTAMP)",
  ),
  INTERVAL: of("INTERVAL 1 DAY ¦ INTERVAL '1-2 3 4:5:6.5' YEAR TO SECOND ¦ INTERVAL -30 HOUR ¦ INTERVAL 5 MINUTE"),
  JSON: of(
    `JSON '{"a":1,"b":[1,2.5,"x",null]}' ¦ JSON '1' ¦ JSON 'null' ¦ JSON '"abc"' ¦ JSON 'true' ¦ JSON '[1,"1",[2]]' ¦ JSON '1.5' ¦ JSON '-9223372036854775809' ¦ CAST(NULL AS JSON)`,
  ),
  DateTimestampPart: of(
    'DAY ¦ YEAR ¦ MONTH ¦ WEEK ¦ WEEK(THURSDAY) ¦ ISOWEEK ¦ ISOYEAR ¦ QUARTER ¦ HOUR ¦ MINUTE ¦ SECOND ¦ MILLISECOND ¦ MICROSECOND ¦ DAYOFWEEK ¦ DAYOFYEAR',
  ),
  NormalizeMode: of('NFC ¦ NFD ¦ NFKC ¦ NFKD'),
  RoundingMode: of(`'ROUND_HALF_AWAY_FROM_ZERO' ¦ 'ROUND_HALF_EVEN'`),
};

/** Where a STRING is more than a text: by function and place. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  zone: of("'UTC' ¦ 'America/New_York' ¦ '+05:30' ¦ 'Nowhere/Else' ¦ 'Asia/Kathmandu'"),
  format: of("'%Y-%m-%d' ¦ '%F %T' ¦ '%A %d %B %Y' ¦ '%G-W%V-%u' ¦ '%H:%M:%E*S' ¦ '%j %U %p' ¦ 'x%%'"),
  date: of("'2020-02-29' ¦ '2020-02-30' ¦ '2020-02-29 12:34:56' ¦ '12:34:56' ¦ '' ¦ '2020-1-2 03:04:05.678+01'"),
  pattern: of(String.raw`'b' ¦ 'a(b)' ¦ '[a-c]+' ¦ '^abc$' ¦ 'x' ¦ '(?i)B' ¦ '(' ¦ '\\b.'`),
  bytePattern: of(String.raw`b'b' ¦ b'a(b)' ¦ b'[a-c]+' ¦ b'x' ¦ b'\\xff'`),
  path: of(`'$.a' ¦ '$' ¦ '$.b[1]' ¦ '$.b' ¦ '$.z.y' ¦ '$["b"][0]' ¦ 'a'`),
  json: of(`'{"a":1,"b":[1,2.5,"x",null]}' ¦ '[1,"1",true]' ¦ '"abc"' ¦ 'null' ¦ 'bad' ¦ '1e400'`),
  number: of(`'1.5' ¦ ' -12 ' ¦ '1,234.5' ¦ '1e3' ¦ '' ¦ 'abc' ¦ '.5' ¦ '5-'`),
  hex: of(`'00ff' ¦ 'F' ¦ 'xyz' ¦ ''`),
  base64: of(`'YWJj' ¦ 'YQ==' ¦ '*' ¦ ''`),
  words: of(`'round' ¦ 'exact' ¦ 'other'`),
  like: of(String.raw`'a%' ¦ '%b_' ¦ '%' ¦ '' ¦ 'a\\%' ¦ 'abc' ¦ '\\'`),
  likeBytes: of(String.raw`b'a%' ¦ b'%b_' ¦ b'%' ¦ b''`),
  printf: of(`'x' ¦ '%%' ¦ ''`),
};
const PLACES: readonly (readonly [function_: RegExp, place: number, list: string])[] = [
  [/^(format|parse)_(date|datetime|time|timestamp)$/, 0, 'format'],
  [/^parse_(date|datetime|time|timestamp)$/, 1, 'date'],
  [/^(format|parse)_timestamp$/, 2, 'zone'],
  [/^(timestamp|datetime|date|time)$/, 0, 'date'],
  [/^(timestamp|datetime|date|time|string|\$extract_\w+)$/, 1, 'zone'],
  [/^(timestamp_trunc|datetime_trunc|date_trunc|\$extract)$/, 2, 'zone'],
  [/^current_/, 0, 'zone'],
  [/^regexp_/, 1, 'pattern'],
  [/^json_(value|query|extract)/, 0, 'json'],
  [/^json_(value|query|extract|set|remove|array_)/, 1, 'path'],
  [/^parse_json$/, 0, 'json'],
  [/^parse_(big)?numeric$/, 0, 'number'],
  [/^from_hex$/, 0, 'hex'],
  [/^from_base(64|32)$/, 0, 'base64'],
  [/^(float64|parse_json)$/, 1, 'words'],
  [/^\$like/, 1, 'like'],
  [/^format$/, 0, 'printf'],
];

/** The values that an argument of a kind at a place is asked with. */
export function valuesFor(name: string, place: number, kind: string): readonly string[] {
  const special = PLACES.find(([pattern, at]) => at === place && pattern.test(name))?.[2];
  if (kind === 'STRING' && special !== undefined) return [...(TEXTS[special] ?? []), 'CAST(NULL AS STRING)'];
  if (kind === 'BYTES' && special === 'pattern') return TEXTS.bytePattern ?? [];
  if (kind === 'BYTES' && special === 'like') return TEXTS.likeBytes ?? [];
  const element = /^ARRAY<(.*)>$/.exec(kind)?.[1];
  if (element !== undefined) return arraysOf(element);
  return VALUES[kind] ?? [];
}

function arraysOf(element: string): readonly string[] {
  const values = VALUES[element] ?? [];
  const isNull = (value: string): boolean => value.startsWith('CAST(NULL');
  const [a = 'NULL', b = a, c = b] = values.filter(value => !isNull(value));
  const some = [`[${a}, ${b}, ${c}]`, `[${a}, NULL]`, `[${b}, ${a}, ${b}]`, `[${a}]`];
  return [...some, `ARRAY<${element}>[]`, `CAST(NULL AS ARRAY<${element}>)`];
}

/** The types that a template stands for. */
export const TEMPLATES = ['INT64', 'STRING', 'FLOAT64', 'DATE', 'NUMERIC', 'BYTES', 'BOOL', 'TIMESTAMP'] as const;
