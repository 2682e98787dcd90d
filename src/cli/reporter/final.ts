// What stands under a run: the table of what was made, each failure with its place, who was skipped for it,
// where the time went, and what to type next. Text only; printed by the command.

import type { RunResult, StepResult } from '../../run/events.ts';
import type { Colors } from '../io.ts';
import { tableText } from '../table.ts';
import { troubleText } from '../trouble.ts';
import { duration, number, plural, someOf } from '../wording.ts';
import { isStopped } from './progress.ts';

interface FinalOptions {
  readonly colors: Colors;
  readonly isDebug: boolean;
  readonly hasTimings: boolean;
  /** The table to suggest a query of; undefined for none. */
  readonly example: string | undefined;
  /** Whether the analyzer is installed: without it no query that is typed can be run. */
  readonly canQuery: boolean;
}

const WORDS: Readonly<Record<StepResult['status'], string>> = {
  done: 'made',
  unchanged: 'unchanged',
  failed: 'failed',
  skipped: 'skipped',
};

function stepRow(step: StepResult, colors: Colors): string[] {
  if (isStopped(step)) return [step.asset, colors.yellow('stopped'), '', '', duration(step.durationMs)];
  const color = { done: colors.green, unchanged: colors.green, failed: colors.red, skipped: colors.yellow }[
    step.status
  ];
  const isMade = step.status === 'done';
  // An ingestion has no cells, only rows.
  return [
    step.asset,
    color(WORDS[step.status]),
    isMade && (step.cells > 0 || step.rows === 0) ? number(step.cells) : '',
    isMade ? number(step.rows) : '',
    step.status === 'skipped' ? '' : duration(step.durationMs),
  ];
}

function tally(result: RunResult): string {
  const count = (status: StepResult['status']): number =>
    result.steps.filter(step => step.status === status && !isStopped(step)).length;
  const parts = [
    `${plural(count('done'), 'asset')} made`,
    count('unchanged') > 0 ? `${number(count('unchanged'))} unchanged` : '',
    result.fresh.length > 0 ? `${number(result.fresh.length)} already fresh` : '',
    count('failed') > 0 ? `${number(count('failed'))} failed` : '',
    count('skipped') > 0 ? `${number(count('skipped'))} skipped` : '',
  ];
  const took = duration(result.finishedAt.getTime() - result.startedAt.getTime());
  return `${parts.filter(part => part !== '').join(', ')} in ${took}.`;
}

/** The failure of one step, with its readers that were skipped for it. */
function failureText(step: StepResult, result: RunResult, { colors, isDebug }: FinalOptions): string {
  const readers = result.steps.filter(other => other.because?.includes(step.asset)).map(other => other.asset);
  const skipped = readers.length === 0 ? '' : `  skipped for it: ${someOf(readers, 12)}\n`;
  return `\n${colors.bold(step.asset)} failed:\n${troubleText(step.error ?? new Error('no error was told'), { colors, isDebug })}${skipped}`;
}

/** Where the time went, as a table. */
export function timingsText(result: RunResult, colors: Colors): string {
  const wall = result.finishedAt.getTime() - result.startedAt.getTime();
  // Of the sum: steps run side by side, so that the times may be more than what the clock showed.
  const total = result.timings.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const rows = result.timings.map(({ name, durationMs }) => [
    name,
    duration(durationMs),
    total === 0 ? '' : `${Math.round((100 * durationMs) / total)} %`,
  ]);
  return `\n${tableText([`where the time went (${duration(wall)} in all)`, 'time', 'share'], rows, { colors, right: [1, 2] })}`;
}

function nextText(result: RunResult, { example, canQuery }: FinalOptions): string {
  switch (result.status) {
    case 'failed':
      return 'Next: mend it, then run the same command again; what is made stays made.';
    case 'interrupted':
      return 'Interrupted. What is made stays made: run the same command again to go on.';
    default:
      return example === undefined
        ? 'Next: npx pulse status'
        : canQuery
          ? `Next: npx pulse query 'SELECT * FROM ${example} LIMIT 10'`
          : `Next: npx pulse show ${example}`;
  }
}

/** The end of a run as text. */
export function finalText(result: RunResult, options: FinalOptions): string {
  const { colors } = options;
  const rows = result.steps.map(step => stepRow(step, colors));
  const table = tableText(['asset', '', 'cells', 'rows', 'time'], rows, { colors, right: [2, 3, 4] });
  const failures = result.steps
    .filter(step => step.status === 'failed' && !isStopped(step))
    .map(step => failureText(step, result, options));
  const timings = options.hasTimings ? timingsText(result, colors) : '';
  return `\n${table}\n${tally(result)}\n${failures.join('')}${timings}\n${nextText(result, options)}\n`;
}
