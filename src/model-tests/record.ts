// Writes what a run gave as the expectation of its tests: for a person to check, and marked so until somebody has.
// Only the expectations are written anew; all other text of the file stays as it is, character by character.

import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { PulseError } from '../errors.ts';
import type { SqlType } from '../googlesql/type.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { Expected, ModelTest } from './case.ts';
import type { StepOutcome } from './embedded.ts';
import { parseTests } from './read.ts';
import { keyOf } from './typed-value.ts';

export interface Recording {
  readonly test: ModelTest;
  readonly steps: readonly StepOutcome[];
  /** Numbers (from 1) of steps that are as expected: those stay. */
  readonly passed: ReadonlySet<number>;
  /** Columns that tell rows apart: rows are written in their order. */
  readonly keys: readonly string[];
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text of a file of tests with the recordings in it. @throws {PulseError} TEST_INVALID where a test is written in braces. */
export function recordedText(text: string, recordings: readonly Recording[]): string {
  const { doc, lines } = parseTests(text);
  const list = isMap(doc.contents) ? doc.contents.get('tests', true) : undefined;
  const byName = new Map(recordings.map(recording => [recording.test.name, recording]));
  const splices: Splice[] = [];
  for (const node of isSeq(list) ? list.items : []) {
    if (!isMap(node)) continue;
    const recording = byName.get(nameOf(node));
    if (recording === undefined) continue;
    const steps = node.get('steps', true);
    for (const [at, step] of (isSeq(steps) ? steps.items : [node]).entries()) {
      const expectation = expectationOf(recording, at);
      if (expectation !== undefined && isMap(step)) {
        splices.push(spliceOf(step, expectation, { text, column: at => lines.linePos(at).col, test: recording.test }));
      }
    }
  }
  return splices
    .sort((a, b) => b.from - a.from)
    .reduce((all, { from, to, text: part }) => all.slice(0, from) + part + all.slice(to), text);
}

const nameOf = (node: YAMLMap): string => {
  const name = node.get('name', true);
  return isScalar(name) ? (name.source ?? String(name.value)) : '';
};

const MARK = 'recorded: true # by a run: check it by hand, then take this line away';

/** The lines below expect, without indent; undefined where the step has none and needs none. */
function expectationOf({ test, steps, passed, keys }: Recording, at: number): readonly string[] | undefined {
  const outcome = steps[at];
  const before = test.steps[at]?.expected;
  if (outcome === undefined || (before !== undefined && passed.has(at + 1))) return undefined;
  // A step without an expectation is only a way to the next one, unless none has any.
  if (before === undefined && at < test.steps.length - 1) return undefined;
  if (outcome.kind === 'error') {
    const { error } = outcome;
    return [MARK, `error: ${textOf(error instanceof PulseError ? error.code : error.message)}`];
  }
  const columns = columnsOf(outcome.table, before);
  const rows = rowLines(outcome.table, { columns, keys });
  return [
    MARK,
    ...(before?.columns === undefined ? [] : [`columns: [${before.columns.join(', ')}]`]),
    ...(before === undefined || before.tolerance === 0 ? [] : [`tolerance: ${before.tolerance}`]),
    ...(rows.length === 0 ? ['rows: []'] : ['rows:', ...rows.map(line => `  ${line}`)]),
    ...(before?.cells === undefined || outcome.cells === undefined
      ? []
      : [`cells: [${outcome.cells.map(textOf).join(', ')}]`]),
  ];
}

/** Those that are asked for, or named by the rows before, or all. */
function columnsOf(table: ResultSet, before: Expected | undefined): readonly number[] {
  const named = new Set(before?.columns ?? (before?.rows ?? []).flatMap(row => [...row.values.keys()]));
  return [...table.columns.keys()].filter(i => named.size === 0 || named.has(table.columns[i]?.name ?? ''));
}

const FLOW_MAX = 110;

function rowLines(
  { columns, rows }: ResultSet,
  { columns: chosen, keys }: { readonly columns: readonly number[]; readonly keys: readonly string[] },
): readonly string[] {
  const keyAt = keys.map(key => columns.findIndex(column => column.name === key)).filter(at => at >= 0);
  const order = (row: readonly Value[]): string =>
    JSON.stringify([keyAt.map(at => row[at] ?? null), chosen.map(at => row[at] ?? null)]);
  const sorted = [...rows].map(row => ({ row, by: order(row) })).sort((a, b) => (a.by < b.by ? -1 : 1));
  return sorted.flatMap(({ row }) => {
    const pairs = chosen.map(at => {
      const { name = '', type = { kind: 'STRING' } as const } = columns[at] ?? {};
      return `${name}: ${valueText(row[at] ?? null, type)}`;
    });
    const flow = `- { ${pairs.join(', ')} }`;
    return flow.length <= FLOW_MAX ? [flow] : pairs.map((pair, at) => `${at === 0 ? '-' : ' '} ${pair}`);
  });
}

/** A value as a test file has it. */
function valueText(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  if (type.kind === 'ARRAY') {
    return `[${(value as readonly Value[]).map(one => valueText(one, type.element)).join(', ')}]`;
  }
  if (type.kind === 'STRUCT') {
    const fields = Object.entries(value as { readonly [name: string]: Value });
    return `{ ${fields.map(([name, one], at) => `${textOf(name)}: ${valueText(one, type.fields[at]?.type ?? type)}`).join(', ')} }`;
  }
  if (Object.is(value, -0)) return '-0.0';
  if (type.kind === 'STRING' || type.kind === 'BYTES' || type.kind === 'JSON') return textOf(String(value));
  return String(value);
}

const PLAIN = /^[A-Za-z_][\w.@/+-]*( [\w.@/+-]+)*$/;
const WORDS = /^(null|true|false|yes|no|on|off)$/i;

function textOf(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  if (/^\d{4}-\d\d(-\d\d(T\d\d)?)?$/.test(text)) return text;
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}

interface At {
  readonly text: string;
  readonly column: (offset: number) => number;
  readonly test: ModelTest;
}

function spliceOf(step: YAMLMap, lines: readonly string[], { text, column, test }: At): Splice {
  const start = rangeOf(step)?.[0] ?? 0;
  if (step.flow === true) {
    throw new PulseError('TEST_INVALID', `"${test.name}" is written in braces: nothing can be recorded in it.`, {
      hint: 'Write its keys below each other.',
      place: test.place,
    });
  }
  const indent = ' '.repeat(column(start) - 1);
  const written = ['expect:', ...lines.map(line => `${indent}  ${line}`)].join('\n');
  const held = step.items.find(pair => keyOf(pair) === 'expect');
  if (held === undefined) {
    const end = endOf(text, step.items.at(-1));
    return { from: end, to: end, text: `\n${indent}${written}` };
  }
  return { from: rangeOf(held.key)?.[0] ?? 0, to: endOf(text, held), text: written };
}

const rangeOf = (node: unknown): readonly [number, number, number] | undefined =>
  (node as { readonly range?: readonly [number, number, number] | null } | null)?.range ?? undefined;

/** Where the value of a pair ends: without the line end and what comes behind it. */
function endOf(text: string, pair: Pair | undefined): number {
  const end = (rangeOf(pair?.value) ?? rangeOf(pair?.key))?.[1] ?? text.length;
  return text.slice(0, end).trimEnd().length;
}
