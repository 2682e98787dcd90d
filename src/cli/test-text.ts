// What became of model tests, as people read it: a line a file, and of each failure what was expected and what is there.

import type { Value } from '../googlesql/value.ts';
import type { Named, RowOff } from '../model-tests/match.ts';
import type { Failure, TestResult } from '../model-tests/verdict.ts';
import { exactJson } from './exact-json.ts';
import type { Colors } from './io.ts';
import { tableText } from './table.ts';
import { placeText } from './trouble.ts';
import { plural } from './wording.ts';

const VALUE_MAX = 60;

const ENGINES = { duckdb: 'DuckDB', reference: 'the reference implementation' } as const;

function valueText(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value === null) return 'NULL';
  const signs = [...(typeof value === 'object' || Object.is(value, -0) ? exactJson(value) : String(value))];
  return (signs.length > VALUE_MAX ? `${signs.slice(0, VALUE_MAX - 1).join('')}…` : signs.join('')).replace(
    /\p{Cc}/gu,
    sign => JSON.stringify(sign).slice(1, -1),
  );
}

const namedText = (row: Named): string => [...row].map(([column, value]) => `${column} ${valueText(value)}`).join(', ');

/** One line of a file's tests. */
export function fileText(file: string, results: readonly TestResult[], colors: Colors): string {
  const failed = results.filter(result => result.status === 'failed').length;
  const skipped = results.filter(result => result.status === 'skipped').length;
  const passed = results.length - failed - skipped;
  const word = failed > 0 ? colors.red('FAIL') : passed > 0 ? colors.green('ok  ') : colors.yellow('skip');
  const counts = [
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(failed > 0 ? [colors.red(`${failed} failed`)] : []),
    ...(skipped > 0 ? [colors.yellow(`${skipped} skipped`)] : []),
  ];
  return `${word} ${file}  ${counts.join(', ')}\n`;
}

/** A test in one line, with what is off below it. */
export function testText(result: TestResult, colors: Colors): string {
  const { test, status, failures } = result;
  const word = { passed: colors.green('ok  '), failed: colors.red('FAIL'), skipped: colors.yellow('skip') }[status];
  const steps = test.steps.length > 1;
  const off = mergeEngines(failures).map(one => failureText(one, { colors, asset: test.asset, hasSteps: steps }));
  const reasons = status === 'skipped' ? result.skipped.map(({ reason }) => `         ${reason}\n`) : [];
  return `  ${word} ${colors.bold(test.asset)}: ${test.name}\n${[...new Set(reasons)].join('')}${off.join('')}`;
}

interface Merged {
  readonly failure: Failure;
  readonly engines: readonly Failure['engine'][];
}

/** What both engines say is said once. */
function mergeEngines(failures: readonly Failure[]): readonly Merged[] {
  const merged = new Map<string, { failure: Failure; engines: Failure['engine'][] }>();
  for (const failure of failures) {
    const key = exactKey({ ...failure, engine: 'duckdb' });
    const held = merged.get(key);
    if (held === undefined) merged.set(key, { failure, engines: [failure.engine] });
    else held.engines.push(failure.engine);
  }
  return [...merged.values()];
}

const exactKey = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part instanceof Map ? [...part] : part instanceof Error ? part.message : part,
  );

interface Style {
  readonly colors: Colors;
  readonly asset: string;
  readonly hasSteps: boolean;
}

function failureText({ failure, engines }: Merged, style: Style): string {
  const { colors, hasSteps } = style;
  const where = `${hasSteps ? `step ${failure.step}, ` : ''}${engines.map(engine => ENGINES[engine]).join(' and ')}`;
  const head = `       ${where}: ${sentence(failure, style)}\n       ${colors.dim(`at ${placeText(failure.place)}`)}\n`;
  return head + body(failure, style);
}

function sentence(failure: Failure, { asset }: Style): string {
  switch (failure.kind) {
    case 'rows':
      return `${plural(failure.off.length, 'row')} of ${asset} ${failure.off.length === 1 ? 'is' : 'are'} not as expected.`;
    case 'engines':
      return `${plural(failure.off.length, 'row')} of ${asset} ${failure.off.length === 1 ? 'is' : 'are'} not what the reference implementation gives.`;
    case 'cells':
      return `changed ${listText(failure.actual)}, not ${listText(failure.expected)}.`;
    case 'no-error':
      return failure.expected === '' ? 'it was to fail.' : `it was to fail with "${failure.expected}".`;
    case 'error':
      return failure.expected === undefined || failure.expected === ''
        ? 'it failed.'
        : `it failed, but not with "${failure.expected}".`;
  }
}

const listText = (cells: readonly string[]): string => (cells.length === 0 ? 'no cell' : cells.join(', '));

function body(failure: Failure, { colors }: Style): string {
  if (failure.kind === 'error')
    return `         ${colors.red(failure.error.message.replaceAll('\n', '\n         '))}\n`;
  if (failure.kind !== 'rows' && failure.kind !== 'engines') return '';
  const lines = failure.off.flatMap(off => offLines(off, colors));
  const head = ['row', 'column', 'expected', failure.kind === 'engines' ? 'on DuckDB' : 'is'];
  return tableText(head, lines, { colors }).replace(/^/gm, '         ').trimEnd().concat('\n');
}

/** A line a differing value; a whole row in one. */
function offLines(off: RowOff, colors: Colors): readonly (readonly string[])[] {
  const name = namedText(off.key);
  if (off.kind === 'differs') {
    return off.cells.map(({ column, expected, actual }, at) => [
      at === 0 ? name : '',
      column,
      colors.green(valueText(expected)),
      colors.red(valueText(actual)),
    ]);
  }
  const cells = [...off.row].filter(([column]) => !off.key.has(column));
  const word = off.kind === 'missing' ? 'row is missing' : 'row is not expected';
  const lines = cells.map(([column, value]) =>
    off.kind === 'missing'
      ? ['', column, colors.green(valueText(value)), '']
      : ['', column, '', colors.red(valueText(value))],
  );
  return [[name === '' ? '-' : name, colors.bold(word), '', ''], ...lines];
}
