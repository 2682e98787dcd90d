// The live board: one line an asset, at most the terminal's height; lines that are to stay go above it.
// `boardLines` is pure; the reporter below it redraws by a timer, on log-update.

import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../../run/events.ts';
import type { Colors, Io } from '../io.ts';
import { duration, number, plural } from '../wording.ts';
import { lastingText, madeText } from './plain.ts';
import { advance, type Line, NO_PROGRESS, type Progress } from './progress.ts';
import type { Reporter } from './reporter.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

interface Canvas {
  readonly nowMs: number;
  readonly columns: number;
  /** Lines that may be used. */
  readonly rows: number;
  readonly colors: Colors;
}

function mark(line: Line, { nowMs, colors }: Canvas): string {
  switch (line.status) {
    case 'waiting':
      return colors.dim('·');
    case 'running':
      return colors.cyan(FRAMES[Math.floor(nowMs / FRAME_MS) % FRAMES.length] ?? '*');
    case 'done':
      return colors.green('✔');
    case 'unchanged':
      return colors.green('=');
    case 'failed':
      return colors.red('✖');
    case 'skipped':
    case 'stopped':
      return colors.yellow('-');
  }
}

function fraction({ done, total }: Line): string {
  if (done === undefined) return '';
  return total === undefined ? number(done) : `${number(done)}/${number(total)}`;
}

function detail(line: Line, nowMs: number): string {
  switch (line.status) {
    case 'waiting':
      return '';
    case 'running':
      return [line.text, fraction(line), duration(nowMs - line.startedAtMs)].filter(part => part !== '').join('  ');
    case 'unchanged':
    case 'stopped':
      return `${line.status}  ${duration(line.durationMs ?? 0)}`;
    case 'done':
      return `${madeText({ cells: line.cells ?? 0, rows: line.rows ?? 0 })}, ${duration(line.durationMs ?? 0)}`;
    default:
      return `${line.status}: ${line.text}`;
  }
}

/** Cut at the terminal's edge: a line that wraps would shake the board. */
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

const PRIORITY: readonly Line['status'][] = ['failed', 'running', 'stopped', 'skipped', 'done', 'unchanged', 'waiting'];

/** The lines there is room for, in the run's order: what failed and what runs before what is done, that before what waits. */
function fitting(lines: readonly Line[], room: number): readonly Line[] {
  if (lines.length <= room) return lines;
  const ranked = lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => PRIORITY.indexOf(a.line.status) - PRIORITY.indexOf(b.line.status) || b.index - a.index);
  return ranked
    .slice(0, Math.max(0, room))
    .sort((a, b) => a.index - b.index)
    .map(({ line }) => line);
}

function summary(lines: readonly Line[], hidden: number, elapsed: string): string {
  const count = (...statuses: Line['status'][]): number => lines.filter(line => statuses.includes(line.status)).length;
  const parts = [
    `${count('done', 'unchanged')} of ${plural(lines.length, 'asset')}`,
    count('failed') > 0 ? `${count('failed')} failed` : '',
    count('stopped') > 0 ? `${count('stopped')} stopped` : '',
    count('skipped') > 0 ? `${count('skipped')} skipped` : '',
    hidden > 0 ? `${hidden} not shown` : '',
    elapsed,
  ];
  return parts.filter(part => part !== '').join(' · ');
}

/** The board as lines, none longer than the canvas. */
export function boardLines(progress: Progress, canvas: Canvas): string[] {
  const { colors, columns, rows, nowMs } = canvas;
  const all = [...progress.lines.values()];
  const shown = fitting(all, rows - 1);
  const width = Math.min(
    40,
    shown.reduce((most, line) => Math.max(most, line.asset.length), 0),
  );
  const lines = shown.map(line => {
    const name = cut(line.asset, width).padEnd(width);
    const rest = cut(detail(line, nowMs), columns - width - 5);
    const painted = line.status === 'waiting' ? colors.dim(name) : line.status === 'failed' ? colors.red(name) : name;
    return `${mark(line, canvas)} ${painted}  ${line.status === 'failed' ? colors.red(rest) : colors.dim(rest)}`;
  });
  const elapsed = duration(nowMs - progress.startedAtMs);
  return [...lines, colors.dim(cut(summary(all, all.length - shown.length, elapsed), columns - 1))];
}

/** Draws on `io.out`, which is a terminal. */
export function boardReporter(io: Io, colors: Colors, { isVerbose = false } = {}): Reporter {
  const update = createLogUpdate(io.out.stream, { showCursor: false });
  let progress = NO_PROGRESS;
  const draw = (): void => {
    if (progress.lines.size === 0) return;
    const canvas = { nowMs: io.now().getTime(), columns: io.out.columns(), rows: io.out.rows() - 1, colors };
    update(boardLines(progress, canvas).join('\n'));
  };
  const timer = setInterval(draw, FRAME_MS);
  const close = (): void => {
    clearInterval(timer);
    update.clear();
    update.done();
  };
  return {
    emit: (event: RunEvent) => {
      progress = advance(progress, event, io.now().getTime());
      if (event.kind === 'run-finished') return close();
      const lasting = lastingText(event, { colors, columns: io.out.columns(), isVerbose });
      if (lasting !== undefined) update.persist(lasting);
      if (event.kind !== 'step-progress') draw();
    },
    close,
  };
}
