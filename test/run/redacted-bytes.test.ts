// After a redaction and a materialize, no file of the project's home has a byte of it: neither what was deleted or replaced in
// tables, nor what is kept beside them, nor what was said of it. Killed on the way, the next run sees to it.

import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../cli/fake-io.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { startPulse } from './in-own-process.ts';

/** In an order's vendor, in its payload, and in what is made of it. */
const MARKER = 'qzxjvk-nobody-else-has-this';
const ID = 'e-of-nobody';

let template: Shop;
let copies = 0;
beforeAll(async () => {
  template = await makeShop();
  await template.pulse(['compile']);
  const payload = { order_id: `o-${MARKER}`, total: 12.5, name: MARKER };
  const event = {
    event_id: ID,
    event_type: 'order_created',
    event_time: '2025-01-15T09:00:00Z',
    vendor: MARKER,
    payload,
  };
  const others = Array.from({ length: 10 }, (_, n) => ({
    ...event,
    event_id: `other-${n}`,
    vendor: `v${n}`,
    payload: { order_id: `other-${n}`, total: n },
  }));
  const folder = join(template.root, 'data/live_events/2025-01-15');
  mkdirSync(folder, { recursive: true });
  const lines = [...others.slice(0, 5), event, ...others.slice(5)].map(one => JSON.stringify(one));
  writeFileSync(join(folder, 'more.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => template.remove());

function copy(): string {
  const root = join(template.root, '..', `copy${copies++}`);
  cpSync(template.root, root, { recursive: true, filter: path => !path.endsWith('.pulse') });
  return root;
}

/** In this process: most of what is done here needs no other. */
const pulse = (root: string, argv: readonly string[]) => run(argv, { cwd: root });

async function killed(root: string, failpoint: string): Promise<void> {
  const child = startPulse(root, ['materialize', '-q'], { PULSE_FAILPOINT: failpoint });
  child.stdout?.resume();
  child.stderr?.resume();
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

/** Files below .pulse that have the marker. */
const holding = (root: string): readonly string[] =>
  readdirSync(join(root, '.pulse'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).includes(MARKER))
    .map(path => path.slice(join(root, '.pulse/').length))
    .sort();

/** The marker is in a table that was made again in parts, in one that was refused, and in a check's sample. */
async function spread(root: string): Promise<void> {
  const checked = join(root, 'assets/marts/orders.ts');
  const declared = readFileSync(checked, 'utf8');
  expect(await pulse(root, ['materialize', '-q'])).toMatchObject({ code: 0 });
  const refusing = declared
    .replace('checks: [', "checks: [expression('nobody', `vendor NOT LIKE 'qzxjvk%'`), ")
    .replace('notNull,', 'notNull, expression,');
  writeFileSync(checked, refusing);
  expect(await pulse(root, ['materialize', 'orders', '--full-refresh', '-q'])).toMatchObject({ code: 1 });
  expect(await pulse(root, ['check'])).toMatchObject({ code: 1 });
  writeFileSync(checked, declared);
  // So it is: else nothing would be proved by not finding it.
  const names = new Set(holding(root).map(path => path.replace('-wal', '')));
  expect(names).toEqual(new Set(['raw.sqlite', 'state.sqlite', 'warehouse.duckdb']));
}

test('no file has a byte of what was redacted once the tables are made without it', async () => {
  const root = copy();
  await spread(root);
  const where = `vendor = '${MARKER}'`;
  expect(await pulse(root, ['redact', '--where', where, '--yes'])).toMatchObject({ code: 0 });
  expect(holding(root).filter(path => !path.startsWith('state') && !path.startsWith('warehouse'))).toEqual([]);
  expect(await pulse(root, ['materialize', '-q'])).toMatchObject({ code: 0, err: '' });
  expect(holding(root)).toEqual([]);
  expect(readdirSync(join(root, '.pulse')).filter(name => name.includes('.new'))).toEqual([]);
  // Nothing is lost by it, and it is done once.
  expect(await pulse(root, ['materialize'])).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') });
  const asked = await pulse(root, ['query', 'SELECT COUNT(*) AS n FROM orders', '--format', 'csv']);
  expect(asked.out).toBe('n\n13\n');
  expect(await pulse(root, ['prove', '-q'])).toMatchObject({ code: 0 });
});

for (const at of ['before-rewrite', 'after-copy', 'after-rewrite'] as const) {
  test(`killed ${at}, the next run does it, and the tables are whole`, async () => {
    const root = copy();
    expect(await pulse(root, ['materialize', '-q'])).toMatchObject({ code: 0 });
    expect(await pulse(root, ['redact', '--event-id', ID, '--yes'])).toMatchObject({ code: 0 });
    await killed(root, at);
    expect(await pulse(root, ['query', 'SELECT COUNT(*) AS n FROM orders', '--format', 'csv'])).toMatchObject({
      out: 'n\n13\n',
    });
    expect(await pulse(root, ['materialize', '-q'])).toMatchObject({ code: 0, err: '' });
    expect(holding(root)).toEqual([]);
    expect(readdirSync(join(root, '.pulse')).filter(name => name.includes('.new'))).toEqual([]);
    expect(await pulse(root, ['prove', '-q'])).toMatchObject({ code: 0 });
    rmSync(root, { recursive: true });
  });
}
