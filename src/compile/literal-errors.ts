// Errors of what a query writes as a literal, before any row comes by: tried on the reference implementation.

import { PulseError, PulseErrors } from '../errors.ts';
import type { Analyzed } from '../googlesql/analyzed.ts';
import { literalTrials } from '../googlesql/facts/literal-faults.ts';
import { tokensOf } from '../googlesql/tokens.ts';
import type { CompileEngine } from './engine.ts';
import { type Located, locateOffset } from './source-map.ts';
import type { Rendered } from './template.ts';

export interface LiteralFault {
  readonly message: string;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

/** By place; most queries have nothing to try, or are right at once. */
export async function literalFaults(engine: CompileEngine, analyzed: Analyzed): Promise<readonly LiteralFault[]> {
  const trials = literalTrials(analyzed);
  const together = trials.filter(trial => trial.says === undefined).map(trial => trial.expression);
  const isWrong = together.length > 0 && (await engine.errorOf(together)) !== undefined;
  const faults: LiteralFault[] = [];
  for (const { expression, says, start } of trials) {
    if (says === undefined && !isWrong) continue;
    const message = await engine.errorOf([expression]);
    if (message !== undefined && says?.test(message) !== false) faults.push({ message, start });
  }
  return faults;
}

/** @throws {PulseError} SQL_INVALID at the place of the literal in the template, PulseErrors where several are wrong. */
export async function checkLiterals(engine: CompileEngine, analyzed: Analyzed, rendered: Rendered): Promise<void> {
  const errors = (await literalFaults(engine, analyzed)).map(({ message, start }) => {
    const { place, includedAt } = placeOf(start, rendered) ?? {};
    const at = includedAt && ` It is included at ${includedAt.file}:${includedAt.line}:${includedAt.column}.`;
    return new PulseError('SQL_INVALID', message, {
      hint: `What is written here is an error for every row.${isSwapped(message) ? SWAPPED : ''}${at ?? ''}`,
      ...(place !== undefined && { place }),
    });
  });
  const [first] = errors;
  if (first === undefined) return;
  throw errors.length === 1 ? first : new PulseErrors(`${errors.length} literals here are errors.`, errors);
}

const SWAPPED = " The format comes first: PARSE_DATE('%Y-%m-%d', text).";
/** An element of a format in what was to be parsed. */
const isSwapped = (message: string): boolean =>
  /^Failed to parse input string "[^"]*%|^Mismatch between format character '.' and string character '%'/.test(message);

/** Of the literal; where a template gives a part of it to a partial, of that part. */
function placeOf(start: number, { map, sql }: Rendered): Located | undefined {
  const literal = tokensOf(sql).find(token => token.start === start);
  const own = locateOffset(map, start);
  if (own?.includedAt === undefined || literal?.kind !== 'string') return own;
  const given = map.stretches.find(
    ({ offset, file }) => offset > start && offset < start + literal.text.length && file !== own.place.file,
  );
  return given === undefined ? own : locateOffset(map, given.offset);
}
