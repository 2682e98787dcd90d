// Several runners at once, each a process of its own: what is stale is made once, by one of them, the others wait for it and find
// nothing left; what comes of it is what one alone makes. On a state in SQLite, and in Postgres where there is one.
// PULSE_RUNNERS_TIMES repeats it.

import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import createKnex from 'knex';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openProject, type Project } from '../../src/project.ts';
import { materialize } from '../../src/run/materialize.ts';
import { required } from '../required.ts';
import { startPulse } from './in-own-process.ts';
import { eventLine } from './late-events.ts';
import { NOW, SAMPLE_DATA } from './sample-project.ts';
import { type SmallProject, smallProject } from './small-project.ts';

const TIMES = Number(process.env['PULSE_RUNNERS_TIMES'] ?? 1);
const { PULSE_TEST_POSTGRES_URL: postgres } = process.env;
const hasPostgres = required(
  'postgres',
  postgres !== undefined,
  'Postgres: one at PULSE_TEST_POSTGRES_URL (start one: npm run services -- start)',
);

const FIRST = fc.sample(eventLine, { seed: 5, numRuns: 80 });
const LATE = fc.sample(eventLine, { seed: 6, numRuns: 20 });

let shared: SmallProject;
let alone: SmallProject;
beforeEach(async () => {
  [shared, alone] = [smallProject(), smallProject()];
  mkdirSync(join(alone.root, 'data'));
  cpSync(join(SAMPLE_DATA, 'fx_rates_2023.csv'), join(alone.root, 'data/fx_rates_2023.csv'));
  arrive(alone, FIRST);
});
afterEach(() => {
  shared.remove();
  alone.remove();
});

function arrive({ root }: SmallProject, lines: readonly string[]): void {
  const folder = join(root, 'data/live_events/2023-02-01');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${lines.length}.jsonl`), `${lines.join('\n')}\n`);
}

async function opened<T>({ root }: SmallProject, env: Env, work: (project: Project) => Promise<T>): Promise<T> {
  const project = await openProject({ cwd: root, env, now: () => NOW });
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

type Env = Readonly<Record<string, string>>;

const made = (project: Project) => materialize(project, { selection: [] }, () => undefined);

/** By model and cell: the version of what is published. Tables of batches name them, and no two runs name them alike. */
const versions = (small: SmallProject, env: Env): Promise<readonly string[]> =>
  opened(small, env, async project => {
    const state = await project.state();
    const found: string[] = [];
    for (const name of project.graph.order) {
      if (project.graph.assets.get(name)?.kind !== 'model') continue;
      for (const { cell, dataVersion, rows } of (await state.cells(name)).values())
        found.push(`${name} ${cell} ${dataVersion} ${rows}`);
    }
    return found.sort();
  });

/** What the journal of the warehouse has from so many publications on: `asset cell`, for each that was written. */
const published = (small: SmallProject, env: Env, after: number): Promise<readonly string[]> =>
  opened(small, env, async project =>
    (await (await project.warehouse({ readOnly: false })).journal(after)).flatMap(row => [
      ...row.written.map(({ cell }) => `${row.asset} ${cell}`),
      ...row.removed.map(cell => `${row.asset} ${cell}`),
    ]),
  );

interface Ended {
  readonly code: number | null;
  /** Assets that it made. */
  readonly made: readonly string[];
  readonly said: string;
}

async function ended(runner: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = runner;
  if (stdout === null || stderr === null) throw new Error('a process without pipes');
  const [out, error] = await Promise.all([text(stdout), text(stderr), once(runner, 'close')]);
  const events = out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { kind: string; asset?: string; status?: string });
  const steps = events.filter(event => event.kind === 'step-finished' && event.status === 'done');
  return { code: runner.exitCode, made: steps.map(step => step.asset ?? ''), said: error };
}

/** First what is there from nothing, then what comes late: by many at once, and by one alone. */
async function expectSame(count: number, env: Env): Promise<void> {
  cpSync(join(alone.root, 'data'), join(shared.root, 'data'), { recursive: true });
  for (const late of [[], LATE]) {
    if (late.length > 0) for (const small of [shared, alone]) arrive(small, late);
    const sequence = await opened(shared, env, async project => (await project.state()).appliedSequence());
    const one = await opened(alone, {}, made);
    // What was compiled is taken over: nothing here is about the analyzer.
    cpSync(join(alone.root, '.pulse/cache'), join(shared.root, '.pulse/cache'), { recursive: true });
    const all = await Promise.all(
      Array.from({ length: count }, () => ended(startPulse(shared.root, ['materialize', '--json'], env))),
    );
    expect(all.map(({ code, said }) => ({ code, said: code === 0 ? '' : said }))).toEqual(
      all.map(() => ({ code: 0, said: '' })),
    );
    const expected = one.steps.filter(step => step.status === 'done').map(step => step.asset);
    expect(all.flatMap(run => run.made).sort()).toEqual([...expected].sort());
    const cells = await published(shared, env, sequence);
    expect(cells).toEqual([...new Set(cells)]);
    expect(await versions(shared, env)).toEqual(await versions(alone, {}));
    const left = await opened(shared, env, async project => {
      const state = await project.state();
      const { openRuns, marks } = await state.snapshot();
      return { leases: await state.leases(), openRuns, marks };
    });
    expect(left).toEqual({ leases: [], openRuns: [], marks: [] });
  }
}

describe('several runners at once make every cell once', { timeout: 300_000 * TIMES, repeats: TIMES - 1 }, () => {
  test('two, with a state in SQLite', () => expectSame(2, {}));

  describe.skipIf(!hasPostgres)('with a state in Postgres', () => {
    const schemas: string[] = [];
    afterAll(async () => {
      const db = createKnex.knex({ client: 'pg', connection: postgres ?? '' });
      for (const schema of schemas) await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
      await db.destroy();
    });

    test.for([2, 4])('%i', { repeats: TIMES - 1 }, async count => {
      const schema = `pulse_runners_${randomUUID().slice(0, 8)}`;
      schemas.push(schema);
      await expectSame(count, { PULSE_STATE_URL: `${postgres}?schema=${schema}` });
    });
  });
});
