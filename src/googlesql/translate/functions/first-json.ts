// COALESCE over several paths of one JSON text: COALESCE(NULLIF(JSON_VALUE(x, '$.a'), ''), NULLIF(JSON_VALUE(x, '$.b'), '')). The first
// path that leads to anything that counts has the answer, but for what is odd about it: so it alone is looked at, and where it is odd
// JavaScript answers (runtime/json.ts). What is known of an argument travels on it. Pure text.

import { type Plain, partOf } from '../plain-json.ts';
import type { Arg, Call, Rule, Seen } from '../rule.ts';
import { COLUMN, jsonReadOf } from './json.ts';
import { bound, type Typed, text, typed } from './sql.ts';

/** What became of the value of one path. `filled`: '' (of JSON: '""') is NULL. `word`: trimmed before that. */
type Mode = 'text' | 'filled' | 'word';

const READERS: Readonly<Record<string, Seen['kind']>> = {
  json_value: 'text',
  json_extract_scalar: 'text',
  json_query: 'json',
  json_extract: 'json',
};

/** What is known of a call's answer. */
export function seenOf(call: Call): Seen | undefined {
  const [first, second] = call.args;
  if (!first || call.isSafe) return undefined;
  const kind = READERS[call.name];
  if (kind !== undefined) return seenBy(kind, call, first);
  const { seen } = first;
  if (!seen || seen.isFilled) return undefined;
  if (call.name === 'trim' && !second && seen.kind === 'text') return { ...seen, isTrimmed: true };
  if (call.name === 'nullif' && second?.literal === (seen.kind === 'text' ? '' : '""'))
    return { ...seen, isFilled: true };
  return undefined;
}

function seenBy(kind: Seen['kind'], call: Call, { type, plain }: Arg): Seen | undefined {
  if (type.kind !== 'STRING') return undefined;
  const read = jsonReadOf(call);
  if (!read || !COLUMN.test(read.x) || (kind === 'json' && read.tokens.length === 0)) return undefined;
  const raw =
    read.tokens.length === 0
      ? `json_seen_root(${read.x}, ${read.read})`
      : `json_seen_${kind}(${read.parameters.join(', ')})`;
  return {
    column: read.x,
    whole: read.whole,
    kind,
    raw,
    tokens: read.tokens,
    plain,
    isTrimmed: false,
    isFilled: false,
  };
}

const modeOf = ({ isTrimmed, isFilled }: Seen): Mode | undefined =>
  isTrimmed ? (isFilled ? 'word' : undefined) : isFilled ? 'filled' : 'text';

/** What is known of the arguments, if it is of paths of one text; undefined where there is another. */
function pathsOf(args: readonly Arg[]) {
  const seen = args.flatMap(arg => arg.seen ?? []);
  const modes = seen.flatMap(one => modeOf(one) ?? []);
  const [one] = seen;
  if (!one || modes.length < args.length) return undefined;
  if (seen.some(({ column, kind }) => column !== one.column || kind !== one.kind)) return undefined;
  return { one, seen, modes };
}

/** COALESCE of such arguments. */
function firstOf(args: readonly Arg[]): string | undefined {
  const paths = pathsOf(args);
  if (!paths) return undefined;
  const { one, seen, modes } = paths;
  const rest = restOf(paths);
  if (one.kind === 'json')
    return bound([firstRaw(seen)], found => `json_first_part(${found}, ${rest}, ${one.plain?.sql ?? 'NULL'})`);
  return bound([firstText(seen)], found => `json_first_${readerOf(modes)}(${found}, ${rest})`);
}

/** For JavaScript, where the first is not the answer: the text, the paths, and what becomes of each. */
const restOf = ({ one, seen, modes }: NonNullable<ReturnType<typeof pathsOf>>): string =>
  `${one.whole}, ${text(JSON.stringify(seen.map(({ tokens }) => tokens)))}, ${text(modes.join(' '))}`;

const firstRaw = (seen: readonly Seen[]): Typed =>
  typed('STRING', `coalesce(${seen.map(({ raw }) => raw).join(', ')})`);

/** An empty one counts only where NULLIF does not take it away. */
const firstText = (seen: readonly Seen[]): Typed =>
  typed('STRING', `coalesce(${seen.map(({ raw, isFilled }) => (isFilled ? `nullif(${raw}, '')` : raw)).join(', ')})`);

/** COALESCE of parts of a text of which something is known is read as what the first path leads to. */
export function readableOf({ name, args }: Call): Plain | undefined {
  const paths = name === 'coalesce' ? pathsOf(args) : undefined;
  const plain = paths?.one.plain;
  if (paths?.one.kind !== 'json' || !plain) return undefined;
  const first = firstRaw(paths.seen);
  return {
    kind: 'text',
    sql: bound([first], found => `json_first_read(${found}, ${plain.sql})`),
    rest: bound([first], found => `json_first_rest(${found}, ${restOf(paths)}, ${plain.sql})`),
    of: partOf(plain).sql,
  };
}

/** What reads the first text that counts: words are trimmed, and of words beside others it is not told which one this is. */
function readerOf(modes: readonly Mode[]): 'text' | 'word' | 'mixed' {
  if (!modes.includes('word')) return 'text';
  return modes.every(mode => mode === 'word') ? 'word' : 'mixed';
}

export const coalesce: Rule = call => firstOf(call.args) ?? `coalesce(${call.args.map(({ sql }) => sql).join(', ')})`;
