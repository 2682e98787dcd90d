// COALESCE over several paths of one JSON text: COALESCE(NULLIF(JSON_VALUE(x, '$.a'), ''), NULLIF(JSON_VALUE(x, '$.b'), '')). The first
// path that leads anywhere has the answer, but for what is odd about it: so it alone is looked at, and where it is odd JavaScript answers
// (runtime/json.ts). What is known of an argument travels on it. Pure text.

import type { Arg, Call, Rule, Seen } from '../rule.ts';
import { WHITE_SPACE } from '../runtime/text.ts';
import { jsonReadOf } from './json.ts';
import { bound, text } from './sql.ts';

/** What became of the value of one path. `filled`: '' (of JSON: '""') is NULL. `word`: trimmed before that. */
type Mode = 'text' | 'filled' | 'word';

const COLUMN = /^"(?:[^"]|"")*"\."(?:[^"]|"")*"$/;
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

function seenBy(kind: Seen['kind'], call: Call, { sql, type, plain }: Arg): Seen | undefined {
  if (type.kind !== 'STRING' || !COLUMN.test(sql)) return undefined;
  const read = jsonReadOf(call);
  if (!read || (kind === 'json' && read.tokens.length === 0)) return undefined;
  const raw =
    read.tokens.length === 0
      ? `json_seen_root(${sql}, ${read.read})`
      : `json_seen_${kind}(${read.parameters.join(', ')})`;
  return {
    column: sql,
    kind,
    raw,
    tokens: read.tokens,
    plain: plain?.sql ?? 'NULL',
    isTrimmed: false,
    isFilled: false,
  };
}

const modeOf = ({ isTrimmed, isFilled }: Seen): Mode | undefined =>
  isTrimmed ? (isFilled ? 'word' : undefined) : isFilled ? 'filled' : 'text';

/** COALESCE of such arguments; undefined where there is another. */
function firstOf(args: readonly Arg[]): string | undefined {
  const seen = args.flatMap(arg => arg.seen ?? []);
  const modes = seen.flatMap(one => modeOf(one) ?? []);
  const [one] = seen;
  if (!one || modes.length < args.length) return undefined;
  if (seen.some(({ column, kind }) => column !== one.column || kind !== one.kind)) return undefined;
  const tokens = text(JSON.stringify(seen.map(({ tokens }) => tokens)));
  const raw = `coalesce(${seen.map(({ raw }) => raw).join(', ')})`;
  return bound([{ sql: raw, type: { kind: 'STRING' } }], found => {
    const rest = `${one.column}, ${tokens}, ${text(modes.join(' '))}`;
    if (one.kind === 'json') return `json_first_part(${found}, ${rest}, ${one.plain})`;
    return `json_first_${strictest(modes)}(${found}, coalesce(${seen.map(filled).join(', ')}), ${rest})`;
  });
}

/** As it counts, if it is a text. */
function filled({ raw, isTrimmed, isFilled }: Seen): string {
  const trimmed = isTrimmed ? `trim(${raw}, ${text(WHITE_SPACE)})` : raw;
  return isFilled ? `nullif(${trimmed}, '')` : trimmed;
}

const strictest = (modes: readonly Mode[]): Mode =>
  modes.find(mode => mode === 'word') ?? modes.find(mode => mode === 'filled') ?? 'text';

export const coalesce: Rule = call => firstOf(call.args) ?? `coalesce(${call.args.map(({ sql }) => sql).join(', ')})`;
