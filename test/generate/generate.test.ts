// The generator's promises: the same bytes for the same options, counts that add up, faults at the rates asked for.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { generate, type Progress } from '../../src/generate/generate.ts';
import type { GenerateOptions } from '../../src/generate/options.ts';
import { historicalRecords, liveLines, scratch, tree } from './tree.ts';

const CLEAN = { duplicates: 0, conflicts: 0, late: 0, broken: 0, drift: 0, mislabelled: 0, dirt: 0 };

async function made(options: Partial<GenerateOptions> = {}) {
  const outDir = scratch();
  const summary = await generate({ events: 3_000, seed: 7, outDir, ...options });
  return { outDir, summary, files: tree(outDir) };
}

const sha = (files: ReadonlyMap<string, Buffer>): string => {
  const hash = createHash('sha256');
  for (const [path, bytes] of files) hash.update(path).update('\0').update(bytes);
  return hash.digest('hex');
};

test('the same seed gives the same bytes, another seed others', async () => {
  const [one, again, other] = [await made(), await made(), await made({ seed: 8 })];
  expect(sha(one.files)).toBe(sha(again.files));
  expect(sha(other.files)).not.toBe(sha(one.files));
});

test('the bytes of a seed are these, on every machine and in every release that does not say otherwise', async () => {
  const { files } = await made({ events: 2_000, seed: 42, days: 5 });
  expect(sha(files)).toBe('2857fe8436c5f409bee3a883cf300a7522c453650b28ed740f0fd8873dff5ce1');
});

test('the committed sample is what its README says wrote it', async () => {
  const { files } = await made({ events: 5_000, seed: 1 });
  for (const [path, bytes] of files) expect(readFileSync(join('data', path)).equals(bytes), path).toBe(true);
  const summary = JSON.parse(readFileSync('data/generated.json', 'utf8')).summary;
  expect(summary.bytes).toBeLessThan(3_000_000);
  for (const [oddity, count] of Object.entries(summary.oddities)) expect(count, oddity).toBeGreaterThan(0);
  for (const count of ['duplicates', 'conflicts', 'rejected']) expect(summary[count], count).toBeGreaterThan(0);
});

test('exactly the events asked for are written, whatever the number, the days and the years', async () => {
  for (const [events, days, years] of [
    [1, 1, [2023]],
    [2, 3, []],
    [99, 7, [2022, 2024]],
    [1_001, 2, [2023]],
  ] as const) {
    const { files, summary } = await made({ events, days, years });
    expect(historicalRecords(files).length + liveLines(files).length).toBe(events);
    expect(summary).toMatchObject({
      events,
      historical: historicalRecords(files).length,
      live: liveLines(files).length,
    });
    expect(summary.inserted + summary.duplicates + summary.conflicts + summary.rejected).toBe(events);
  }
});

test('every path and size in the summary is that of a file', async () => {
  const { files, summary } = await made({ days: 4, years: [2022, 2023] });
  const sizes = [...files].filter(([path]) => path !== 'generated.json').map(([path, bytes]) => [path, bytes.length]);
  expect([...summary.files].map(file => [file.path, file.bytes]).sort()).toEqual(sizes.sort());
});

test('every fifth day is a whole gzip file', async () => {
  const { files } = await made({ days: 5 });
  const zipped = files.get('live_events/2025-01-18/events.jsonl.gz');
  expect(
    gunzipSync(zipped ?? Buffer.alloc(0))
      .toString()
      .trimEnd()
      .split('\n'),
  ).toHaveLength(240);
});

test('only the vendors asked for appear', async () => {
  const { files } = await made({ vendors: ['vendor_b'], rates: { drift: 0, broken: 0, conflicts: 0, dirt: 0 } });
  expect(new Set(liveLines(files).map(line => JSON.parse(line).vendor))).toEqual(new Set(['vendor_b']));
  expect(historicalRecords(files).every(record => Object.hasOwn(Object(record), 'order_id'))).toBe(true);
});

test('with all rates at 0 nothing is wrong', async () => {
  const { files, summary } = await made({ rates: CLEAN });
  expect(summary).toMatchObject({ inserted: 3_000, duplicates: 0, conflicts: 0, rejected: 0 });
  const { recreatedOrders, unknownTypes, ...faults } = summary.oddities;
  expect(new Set(Object.values(faults))).toEqual(new Set([0]));
  const ids = liveLines(files).map(line => JSON.parse(line).event_id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('duplicates, conflicts, late and broken lines come at the rates asked for', async () => {
  const { summary } = await made({
    events: 40_000,
    historicalShare: 0.1,
    rates: { duplicates: 0.1, conflicts: 0.02, late: 0.3, broken: 0.05 },
  });
  const share = (count: number) => count / summary.live;
  expect(share(summary.duplicates)).toBeCloseTo(0.1, 1);
  expect(share(summary.conflicts)).toBeCloseTo(0.02, 2);
  expect(share(summary.rejected)).toBeCloseTo(0.05, 1);
  expect(summary.oddities.late / summary.live).toBeGreaterThan(0.2);
});

test('progress goes up to the number of events', async () => {
  const seen: Progress[] = [];
  await generate({ events: 20_000, seed: 1, outDir: scratch() }, { onProgress: progress => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ written: 20_000, events: 20_000 });
  expect(seen.every((progress, i) => progress.written >= (seen[i - 1]?.written ?? 0))).toBe(true);
});

test('interrupted, it says so, and the folder says that it is not complete; the next run begins anew', async () => {
  const outDir = scratch();
  const stop = new AbortController();
  const run = generate({ events: 20_000, seed: 1, outDir }, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(run).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
  expect(JSON.parse(readFileSync(join(outDir, 'generated.json'), 'utf8')).complete).toBe(false);
  await expect(generate({ events: 100, seed: 1, outDir })).resolves.toMatchObject({ events: 100 });
});

test('an earlier generation is removed, so that two never mix', async () => {
  const { outDir } = await made({ days: 3, years: [2022] });
  const summary = await generate({ events: 100, seed: 1, outDir });
  expect([...tree(outDir).keys()]).toEqual([...summary.files.map(file => file.path), 'generated.json'].sort());
});

test("somebody else's sources are left alone, unless told to overwrite", async () => {
  const outDir = scratch();
  mkdirSync(join(outDir, 'bootstrap'));
  writeFileSync(join(outDir, 'bootstrap/orders_2023.json'), '[]');
  const options = { events: 100, seed: 1, outDir };
  await expect(generate(options)).rejects.toMatchObject({
    code: 'USAGE',
    hint: expect.stringContaining('--overwrite'),
  });
  expect(existsSync(join(outDir, 'generated.json'))).toBe(false);
  await generate({ ...options, overwrite: true });
  writeFileSync(join(outDir, 'bootstrap/orders_2023.json'), '[{"mine":true}]');
  await expect(generate(options)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('1 of 6') });
});

test.each<[string, Partial<GenerateOptions>]>([
  ['events 0', { events: 0 }],
  ['events 1.5', { events: 1.5 }],
  ['seed -1', { seed: -1 }],
  ['a vendor that is none', { vendors: ['vendor_x' as 'vendor_a'] }],
  ['no vendor', { vendors: [] }],
  ['no days', { days: 0 }],
  ['days that end before they begin', { days: { from: '2025-01-02', to: '2025-01-01' } }],
  ['a day that is none', { days: { from: '2025-02-30', to: '2025-03-01' } }],
  ['a share of 2', { historicalShare: 2 }],
  ['a rate of -1', { rates: { late: -1 } }],
])('%s is refused before anything is written', async (_, options) => {
  const outDir = join(scratch(), 'out');
  await expect(generate({ events: 10, seed: 1, outDir, ...options })).rejects.toMatchObject({ code: 'USAGE' });
  expect(existsSync(outDir)).toBe(false);
});
