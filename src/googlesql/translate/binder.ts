// Reads the SQL that the rules write: where a value is bound by a lambda (functions/sql.ts, bound), which columns are named,
// and whether an expression can fail. Text only; what it does not recognize it leaves alone.

/** `list_transform([VALUE]::TYPE[1], lambda _g1: BODY)[1]` */
export interface Binder {
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
  /** Each under the name that the body calls it: `_g1`, or `_g1.v1` where there are several. */
  readonly values: readonly { readonly name: string; readonly sql: string }[];
  readonly body: string;
}

const OPENING = 'list_transform([';
const HEAD = /^\]::[^:]*?\[1\], lambda (_g\d+): /;

/** All binders, also those inside others. */
export function findBinders(sql: string): readonly Binder[] {
  if (!sql.includes(OPENING)) return [];
  const found: Binder[] = [];
  for (const at of positions(sql, OPENING)) {
    const binder = binderAt(sql, at);
    if (binder) found.push(binder);
  }
  return found;
}

function binderAt(sql: string, start: number): Binder | undefined {
  const open = start + OPENING.length - 1;
  const close = closing(sql, open);
  const last = closing(sql, start + OPENING.length - 2);
  if (close === undefined || last === undefined || sql.slice(last + 1, last + 4) !== '[1]') return undefined;
  const head = HEAD.exec(sql.slice(close, last));
  if (!head) return undefined;
  const name = head[1] ?? '';
  const values = valuesOf(sql.slice(open + 1, close), name);
  return values && { start, end: last + 4, values, body: sql.slice(close + head[0].length, last) };
}

/** One value, or a struct of them: `{v1: …, v2: …}`. */
function valuesOf(sql: string, name: string): Binder['values'] | undefined {
  if (!sql.startsWith('{v1: ')) return [{ name, sql }];
  if (closing(sql, 0) !== sql.length - 1) return undefined;
  return splitTop(sql.slice(1, -1)).map((part, i) => ({
    name: `${name}.v${i + 1}`,
    sql: part.replace(/^\s*v\d+: /, ''),
  }));
}

function splitTop(sql: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < sql.length; at++) {
    const char = sql[at] ?? '';
    if (isQuote(char)) at = quoteEnd(sql, at);
    else if (isOpening(char)) depth++;
    else if (isClosing(char)) depth--;
    else if (char === ',' && depth === 0) {
      parts.push(sql.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, sql.slice(from)];
}

// Plain comparisons: every character of every translated model passes here, several times.
const isQuote = (char: string): boolean => char === "'" || char === '"';
const isOpening = (char: string): boolean => char === '(' || char === '[' || char === '{';
const isClosing = (char: string): boolean => char === ')' || char === ']' || char === '}';

/** Where the quote that opens at `open` closes; a doubled one closes and opens again. */
function quoteEnd(sql: string, open: number): number {
  const end = sql.indexOf(sql[open] ?? '', open + 1);
  return end < 0 ? sql.length : end;
}

/** Where the bracket that opens at `open` closes. */
function closing(sql: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < sql.length; at++) {
    const char = sql[at] ?? '';
    if (isQuote(char)) at = quoteEnd(sql, at);
    else if (isOpening(char)) depth++;
    else if (isClosing(char) && --depth === 0) return at;
  }
  return undefined;
}

/** Where `part` begins outside quotes. */
function positions(sql: string, part: string): readonly number[] {
  const found: number[] = [];
  let at = 0;
  for (let next = sql.indexOf(part); next >= 0; next = sql.indexOf(part, next + 1)) {
    while (at < next) at = isQuote(sql[at] ?? '') ? quoteEnd(sql, at) + 1 : at + 1;
    if (at === next) found.push(next);
  }
  return found;
}

/** The calls whose names match, each with its arguments. */
export function callsOf(sql: string, name: RegExp): readonly string[] {
  return [...sql.matchAll(name)].flatMap(match => {
    const close = closing(sql, match.index + match[0].length);
    return close === undefined ? [] : [sql.slice(match.index, close + 1)];
  });
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"\."(?:[^"]|"")*"|\b_g\d+(?:\.v\d+)?\b/g;

/** The columns that the SQL names: `"orders"."id"`. */
export const namesIn = (sql: string): ReadonlySet<string> =>
  new Set((sql.match(TOKEN) ?? []).filter(token => token.startsWith('"')));

/** The SQL with a name, or with each of the names of a map, replaced. Texts inside quotes stay. */
export function replaceNames(sql: string, names: ReadonlyMap<string, string>): string;
export function replaceNames(sql: string, name: string, by: string): string;
export function replaceNames(sql: string, names: ReadonlyMap<string, string> | string, by = ''): string {
  return sql.replace(TOKEN, token =>
    typeof names === 'string' ? (token === names ? by : token) : (names.get(token) ?? token),
  );
}

/** Functions of DuckDB and of ours that answer every argument of their type. */
const TOTAL = new Set(
  `array_length coalesce concat contains ends_with epoch_us greatest g_lower g_upper isfinite isinf isnan
  json_first_mixed json_first_part json_first_read json_first_rest json_first_text json_first_word json_items json_items_length json_part_items json_read_item json_read_items json_seen_json json_seen_root json_seen_text json_node json_nodes json_own_items json_own_text json_part json_part_text json_parts json_plain_of_read json_record json_record_parts json_record_read json_root json_scalar json_spells json_text json_texts json_unmarked_text json_written g_json_query g_json_query_array g_json_value g_json_value_array
   least len length list_contains lower ltrim nullif replace reverse rtrim sha256 starts_with
  numeric_multiply_or_null numeric_times_or_null numeric_round regexp_extract regexp_matches strlen strpos struct_extract struct_extract_at suffix
  text_trim timestamp_micros_or_null timestamp_millis_or_null timestamp_seconds_or_null trim try_cast upper
  cast_float_numeric_or_null cast_float_int_or_null cast_numeric_int_or_null cast_string_int_or_null cast_string_float_or_null
  cast_number_numeric_or_null cast_string_numeric_or_null cast_string_bool_or_null cast_string_date_or_null cast_string_datetime_or_null
  cast_string_timestamp_or_null cast_string_time_or_null cast_bytes_string_or_null cast_numeric_string cast_float_string`.split(
    /\s+/,
  ),
);
const KEYWORDS = new Set('and or not in like when then else case is as between over on end'.split(' '));

/** Worth less than the lambda that binds them, whoever asks: these may be computed where a CASE would have left them out. */
const CHEAP = new Set(
  `coalesce concat contains ends_with json_seen_json json_seen_root json_seen_text json_node json_own_text json_part json_part_text json_root json_scalar json_spells json_text length lower ltrim nullif rtrim
  starts_with strlen struct_extract struct_extract_at text_trim trim upper`.split(/\s+/),
);

/** Whether the place is inside a CASE, which may leave it out. */
export function isGuarded(sql: string, at: number): boolean {
  let depth = 0;
  for (const [token] of sql.slice(0, at).matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\bCASE\b|\bEND\b/g)) {
    if (token === 'CASE') depth++;
    else if (token === 'END') depth--;
  }
  return depth > 0;
}

/** Whether the SQL names cheap functions only. */
export const isCheap = (sql: string): boolean =>
  callsIn(bareOf(sql)).every(name => CHEAP.has(name) || KEYWORDS.has(name));

/** Whether the SQL gives an answer for every row: it names only functions known to, no arithmetic and no cast that may fail. */
export function isTotal(sql: string): boolean {
  const bare = bareOf(sql);
  if (/[+*/%]|-|::|\bSELECT\b|\bCAST\b|\blambda\b|->/i.test(bare)) return false;
  return callsIn(bare).every(name => TOTAL.has(name) || KEYWORDS.has(name));
}

/** Without texts, names and the casts that cannot fail. */
const bareOf = (sql: string): string =>
  sql
    .replace(/(?:'(?:[^']|'')*'|\b\d+|NULL)::[A-Z]+(?:\(\d+, ?\d+\))?/g, 'x')
    .replace(/'(?:[^']|'')*'/g, 'x')
    .replace(/"(?:[^"]|"")*"/g, 'x')
    .replace(/\bTRY_CAST\(([^()]*) AS [A-Z]+(?:\(\d+, ?\d+\))?\)/g, '$1')
    .replace(/\bCAST\(([^()]*) AS VARCHAR\)/g, '$1')
    // Of a whole number: no other cast to it is written so.
    .replace(/\bCAST\(([^()]*) AS DECIMAL\(38, 9\)\)/g, '$1');

const callsIn = (bare: string): readonly string[] =>
  [...bare.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map(match => (match[1] ?? '').toLowerCase());
