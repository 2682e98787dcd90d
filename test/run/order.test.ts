// The same events in any order of files and lines, any split into files and batches, and every file given twice, give the
// same marts, byte for byte; only is_late and ingested_at may follow which of several duplicates was stored first.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MARTS, SAMPLE_DATA, sampleProject } from './sample-project.ts';

const CASES = Number(process.env['PULSE_ORDER_CASES'] ?? 2);

/** Live lines that are events; of a conflicting id only the first, for there the contract lets the first write win. */
function liveLines(): string[] {
  const seen = new Map<string, string>();
  return readFileSync(join(SAMPLE_DATA, 'live_events/2025-01-15/events.jsonl'), 'utf8')
    .split('\n')
    .filter(line => {
      const event = parsed(line);
      if (typeof event?.event_id !== 'string') return false;
      const content = JSON.stringify([event.event_type, event.vendor, event.event_time, event.payload]);
      const before = seen.get(event.event_id) ?? content;
      seen.set(event.event_id, before);
      return before === content;
    });
}

interface Event {
  readonly event_id?: unknown;
  readonly [field: string]: unknown;
}

function parsed(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}

const records = (name: string): unknown[] =>
  (JSON.parse(readFileSync(join(SAMPLE_DATA, `bootstrap/${name}_2023.json`), 'utf8')) as unknown[]).slice(0, 150);

const live = liveLines().slice(0, 900);
const history = ['orders', 'payments', 'refunds', 'shipments'].map(name => ({ name, records: records(name) }));

/** How the same events arrive: a shuffle's seed, files a kind, events a batch, and whether every file comes twice. */
const arrivals = fc.record({
  seed: fc.integer(),
  files: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 37, max: 2000 }),
  isDouble: fc.boolean(),
});
type Arrival = typeof arrivals extends fc.Arbitrary<infer T> ? T : never;

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const [order] = fc.sample(fc.shuffledSubarray([...items.keys()], { minLength: items.length }), { seed, numRuns: 1 });
  return (order ?? []).map(at => items[at] as T);
}

const cut = <T>(items: readonly T[], pieces: number): T[][] =>
  Array.from({ length: pieces }, (_, piece) => items.filter((_item, at) => at % pieces === piece));

async function martsOf({ seed, files, batchSize, isDouble }: Arrival): Promise<Record<string, string[]>> {
  const project = sampleProject();
  try {
    project.write('data/fx_rates_2023.csv', readFileSync(join(SAMPLE_DATA, 'fx_rates_2023.csv'), 'utf8'));
    const config = readFileSync(join(project.root, 'pulse.config.ts'), 'utf8');
    project.write(
      'pulse.config.ts',
      config.replace('defineConfig({', `defineConfig({\n  ingest: { batchSize: ${batchSize} },`),
    );
    const write = (path: string, text: string): void => {
      project.write(`data/${path}`, text);
      if (isDouble) project.write(`data/${path.replace(/(\.[a-z]+)$/, '_again$1')}`, text);
    };
    cut(shuffled(live, seed), files).forEach((lines, at) => {
      write(`live_events/2025-01-${10 + ((at * 7 + seed) % 3)}/part_${at}.jsonl`, `${lines.join('\n')}\n`);
    });
    for (const { name, records } of history) {
      cut(shuffled(records, seed), files).forEach((some, at) => {
        write(`bootstrap/${name}_${at}.json`, JSON.stringify(some));
      });
    }
    const result = await project.materialize();
    expect(result.steps.filter(step => step.status !== 'done' && step.status !== 'unchanged')).toEqual([]);
    const tables: Record<string, string[]> = {};
    for (const name of MARTS) {
      const rows = await project.table(name);
      tables[name] = rows.map(({ is_late, ingested_at, ...row }) => JSON.stringify(row)).sort();
    }
    return tables;
  } finally {
    project.remove();
  }
}

test('marts do not depend on how events arrive', { timeout: 600_000 }, async () => {
  const plain = await martsOf({ seed: 1, files: 1, batchSize: 50_000, isDouble: false });
  await fc.assert(
    fc.asyncProperty(arrivals, async arrival => {
      expect(await martsOf({ ...arrival, seed: Math.abs(arrival.seed) })).toEqual(plain);
    }),
    { numRuns: CASES, endOnFailure: true },
  );
});
