// One line an event, for logs and pipes: nothing moves, nothing is drawn over.

import { PulseError } from '../../errors.ts';
import type { RunEvent, StepResult } from '../../run/events.ts';
import type { Colors, Outlet } from '../io.ts';
import { placeText } from '../trouble.ts';
import { countsText, duration, number, plural, someOf } from '../wording.ts';
import { isStopped } from './progress.ts';
import type { Reporter } from './reporter.ts';

interface PlainOptions {
  readonly colors: Colors;
  /** Only what is wrong. */
  readonly isQuiet: boolean;
  /** With progress inside steps. */
  readonly isVerbose: boolean;
}

/** How much of a failed check is shown, and how wide. */
export interface SampleStyle {
  readonly colors: Colors;
  readonly columns: number;
  /** With the whole sample. */
  readonly isVerbose: boolean;
}

const SAMPLE_ROWS = 2;
const SAMPLE_VALUE = 24;

const line = (word: string, rest: string): string => `${word.padEnd(9)} ${rest}`;

function finishedText(step: StepResult, colors: Colors): string {
  switch (step.status) {
    case 'done':
      return `${colors.green(line('done', step.asset))}  ${madeText(step)}, ${duration(step.durationMs)}`;
    case 'unchanged':
      return `${colors.green(line('unchanged', step.asset))}  ${duration(step.durationMs)}`;
    case 'failed':
      if (isStopped(step)) return `${colors.yellow(line('stopped', step.asset))}  ${duration(step.durationMs)}`;
      return `${colors.red(line('failed', step.asset))}  ${failureText(step.error)}`;
    case 'skipped':
      return `${colors.yellow(line('skipped', step.asset))}  needs ${someOf(step.because ?? [])}`;
  }
}

/** An ingestion has no cells, only rows. */
export const madeText = ({ cells, rows }: Pick<StepResult, 'cells' | 'rows'>): string =>
  cells === 0 && rows > 0 ? plural(rows, 'row') : `${plural(cells, 'cell')}, ${plural(rows, 'row')}`;

function failureText(error: Error | undefined): string {
  if (error === undefined) return 'for a reason that was not told';
  const place = error instanceof PulseError && error.place !== undefined ? `${placeText(error.place)}: ` : '';
  return place + (error.message.split('\n')[0] ?? '');
}

/** What stays to be read however the run is shown: warnings, failed checks, failures. Undefined for the rest. */
export function lastingText(event: RunEvent, style: SampleStyle): string | undefined {
  const { colors } = style;
  switch (event.kind) {
    case 'notice':
      return event.level === 'warn' ? colors.yellow(line('warning', event.text)) : line('note', event.text);
    case 'check-failed': {
      const color = event.severity === 'warn' ? colors.yellow : colors.red;
      const rows = plural(event.failedRows, 'row');
      return `${color(line('check', event.asset))}  ${event.name}: ${rows} ${event.severity === 'warn' ? '(warning)' : '(not published)'}${sampleText(event.sample, style)}`;
    }
    case 'step-finished':
      return event.status === 'failed' && !isStopped(event) ? finishedText(event, colors) : undefined;
    default:
      return undefined;
  }
}

/** At most `most` characters, the last of them … where some are left out. */
function shortened(text: string, most: number): string {
  const signs = [...text];
  return signs.length <= most ? text : `${signs.slice(0, Math.max(0, most - 1)).join('')}…`;
}

/** Rows that break a check, each on a line of its own below it. */
function sampleText(sample: readonly (readonly unknown[])[], { columns, isVerbose }: SampleStyle): string {
  const rows = isVerbose ? sample : sample.slice(0, SAMPLE_ROWS);
  return rows
    .map(row => {
      const values = row.map(value => JSON.stringify(value) ?? 'null');
      if (isVerbose) return `\n${line('', values.join(', '))}`;
      return `\n${shortened(line('', values.map(value => shortened(value, SAMPLE_VALUE)).join(', ')), columns)}`;
    })
    .join('');
}

function progressText(event: RunEvent & { kind: 'step-progress' }): string {
  const { done, total } = event;
  const fraction = done === undefined ? '' : ` ${number(done)}${total === undefined ? '' : ` of ${number(total)}`}`;
  return line('...', `${event.asset}  ${event.text}${fraction}`);
}

function eventText(
  event: RunEvent,
  { colors, columns, isQuiet, isVerbose }: PlainOptions & SampleStyle,
): string | undefined {
  const lasting = lastingText(event, { colors, columns, isVerbose });
  if (lasting !== undefined) return isQuiet && event.kind === 'notice' && event.level === 'info' ? undefined : lasting;
  if (isQuiet) return undefined;
  switch (event.kind) {
    case 'run-started':
      return line('run', `${event.runId}: ${plural(event.assets.length, 'asset')} to make`);
    case 'step-started':
      return line('start', `${event.asset}${event.cells === undefined ? '' : `  ${plural(event.cells, 'cell')}`}`);
    case 'step-progress':
      return isVerbose ? colors.dim(progressText(event)) : undefined;
    case 'step-finished':
      return finishedText(event, colors);
    case 'file-ingested':
      return line('ingested', `${event.file}  ${countsText(event)}`);
    default:
      return undefined;
  }
}

export function plainReporter(out: Outlet, options: PlainOptions): Reporter {
  return {
    emit: event => {
      const text = eventText(event, { ...options, columns: out.columns() });
      if (text !== undefined) out.write(`${text}\n`);
    },
    close: () => undefined,
  };
}
