// A model that only BigQuery judges (analyze: false): what it declares is what its readers see, and that nobody looked is said.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { model } from '../../src/asset/asset.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
  put(
    'assets/nearest.ts',
    `import { model } from 'pulse';
export default model({
  name: 'nearest', description: 'd', deps: ['raw_events'], model: 'nearest.sql',
  engines: ['bigquery'],
  analyze: false,
  columns: [['event_id', 'STRING', 'The event'], ['distance', 'FLOAT64', 'How far']],
});
`,
  );
  put('models/nearest.sql', 'FROM {{ref "raw_events"}}\n|> SELECT event_id, COSINE_DISTANCE(a, b) AS distance\n');
  put(
    'assets/reader.ts',
    "import { model } from 'pulse';\nexport default model({ name: 'reader', description: 'd', deps: ['nearest'], model: 'reader.sql', engines: ['bigquery'] });\n",
  );
});
afterAll(() => shop.remove());

const put = (path: string, text: string) => writeFileSync(join(shop.root, path), text);
const reader = (sql: string) => put('models/reader.sql', sql);

describe.skipIf(!analyzerFiles)('a model that is not analyzed', () => {
  test('is right by its declaration, with a warning at the word that says so', async () => {
    reader('SELECT event_id, distance FROM {{ref "nearest"}}\n');
    const { code, out } = await shop.pulse(['compile', '--json']);
    const { errors, warnings = [] } = JSON.parse(out);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(warnings).toMatchObject([
      { code: 'not-analyzed', place: { file: 'assets/nearest.ts', line: 5, column: 3 } },
    ]);
  });

  test('gives its readers the columns that it declares, and no others', async () => {
    reader('SELECT event_id, distanc FROM {{ref "nearest"}}\n');
    const { code, out } = await shop.pulse(['compile', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out).errors).toMatchObject([
      {
        message: 'Unrecognized name: distanc; Did you mean distance?',
        place: { file: 'models/reader.sql', line: 1, column: 18 },
      },
    ]);
  });

  test('is told where a column is dropped that it may need', async () => {
    reader('SELECT event_id, distance FROM {{ref "nearest"}}\n');
    const { out } = await shop.pulse(['lineage', 'raw_events.event_id', '--downstream']);
    expect(out).toContain('nearest (not analyzed: it may need it)');
    expect((await shop.pulse(['lineage', 'reader.distance'])).out).toContain('nearest.distance');
  });

  test('and one that calls what is newer than the reference, are no verdict of a test: it is skipped with its reason', async () => {
    put('models/keys.sql', 'SELECT event_id, JSON_KEYS(PARSE_JSON(payload)) AS k FROM {{ref "raw_events"}}\n');
    put(
      'assets/keys.ts',
      "import { model } from 'pulse';\nexport default model({ name: 'keys', description: 'd', deps: ['raw_events'], model: 'keys.sql', engines: ['bigquery'] });\n",
    );
    const given = 'raw_events: [{ event_id: a, payload: "{}" }]';
    put(
      'test/models/keys.test.yaml',
      `tests:\n  - name: keys\n    given: { ${given} }\n    expect: [{ event_id: a }]\n`,
    );
    put(
      'test/models/nearest.test.yaml',
      `tests:\n  - name: nearest\n    given: { ${given} }\n    expect: [{ event_id: a }]\n`,
    );
    const { out } = await shop.pulse(['test', 'keys', 'nearest', '--json']);
    const { tests } = JSON.parse(out);
    expect(tests.map((one: { status: string }) => one.status)).toEqual(['skipped', 'skipped']);
    expect(JSON.stringify(tests)).toContain(
      "the reference implementation can't run it: Unsupported built-in function: json_keys",
    );
    expect(JSON.stringify(tests)).toContain(
      "the reference implementation can't run it: This analyzer (GoogleSQL of 2023)",
    );
  });

  test('without the mark it is told what the analyzer does not know, and the way out', async () => {
    put('models/other.sql', 'FROM {{ref "raw_events"}}\n|> SELECT event_id\n');
    put(
      'assets/other.ts',
      "import { model } from 'pulse';\nexport default model({ name: 'other', description: 'd', deps: ['raw_events'], model: 'other.sql', engines: ['bigquery'] });\n",
    );
    const { code, out } = await shop.pulse(['compile', 'other', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out).errors).toMatchObject([
      {
        code: 'SQL_TOO_NEW',
        hint: expect.stringContaining("engines: ['bigquery'], analyze: false and its columns declared"),
        place: { file: 'models/other.sql', line: 1, column: 1 },
      },
    ]);
  });
});

test.each([
  [{ engines: ['bigquery'] as const, columns: [] }],
  [{ columns: [['a', 'STRING', 'd'] as const] }],
  [{ engines: ['bigquery', 'duckdb'] as const, columns: [['a', 'STRING', 'd'] as const] }],
])('it must run on BigQuery alone and declare its columns: not %j', more => {
  expect(() => model({ name: 'm', description: 'd', deps: [], model: 'm.sql', analyze: false, ...more })).toThrow(
    expect.objectContaining({ code: 'ASSET_INVALID' }),
  );
});
