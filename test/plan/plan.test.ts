// A plan names what will be made and why; the same evidence gives the same plan.

import { expect, test } from 'vitest';
import { type Asset, ingest, model, source } from '../../src/asset/asset.ts';
import { buildGraph } from '../../src/graph/graph.ts';
import { judgeAll, makePlan } from '../../src/plan/plan.ts';
import type { Evidence } from '../../src/plan/staleness.ts';
import type { Build } from '../../src/state/state-store.ts';

const words = (name: string, deps: readonly string[]) => ({ name, description: name, deps });
const table = (name: string, ...deps: string[]): Asset => model({ ...words(name, deps), model: `${name}.sql` });
const graph = buildGraph([table('a'), table('b', 'a'), table('c', 'b'), table('d', 'a')]);

const build = (asset: string, codeVersion = 'v1'): [string, Build] => [
  asset,
  { asset, codeVersion, runId: 'r', madeAt: '2025-01-01T00:00:00Z', note: '', cells: 1, rows: 1 },
];

const evidence = (parts: Partial<Evidence> = {}): Evidence => ({
  codeVersions: new Map(['a', 'b', 'c', 'd'].map(name => [name, 'v1'])),
  broken: new Map(),
  builds: new Map(['a', 'b', 'c', 'd'].map(name => build(name))),
  marks: new Map(),
  changedFiles: new Map(),
  newBatches: new Map(),
  ...parts,
});

const all = { names: new Set(['a', 'b', 'c', 'd']), forced: new Set<string>() };
const said = (plan: ReturnType<typeof makePlan>) =>
  plan.steps.map(
    step => `${step.asset}${step.isCertain ? '' : '?'}: ${step.causes.map(cause => cause.text).join('; ')}`,
  );

test('nothing stale is an empty plan', () => {
  expect(makePlan(graph, evidence(), all)).toEqual({ steps: [], fresh: ['a', 'b', 'd', 'c'] });
});

test('changed SQL makes the model for certain and its readers only if it comes out different', () => {
  const changed = evidence({
    codeVersions: new Map([
      ['a', 'v1'],
      ['b', 'v2'],
      ['c', 'v1'],
      ['d', 'v1'],
    ]),
  });
  expect(said(makePlan(graph, changed, all))).toEqual(['b: its SQL changed', 'c?: b will be made']);
});

test('what was made once and no longer compiles is never fresh', () => {
  expect(
    said(
      makePlan(
        graph,
        evidence({
          broken: new Map([
            ['b', 'b'],
            ['c', 'b'],
          ]),
        }),
        all,
      ),
    ),
  ).toEqual(['b: its SQL does not compile', 'c: b does not compile']);
});

test('a mark says which upstream and how many cells', () => {
  const marked = evidence({
    marks: new Map([['c', ['2023-01-01', '2023-01-02'].map(cell => ({ asset: 'c', cell, cause: 'b', runId: 'r' }))]]),
  });
  expect(said(makePlan(graph, marked, all))).toEqual(['c: b changed (2 cells)']);
});

test('what was never made is missing, and forced is said to be so', () => {
  const missing = evidence({ builds: new Map([build('a'), build('d')]) });
  expect(said(makePlan(graph, missing, { ...all, forced: new Set(['d']) }))).toEqual([
    'b: never made',
    'd: asked for by --full-refresh',
    'c: never made',
  ]);
});

test('what is out of scope is neither made nor waited for', () => {
  const missing = evidence({ builds: new Map([build('c'), build('d')]) });
  expect(said(makePlan(graph, missing, { names: new Set(['c']), forced: new Set() }))).toEqual([]);
  expect(judgeAll(graph, missing).get('c')).toEqual({
    status: 'stale',
    causes: [{ kind: 'upstream-stale', asset: 'b', text: 'b is missing' }],
  });
});

test('an ingest is stale by its files and its readers by it', () => {
  const files = buildGraph([
    source({ name: 'f', description: 'f', files: ['*.jsonl'], format: 'events' }),
    ingest(words('i', ['f'])),
  ]);
  const judged = judgeAll(files, evidence({ changedFiles: new Map([['i', 3]]) }));
  expect(judged.get('i')).toEqual({
    status: 'stale',
    causes: [{ kind: 'files-changed', text: '3 files new or changed' }],
  });
});
