// REGEXP functions. Both engines match with RE2; the rules about capturing groups are GoogleSQL's.

import { globsOf, textsOf } from '../pattern.ts';
import type { Call, Rule } from '../rule.ts';
import { argument, bound, byType, fault, isPlain, literalText, plain, raise, sqls, text, withBound } from './sql.ts';

/** By JavaScript's RE2 (runtime/regexp.ts): computed patterns, positions, BYTES, empty matches. Slower than DuckDB's own. */
const scripted: Rule = call =>
  bound(call.args, (...names) => {
    const kind = argument(call, 0).type.kind === 'BYTES' ? 'g_bytes_' : 'g_';
    const [x = '', pattern = '', ...rest] = names;
    const one = '1::BIGINT';
    const name = `${kind}${call.name}`;
    const isReplace = call.name === 'regexp_replace';
    const places = isReplace ? [] : rest;
    const groups = isReplace || call.name === 'regexp_contains' ? '1000::BIGINT' : one;
    const check = `${kind}regexp_fault(${pattern}, ${groups}, ${places[0] ?? one}, ${places[1] ?? one}, ${places[2] ?? '0::BIGINT'})`;
    const args: Readonly<Record<string, readonly string[]>> = {
      regexp_contains: [],
      regexp_extract: [places[0] ?? one, places[1] ?? one],
      regexp_extract_all: [],
      regexp_instr: [places[0] ?? one, places[1] ?? one, places[2] ?? '0::BIGINT'],
      regexp_replace: rest,
    };
    const isGiven = names.map(given => `${given} IS NOT NULL`).join(' AND ');
    const answer = `${name}(${[x, pattern, ...(args[call.name] ?? [])].join(', ')})`;
    return bound([{ sql: check, type: { kind: 'STRING' } }], wrong => {
      const failed = raise(`'GoogleSQL: ' || ${wrong}`, call.type);
      const isBad = `CASE WHEN ${isGiven} AND ${wrong} IS NOT NULL THEN ${failed}`;
      if (!isReplace) return `${isBad} ELSE ${answer} END`;
      const noGroup = raise(fault('Invalid REGEXP_REPLACE pattern'), call.type);
      return `${isBad} WHEN ${isGiven} THEN coalesce(${answer}, ${noGroup}) END`;
    });
  });

const isLiteral = (call: Call, index: number): boolean => {
  const literal = call.args[index]?.literal;
  return typeof literal === 'string' || literal === null;
};

/** `rule` where DuckDB's own function is exact, else the script. */
const orScripted =
  (rule: Rule): Rule =>
  call =>
    isLiteral(call, 1) && !(call.isSafe && !isSurelyValid(String(call.args[1]?.literal))) ? rule(call) : scripted(call);

/** A shape of fixed length is a GLOB: twice as fast, and planned ten times as fast. */
const contains: Rule = call => {
  const { sql } = argument(call, 0);
  const texts = textsOf(String(call.args[1]?.literal));
  const globs = texts && globsOf(texts);
  if (globs === undefined || (globs.length > 1 && !isPlain(sql))) return plain('regexp_matches')(call);
  return `(${globs.map(glob => `${sql} GLOB ${text(glob)}`).join(' OR ')})`;
};

/** How many capturing groups `pattern` has. */
export function groupsIn(pattern: string): number {
  let groups = 0;
  let isClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') {
      const quoted = pattern[i + 1] === 'Q' ? pattern.indexOf('\\E', i + 2) : i;
      i = quoted < 0 ? pattern.length : quoted + 1;
    } else if (isClass) isClass = char !== ']' || /\[\^?$/.test(pattern.slice(0, i));
    else if (char === '[') isClass = true;
    else if (char === '(' && (pattern[i + 1] !== '?' || /^\(\?P?</.test(pattern.slice(i)))) groups += 1;
  }
  return groups;
}

/** The group that is extracted: the only one, or the whole match. Undefined where GoogleSQL refuses the pattern. */
function groupOf(call: Call): 0 | 1 | undefined {
  const groups = groupsIn(literalText(call, 1, 'pattern'));
  return groups > 1 ? undefined : groups === 1 ? 1 : 0;
}

const tooManyGroups = (call: Call): string =>
  raise(fault('Regular expression has more than 1 capturing group'), call.type);

const extract: Rule = call => {
  if (call.args.length > 2) return scripted(call);
  if (argument(call, 1).literal === null) return 'NULL::VARCHAR';
  const group = groupOf(call);
  if (group === undefined)
    return withBound(over => `CASE WHEN ${argument(over, 0).sql} IS NOT NULL THEN ${tooManyGroups(call)} END`)(call);
  return withBound(over => {
    const [x, pattern] = sqls(over);
    if (group === 1 && isOptional(literalText(call, 1, 'pattern'))) return `regexp_extract_all(${x}, ${pattern}, 1)[1]`;
    const extracted = `regexp_extract(${x}, ${pattern}, ${group})`;
    if (group === 1 && isFilled(literalText(call, 1, 'pattern'))) return `nullif(${extracted}, '')`;
    return `CASE WHEN regexp_matches(${x}, ${pattern}) THEN ${extracted} END`;
  })(call);
};

/** A class or character, and how often it may stand there. */
const ITEM = String.raw`(?:\[[^\]\\[]+\]|[\w:/ -])([?*+]|\{[0-9]+(?:,[0-9]*)?\})?`;
const CAPTURED = new RegExp(String.raw`(?<!\\)\(((?:${ITEM})+)\)`);

/** True where what a pattern's group captures surely has a character: the group is classes and characters only, of which one must stand there. */
function isFilled(pattern: string): boolean {
  if (/\[[^\]]*\(|\\Q/.test(pattern)) return false;
  const items = (CAPTURED.exec(pattern)?.[1] ?? '').matchAll(new RegExp(ITEM, 'g'));
  return [...items].some(([, repeat = '+']) => /^(?:\+|\{[1-9])/.test(repeat));
}

const extractAll: Rule = call => {
  if (argument(call, 1).literal === null) return 'NULL::VARCHAR[]';
  const group = groupOf(call);
  if (group === undefined)
    return withBound(over => `CASE WHEN ${argument(over, 0).sql} IS NOT NULL THEN ${tooManyGroups(call)} END`)(call);
  if (mayMatchNothing(literalText(call, 1, 'pattern'))) return scripted(call);
  const all = `regexp_extract_all(${sqls(call).join(', ')}, ${group})`;
  return group === 1 ? `list_transform(${all}, lambda e: coalesce(e, ''))` : all;
};

/** True where the group may take no part in a match: DuckDB's regexp_extract gives empty text then, GoogleSQL NULL. */
function isOptional(pattern: string): boolean {
  if (/\||\\Q|\[/.test(pattern.replace(/\[(?:[^\]\\[|]|\\[^Q])+\]/g, 'x'))) return true;
  const bare = pattern.replace(/\[(?:[^\]\\[|]|\\[^Q])+\]|\\./g, 'x');
  // Groups that close within another or hold the capturing one: only what stands behind these says that it may be left out.
  const capturing = bare.search(/\((?!\?)|\(\?P?</);
  const open: number[] = [];
  for (let at = 0; at < bare.length; at++) {
    if (bare[at] === '(') open.push(at);
    if (bare[at] !== ')') continue;
    const start = open.pop() ?? 0;
    if (start <= capturing && /^[?*{]/.test(bare.slice(at + 1))) return true;
  }
  return false;
}

/** The engines disagree about the empty match at the end of a text. */
function mayMatchNothing(pattern: string): boolean {
  const bare = asJavaScript(pattern.replace(/\\[bBAz]|[\^$]/g, ''));
  try {
    return new RegExp(bare).test('');
  } catch {
    return true;
  }
}

const replace: Rule = call => {
  if (!isLiteral(call, 2) || mayMatchNothing(String(call.args[1]?.literal))) return scripted(call);
  if (argument(call, 1).literal === null || argument(call, 2).literal === null) return 'NULL::VARCHAR';
  const pattern = literalText(call, 1, 'pattern');
  const rewrite = literalText(call, 2, 'replacement');
  const used = [...rewrite.matchAll(/\\(.?)/gs)].map(m => m[1] ?? '');
  const isBad = used.some(char => char !== '\\' && !(/\d/.test(char) && Number(char) <= groupsIn(pattern)));
  if (!isBad) return `regexp_replace(${sqls(call).join(', ')}, 'g')`;
  return withBound(
    over =>
      `CASE WHEN ${argument(over, 0).sql} IS NOT NULL THEN ${raise(fault('Invalid REGEXP_REPLACE pattern'), call.type)} END`,
  )(call);
};

/** What JavaScript takes for a pattern, without what it alone has; RE2's own flags and names are told apart. */
function isSurelyValid(pattern: string): boolean {
  if (/\(\?<?[=!]|\\[1-9kc]/.test(pattern)) return false;
  try {
    new RegExp(asJavaScript(pattern));
    return true;
  } catch {
    // RE2 may take it all the same: the caller refuses what is not sure.
    return false;
  }
}

/** Without flags, with names as JavaScript writes them. */
const asJavaScript = (pattern: string): string =>
  pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?[a-zA-Z]+\)/g, '')
    .replace(/\(\?[a-zA-Z]+:/g, '(?:');

export const REGEXP: Readonly<Record<string, Rule>> = {
  regexp_contains: byType({ STRING: orScripted(contains), BYTES: scripted }),
  regexp_extract: byType({ STRING: orScripted(extract), BYTES: scripted }),
  regexp_extract_all: byType({ STRING: orScripted(extractAll), BYTES: scripted }),
  regexp_replace: byType({ STRING: orScripted(replace), BYTES: scripted }),
  regexp_instr: scripted,
};
