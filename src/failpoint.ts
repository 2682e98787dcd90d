// Where a test may kill a run: the boundaries between what is done and what is remembered of it. Nothing happens at them
// in real use. Set by PULSE_FAILPOINT, which project.ts reads: `after-publish`, or `after-publish:3` for the third time.

import { PulseError } from './errors.ts';

/** In the order of a run. */
export const FAILPOINTS = [
  'after-claim',
  'while-ingesting',
  'after-ingest',
  'after-observe',
  'after-stage',
  'after-audit',
  'after-publish',
  'after-apply',
  'after-step',
  'before-finish',
  'after-finish',
  'after-forget',
  'while-adopting',
  'after-adopt',
  'after-redact',
  'before-rewrite',
  'after-copy',
  'after-rewrite',
  'after-chunk',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];

/** Called at each boundary; does not return where it is the one that is set. */
export type Failpoint = (name: FailpointName) => void;

const nowhere: Failpoint = () => undefined;

/**
 * What `text` asks for; nothing for an empty one. `die` ends the process without another word.
 *
 * @throws {PulseError} CONFIG_INVALID where it names no failpoint: a test that kills nowhere would prove nothing.
 */
export function failpointOf(text: string | undefined, die: () => never): Failpoint {
  if (text === undefined || text === '') return nowhere;
  const [name = '', times = '1'] = text.split(':');
  let left = Number(times);
  if (!FAILPOINTS.some(known => known === name) || !(left >= 1))
    throw new PulseError('CONFIG_INVALID', `PULSE_FAILPOINT is "${text}", which is no failpoint.`, {
      hint: `Take it out of the environment: it is for pulse's own tests. It takes NAME or NAME:TIMES: ${FAILPOINTS.join(', ')}.`,
    });
  return at => {
    if (at === name && --left === 0) die();
  };
}
