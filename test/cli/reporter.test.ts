// A run as it is shown: the board, plain lines, NDJSON, and the table at its end.

import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { boardLines, boardReporter } from '../../src/cli/reporter/board.ts';
import { finalText } from '../../src/cli/reporter/final.ts';
import { jsonReporter } from '../../src/cli/reporter/json.ts';
import { openReporter } from '../../src/cli/reporter/open-reporter.ts';
import { lastingText, plainReporter } from '../../src/cli/reporter/plain.ts';
import { advance, NO_PROGRESS, type Progress } from '../../src/cli/reporter/progress.ts';
import { PulseError } from '../../src/errors.ts';
import type { RunEvent, RunResult } from '../../src/run/events.ts';
import { fakeIo } from './fake-io.ts';

const colors = pc.createColors(false);
const broken = new PulseError('SQL_INVALID', 'Unrecognized name: x', {
  place: { file: 'models/c.sql', line: 2, column: 1 },
});
const EVENTS: readonly RunEvent[] = [
  { kind: 'run-started', runId: 'r1', assets: ['a', 'b', 'c', 'd'] },
  { kind: 'step-started', asset: 'a', cells: 2 },
  { kind: 'step-progress', asset: 'a', text: 'reading x.jsonl', done: 50, total: 100 },
  { kind: 'step-finished', asset: 'a', status: 'done', cells: 2, rows: 1551, durationMs: 1200 },
  { kind: 'step-started', asset: 'b' },
  { kind: 'check-failed', asset: 'b', name: 'unique(k)', severity: 'warn', failedRows: 1, sample: [['k1']] },
  { kind: 'step-finished', asset: 'b', status: 'unchanged', cells: 0, rows: 0, durationMs: 10 },
  { kind: 'step-started', asset: 'c' },
  { kind: 'step-finished', asset: 'c', status: 'failed', cells: 0, rows: 0, durationMs: 5, error: broken },
  { kind: 'step-finished', asset: 'd', status: 'skipped', cells: 0, rows: 0, durationMs: 0, because: ['c'] },
];
const RESULT: RunResult = {
  runId: 'r1',
  status: 'failed',
  steps: EVENTS.flatMap(event => (event.kind === 'step-finished' ? [event] : [])),
  fresh: ['e'],
  startedAt: new Date('2025-01-20T12:00:00Z'),
  finishedAt: new Date('2025-01-20T12:00:02Z'),
  timings: [{ name: 'judge', durationMs: 500 }],
};

const progressOf = (events: readonly RunEvent[]): Progress =>
  events.reduce((progress, event, index) => advance(progress, event, 1000 + index * 100), NO_PROGRESS);

test('what Ctrl-C stopped has not failed, on the board, in the lines and at the end', () => {
  const stopped: RunEvent = {
    kind: 'step-finished',
    asset: 'a',
    status: 'failed',
    cells: 0,
    rows: 0,
    durationMs: 300,
    error: new PulseError('RUN_INTERRUPTED', '"a" was interrupted while it was made.'),
  };
  const events = [...EVENTS.slice(0, 3), stopped];
  const lines = boardLines(progressOf(events), { nowMs: 1500, columns: 60, rows: 20, colors });
  expect([lines[0], lines.at(-1)]).toEqual(['- a  stopped  300 ms', '0 of 4 assets · 1 stopped · 500 ms']);
  expect(lastingText(stopped, { colors, columns: 80, isVerbose: false })).toBeUndefined();
  const io = fakeIo();
  const reporter = plainReporter(io.out, { colors, isQuiet: false, isVerbose: false });
  for (const event of events) reporter.emit(event);
  expect(io.printed().out).toContain('stopped   a  300 ms\n');
});

describe('board', () => {
  const canvas = { nowMs: 1500, columns: 60, rows: 20, colors };

  test('one line an asset with what it is doing or what became of it', () => {
    expect(boardLines(progressOf(EVENTS.slice(0, 3)), canvas)).toEqual([
      '⠴ a  reading x.jsonl  50/100  400 ms',
      '· b  ',
      '· c  ',
      '· d  ',
      '0 of 4 assets · 500 ms',
    ]);
    expect(boardLines(progressOf(EVENTS), canvas)).toEqual([
      '✔ a  2 cells, 1,551 rows, 1.2 s',
      '= b  unchanged  10 ms',
      '✖ c  failed: Unrecognized name: x',
      '- d  skipped: needs c',
      '2 of 4 assets · 1 failed · 1 skipped · 500 ms',
    ]);
  });

  test('never higher than the terminal: what failed and what runs goes first, the rest is counted', () => {
    const lines = boardLines(progressOf(EVENTS), { ...canvas, rows: 3 });
    expect(lines).toEqual([
      '✖ c  failed: Unrecognized name: x',
      '- d  skipped: needs c',
      '2 of 4 assets · 1 failed · 1 skipped · 2 not shown · 500 ms',
    ]);
  });

  test('never wider than the terminal', () => {
    for (const line of boardLines(progressOf(EVENTS), { ...canvas, columns: 24 })) expect(line.length).toBeLessThan(24);
  });

  test('is gone at the end, with what must be read above it', () => {
    const io = fakeIo({ isTty: true });
    const reporter = boardReporter(io, colors);
    for (const event of EVENTS) reporter.emit(event);
    reporter.emit({ kind: 'run-finished', result: RESULT });
    reporter.close();
    const { out } = io.printed();
    expect(out).toContain('check     b  unique(k): 1 row (warning)\n          "k1"\n');
    expect(out).toContain('failed    c  models/c.sql:2:1: Unrecognized name: x\n');
  });
});

describe('plain lines', () => {
  const linesOf = (options: { isQuiet?: boolean; isVerbose?: boolean }): string => {
    const io = fakeIo();
    const reporter = plainReporter(io.out, { colors, isQuiet: false, isVerbose: false, ...options });
    for (const event of EVENTS) reporter.emit(event);
    return io.printed().out;
  };

  test('one line an event', () => {
    expect(linesOf({})).toBe(
      [
        'run       r1: 4 assets to make',
        'start     a  2 cells',
        'done      a  2 cells, 1,551 rows, 1.2 s',
        'start     b',
        'check     b  unique(k): 1 row (warning)',
        '          "k1"',
        'unchanged b  10 ms',
        'start     c',
        'failed    c  models/c.sql:2:1: Unrecognized name: x',
        'skipped   d  needs c',
        '',
      ].join('\n'),
    );
  });

  test('--verbose tells what goes on inside a step, --quiet only what is wrong', () => {
    expect(linesOf({ isVerbose: true })).toContain('...       a  reading x.jsonl 50 of 100\n');
    expect(linesOf({ isQuiet: true }).split('\n')).toHaveLength(4);
  });
});

describe('rows that break a check', () => {
  const failed: RunEvent = {
    kind: 'check-failed',
    asset: 'b',
    name: 'not_null(x)',
    severity: 'block',
    failedRows: 3,
    sample: [
      ['a'.repeat(100), 1, null],
      ['b'.repeat(100), '⚠'.repeat(100), 'c'.repeat(100)],
      ['d', 2, null],
    ],
  };

  test('at most two, each a line no wider than the terminal, values cut to 24 characters', () => {
    const style = { colors, isVerbose: false };
    expect(lastingText(failed, { ...style, columns: 200 })).toBe(
      [
        'check     b  not_null(x): 3 rows (not published)',
        `          "${'a'.repeat(22)}…, 1, null`,
        `          "${'b'.repeat(22)}…, "${'⚠'.repeat(22)}…, "${'c'.repeat(22)}…`,
      ].join('\n'),
    );
    const narrow = lastingText(failed, { ...style, columns: 50 })?.split('\n') ?? [];
    expect(narrow.map(text => text.length)).toEqual([48, 43, 50]);
  });

  test('all of it with --verbose', () => {
    const lines = lastingText(failed, { colors, columns: 50, isVerbose: true })?.split('\n') ?? [];
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('a'.repeat(100));
  });
});

test('NDJSON: every event a line, errors as values', () => {
  const io = fakeIo();
  const reporter = jsonReporter(io.out);
  for (const event of EVENTS) reporter.emit(event);
  const lines = io
    .printed()
    .out.trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(lines.map(line => line.kind)).toEqual(EVENTS.map(event => event.kind));
  expect(lines[8].error).toEqual({
    code: 'SQL_INVALID',
    message: 'Unrecognized name: x',
    hint: null,
    place: broken.place,
  });
});

describe('the end of a run', () => {
  const options = { colors, isDebug: false, hasTimings: false, example: 'a', canQuery: true };

  test('a table, the tally, each failure with its place and who was skipped for it, what to do', () => {
    expect(finalText(RESULT, options)).toBe(
      [
        '',
        'asset             cells   rows   time',
        'a      made           2  1,551  1.2 s',
        'b      unchanged                10 ms',
        'c      failed                    5 ms',
        'd      skipped',
        '',
        '1 asset made, 1 unchanged, 1 already fresh, 1 failed, 1 skipped in 2.0 s.',
        '',
        'c failed:',
        'error: Unrecognized name: x',
        '  at models/c.sql:2:1',
        '  skipped for it: d',
        '',
        'Next: mend it, then run the same command again; what is made stays made.',
        '',
      ].join('\n'),
    );
  });

  test('all is well: a query to type next', () => {
    const done = { ...RESULT, status: 'done' as const, steps: RESULT.steps.slice(0, 1) };
    expect(finalText(done, options)).toContain("Next: npx pulse query 'SELECT * FROM a LIMIT 10'");
    expect(finalText(done, { ...options, canQuery: false })).toContain('Next: npx pulse show a\n');
  });

  test('--timings says where the time went', () => {
    expect(finalText(RESULT, { ...options, hasTimings: true })).toMatch(
      /where the time went \(2\.0 s in all\) +time +share\njudge +500 ms +100 %/,
    );
  });
});

describe('which reporter', () => {
  const shown = async (tty: boolean, env: Record<string, string>, args: object): Promise<string> => {
    const io = fakeIo({ isTty: tty, env });
    const reporter = await openReporter(args as Parameters<typeof openReporter>[0], io);
    for (const event of EVENTS.slice(0, 2)) reporter.emit(event);
    reporter.close();
    return io.printed().out;
  };

  test('a board on a terminal; plain lines in a pipe, in CI and with --quiet; JSON with --json', async () => {
    expect(await shown(true, {}, {})).toContain('\u001b[');
    expect(await shown(false, {}, {})).toBe('run       r1: 4 assets to make\nstart     a  2 cells\n');
    expect(await shown(true, { CI: 'true', NO_COLOR: '1' }, {})).not.toContain('\u001b[');
    expect(await shown(true, {}, { quiet: true })).toBe('');
    expect(await shown(true, {}, { json: true })).toMatch(/^\{"kind":"run-started"/);
  });
});
