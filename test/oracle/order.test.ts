// What the contract promises of any reading of it: the order of files, their split, and repeats do not change the marts.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { generate } from '../../src/generate/generate.ts';
import { compareTable, isEqual } from './compare.ts';
import { KEYS, oracle, type TableName } from './oracle.ts';

const NOW = '2026-01-01T00:00:00Z';

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pulse-oracle-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** The live lines of `from`, last first, cut into files of 100 lines, each given twice, in one folder. */
function turnAround(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const live = join(from, 'live_events');
  const lines = readdirSync(live).flatMap(day =>
    readdirSync(join(live, day)).flatMap(name => {
      const bytes = readFileSync(join(live, day, name));
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
    }),
  );
  rmSync(join(to, 'live_events'), { recursive: true });
  mkdirSync(join(to, 'live_events/2030-01-01'), { recursive: true });
  lines.reverse();
  for (let at = 0; at < lines.length; at += 100) {
    const text = `${lines.slice(at, at + 100).join('\r\n')}\r\n`;
    for (const copy of ['one', 'two'])
      writeFileSync(join(to, `live_events/2030-01-01/${copy}-${String(at).padStart(6, '0')}.jsonl`), text);
  }
  for (const name of readdirSync(join(to, 'bootstrap')))
    cpSync(join(to, 'bootstrap', name), join(to, 'bootstrap', `again_${name}`));
}

test('turned around, cut up and given twice, the same events make the same marts', async () => {
  const [one, other] = [scratch(), scratch()];
  await generate({ events: 2_000, seed: 11, days: 4, outDir: one, rates: { conflicts: 0 } });
  turnAround(one, other);
  const [expected, actual] = [oracle(one, { now: NOW }), oracle(other, { now: NOW })];
  expect(actual.raw.stored).toBe(expected.raw.stored);
  expect(actual.raw.duplicates.length).toBe(2 * expected.raw.duplicates.length + expected.raw.stored);
  for (const table of Object.keys(KEYS) as TableName[]) {
    const comparison = compareTable(table, expected.tables[table], actual.tables[table], {
      ignore: ['ingested_at', 'is_late'],
    });
    expect(isEqual(comparison), JSON.stringify(comparison)).toBe(true);
  }
});
