// Defaults of pulse.config.ts: honoured where nothing is typed, outdone by what is typed, checked.

import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OptionDefaults } from '../../src/asset/config.ts';
import { configFaults } from '../../src/loading/config-faults.ts';
import type { Ran } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
let lastRoot: string;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

/** A command line under these defaults, in a folder of its own: a process loads one config file once. */
async function under(options: OptionDefaults, argv: readonly string[]): Promise<Ran> {
  const cwd = await mkdtemp(join(dirname(shop.root), 'shop-'));
  await cp(shop.root, cwd, { recursive: true });
  const config = { vars: { small_order: 20 }, options };
  await writeFile(join(cwd, 'pulse.config.ts'), `export default ${JSON.stringify(config)};`);
  lastRoot = cwd;
  return shop.pulse(argv, { cwd });
}

test('list: output and keys', async () => {
  expect((await under({ listOutput: 'path' }, ['list', 'orders'])).out).toBe('assets/marts/orders.ts\n');
  expect((await under({ listOutput: 'path' }, ['list', 'orders', '--output', 'name'])).out).toBe('orders\n');
  const keys = { listOutput: 'json', outputKeys: ['kind'] } as const;
  expect((await under(keys, ['list', 'orders'])).out).toBe('{"kind":"model"}\n');
  expect((await under(keys, ['list', 'orders', '--output-keys', 'name'])).out).toBe('{"name":"orders"}\n');
  expect((await under({ outputKeys: ['kimd'] }, ['list'])).err).toContain('Did you mean "kind"?');
});

test('json, unless another form is typed', async () => {
  expect(JSON.parse((await under({ json: true }, ['status', 'orders'])).out)).toHaveLength(1);
  expect((await under({ json: true }, ['status', 'orders', '--no-json'])).out).toContain('1 asset:');
  expect((await under({ json: true }, ['graph', 'orders', '--format', 'dot'])).out).toContain('digraph');
  expect((await under({ json: true }, ['list', 'orders', '--output', 'name'])).out).toBe('orders\n');
});

test('color', async () => {
  const bold = '\u001b[1m';
  expect((await under({ color: true }, ['status'])).out).toContain(bold);
  expect((await under({ color: true }, ['status', '--no-color'])).out).not.toContain(bold);
});

test('only: of graph and materialize', async () => {
  expect((await under({ only: true }, ['graph', 'orders'])).out).toContain('1 asset, 0 edges');
  expect((await under({ only: true }, ['graph', 'orders', '--no-only'])).out).toContain('4 assets, 3 edges');
  expect((await under({ only: true }, ['materialize', 'orders', '--plan'])).out).toContain('1 asset to make');
});

test('quiet and verbose', async () => {
  const wordy = (await under({ verbose: true }, ['materialize', 'raw_events'])).out;
  expect(wordy).toMatch(/^start /m);
  expect((await under({ quiet: true }, ['materialize', '--full-refresh'])).out).not.toMatch(/^start /m);
  expect((await under({ quiet: true }, ['materialize', '--full-refresh', '--no-quiet'])).out).toMatch(/^start /m);
});

test('graphFormat, queryFormat', async () => {
  expect((await under({ graphFormat: 'dot' }, ['graph'])).out).toContain('digraph');
  expect((await under({ queryFormat: 'csv' }, ['query', 'SELECT 1 AS a'])).out).toBe('a\n1\n');
  expect((await under({ queryFormat: 'csv' }, ['query', 'SELECT 1 AS a', '--format', 'ndjson'])).out).toBe('{"a":1}\n');
});

test('generate: all of it from the config, in a folder beside it; what is typed wins', async () => {
  const generate = { events: 60, seed: 3, vendors: ['vendor_b'], days: '2025-02-01', out: 'made' } as const;
  expect((await under({ generate }, ['generate'])).out).toContain('Wrote 60 events in ');
  const lines = await readFile(join(lastRoot, 'made/live_events/2025-02-01/events.jsonl'), 'utf8');
  expect(lines).toContain('vendor_b');
  expect(lines).not.toContain('"vendor":"vendor_a"');
  expect((await under({ generate }, ['generate', '--events', '70', '--out', 'other'])).out).toMatch(
    /^Wrote 70 events .* to other in/,
  );
});

test('what only one command has', async () => {
  const commands = { status: { explain: true }, show: { sql: true }, compile: { format: 'json' } } as const;
  expect((await under({ commands }, ['status', 'orders'])).out).toBe('orders: missing\n  never made\n');
  expect((await under({ commands }, ['status', 'orders', '--no-explain'])).out).toContain('because');
  expect((await under({ commands }, ['show', 'orders'])).out).toContain('FROM "');
  expect((await under({ commands }, ['compile'])).out).toMatch(/^[[{]/);
  expect((await under({ commands }, ['compile', '--format', 'text'])).out).toContain('1 model right');
});

/** Words that mean one call alone, or have their own place in the config or in a target. */
const ELSEWHERE = [
  ...['target', 'project-dir', 'data-dir', 'home', 'color', 'quiet', 'verbose', 'debug', 'help', 'version', 'json'],
  ...['exclude', 'only', 'full-refresh', 'fail-fast', 'concurrency', 'timings', 'output', 'output-keys', 'timeout'],
  ...['events', 'seed', 'vendors', 'days', 'out'],
];
const ONE_CALL = [
  ...['plan', 'exact', 'quote', 'partitions', 'date', 'from', 'to', 'order', 'key', 'file', 'batch', 'yes', 'where'],
  ...['event-id', 'rows', 'list', 'against', 'changed-since', 'allow-breaking', 'check', 'watch', 'name', 'record'],
  ...['downstream', 'failed', 'reprocess', 'overwrite', 'stdio', 'follow'],
];

test('every option has its place: in the config, or it means one call alone', async () => {
  const { COMMANDS } = await import('../../src/cli/command-list.ts');
  const { default: yargs } = await import('yargs');
  const without: string[] = [];
  for (const { usage, load } of COMMANDS) {
    const [command = '', ...words] = usage.split(/[^\w]+/);
    const parser = (await load()).build(yargs([]));
    // @ts-expect-error yargs has getOptions(), its types do not.
    const { key, hiddenOptions } = parser.getOptions() as { key: Record<string, unknown>; hiddenOptions: string[] };
    for (const name of Object.keys(key)) {
      if (name.length === 1 || /[A-Z]/.test(name) || words.includes(name) || hiddenOptions.includes(name)) continue;
      const camel = name.replace(/-(.)/g, (_, sign: string) => sign.toUpperCase());
      const isOwn = !configFaults({ options: { commands: { [command]: { [camel]: {} } } } })
        .join()
        .includes('is not an option');
      const isFormat = name === 'format' && ['graph', 'query'].includes(command);
      if (!isOwn && !isFormat && ![...ELSEWHERE, ...ONE_CALL].includes(name)) without.push(`${command} --${name}`);
    }
  }
  expect(without).toEqual([]);
});

test('what cannot be is told by name', () => {
  expect(
    configFaults({
      options: {
        only: 1,
        color: 'red',
        listOutput: 'xml',
        outputKeys: 'a',
        generate: { events: 0, seed: -1, days: 'x' },
      },
    }),
  ).toEqual([
    '`options.only` must be true or false.',
    '`options.color` must be true or false.',
    '`options.listOutput` must be one of name, path, json.',
    '`options.outputKeys` must be a list of texts.',
    '`options.generate.events` must be a whole number from 1.',
    '`options.generate.seed` must be a whole number from 0.',
    '`options.generate.days` must be a whole number from 1, or days such as 2025-01-15..2025-01-31.',
  ]);
  expect(configFaults({ options: { generate: { vendors: ['vendor_x'], evens: 1 } } })).toEqual([
    '`options.generate.vendors` must be a list of vendor_a, vendor_b, vendor_c.',
    '`options.generate.evens` is not an option. Did you mean "events"?',
  ]);
});
