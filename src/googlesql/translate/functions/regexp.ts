// REGEXP functions. Both engines match with RE2; the rules about capturing groups are GoogleSQL's.

import { type Call, Refusal, type Rule } from '../rule.ts';
import { argument, byType, fault, literalText, plain, raise, refuse, sqls, withBound } from './sql.ts';

const bytesRefused: Rule = call => {
  throw new Refusal(`${call.name.toUpperCase()} of BYTES`, `${call.name.toUpperCase()} of STRING`);
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
  if (argument(call, 1).literal === null) return 'NULL::VARCHAR';
  const group = groupOf(call);
  if (group === undefined)
    return withBound(over => `CASE WHEN ${argument(over, 0).sql} IS NOT NULL THEN ${tooManyGroups(call)} END`)(call);
  if (call.args.length > 2) throw new Refusal('REGEXP_EXTRACT with a position', 'REGEXP_EXTRACT of SUBSTR');
  return withBound(over => {
    const [x, pattern] = sqls(over);
    if (group === 1 && isOptional(literalText(call, 1, 'pattern'))) return `regexp_extract_all(${x}, ${pattern}, 1)[1]`;
    return `CASE WHEN regexp_matches(${x}, ${pattern}) THEN regexp_extract(${x}, ${pattern}, ${group}) END`;
  })(call);
};

const extractAll: Rule = call => {
  if (argument(call, 1).literal === null) return 'NULL::VARCHAR[]';
  const group = groupOf(call);
  if (group === undefined)
    return withBound(over => `CASE WHEN ${argument(over, 0).sql} IS NOT NULL THEN ${tooManyGroups(call)} END`)(call);
  if (mayMatchNothing(literalText(call, 1, 'pattern'))) {
    throw new Refusal(
      'REGEXP_EXTRACT_ALL with a pattern that matches the empty text',
      'a pattern with + in the place of *',
    );
  }
  const all = `regexp_extract_all(${sqls(call).join(', ')}, ${group})`;
  return group === 1 ? `list_transform(${all}, lambda e: coalesce(e, ''))` : all;
};

/** True where the group may take no part in a match: DuckDB's regexp_extract gives empty text then, GoogleSQL NULL. */
const isOptional = (pattern: string): boolean => /\||\)[?*{]/.test(pattern);

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

/** DuckDB refuses a pattern that is none before TRY() could catch it. */
const checked =
  (rule: Rule): Rule =>
  call => {
    const pattern = call.args[1]?.literal;
    if (call.isSafe && typeof pattern === 'string' && !isSurelyValid(pattern)) {
      throw new Refusal(`SAFE.${call.name.toUpperCase()} with a pattern that may be invalid`, call.name.toUpperCase());
    }
    return rule(call);
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
  regexp_contains: checked(byType({ STRING: plain('regexp_matches'), BYTES: bytesRefused })),
  regexp_extract: checked(byType({ STRING: extract, BYTES: bytesRefused })),
  regexp_extract_all: checked(byType({ STRING: extractAll, BYTES: bytesRefused })),
  regexp_replace: checked(byType({ STRING: replace, BYTES: bytesRefused })),
  regexp_instr: refuse('STRPOS of REGEXP_EXTRACT'),
};
