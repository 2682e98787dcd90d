// pulse compile where nothing can be written: what is wrong is said all the same.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
const put = (path: string, text: string) => writeFileSync(join(shop.root, path), text);

beforeAll(async () => {
  shop = await makeShop();
  put(
    'assets/sold.ts',
    "import { model } from 'pulse';\nexport default model({ name: 'sold', description: 'd', deps: ['raw_events'], model: 'sold.sql' });\n",
  );
  rmSync(join(shop.root, 'target'), { recursive: true, force: true });
  put('target', 'a file in the way');
});
afterAll(() => shop.remove());

describe.skipIf(!analyzerFiles)('where nothing can be written', () => {
  test('what is wrong is said before that, and decides', async () => {
    put('models/sold.sql', 'SELECT event_idd FROM {{ref "raw_events"}}');
    const { code, out } = await shop.pulse(['compile', '--json']);
    expect(JSON.parse(out).errors).toMatchObject([
      { code: 'SQL_INVALID', place: { file: 'models/sold.sql', line: 1, column: 8 } },
      { code: 'STATE_FAILED', place: null },
    ]);
    expect(code).toBe(1);
    expect((await shop.pulse(['compile'])).err).toMatch(/^error: Unrecognized name: event_idd/);
  });

  test('what is right is right, and could not be written', async () => {
    put('models/sold.sql', 'SELECT event_id FROM {{ref "raw_events"}}');
    const { code, out, err } = await shop.pulse(['compile']);
    expect([code, err]).toEqual([2, expect.stringMatching(/^error: What is compiled cannot be kept in .*target/)]);
    expect(out).toMatch(/right\.\n$/);
    expect(await shop.pulse(['compile', '--check'])).toMatchObject({ code: 0, err: '' });
  });
});
