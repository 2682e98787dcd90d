// What nothing of a project reads is said, and what is wrong with it all the same is red at its place.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(shop.root, path)), { recursive: true });
  writeFileSync(join(shop.root, path), text);
};
const remove = (...paths: string[]): void => {
  for (const path of paths) rmSync(join(shop.root, path), { recursive: true });
};
const git = (...args: string[]) =>
  execFileSync('git', ['-C', shop.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });

interface Found {
  readonly code: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
}

/** The exit code, and each finding as `code file:line:column`. */
async function compile(...args: string[]): Promise<readonly unknown[]> {
  const { code, out } = await shop.pulse(['compile', '--json', ...args]);
  const { errors, warnings } = JSON.parse(out) as Record<'errors' | 'warnings', readonly Found[]>;
  return [
    code,
    ...[...errors, ...warnings].map(one => `${one.code} ${one.place.file}:${one.place.line}:${one.place.column}`),
  ];
}

test.skipIf(!analyzerFiles)('a model that no asset names is told, and typed', async () => {
  put('models/marts/old.sql', 'SELECT\n  totl AS t\nFROM {{ref "orders"}}\n');
  expect(await compile()).toEqual([1, 'SQL_INVALID models/marts/old.sql:2:3', 'unused-file models/marts/old.sql:1:1']);
  put('models/marts/old.sql', 'SELECT\n  total AS t\nFROM {{ref "orders"}}\n');
  expect(await compile()).toEqual([0, 'unused-file models/marts/old.sql:1:1']);
  expect(await compile('orders')).toEqual([0]);
  put(
    'models/marts/old.sql',
    '-- pulse:ignore unused-file: kept for the audit\nSELECT totl AS t FROM {{ref "orders"}}\n',
  );
  expect(await compile()).toEqual([1, 'SQL_INVALID models/marts/old.sql:2:8']);
  remove('models/marts/old.sql');
});

test.skipIf(!analyzerFiles)('a partial that nobody includes is told, and its tags are looked at', async () => {
  put('sql/partials/used.sql', 'SELECT {{> inner}} AS x FROM {{ref "orders"}}');
  put('sql/partials/inner.sql', '{{var "small_order"}}');
  put('sql/analytics/q.sql', '{{> used}}');
  expect(await compile()).toEqual([0]);
  put('sql/partials/given.sql', 'UPPER({{column}})');
  expect(await compile()).toEqual([0, 'unused-file sql/partials/given.sql:1:1']);
  for (const [text, place] of [
    ['a\n {{#if x}} b', '2:2'],
    ['a\n{{#if x}}{{var "nope"}}{{/if}}', '2:10'],
    ['a {{reff "orders"}}', '1:3'],
    ['a {{> nobody}}', '1:3'],
  ] as const) {
    put('sql/partials/given.sql', text);
    expect(await compile()).toEqual([
      1,
      `TEMPLATE_INVALID sql/partials/given.sql:${place}`,
      'unused-file sql/partials/given.sql:1:1',
    ]);
  }
  remove('sql');
});

test.skipIf(!analyzerFiles)('a query where no command looks is told, and typed', async () => {
  put('sql/report_of_may.sql', 'SELECT totl FROM {{ref "orders"}}');
  expect(await compile()).toEqual([
    1,
    'SQL_INVALID sql/report_of_may.sql:1:8',
    'unused-file sql/report_of_may.sql:1:1',
  ]);
  remove('sql');
});

test.skipIf(!analyzerFiles)('a file that is called otherwise than its asset is told, and a model of two', async () => {
  const asset = (name: string, more = '') =>
    `import { model } from 'pulse';\nexport default model({\n  name: '${name}',\n  description: 'd',\n  deps: ['orders'],\n${more}  model: 'first.sql',\n});\n`;
  put('models/first.sql', 'SELECT total AS t FROM {{ref "orders"}}');
  put('assets/first.ts', asset('first'));
  put('assets/copy.ts', asset('other'));
  expect(await compile()).toEqual([0, 'one-spelling assets/copy.ts:3:10', 'one-spelling assets/copy.ts:6:11']);
  expect(await compile('first')).toEqual([0]);
  remove('assets/copy.ts');
  put('assets/other.ts', asset('other', '  // pulse:ignore one-spelling: by another key\n'));
  expect(await compile()).toEqual([0]);
  remove('assets/first.ts', 'assets/other.ts', 'models/first.sql');
});

test.skipIf(!analyzerFiles)(
  'while an asset does not load nothing is called unused: it may be what reads it',
  async () => {
    put('models/kept.sql', 'SELECT {{> kept}} AS t FROM {{ref "orders"}}');
    put('sql/partials/kept.sql', 'total');
    put(
      'assets/kept.ts',
      "import { model } from 'pulse';\nexport default model({ name: 'kept', description: 'd', deps: ['orders'], model: 'kept.sql' );\n",
    );
    const [code, ...broken] = await compile();
    expect([code, broken]).toEqual([1, [expect.stringMatching(/^ASSET_INVALID assets\/kept\.ts:2:/)]]);
    remove('assets/kept.ts');
    expect(await compile()).toEqual([0, 'unused-file models/kept.sql:1:1']);
    remove('models/kept.sql', 'sql');
  },
);

test.skipIf(!analyzerFiles)('of what changed it is told where it changed; a project may not want to know', async () => {
  put('models/old.sql', 'SELECT total FROM {{ref "orders"}}');
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'first');
  expect(await compile('--changed-since', 'HEAD')).toEqual([0]);
  put('models/new.sql', 'SELECT totl FROM {{ref "orders"}}');
  expect(await compile('--changed-since', 'HEAD')).toEqual([
    1,
    'SQL_INVALID models/new.sql:1:8',
    'unused-file models/new.sql:1:1',
  ]);
  const config = readFileSync(join(shop.root, 'pulse.config.ts'), 'utf8');
  put('pulse.config.ts', config.replace('defineConfig({', "defineConfig({\n  rules: { 'unused-file': 'off' },"));
  expect(await compile()).toEqual([0]);
  put('pulse.config.ts', config.replace('defineConfig({', "defineConfig({\n  rules: { 'unused-file': 'error' },"));
  put('models/new.sql', 'SELECT total FROM {{ref "orders"}}');
  expect(await compile()).toEqual([1, 'unused-file models/new.sql:1:1', 'unused-file models/old.sql:1:1']);
});
