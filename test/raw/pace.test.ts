// The sizes of parcels: how soon the writer has something to do, and how long the reader waits for it at the end.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourceFile } from '../../src/raw/files.ts';
import { readInline } from '../../src/raw/read-inline.ts';
import { warmUp } from '../../src/raw/warm-up.ts';

const OPTIONS = { parcelEvents: 1600, maxEventBytes: 1 << 20, now: '2025-01-15T12:00:00Z' };

let root: string;
let path: string;
const EVENTS = 10_000;
const PAD = 'x'.repeat(1000);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pulse-pace-'));
  path = join(root, 'a.jsonl');
  const lines = Array.from({ length: EVENTS }, (_, n) => {
    return `{"event_id":"e${n}","event_type":"t","event_time":"2025-01-15T09:43:48Z","vendor":"v","payload":{"pad":"${PAD}"}}`;
  });
  writeFileSync(path, lines.join('\n'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function parcelSizes(totalBytes?: number): Promise<number[]> {
  const sizes: number[] = [];
  const options = totalBytes === undefined ? OPTIONS : { ...OPTIONS, totalBytes };
  for await (const { events } of readInline([sourceFile(path, root)], options)) sizes.push(events.count);
  return sizes;
}

test('parcels grow from a sixteenth to what is allowed, and the last is what remains', async () => {
  expect(await parcelSizes()).toEqual([100, 200, 400, 800, 1600, 1600, 1600, 1600, 1600, 500]);
});

test('where it is known how much there is to read the last parcels are small again, and hold the same events', async () => {
  const sizes = await parcelSizes(EVENTS * (PAD.length + 110));
  expect(sizes.slice(0, 5)).toEqual([100, 200, 400, 800, 1600]);
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(EVENTS);
  expect(sizes.slice(-3).every(size => size <= 400)).toBe(true);
  expect(Math.max(...sizes)).toBe(1600);
});

test('bytes that are fewer than announced, or more, change sizes only', async () => {
  for (const totalBytes of [0, 1, 1 << 20, 1 << 40]) {
    const sizes = await parcelSizes(totalBytes);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(EVENTS);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(100);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1600);
  }
});

test('what a reading thread warms up with is read to its end and leaves nothing behind', async () => {
  const before = await parcelSizes();
  warmUp();
  expect(await parcelSizes()).toEqual(before);
});
