// JSON functions over text: STRING as it came, JSON as its compact text. Numbers keep the text they are written with, which DuckDB's
// own functions do not hold to: they read what has a point or an exponent as a DOUBLE. So texts are read from a copy in which such numbers stand
// in quotation marks (json_exact), the many paths of one column together (sharing.ts); JSON is read with DuckDB first, looked at, and asked for
// again where it may not be exact: SQL, then JavaScript (runtime/json.ts).

import { duckDbType } from '../../duckdb-type.ts';
import type { SqlType } from '../../type.ts';
import { MAY_HAVE_BLANKS } from '../macros.ts';
import type { Items } from '../plain-json.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { jsonPathTokens } from '../runtime/json-text.ts';
import { WHITE_SPACE } from '../runtime/text.ts';
import { argument, attempt, bound, fault, raise, sqls, text, typed, withBound } from './sql.ts';

const macro = (head: string, body: string): string => `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;

/** A number with a point or an exponent, after what a number may follow. */
const NUMBER = String.raw`(^\s*|"\s*:\s*|[\[,]\s*)(-?(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+))`;
/** Stands before such a number while it is a text; of the private use area, and taken away again. */
const MARK = '\ue000';
/** What DuckDB takes for numbers and GoogleSQL does not. */
const NO_NUMBERS = `contains(x, 'NaN') OR contains(x, 'Infinity')`;

/** Before the value of a member. Such a search begins at a letter that RE2 finds fast. */
const MEMBER = String.raw`"[ \t\n\r]*:[ \t\n\r]*`;
/**
 * Numbers that DuckDB might write otherwise than they are written: -0, more than nine digits before or six after the point, less than 0.001,
 * a 0 at the end, an exponent. All others have so few digits that a DOUBLE prints as it was read. UNUSUAL: and what DuckDB alone takes for a number.
 */
const UNUSUAL_NUMBER = String.raw`-0(?:[^.]|$)|-?(?:[0-9]{10,}\.|[0-9]+\.[0-9]{7,}|0\.000|[0-9]+\.[0-9]+0(?:[^0-9]|$)|[0-9]+(?:\.[0-9]+)?[eE])`;
const UNUSUAL = `(?:${UNUSUAL_NUMBER}|-?(?:[Nn][Aa]|[Ii]))`;
/** A number by JSON's grammar. */
const JSON_NUMBER = String.raw`-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`;

/** In a text that somebody else wrote: DuckDB may write it otherwise, or GoogleSQL may. */
const DOUBTFUL_SOURCE = String.raw`(?:^|[:\[,])[ \t\n\r]*${UNUSUAL}|\\|[\x{2028}\x{2029}${MARK}]`;

/** What DuckDB alone takes for a number, in any case of letters, to its end: a text may go on after `, In`. */
const WORD = String.raw`(?:[Nn][Aa][Nn]|[Ii][Nn][Ff](?:[Ii][Nn][Ii][Tt][Yy])?)[ \t\n\r]*(?:[,\]}]|$)`;
/** What looks like our mark, or spells it. */
const MARKS = String.raw`${MARK}|\\u[eE]000`;
const WORDS_OR_MARKS = String.raw`(?:^|[:\[,])[ \t\n\r]*-?${WORD}|${MARKS}`;
const WRITTEN_OTHERWISE = String.raw`(?:^|[:\[,])[ \t\n\r]*(?:${UNUSUAL_NUMBER}|-?${WORD})|${MARKS}`;
/** A number with a point or an exponent, or -0, by JSON's grammar, after what a number may follow. */
const MARKABLE = String.raw`(^[ \t\n\r]*|"[ \t\n\r]*:[ \t\n\r]*|[\[,][ \t\n\r]*)(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)|-0)`;
/** With such numbers as texts that begin with the mark. */
const marked = (x: string): string => `regexp_replace(${x}, '${MARKABLE}', '\\1"${MARK}\\2"', 'g')`;
const MARKED = marked('x');
/** The same of a text in which few have a number to mark. */
const MARKED_SELDOM = `CASE WHEN regexp_matches(x, '[0-9][.eE]|-0(?:[^0-9]|$)') THEN ${MARKED} ELSE x END`;
/** The elements of an array, read with the marks. */
const MARKED_ITEMS = `coalesce(list_transform(TRY(from_json(${MARKED}, '["JSON"]')), lambda _e: coalesce(json_unmarked(CAST(_e AS VARCHAR)), 'null')), g_json_query_array(x, '[]'))`;
/** In the text of an array: what marking numbers does not mend. */
const BEYOND_MARKS = String.raw`\\|[\x{2028}\x{2029}${MARK}]|(?:^|[:\[,])[ \t\n\r]*-?${WORD}`;

/** What JavaScript's reader skips before a value (runtime/json-text.ts). */
const JSON_SPACE = ' \t\n\r\f\v';
const IS_OBJECT = `starts_with(ltrim(x, '${JSON_SPACE}'), '{')`;
/** Where something is odd in it. */
const MAY_BE_MARKED = `NOT (repeats) AND NOT regexp_matches(x, '${WORDS_OR_MARKS}')`;
/**
 * A record of `read`, or where that is NULL or no JSON, of what JavaScript picks. One of what is no object is NULL. `read` stands here once:
 * its patterns are most of what such a call costs to plan.
 */
const recordOf = (read: string, picked: string): string =>
  `coalesce(TRY(from_json(${read}, spec)), CASE WHEN ${IS_OBJECT} THEN from_json(${picked}, spec) END)`;

/** In a text without this, and with no name twice in an object, DuckDB reads all but numbers, and parts of parts, as GoogleSQL does. */
const BEYOND_NUMBERS = String.raw`${WORDS_OR_MARKS}|\\u|[\x{2028}\x{2029}]`;
/**
 * Of a text `x` of JSON with no name twice in any object, what DuckDB reads in its place as GoogleSQL reads it (json_own_text): '' for
 * the text itself, another one in which unusual numbers are marked, NULL where neither will do.
 */
export const plainJson = (x: string): string =>
  `CASE WHEN NOT json_valid(${x}) THEN NULL WHEN NOT regexp_matches(${x}, ${text(String.raw`${WRITTEN_OTHERWISE}|\\u|[\x{2028}\x{2029}]`)}) THEN ''
WHEN NOT regexp_matches(${x}, ${text(BEYOND_NUMBERS)}) THEN list_transform([${marked(x)}], lambda _m: CASE WHEN json_valid(_m) THEN _m END)[1] END`;

/**
 * A pattern for texts of which something may be odd: one search for all of it is faster than one for each. `ends`: what the names end with
 * that may stand in them twice (repeatsSql).
 */
export const oddJson = (ends: readonly string[]): string =>
  [
    WRITTEN_OTHERWISE,
    ...(ends.length === 0 ? [] : [String.raw`\\u[0-9a-fA-F]{4}[^"]*"[ \t\n\r]*:`]),
    ...ends.map(end => `${regexpOf(end)}(?s:.*)${regexpOf(end)}`),
  ].join('|');

const regexpOf = (name: string): string => name.replaceAll('.', '[.]');

/** Begins as an object, an array or a marked text does, or with a byte of the mark: one GLOB is quicker than comparisons, and planned so. */
const MAY_BE_NESTED = (c: string): string => `${c} GLOB '[[{${MARK}]*'`;
/** A marked number: no text of anybody's looks so, for those that begin with the mark have it twice. */
const IS_MARKED = (c: string): string => `${c} GLOB '${MARK}[-0-9]*'`;
const IS_NESTED = `starts_with(c, '[') OR starts_with(c, '{')`;
const IS_REWRITTEN = String.raw`contains(c, '\u') OR contains(c, chr(8232)) OR contains(c, chr(8233))`;

/**
 * Macros for the prelude. Paths come as DuckDB spells them, and as tokens in JSON: `["a","b"]` of one, `[["a"],["b"]]` of several.
 * json_spells(x): whether the text may spell a name that a fast path can have (duckdbJsonPath: none has a quote in it) with an escape.
 * json_exact(x): a text whose members DuckDB reads as texts that are exactly as written: the text itself, or where numbers are unusual one with
 * all of them between quotation marks; NULL where neither will do. A mark that falls into a text breaks the JSON, for a digit cannot follow a text.
 * json_exact_root(x): the same for the value that is the whole text.
 * json_texts(x, paths, tokens, repeats): what each path leads to, as text; objects and arrays too. NULL where there is nothing, or null.
 * `repeats` where DuckDB may follow another path. json_text: of one path. json_root: of none.
 * json_record(x, spec, tokens, repeats): the same as a struct of the shape that `spec` says, which DuckDB makes in one go.
 * json_scalar(v, x, path): such a text as JSON_VALUE gives it.
 * json_seen_text, json_seen_root, json_seen_json: the same, perhaps with marks. json_first_…(c, x, tokens, modes): the first of several paths that
 * has an answer, where `c` is the first that leads to anything, of texts to one that counts: all trimmed (word), none (text) or some (mixed).
 * json_is_doubtful(e): whether in a text of DuckDB's something may have been written otherwise, or GoogleSQL may write it otherwise. A zero may have
 * been -0.
 * json_record_parts(x, odd, spec, texts, parts, repeats): a record of texts (json_unmarked_text takes the mark away) and of JSON, which
 * json_written(e, x, tokens) gives as GoogleSQL writes it. Where the pattern `odd` (oddJson) is found, it is read from a text in which the numbers that
 * DuckDB might write otherwise are texts that begin with the mark; in a text a mark breaks the JSON, as in json_exact. What JavaScript
 * reads comes in the same form: JSON as a text that begins with the mark. json_record_read: of `read`, where that is NULL as json_record_parts; it
 * chooses among texts and not among records, all of which DuckDB would copy where the rows of a vector differ.
 * json_nodes: what each path leads to, as JSON. json_part(e, x, path, tokens, repeats): one of them as JSON_QUERY gives it. json_node: of one path.
 * json_parts(x, path, tokens, repeats): JSON_QUERY_ARRAY. json_items(x, plain), json_own_items(x): of the whole text.
 * json_first_read(c, plain): the text to read in the place of json_first_part's (plain-json.ts), json_first_rest where there is none. json_part_items(x, read): the elements of a text
 * of which such a one is known; json_items_length how many. json_read_items(read): those of the one to read; json_read_item takes the marks away.
 */
export const JSON_MACROS: readonly string[] = [
  macro('json_spells(x)', String.raw`(contains(x, '\u') AND regexp_matches(x, '\\u[0-9a-fA-F]{4}[^"]*"[ \t\n\r]*:'))`),
  macro(
    'json_exact(x)',
    `CASE WHEN NOT regexp_matches(x, ':[ \\t\\n\\r]*${UNUSUAL}') THEN x
WHEN NOT regexp_matches(x, '${MEMBER}-?(?:[Nn][Aa]|[Ii])') THEN regexp_replace(x, '(${MEMBER})(${JSON_NUMBER})([ \\t\\n\\r]*[,}])', '\\1"\\2"\\3', 'g') END`,
  ),
  macro(
    'json_exact_root(x)',
    `CASE WHEN NOT regexp_matches(x, '^[ \\t\\n\\r]*(?:[-0-9NIi]|n[Aa])') THEN x
WHEN regexp_full_match(x, '[ \\t\\n\\r]*${JSON_NUMBER}[ \\t\\n\\r]*') THEN '"' || regexp_extract(x, '[^ \\t\\n\\r]+') || '"' END`,
  ),
  macro(
    'json_texts(x, paths, tokens, repeats)',
    `coalesce(CASE WHEN ${NO_NUMBERS} OR repeats THEN NULL ELSE TRY(json_extract_string(json_exact(x), paths)) END, CASE WHEN x IS NOT NULL THEN g_json_values(x, tokens) END)`,
  ),
  macro('json_own_text(x, plain)', `CASE WHEN plain = '' THEN x ELSE plain END`),
  macro('json_part_text(x, plain)', `CASE WHEN plain > '' THEN (${MARKED_SELDOM}) WHEN plain = '' THEN x END`),
  macro(
    'json_text(x, path, tokens, repeats, read)',
    `CASE WHEN read IS NOT NULL THEN json_unmarked_text(json_extract_string(read, path)) ELSE json_texts(x, [path], '[' || tokens || ']', repeats)[1] END`,
  ),
  macro('json_escaped(v)', `CASE WHEN starts_with(v, '${MARK}') THEN '${MARK}' || v ELSE v END`),
  macro(
    'json_seen_text(x, path, tokens, repeats, read)',
    `CASE WHEN read IS NOT NULL THEN json_extract_string(read, path) ELSE json_escaped(json_texts(x, [path], '[' || tokens || ']', repeats)[1]) END`,
  ),
  macro(
    'json_first_text(c, x, tokens, modes)',
    `CASE WHEN ${MAY_BE_NESTED('c')} THEN (CASE WHEN ${IS_MARKED('c')} THEN substr(c, 2) ELSE g_json_first(x, tokens, modes) END) ELSE c END`,
  ),
  macro(
    'json_first_word(c, x, tokens, modes)',
    `CASE WHEN ${MAY_HAVE_BLANKS('c')} OR ${MAY_BE_NESTED('c')} THEN coalesce(nullif(CASE WHEN NOT ${MAY_BE_NESTED('c')} THEN trim(c, ${text(WHITE_SPACE)}) END, ''), CASE WHEN ${IS_MARKED('c')} THEN substr(c, 2) ELSE g_json_first(x, tokens, modes) END) ELSE c END`,
  ),
  macro(
    'json_first_mixed(c, x, tokens, modes)',
    `CASE WHEN ${MAY_HAVE_BLANKS('c')} OR ${MAY_BE_NESTED('c')} THEN g_json_first(x, tokens, modes) ELSE c END`,
  ),
  macro(
    'json_root(x, read)',
    `coalesce(CASE WHEN read IS NOT NULL THEN [json_unmarked_text(json_extract_string(read, '$'))] WHEN ${NO_NUMBERS} THEN NULL ELSE TRY(json_extract_string(json_exact_root(x), ['$'])) END, CASE WHEN x IS NOT NULL THEN g_json_values(x, '[[]]') END)[1]`,
  ),
  macro('json_seen_root(x, read)', 'json_escaped(json_root(x, read))'),
  macro(
    'json_record(x, spec, tokens, repeats)',
    recordOf(`(CASE WHEN ${NO_NUMBERS} OR repeats THEN NULL ELSE json_exact(x) END)`, 'g_json_picked(x, tokens)'),
  ),
  macro(
    'json_scalar(v, x, path)',
    String.raw`CASE WHEN v >= '{' OR (v >= '[' AND v < '\') THEN
(CASE WHEN (starts_with(v, '{') OR starts_with(v, '[')) AND TRY(json_type(x, path)) IN ('OBJECT', 'ARRAY') THEN NULL ELSE v END) ELSE v END`,
  ),
  macro(
    'json_nodes(x, paths, tokens, repeats)',
    `coalesce(CASE WHEN regexp_matches(x, '${WORDS_OR_MARKS}') OR repeats THEN NULL ELSE CAST(TRY(json_extract(x, paths)) AS VARCHAR[]) END, CASE WHEN x IS NOT NULL THEN g_json_queries(x, tokens) END)`,
  ),
  macro(
    'json_record_parts(x, odd, spec, texts, parts, repeats)',
    recordOf(
      `(CASE WHEN NOT regexp_matches(x, odd) THEN x WHEN ${MAY_BE_MARKED} THEN ${MARKED} END)`,
      'g_json_picked_parts(x, texts, parts)',
    ),
  ),
  macro(
    'json_record_read(x, odd, spec, texts, parts, repeats, read)',
    `from_json(CASE WHEN read IS NULL THEN (CASE WHEN NOT regexp_matches(x, odd) AND json_valid(x) THEN x
ELSE list_transform([CASE WHEN ${MAY_BE_MARKED} THEN ${MARKED} END], lambda _m: CASE WHEN json_valid(_m) THEN _m WHEN ${IS_OBJECT} THEN g_json_picked_parts(x, texts, parts) END)[1] END) ELSE read END, spec)`,
  ),
  macro(
    'json_unmarked_text(v)',
    `CASE WHEN v >= '${MARK}' THEN (CASE WHEN starts_with(v, '${MARK}') THEN substr(v, 2) ELSE v END) ELSE v END`,
  ),
  macro(
    'json_written(e, x, tokens)',
    String.raw`CASE WHEN contains(e, '\u') OR contains(e, chr(8232)) OR contains(e, chr(8233)) THEN g_json_query(x, tokens)
WHEN contains(e, '${MARK}') THEN (CASE WHEN starts_with(e, '"${MARK}') THEN substr(json_extract_string(e, '$'), 2) ELSE json_unmarked(e) END)
ELSE e END`,
  ),
  macro(
    'json_is_doubtful(e)',
    String.raw`(contains(e, '.') OR contains(e, '\u') OR regexp_matches(e, ':(?:0[,}]|-?[0-9]+e)') OR regexp_matches(e, ',(?:0[,\]]|-?[0-9]+e)') OR regexp_matches(e, '\[(?:0[,\]]|-?[0-9]+e)') OR regexp_matches(e, '^(?:0$|-?[0-9]+e)') OR contains(e, 'NaN') OR contains(e, 'Infinity') OR contains(e, chr(8232)) OR contains(e, chr(8233)))`,
  ),
  macro('json_marked(x)', String.raw`regexp_replace(x, '${NUMBER}', '\1"${MARK}\2"', 'g')`),
  macro('json_unmarked(x)', String.raw`regexp_replace(x, '"${MARK}([^"]*)"', '\1', 'g')`),
  macro(
    'json_is_markable(x)',
    String.raw`(NOT contains(x, '\') AND NOT contains(x, '${MARK}') AND NOT contains(x, chr(8232)) AND NOT contains(x, chr(8233)) AND NOT regexp_matches(x, '(?i)[\[,:]\s*-?(?:nan|inf)') AND NOT regexp_matches(x, '-0\s*([,}\]]|$)') AND json_valid(x))`,
  ),
  macro(
    'json_part(e, x, path, tokens, repeats)',
    `CASE WHEN e IS NULL OR NOT json_is_doubtful(e) OR NOT regexp_matches(x, '${DOUBTFUL_SOURCE}') THEN e
WHEN repeats OR NOT json_is_markable(x) THEN g_json_query(x, tokens)
ELSE list_transform([json_marked(x)], lambda _y: CASE WHEN json_valid(_y) THEN json_unmarked(CAST(json_extract(_y, path) AS VARCHAR)) ELSE g_json_query(x, tokens) END)[1] END`,
  ),
  macro(
    'json_node(x, path, tokens, repeats, read)',
    `CASE WHEN read IS NOT NULL THEN json_written(CAST(json_extract(read, path) AS VARCHAR), x, tokens) ELSE list_transform([json_nodes(x, [path], '[' || tokens || ']', repeats)[1]], lambda _n: json_part(_n, x, path, tokens, repeats))[1] END`,
  ),
  macro(
    'json_seen_json(x, path, tokens, repeats, read)',
    `list_transform([json_node(x, path, tokens, repeats, read)], lambda _n: CASE WHEN contains(_n, '${MARK}') THEN '${MARK}' ELSE _n END)[1]`,
  ),
  macro(
    'json_first_part(c, x, tokens, modes, plain)',
    `CASE WHEN c = '""' OR c = 'null' OR (coalesce(plain, '-') <> '' AND (contains(c, '${MARK}') OR ${IS_REWRITTEN}))
THEN (CASE WHEN (${IS_NESTED}) AND NOT (${IS_REWRITTEN}) THEN json_unmarked(c)
WHEN c >= '"${MARK}-' AND c < '"${MARK}:' THEN substr(c, 3, length(c) - 3) ELSE g_json_first_part(x, tokens, modes) END) ELSE c END`,
  ),
  macro(
    'json_parts(x, path, tokens, repeats)',
    `CASE WHEN x IS NULL THEN NULL
WHEN repeats OR NOT json_valid(x) THEN g_json_query_array(x, tokens)
WHEN NOT regexp_matches(x, '${DOUBTFUL_SOURCE}') THEN (CASE WHEN json_type(x, path) = 'ARRAY' THEN CAST(json_extract(x, path || '[*]') AS VARCHAR[]) END)
WHEN NOT json_is_markable(x) THEN g_json_query_array(x, tokens)
WHEN json_type(x, path) = 'ARRAY' THEN list_transform([json_marked(x)], lambda _y: CASE WHEN json_valid(_y) THEN list_transform(CAST(json_extract(_y, path || '[*]') AS VARCHAR[]), lambda _e: json_unmarked(_e)) ELSE g_json_query_array(x, tokens) END)[1] END`,
  ),
  macro(
    'json_first_rest(c, x, tokens, modes, plain)',
    `CASE WHEN plain IS NULL OR c = '""' OR c = 'null' THEN json_first_part(c, x, tokens, modes, plain) END`,
  ),
  macro('json_first_read(c, plain)', `CASE WHEN plain IS NULL OR c = '""' OR c = 'null' THEN NULL ELSE c END`),
  macro('json_plain_of_read(read)', `CASE WHEN contains(read, '${MARK}') THEN read WHEN read IS NOT NULL THEN '' END`),
  // As texts: where the one branch of a CASE is of DuckDB's JSON type, it makes the others JSON too, and fails where they are none.
  macro('json_read_items(read)', `CAST(from_json(read, '["JSON"]') AS VARCHAR[])`),
  macro('json_read_item(e)', `CASE WHEN contains(e, '${MARK}') THEN json_unmarked(e) ELSE e END`),
  macro(
    'json_part_items(x, read)',
    `CASE WHEN read IS NULL THEN json_own_items(x) ELSE list_transform(json_read_items(read), lambda _e: coalesce(json_read_item(_e), 'null')) END`,
  ),
  macro(
    'json_items_length(x, read)',
    `CASE WHEN read IS NOT NULL THEN (CASE WHEN starts_with(read, '[') THEN CAST(json_array_length(read) AS BIGINT) END) ELSE len(json_own_items(x)) END`,
  ),
  macro(
    'json_own_items(x)',
    `CASE WHEN x IS NULL THEN NULL
WHEN NOT regexp_matches(x, '${DOUBTFUL_SOURCE}') AND NOT contains(x, 'null') THEN coalesce(CAST(TRY(from_json(x, '["JSON"]')) AS VARCHAR[]), g_json_query_array(x, '[]'))
WHEN regexp_matches(x, '${BEYOND_MARKS}') THEN g_json_query_array(x, '[]')
ELSE ${MARKED_ITEMS} END`,
  ),
  macro(
    'json_items(x, plain)',
    `CASE WHEN x IS NULL THEN NULL
WHEN plain = '' AND NOT contains(x, 'null') AND NOT contains(x, '\\') THEN json_read_items(x)
WHEN plain > '' AND NOT contains(x, '\\') THEN ${MARKED_ITEMS}
ELSE json_own_items(x) END`,
  ),
];

// Paths

interface Path {
  readonly tokens: readonly string[];
  /** For DuckDB; undefined where it has no path that leads to the same. */
  readonly fast: string | undefined;
}

/** DuckDB's path for the tokens of one; undefined where it has none: a number may lead into an array or an object, and some names can't be quoted. */
export function duckdbJsonPath(tokens: readonly string[]): string | undefined {
  const isName = (token: string): boolean => /^[\p{L}\p{N}_ .:-]+$/u.test(token) && !/^[0-9]+$/.test(token);
  if (!tokens.every(isName)) return undefined;
  return `$${tokens.map(token => `."${token}"`).join('')}`;
}

const LEGACY = new Set(['json_extract', 'json_extract_scalar', 'json_extract_array', 'json_extract_string_array']);

/** Indices that the reference reads by their first digits and modulo 2^32, of a text; of JSON not so. And -0, which it takes for 0. */
const ODD_INDEX = /\[\s*(?:-0+|-?\d{10,}|-?\d+[^\d\s\]][^\]\s]*)\s*\]/;

/** The path that the call's second argument is; undefined where GoogleSQL refuses it. @throws {Refusal} where it is computed. */
function pathOf(call: Call): Path | undefined {
  const at = call.args[1];
  if (at !== undefined && typeof at.literal !== 'string') {
    throw new Refusal(`${call.name.toUpperCase()} with a computed path`, 'a literal path');
  }
  const path = String(at?.literal ?? '$');
  if (ODD_INDEX.test(path)) throw new Refusal(`the array index in ${path}`, 'an index from 0 to 999999999');
  const tokens = jsonPathTokens(path, LEGACY.has(call.name));
  return tokens && { tokens, fast: duckdbJsonPath(tokens) };
}

const tokensSql = (path: Path): string => text(JSON.stringify(path.tokens));

/**
 * Of several equal names DuckDB follows the first, GoogleSQL the first that leads on: whether the text may have such names on the path.
 * Looks for the end of the name only, where it has no `_`, which is a wildcard: that is several times faster.
 */
function repeatsSql({ tokens }: Path, x: string): string {
  const ends = new Set(tokens.slice(0, -1).map(name => `${name.split('_').at(-1)}"`));
  if (ends.size === 0) return 'FALSE';
  return [`json_spells(${x})`, ...[...ends].map(end => `${x} LIKE ${text(`%${end}%${end}%`)}`)].join(' OR ');
}

/** The rule over the path, an error of GoogleSQL's where it is none. */
const withPath = (write: (call: Call, path: Path) => string): Rule =>
  withBound(call => {
    const path = pathOf(call);
    if (path !== undefined) return write(call, path);
    const failed = raise(fault(`Invalid JSONPath: ${String(argument(call, 1).literal)}`), call.type);
    return `CASE WHEN ${argument(call, 0).sql} IS NOT NULL THEN ${failed} END`;
  });

export const COLUMN = /^"(?:[^"]|"")*"\."(?:[^"]|"")*"$/;

/** How a text is read: `read` in its place (plain-json.ts), and where that is NULL, `x`. `whole` is the text. */
function sourceOf({ sql, plain }: Arg): { readonly x: string; readonly read: string; readonly whole: string } {
  if (plain === undefined) return { x: sql, read: 'NULL', whole: sql };
  if (plain.kind !== 'text') return { x: sql, read: `json_${plain.kind}_text(${sql}, ${plain.sql})`, whole: sql };
  const { sql: read, rest: x, of } = plain;
  if (x !== undefined && COLUMN.test(read) && COLUMN.test(x))
    return { x, read, whole: `coalesce(${x}, json_read_item(${read}))` };
  return { x: sql, read: of === undefined ? 'NULL' : `json_part_text(${sql}, ${of})`, whole: sql };
}

/** How a call reads a literal path of a text: the parameters of json_text and its kin. Undefined where DuckDB has no such path. */
export function jsonReadOf(call: Call) {
  const path = pathOf(call);
  if (path?.fast === undefined) return undefined;
  const { tokens, fast } = path;
  const { x, read, whole } = sourceOf(argument(call, 0));
  return { x, read, whole, tokens, parameters: [x, text(fast), tokensSql(path), repeatsSql(path, x), read] };
}

const jsonValue = withPath((call, path) => {
  const tokens = tokensSql(path);
  const { x, read, whole } = sourceOf(argument(call, 0));
  if (path.fast === undefined) return `g_json_value(${whole}, ${tokens})`;
  const fast = text(path.fast);
  const value =
    path.tokens.length === 0
      ? `json_root(${x}, ${read})`
      : `json_text(${x}, ${fast}, ${tokens}, ${repeatsSql(path, x)}, ${read})`;
  return bound([typed('STRING', value)], v => `json_scalar(${v}, ${whole}, ${fast})`);
});

/** A null of STRING's JSON is NULL; of JSON's it is JSON's null. */
const jsonQuery = withPath((call, path) => {
  const tokens = tokensSql(path);
  const { x, read, whole } = sourceOf(argument(call, 0));
  if (argument(call, 0).type.kind === 'JSON') return `g_json_part(${whole}, ${tokens})`;
  if (path.fast === undefined) return `nullif(g_json_query(${whole}, ${tokens}), 'null')`;
  const [fast, repeats] = [text(path.fast), repeatsSql(path, x)];
  return `nullif(json_node(${x}, ${fast}, ${tokens}, ${repeats}, ${read}), 'null')`;
});

const jsonQueryArray = withPath((call, path) => {
  const { sql: x, type, plain } = argument(call, 0);
  const items = itemsOf(call);
  if (items) return items.sql;
  const tokens = tokensSql(path);
  if (type.kind === 'JSON') return `g_json_part_array(${x}, ${tokens})`;
  if (path.fast === undefined) return `g_json_query_array(${x}, ${tokens})`;
  if (path.tokens.length === 0)
    return `json_items(${x}, ${(plain?.kind === 'text' ? plain.of : plain?.sql) ?? 'NULL'})`;
  return `json_parts(${x}, ${text(path.fast)}, ${tokens}, ${repeatsSql(path, x)})`;
});

/** The elements of a whole text of which it is known what to read in its place. */
export function itemsOf(call: Call): Items | undefined {
  if (call.isSafe || !ARRAYS.has(call.name)) return undefined;
  const [from] = call.args;
  const { plain } = from ?? {};
  if (from?.type.kind !== 'STRING' || plain?.kind !== 'text' || pathOf(call)?.tokens.length !== 0) return undefined;
  const { x, read } = sourceOf(from);
  if (read !== plain.sql) return undefined;
  return {
    sql: `json_part_items(${x}, ${read})`,
    read: `json_read_items(${read})`,
    written: `json_own_items(${x})`,
    length: `json_items_length(${x}, ${read})`,
  };
}

const ARRAYS: ReadonlySet<string> = new Set(['json_query_array', 'json_extract_array']);

const jsonValueArray = withPath((call, path) => `g_json_value_array(${argument(call, 0).sql}, ${tokensSql(path)})`);

// JSON values as SQL values

const strictly =
  (name: string, message: string): Rule =>
  call =>
    attempt(call, x => `${name}(${x})`, message);

const float64: Rule = call => {
  const mode = call.args[1] === undefined ? 'round' : optionOf(call, 'wide_number_mode');
  if (!WIDE_NUMBERS.has(mode)) return unknownMode(call, mode);
  const over: Call = { ...call, args: call.args.slice(0, 1) };
  return attempt(
    over,
    x => `g_json_float64(${x}, ${text(mode)})`,
    'The provided JSON input is not a number, or not exactly',
  );
};

const WIDE_NUMBERS: ReadonlySet<string> = new Set(['exact', 'round']);

/** An error for whatever is read, but NULL for NULL. */
function unknownMode(call: Call, mode: string): string {
  if (call.isSafe) return `NULL::${duckDbType(call.type)}`;
  const failed = raise(fault(`Invalid \`wide_number_mode\` specified: ${mode}`), call.type);
  return `CASE WHEN ${argument(call, 0).sql} IS NOT NULL THEN ${failed} END`;
}

/** The second argument, a name. @throws {Refusal} where it is computed. */
function optionOf(call: Call, name: string): string {
  const option = call.args[1]?.literal;
  if (typeof option === 'string') return option;
  throw new Refusal(`${call.name.toUpperCase()} with a computed ${name}`, `a literal ${name}`);
}

/** The string, number and so on that a JSON value is. */
const jsonString = strictly('g_json_string', 'The provided JSON input is not a string');

// SQL values as JSON text

interface Style {
  /** Numbers that a DOUBLE does not hold as texts. */
  readonly quotesWide: boolean;
  /** As TO_JSON has it: FLOAT64 with a point or exponent, fields in order of their names. */
  readonly isNormal: boolean;
  /** In how many arrays' lambdas it stands, which have a name each: 0 unless told. */
  readonly depth?: number;
}

const quoted = (sql: string): string => `('"' || ${sql} || '"')`;
const SAFE = 9_007_199_254_740_992n;

function jsonText(type: SqlType, sql: string, style: Style): string {
  const some = (write: (x: string) => string): string =>
    bound([{ sql, type }], x => `CASE WHEN ${x} IS NULL THEN 'null' ELSE ${write(x)} END`);
  switch (type.kind) {
    case 'BOOL':
      return some(x => `CAST(${x} AS VARCHAR)`);
    case 'INT64':
      if (!style.quotesWide) return some(x => `CAST(${x} AS VARCHAR)`);
      return some(
        x =>
          `CASE WHEN ${x} BETWEEN -${SAFE} AND ${SAFE} THEN CAST(${x} AS VARCHAR) ELSE ${quoted(`CAST(${x} AS VARCHAR)`)} END`,
      );
    case 'FLOAT64':
      if (style.isNormal) return some(x => `g_json_double(${x})`);
      return some(
        x =>
          `CASE WHEN isnan(${x}) THEN '"NaN"' WHEN isinf(${x}) THEN (CASE WHEN ${x} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END) ELSE cast_float_string(${x}) END`,
      );
    case 'NUMERIC':
      return some(x => `g_json_numeric(${x}, ${style.quotesWide}, ${style.isNormal})`);
    case 'BIGNUMERIC':
      return some(x => `g_json_bignumeric(${x}, ${style.quotesWide}, ${style.isNormal})`);
    case 'STRING':
      return some(x => `${style.isNormal ? 'g_json_quote_plain' : 'g_json_quote'}(${x})`);
    case 'BYTES':
      return some(x => quoted(`to_base64(${x})`));
    case 'DATE':
      return some(x => quoted(`CAST(${x} AS VARCHAR)`));
    case 'TIME':
      return some(x => quoted(`cast_time_string(${x})`));
    case 'DATETIME':
      return some(x => quoted(`replace(cast_moment_string(${x}), ' ', 'T')`));
    case 'TIMESTAMP':
      return some(x => quoted(`replace(cast_moment_string(${x}), ' ', 'T') || 'Z'`));
    case 'INTERVAL':
      return some(x => quoted(`g_interval_duration(interval_list(${x}))`));
    case 'JSON':
      return some(x => x);
    case 'ARRAY':
      return some(x => `('[' || array_to_string(${elementTexts(type.element, x, style)}, ',') || ']')`);
    case 'STRUCT':
      return some(x => structText(type, x, style));
    default:
      throw new Refusal(`JSON of ${type.kind}`);
  }
}

function elementTexts(element: SqlType, array: string, style: Style): string {
  const depth = (style.depth ?? 0) + 1;
  return `list_transform(${array}, lambda _j${depth}: ${jsonText(element, `_j${depth}`, { ...style, depth })})`;
}

function structText(type: SqlType & { kind: 'STRUCT' }, x: string, style: Style): string {
  const fields = type.fields.map((field, i) => ({ ...field, sql: `struct_extract_at(${x}, ${i + 1})` }));
  const kept = style.isNormal ? sortedByName(fields) : fields;
  if (kept.length === 0) return `'{}'`;
  const parts = kept.map(
    (field, i) =>
      `${text(`${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`)} || ${jsonText(field.type, field.sql, style)}`,
  );
  return `(${parts.join(' || ')} || '}')`;
}

/** In order of the names' bytes; of equal names the first. */
function sortedByName<T extends { readonly name: string }>(fields: readonly T[]): readonly T[] {
  const first = fields.filter((field, i) => fields.findIndex(other => other.name === field.name) === i);
  return [...first].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

const toJsonString: Rule = call => {
  const value = argument(call, 0);
  if (call.args[1]?.literal === null) return 'NULL::VARCHAR';
  const pretty = call.args[1]?.literal ?? false;
  if (call.args[1] !== undefined && typeof pretty !== 'boolean')
    throw new Refusal('TO_JSON_STRING with a computed pretty_print', 'TO_JSON_STRING with TRUE or FALSE');
  const compact = jsonText(value.type, value.sql, { quotesWide: true, isNormal: false });
  return pretty === true ? `g_json_pretty(${compact})` : compact;
};

const toJson: Rule = call => {
  const wide = call.args[1] === undefined ? false : call.args[1].literal;
  const value = argument(call, 0);
  const written = (quotesWide: boolean): string => jsonText(value.type, value.sql, { quotesWide, isNormal: true });
  if (typeof wide === 'boolean') return written(wide);
  const isWide = argument(call, 1).sql;
  return `CASE WHEN ${isWide} THEN ${written(true)} WHEN NOT ${isWide} THEN ${written(false)} END`;
};

const normal: Style = { quotesWide: false, isNormal: true };

const jsonArray: Rule = call => {
  const items = call.args.map(arg => jsonText(arg.type, arg.sql, normal));
  return items.length === 0 ? `'[]'` : `('[' || ${items.join(` || ',' || `)} || ']')`;
};

function objectOfArrays(call: Call): string {
  const [names, values] = [argument(call, 0), argument(call, 1)];
  if (values.type.kind !== 'ARRAY') throw new Error('an array that is none');
  const texts = elementTexts(values.type.element, values.sql, normal);
  const message = 'JSON_OBJECT: a NULL among the names or for an array, or not as many names as values';
  return `coalesce(g_json_object(${names.sql}, ${texts}), ${raise(fault(message), call.type)})`;
}

/** By names that are computed: they may be NULL, or equal. */
function objectOfNames(names: readonly Arg[], call: Call): string {
  const texts = call.args.filter((_, i) => i % 2 === 1).map(({ type, sql }) => jsonText(type, sql, normal));
  const object = `g_json_object([${names.map(({ sql }) => sql).join(', ')}], [${texts.join(', ')}])`;
  return `coalesce(${object}, ${raise(fault('JSON_OBJECT: a NULL among the names'), call.type)})`;
}

/** JSON_OBJECT(name, value, …): of equal names the first counts. */
const jsonObject: Rule = call => {
  if (call.args.length === 0) return `'{}'`;
  if (argument(call, 0).type.kind === 'ARRAY') return objectOfArrays(call);
  const given = call.args.filter((_, i) => i % 2 === 0);
  const names = given.map(arg => arg.literal);
  if (!names.every(name => typeof name === 'string')) return objectOfNames(given, call);
  const fields = names.map((name, i) => ({ name, value: argument(call, 2 * i + 1) }));
  const parts = sortedByName(fields).map(
    ({ name, value }, i) =>
      `${text(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)} || ${jsonText(value.type, value.sql, normal)}`,
  );
  return `(${parts.join(' || ')} || '}')`;
};

const subscript: Rule = call => {
  const [x, at] = [argument(call, 0), argument(call, 1)];
  return at.type.kind === 'STRING' ? `g_json_field(${x.sql}, ${at.sql})` : `g_json_item(${x.sql}, ${at.sql})`;
};

// JSON values with something in them changed

/** The tokens of a literal path. @throws {Refusal} where it is computed. */
function changePath(call: Call, at: Arg): readonly string[] | undefined {
  if (typeof at.literal !== 'string')
    throw new Refusal(`${call.name.toUpperCase()} with a computed path`, 'a literal path');
  return jsonPathTokens(at.literal, false);
}

/** `JSON_SET(json, path, value, …)`: pair by pair. `option` is the last argument of those that have one: TRUE unless told. */
const change =
  (operation: string, hasOption: boolean): Rule =>
  call => {
    const [json, ...rest] = call.args;
    if (!json) throw new Error('a change of nothing');
    const option = hasOption && rest.length % 2 === 1 ? rest.pop() : undefined;
    if (option !== undefined && typeof option.literal !== 'boolean')
      throw new Refusal(`${call.name.toUpperCase()} with a computed option`, 'TRUE or FALSE');
    const isEach = hasOption && option?.literal !== false;
    const step = operation === 'remove' ? 1 : 2;
    if (rest.some((arg, i) => i % step === 0 && arg.literal === null)) return 'NULL::VARCHAR';
    let answer = json.sql;
    for (let i = 0; i < rest.length; i += step) {
      const path = rest[i];
      const value = rest[i + 1];
      const tokens = path && changePath(call, path);
      if (tokens === undefined || (operation === 'remove' && tokens.length === 0)) {
        const failed = raise(fault(`Invalid JSONPath: ${String(path?.literal)}`), call.type);
        return `CASE WHEN ${json.sql} IS NOT NULL THEN ${failed} END`;
      }
      const name = isEach && value?.type.kind === 'ARRAY' ? `${operation}_each` : operation;
      const text_ = operation === 'remove' || !value ? `'null'` : jsonText(value.type, value.sql, normal);
      answer = `g_json_change(${answer}, ${text(name)}, ${text(JSON.stringify(tokens))}, ${text_})`;
    }
    return answer;
  };

const stripNulls: Rule = call => {
  const [json, path, arrays, empty] = call.args;
  if (!json) throw new Error('JSON_STRIP_NULLS of nothing');
  const tokens = path === undefined ? [] : changePath(call, path);
  const flags = [arrays?.literal ?? true, empty?.literal ?? false];
  if (tokens === undefined || flags.some(flag => typeof flag !== 'boolean'))
    throw new Refusal('JSON_STRIP_NULLS with computed options', 'literal ones');
  return `g_json_strip(${json.sql}, ${text(JSON.stringify(tokens))}, ${flags.join(', ')})`;
};

export const JSON_FUNCTIONS: Readonly<Record<string, Rule>> = {
  json_value: jsonValue,
  json_extract_scalar: jsonValue,
  json_query: jsonQuery,
  json_extract: jsonQuery,
  json_query_array: jsonQueryArray,
  json_extract_array: jsonQueryArray,
  json_value_array: jsonValueArray,
  json_extract_string_array: jsonValueArray,
  json_type: call => `g_json_type(${argument(call, 0).sql})`,
  parse_json: call => {
    const mode = call.args[1] === undefined ? 'exact' : optionOf(call, 'wide_number_mode');
    if (!WIDE_NUMBERS.has(mode)) return unknownMode(call, mode);
    const over: Call = { ...call, args: call.args.slice(0, 1) };
    return attempt(over, x => `g_parse_json(${x}, ${text(String(mode))})`, 'Invalid input to PARSE_JSON');
  },
  int64: strictly('g_json_int64', 'The provided JSON input is not an integer'),
  float64,
  bool: strictly('g_json_bool', 'The provided JSON input is not a boolean'),
  lax_int64: call => `g_json_lax_int64(${sqls(call).join(', ')})`,
  lax_float64: call => `g_json_lax_float64(${sqls(call).join(', ')})`,
  lax_bool: call => `g_json_lax_bool(${sqls(call).join(', ')})`,
  lax_string: call => `g_json_lax_string(${sqls(call).join(', ')})`,
  $subscript: subscript,
  json_strip_nulls: stripNulls,
};

/** These are not NULL where an argument is. */
export const JSON_MAKERS: Readonly<Record<string, Rule>> = {
  to_json_string: toJsonString,
  to_json: toJson,
  json_array: jsonArray,
  json_object: jsonObject,
  json_set: change('set', false),
  json_remove: change('remove', false),
  json_array_append: change('append', true),
  json_array_insert: change('insert', true),
};

/** STRING(json), beside STRING of points in time. */
export const stringOfJson = jsonString;
