// Records expectations of tests that fail or have none, in their files. What the engines disagree about is not recorded.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Bench, Ran } from './bench.ts';
import type { ModelTest, TestEngine } from './case.ts';
import type { StepOutcome } from './embedded.ts';
import { type Recording, recordedText } from './record.ts';
import type { TestResult } from './verdict.ts';

export interface Recorded {
  readonly written: readonly { readonly file: string; readonly tests: number }[];
  readonly refused: readonly { readonly test: ModelTest; readonly reason: string }[];
}

export async function recordTests(
  project: Project,
  results: readonly TestResult[],
  { bench, engines }: { readonly bench: Bench; readonly engines: readonly TestEngine[] },
): Promise<Recorded> {
  const byFile = new Map<string, Recording[]>();
  const refused: { test: ModelTest; reason: string }[] = [];
  for (const { test, failures, status } of results) {
    const isOpen = test.steps.every(step => step.expected === undefined);
    if (status === 'skipped' || (status === 'passed' && !isOpen)) continue;
    const reason = failures.some(one => one.kind === 'engines') ? 'the engines differ' : undefined;
    const failed = new Set(failures.map(one => one.step));
    const passed = new Set([...test.steps.keys()].map(at => at + 1).filter(step => !failed.has(step)));
    const ran = reason === undefined ? await bench.outcomes(test, engines) : undefined;
    const steps = ran === undefined ? undefined : stepsOf(ran);
    const recording = steps === undefined ? undefined : { test, steps, passed, keys: bench.keysOf(test.asset) };
    if (recording === undefined) refused.push({ test, reason: reason ?? 'one engine fails and the other does not' });
    else byFile.set(test.place.file, [...(byFile.get(test.place.file) ?? []), recording]);
  }
  for (const [file, recordings] of byFile) {
    const path = join(project.root, file);
    writeFileSync(path, recordedText(readFileSync(path, 'utf8'), recordings));
  }
  return { written: [...byFile].map(([file, recordings]) => ({ file, tests: recordings.length })), refused };
}

/** What the embedded engine gives, which knows cells too; undefined where the engines do not end alike. */
function stepsOf({ outcomes }: Ran): readonly StepOutcome[] | undefined {
  const [first, ...others] = [...outcomes.values()];
  const isAlike = others.every(steps => steps.every((step, at) => step.kind === first?.[at]?.kind));
  return isAlike ? first : undefined;
}
