// pulse compile of a project in a folder of its git repository: compared with a commit, and annotated as GitHub names files.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
const top = () => dirname(shop.root);
const put = (path: string, text: string) => writeFileSync(join(shop.root, path), text);
const git = (...args: string[]) =>
  execFileSync('git', ['-C', top(), '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });

beforeAll(async () => {
  shop = await makeShop();
  put(
    'assets/sold.ts',
    "import { model } from 'pulse';\nexport default model({ name: 'sold', description: 'd', deps: ['raw_events'], model: 'sold.sql' });\n",
  );
  put('models/sold.sql', 'SELECT event_id, vendor FROM {{ref "raw_events"}}');
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'first');
});
afterAll(() => shop.remove());

describe.skipIf(!analyzerFiles)('a project in a folder of its repository', () => {
  test.each([
    ['in its folder', {}, []],
    ['from the top', { isAtTop: true }, ['--project-dir', 'shop']],
  ] as const)('is compared with a commit, %s', async (_, where, more) => {
    put('models/sold.sql', 'SELECT event_id FROM {{ref "raw_events"}}');
    const options = 'isAtTop' in where ? { cwd: top() } : {};
    const { code, out, err } = await shop.pulse(['compile', '--against', 'HEAD', '--json', ...more], options);
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out).changes).toMatchObject([{ kind: 'column-removed', asset: 'sold', column: 'vendor' }]);
  });

  test('is annotated from the top of the repository, or of the workspace of GitHub', async () => {
    put('models/sold.sql', 'SELECT event_idd FROM {{ref "raw_events"}}');
    const github = await shop.pulse(['compile', '--format', 'github']);
    expect(github.out).toMatch(/^::error file=shop\/models\/sold\.sql,line=1,col=8,/);
    const sarif = await shop.pulse(['compile', '--format', 'sarif']);
    expect(JSON.parse(sarif.out).runs[0].results[0].locations[0].physicalLocation.artifactLocation).toEqual({
      uri: 'shop/models/sold.sql',
    });
    const within = await shop.pulse(['compile', '--format', 'github'], { env: { GITHUB_WORKSPACE: shop.root } });
    expect(within.out).toMatch(/^::error file=models\/sold\.sql,/);
  });
});
