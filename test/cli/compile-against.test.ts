// pulse compile --against: a change names the queries below sql/ that it hits, and one of words alone breaks nobody.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
const put = (path: string, text: string) => writeFileSync(join(shop.root, path), text);
const git = (...args: string[]) =>
  execFileSync('git', ['-C', shop.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });
const sold = ({ of = 'a sale', type = 'INT64' }) =>
  put(
    'assets/sold.ts',
    `import { model } from 'pulse';
export default model({ name: 'sold', description: 'd', deps: ['raw_events'], model: 'sold.sql',
  columns: [['event_id', 'STRING', '${of}'], ['n', '${type}', 'how many']] });
`,
  );

beforeAll(async () => {
  shop = await makeShop();
  sold({});
  put('models/sold.sql', 'SELECT event_id, 1 AS n FROM {{ref "raw_events"}}');
  mkdirSync(join(shop.root, 'sql/analytics'), { recursive: true });
  put('sql/analytics/many.sql', 'SELECT SUM(n) AS many FROM sold');
  put('sql/analytics/ids.sql', 'SELECT event_id FROM sold');
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'first');
});
afterAll(() => shop.remove());

const against = async (...more: string[]) => shop.pulse(['compile', '--against', 'HEAD', ...more]);

describe.skipIf(!analyzerFiles)('against a commit', () => {
  test('queries that need the column are named beside the assets', async () => {
    sold({ type: 'STRING' });
    put('models/sold.sql', 'SELECT event_id, \'1\' AS n FROM {{ref "raw_events"}}');
    const { code, out } = await against('--json');
    // The query is wrong now: what it needed is known of the commit.
    expect(JSON.parse(out)).toMatchObject({
      changes: [{ kind: 'type-changed', column: 'n', readers: [], queries: ['sql/analytics/many.sql'] }],
    });
    expect(code).toBe(1);
    expect((await against()).err).toContain('It is read by sql/analytics/many.sql.');
  });

  test('a changed description is said, and breaks nobody', async () => {
    sold({ of: 'a sold thing' });
    put('models/sold.sql', 'SELECT event_id, 1 AS n FROM {{ref "raw_events"}}');
    const { code, out, err } = await against('--json');
    const change = { column: 'event_id', isBreaking: false, from: 'a sale', to: 'a sold thing' };
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out).changes).toMatchObject([
      { kind: 'description-changed', ...change, queries: ['sql/analytics/ids.sql'] },
    ]);
  });
});
