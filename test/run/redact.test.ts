// A redaction beside a run that copies the event: the run ends first, or publishes nothing of it. The moments are failpoints of
// the run, at which the other process is started, not times.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FailpointName } from '../../src/failpoint.ts';
import { openProject, type Project } from '../../src/project.ts';
import { materialize } from '../../src/run/materialize.ts';
import { redact } from '../../src/run/redact.ts';
import { run } from '../cli/fake-io.ts';
import { makeShop, type Shop } from '../cli/shop.ts';

let template: Shop;
let copies = 0;
beforeAll(async () => {
  template = await makeShop();
  // So that no copy has to start the analyzer.
  await template.pulse(['compile']);
});
afterAll(() => template.remove());

function copy(): string {
  const root = join(template.root, '..', `copy${copies++}`);
  cpSync(template.root, root, { recursive: true });
  return root;
}

async function withProject<T>(root: string, use: (project: Project) => Promise<T>): Promise<T> {
  const project = await openProject({ cwd: root, env: {}, now: () => new Date() });
  try {
    return await use(project);
  } finally {
    await project.close();
  }
}

/** Does `what` the first time that the project comes to the failpoint. */
function at(project: Project, name: FailpointName, what: () => void): void {
  let isDone = false;
  const { failpoint } = project;
  (project as { failpoint: Project['failpoint'] }).failpoint = reached => {
    failpoint(reached);
    if (reached !== name || isDone) return;
    isDone = true;
    what();
  };
}

/** A process of its own that this one waits for, with all that it does. */
function inAnother(root: string, argv: readonly string[]): { readonly code: number | null; readonly err: string } {
  const program = fileURLToPath(new URL('./command.ts', import.meta.url));
  const child = spawnSync(process.execPath, ['--import', import.meta.resolve('jiti/register'), program, ...argv], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: child.status, err: child.stderr };
}

const make = (project: Project) => materialize(project, { selection: [] }, () => undefined);

/** Ids of the events, and of the orders, that the warehouse has. */
const published = (project: Project): Promise<readonly string[]> =>
  project.warehouse({ readOnly: true }).then(async warehouse => {
    const sql = 'SELECT event_id FROM raw_events UNION ALL SELECT order_id FROM orders ORDER BY 1';
    return (await warehouse.query(sql, [{ name: 'id', type: { kind: 'STRING' } }])).rows.map(row => String(row[0]));
  });

test('a redaction that does not wait is refused while a run has read the event and not published it', async () => {
  const root = copy();
  await withProject(root, async project => {
    let refused: ReturnType<typeof inAnother> | undefined;
    at(project, 'after-stage', () => {
      refused = inAnother(root, ['redact', '--event-id', 'e-2', '--yes', '--no-wait']);
    });
    expect((await make(project)).status).toBe('done');
    expect([refused?.code, refused?.err]).toEqual([2, expect.stringContaining('The warehouse is in use by run')]);
    expect(await published(project)).toContain('e-2');
  });
});

test('a redaction waits for the run, and the next one takes the event out of every table', async () => {
  const root = copy();
  await withProject(root, async project => {
    const said: string[] = [];
    const order: string[] = [];
    let redacting: Promise<void> | undefined;
    at(project, 'after-stage', () => {
      redacting = withProject(root, async other => {
        const signal = new AbortController().signal;
        const emit = (event: { kind: string; text?: string }): void => void said.push(event.text ?? '');
        await redact(other, ['e-2'], { reason: 'asked for', noWait: false, signal, emit });
        order.push('redacted');
      });
    });
    at(project, 'after-finish', () => order.push('run ended'));
    expect((await make(project)).status).toBe('done');
    await redacting;
    expect([order, said]).toEqual([
      ['run ended', 'redacted'],
      [expect.stringMatching(/^Waiting for run .*: materialize/)],
    ]);
    expect((await make(project)).status).toBe('done');
    expect(await published(project)).toEqual(['e-1', 'e-3', 'e-4', 'o-1', 'o-3']);
  });
});

test('a run that lost its lease to a redaction publishes nothing that was read before it', async () => {
  const root = copy();
  await withProject(root, async project => {
    at(project, 'after-audit', () => expect(inAnother(root, ['redact-raw', 'e-2'])).toEqual({ code: 0, err: '' }));
    const { status, steps } = await make(project);
    expect(status).toBe('failed');
    expect(steps.find(step => step.asset === 'raw_events')).toMatchObject({
      status: 'failed',
      error: { code: 'RECEIPT_MISMATCH', message: 'Events were redacted while raw_events was made of them.' },
    });
    const warehouse = await project.warehouse({ readOnly: true });
    expect(await warehouse.hasTable('raw_events')).toBe(false);
    expect((await make(project)).status).toBe('done');
    expect(await published(project)).toEqual(['e-1', 'e-3', 'e-4', 'o-1', 'o-3']);
  });
});

test('what is kept to be rewound to has no redacted event either, and a table that is held is said to have it', async () => {
  const root = copy();
  const pulse = (...argv: string[]) => run(argv, { cwd: root });
  const kept = async (): Promise<number> =>
    (JSON.parse((await pulse('rewind', 'orders', '--json')).out) as { isKept: boolean }[]).filter(one => one.isKept)
      .length;
  const later = join(root, 'data/live_events/2025-01-16');
  cpSync(later, join(root, 'later'), { recursive: true });
  rmSync(later, { recursive: true });
  expect(await pulse('materialize', '-q')).toMatchObject({ code: 0 });
  // Now, while it is the only one: the clock of these tests stands still, and runs of one time come in any order.
  const [first] = JSON.parse((await pulse('runs', '--json')).out) as { runId: string }[];
  cpSync(join(root, 'later'), later, { recursive: true });
  expect(await pulse('materialize', '-q')).toMatchObject({ code: 0 });
  expect(await kept()).toBe(2);
  expect(await pulse('redact', '--event-id', 'e-1', '--yes')).toMatchObject({ code: 0 });
  expect(await pulse('rewind', 'orders', '--to', first?.runId ?? '')).toMatchObject({ code: 0 });
  const held = await pulse('materialize');
  expect(held.out).toContain('orders was rewound and may have redacted events');
  const made = await pulse('materialize', 'orders', '--full-refresh');
  expect([made.code, made.out]).toEqual([0, expect.not.stringContaining('may have redacted')]);
  expect(await kept()).toBe(1);
  const back = await pulse('rewind', 'orders', '--to', first?.runId ?? '');
  expect([back.code, back.err]).toEqual([expect.any(Number), expect.stringContaining('is not kept any more')]);
});

test('a raw store from before a redaction, put back, brings nobody back and is told of', async () => {
  const root = copy();
  const pulse = (...argv: string[]) => run(argv, { cwd: root });
  const files = ['raw.sqlite', 'raw.sqlite-wal'].map(name => join(root, '.pulse', name));
  expect(await pulse('materialize', '-q')).toMatchObject({ code: 0 });
  for (const file of files) if (existsSync(file)) cpSync(file, `${file}.before`);
  expect(await pulse('redact', '--event-id', 'e-2', '--yes')).toMatchObject({ code: 0 });
  expect(await pulse('materialize', '-q')).toMatchObject({ code: 0 });
  for (const file of files) rmSync(file, { force: true });
  for (const file of files) if (existsSync(`${file}.before`)) cpSync(`${file}.before`, file);

  const told = /knows nothing of redactions that the tables follow.*Put it back.*pulse redact/;
  expect(await pulse('status')).toMatchObject({ err: expect.stringMatching(told) });
  expect(await pulse('prove')).toMatchObject({ code: 2, err: expect.stringContaining('proves nothing of') });
  const anew = await pulse('materialize', '--full-refresh');
  expect([anew.code, anew.out]).toEqual([
    1,
    expect.stringContaining('raw_events follows redactions that the raw store'),
  ]);
  await withProject(root, async project => expect(await published(project)).not.toContain('e-2'));
  // The next step that it names, and a redaction after it, hold.
  for (const id of ['e-2', 'e-1']) {
    expect(await pulse('redact', '--event-id', id, '--yes')).toMatchObject({ code: 0 });
    const how = id === 'e-2' ? ['raw_events', '--full-refresh', '-q'] : ['-q'];
    expect(await pulse('materialize', ...how)).toMatchObject({ code: 0 });
  }
  expect((await pulse('status')).err).toBe('');
  await withProject(root, async project => {
    const ids = await published(project);
    expect([ids.includes('e-1'), ids.includes('e-2')]).toEqual([false, false]);
  });
  expect(await pulse('prove', '-q')).toMatchObject({ code: 0 });
});
