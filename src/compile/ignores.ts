// Comments that suppress a rule where it does not apply: `-- pulse:ignore select-star: why`, on the line of what is found or above it.
// One without a reason, of a rule that there is not, or that suppresses nothing is a finding itself. Pure.

import { hintClosest } from '../closest.ts';
import type { RuleFinding } from './rules.ts';

export interface IgnoringWorld {
  textOf(file: string): string;
  /** Files of which all findings are given: what a comment there does not suppress is not there. */
  readonly whole: Iterable<string>;
  /** Those that are looked for; a comment about another one may have its sense where that is turned on. */
  isOn(rule: string): boolean;
  /** All that there are. */
  readonly rules: readonly string[];
}

/** What no comment suppresses, then what is wrong with the comments. */
export function withoutSuppressed(findings: readonly RuleFinding[], world: IgnoringWorld): readonly RuleFinding[] {
  const read = new Map<string, readonly Ignore[]>();
  const ignoresOf = (file: string): readonly Ignore[] => {
    const known = read.get(file) ?? ignoresIn(world.textOf(file));
    read.set(file, known);
    return known;
  };
  const used = new Map<Ignore, Set<string>>();
  const kept = findings.filter(({ rule, place: { file, line = 1 } }) => {
    const ignore = ignoresOf(file).find(one => one.covers.includes(line) && one.rules.includes(rule));
    if (ignore !== undefined) used.set(ignore, (used.get(ignore) ?? new Set()).add(rule));
    return ignore === undefined;
  });
  const withoutReason = [...read].flatMap(([file, ignores]) =>
    ignores
      .filter(one => used.has(one) && one.reason === '')
      .map(one => noReason(one.rules.join(', '), { file, line: one.line })),
  );
  const idle = [...new Set(world.whole)].flatMap(file =>
    ignoresOf(file).flatMap(ignore => idleFindings(ignore, used.get(ignore) ?? new Set(), { file, world })),
  );
  return [...kept, ...withoutReason, ...idle];
}

const noReason = (rules: string, place: RuleFinding['place']): RuleFinding => ({
  rule: 'ignore-without-reason',
  message: `${rules} is ignored here without a reason.`,
  hint: `Write -- pulse:ignore ${rules}: why it does not apply.`,
  place,
});

interface Idle {
  readonly file: string;
  readonly world: IgnoringWorld;
}

function idleFindings(ignore: Ignore, used: ReadonlySet<string>, { file, world }: Idle): readonly RuleFinding[] {
  const place = { file, line: ignore.line, column: ignore.column };
  if (ignore.rules.length === 0) {
    const message = 'pulse:ignore names no rule: it suppresses nothing.';
    return [{ rule: 'unused-ignore', message, hint: 'Write -- pulse:ignore RULE: why it does not apply.', place }];
  }
  return ignore.rules.flatMap(rule => {
    if (!world.rules.includes(rule)) {
      const message = `There is no rule "${rule}": nothing is ignored here.`;
      return [
        { rule: 'unused-ignore', message, hint: hintClosest(rule, world.rules, 'docs/rules lists them.'), place },
      ];
    }
    // One that is turned off finds nothing anywhere; these two are about comments.
    if (used.has(rule) || !world.isOn(rule) || rule === 'unused-ignore' || rule === 'ignore-without-reason') return [];
    const message = `Nothing here is found by ${rule}: there is nothing to ignore.`;
    return [
      { rule: 'unused-ignore', message, hint: 'Take the comment out, or move it to the line that it is about.', place },
    ];
  });
}

interface Ignore {
  readonly line: number;
  readonly column: number;
  readonly rules: readonly string[];
  readonly reason: string;
  /** Lines of which it suppresses what is found. */
  readonly covers: readonly number[];
}

const OPENS = /(?:--|#|\/\*|\/\/|\{\{!)(?:(?!\*\/|\}\}).)*?\bpulse:ignore\b/;
const SAYS =
  /pulse:ignore(?:[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*))?[ \t]*(?::[ \t]*(.*?))?[ \t]*(?:\*\/|--\}\}|\}\}|$)/;
/** A line that has such a comment and nothing else. */
const ALONE = /^\s*(?:--|#|\/\*|\/\/|\{\{!).*\bpulse:ignore\b/;

function ignoresIn(text: string): readonly Ignore[] {
  if (!text.includes('pulse:ignore')) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at) => {
    const opened = OPENS.exec(line);
    if (opened === null) return [];
    const start = opened.index + opened[0].length - 'pulse:ignore'.length;
    const [, rules = '', reason = ''] = SAYS.exec(line.slice(start)) ?? [];
    const named = rules.split(',').flatMap(rule => rule.trim() || []);
    return [{ line: at + 1, column: start + 1, rules: named, reason: reason.trim(), covers: coveredBy(lines, at) }];
  });
}

/** Its own line and the next; comments of this kind may stand one below the other. */
function coveredBy(lines: readonly string[], at: number): readonly number[] {
  let next = at + 1;
  while (ALONE.test(lines[next] ?? '')) next += 1;
  return [at + 1, next + 1];
}
