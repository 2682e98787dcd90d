// One writer at a time: who comes second waits, goes on when the first has ended, and nothing is made twice.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { openProject, type Project } from '../../src/project.ts';
import { claim } from '../../src/run/claim.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { fakeIo } from '../cli/fake-io.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { startPulse } from './in-own-process.ts';

let shop: Shop;
let project: Project;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());
beforeEach(async () => {
  project = await openProject({ cwd: shop.root, env: {}, now: () => new Date() });
});
afterEach(() => project.close());

const never = new AbortController().signal;
const HOLDER = { command: 'materialize all', host: hostname() };
const claimed = (runId: string, more: { noWait?: boolean; signal?: AbortSignal; events?: RunEvent[] } = {}) =>
  claim(project, {
    runId,
    command: 'materialize',
    noWait: more.noWait ?? false,
    signal: more.signal ?? never,
    emit: event => void more.events?.push(event),
  });

/** A process that exists no more. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

describe('a claim', () => {
  test('is waited for, and the next one has a greater token', async () => {
    const first = await claimed('r1');
    const events: RunEvent[] = [];
    const second = claimed('r2', { events });
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toEqual({
      kind: 'notice',
      level: 'info',
      text: expect.stringMatching(/^Waiting for run r1 \(process \d+, for \d+ s\): materialize\.$/),
    });
    await first.release();
    const { fencingToken, release } = await second;
    expect(fencingToken).toBeGreaterThan(first.fencingToken);
    await release();
    expect(await (await project.state()).leases()).toEqual([]);
  });

  test('of many who wait each gets it once', async () => {
    const order: string[] = [];
    const holders = ['a', 'b', 'c', 'd'].map(async runId => {
      const own = await claimed(runId);
      order.push(`${runId} in`);
      await new Promise(done => setImmediate(done));
      order.push(`${runId} out`);
      await own.release();
    });
    await Promise.all(holders);
    expect(order).toHaveLength(8);
    for (let at = 0; at < 8; at += 2) expect(order[at + 1]).toBe(order[at]?.replace('in', 'out'));
  });

  test('that is not waited for says who has it', async () => {
    const first = await claimed('r1');
    await expect(claimed('r2', { noWait: true })).rejects.toMatchObject({
      code: 'WAREHOUSE_BUSY',
      message: expect.stringMatching(/^The warehouse is in use by run r1 \(process \d+, for \d+ s\): materialize\.$/),
    });
    await first.release();
  });

  test('is not waited for any longer once the wait is stopped', async () => {
    const first = await claimed('r1');
    const stop = new AbortController();
    const second = claimed('r2', { signal: stop.signal });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
    await first.release();
  });

  test('of a process that is no more is taken', async () => {
    const state = await project.state();
    await state.acquireLease('warehouse', { runId: 'dead', pid: deadPid(), ...HOLDER }, { ttlMs: 60_000 });
    const own = await claimed('r2', { noWait: true });
    await own.release();
  });

  test('of a number that now is another program’s is taken once it is overdue', async () => {
    const state = await project.state();
    await state.acquireLease('warehouse', { runId: 'dead', pid: process.pid, ...HOLDER }, { ttlMs: -1 });
    const own = await claimed('r2', { noWait: true });
    await own.release();
  });

  test('of another machine is believed until it is overdue', async () => {
    const state = await project.state();
    const there = { runId: 'there', pid: 1, command: 'materialize', host: 'elsewhere' };
    await state.acquireLease('warehouse', there, { ttlMs: 60_000 });
    await expect(claimed('r2', { noWait: true })).rejects.toMatchObject({
      message: expect.stringContaining('process 1 on elsewhere'),
    });
    await state.renewLeases('there', -1);
    const own = await claimed('r2', { noWait: true });
    await own.release();
  });
});

describe('two commands', () => {
  // Processes of their own: SQLite waits for another's transaction without giving way to who else is in the process.
  test('at once make every asset once', async () => {
    const both = await Promise.all([materializeAside(), materializeAside()]);
    const made = both.map(
      ({ events }) => events.filter(event => event.kind === 'step-finished' && event.status === 'done').length,
    );
    expect(both.map(({ code, err }) => ({ code, err }))).toEqual([
      { code: 0, err: '' },
      { code: 0, err: '' },
    ]);
    expect(Math.min(...made)).toBe(0);
    expect(Math.max(...made)).toBeGreaterThan(1);
  });

  async function materializeAside(): Promise<{ code: number | null; err: string; events: readonly RunEvent[] }> {
    const child = startPulse(shop.root, ['materialize', '--json']);
    if (child.stdout === null || child.stderr === null) throw new Error('a process without pipes');
    const ended = once(child, 'close');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await ended;
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as RunEvent);
    return { code: child.exitCode, err, events };
  }
});

describe('beside another process', () => {
  let other: ChildProcess;
  beforeAll(() => shop.pulse(['materialize']));
  beforeEach(async () => {
    other = startPulse(shop.root, ['hold']);
    const { stdout, stderr } = other;
    if (stdout === null || stderr === null) throw new Error('a process without pipes');
    const failed = text(stderr).then(said => Promise.reject(new Error(said)));
    await Promise.race([once(stdout, 'data'), failed]);
    failed.catch(() => undefined);
  });
  afterEach(() => void other.kill('SIGKILL'));

  /** A command line that has said that it waits for the other process; its exit code comes later. */
  async function startedToWait(argv: readonly string[]): Promise<{ code: Promise<number> }> {
    const io = fakeIo({ cwd: shop.root });
    const code = runProgram(argv, io);
    await expect.poll(() => io.printed().out, { timeout: 20_000 }).toContain('Waiting for run of-another');
    return { code };
  }

  test('queries and status are answered, and a killed one is taken over from', async () => {
    const counted = await shop.pulse(['query', 'SELECT COUNT(*) AS n FROM orders', '--json']);
    expect(JSON.parse(counted.out)).toEqual([{ n: expect.any(Number) }]);
    expect((await shop.pulse(['status'])).code).toBe(0);
    const refused = await shop.pulse(['materialize', '--no-wait']);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('run of-another (process ')]);
    expect((await shop.pulse(['clean', '--yes'])).err).toContain('The warehouse is in use by run of-another');
    const waiting = await startedToWait(['materialize', '--full-refresh']);
    other.kill('SIGKILL');
    expect(await waiting.code).toBe(0);
  });

  test('what ends by itself lets the next one in', async () => {
    const waiting = await startedToWait(['materialize']);
    other.stdin?.end();
    expect(await waiting.code).toBe(0);
  });
});
