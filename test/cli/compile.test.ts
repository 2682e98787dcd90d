// pulse compile as people and CI call it: every format says the same findings, of all or of what changed, once or at each save.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { fakeIo } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

const file = (path: string) => join(shop.root, path);
const put = (path: string, text: string) => writeFileSync(file(path), text);
const git = (...args: string[]) =>
  execFileSync('git', ['-C', shop.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });

const MODEL = `import { model } from 'pulse';
export default model({ name: 'broken', description: 'd', deps: ['raw_events'], model: 'broken.sql' });
`;

describe.skipIf(!analyzerFiles)('a broken model', () => {
  beforeAll(() => {
    put('assets/broken.ts', MODEL);
    put('models/broken.sql', 'SELECT\n  event_idd AS id\nFROM {{ref "raw_events"}}\n');
  });

  test('as text: message, place, three lines with a caret, what is right', async () => {
    const { code, out, err } = await shop.pulse(['compile']);
    expect(code).toBe(1);
    expect(err).toBe(
      [
        'error: Unrecognized name: event_idd; Did you mean event_id?  [SQL_INVALID]',
        '  at models/broken.sql:2:3',
        '  1 | SELECT',
        '  2 |   event_idd AS id',
        '    |   ^',
        '  3 | FROM {{ref "raw_events"}}',
        '',
      ].join('\n'),
    );
    expect(out).toMatch(/right, 1 thing wrong\./);
  });

  test('lineage is not told beside it: what is wrong is, and the next step', async () => {
    const { code, err } = await shop.pulse(['lineage', 'broken.id']);
    expect(code).toBe(1);
    expect(err).toBe(
      [
        'error: Lineage is told of models that are right; wrong: broken.',
        'hint: `pulse compile` shows each at its place in the SQL.',
        '',
        '  error: Unrecognized name: event_idd; Did you mean event_id?',
        '    at models/broken.sql:2:3',
        '',
      ].join('\n'),
    );
  });

  test('as JSON', async () => {
    const { code, out } = await shop.pulse(['compile', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out).errors).toMatchObject([
      { code: 'SQL_INVALID', level: 'error', place: { file: 'models/broken.sql', line: 2, column: 3 } },
    ]);
  });

  test('behind a byte order mark and with the line ends of Windows at the same place', async () => {
    const text = readFileSync(file('models/broken.sql'), 'utf8');
    put('models/broken.sql', `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    const { errors } = JSON.parse((await shop.pulse(['compile', '--json'])).out);
    put('models/broken.sql', text);
    expect(errors).toMatchObject([{ place: { file: 'models/broken.sql', line: 2, column: 3 } }]);
  });

  test('a declaration that calls what is not there is told where it calls it', async () => {
    put('assets/odd.ts', "import { model } from 'pulse';\n\nexport default modell({ name: 'odd' });\n");
    const { errors } = JSON.parse((await shop.pulse(['compile', '--json'])).out);
    rmSync(file('assets/odd.ts'));
    expect(errors).toMatchObject([
      { code: 'ASSET_INVALID', hint: 'Did you mean "model"?', place: { file: 'assets/odd.ts', line: 3, column: 16 } },
      { code: 'SQL_INVALID' },
    ]);
  });

  test('an import that is missing is named', async () => {
    put(
      'assets/odd.ts',
      "import { model } from 'pulse';\n\nexport default model({ name: 'odd', partition: daily('day') });\n",
    );
    const { errors } = JSON.parse((await shop.pulse(['compile', '--json'])).out);
    rmSync(file('assets/odd.ts'));
    const place = { file: 'assets/odd.ts', line: 3, column: 48 };
    expect(errors).toMatchObject([
      { hint: "Import it: import { daily } from 'pulse'.", place },
      { code: 'SQL_INVALID' },
    ]);
  });

  test('as annotations of GitHub', async () => {
    const { out } = await shop.pulse(['compile', '--format', 'github']);
    expect(out).toBe(
      '::error file=models/broken.sql,line=2,col=3,title=SQL_INVALID::Unrecognized name: event_idd; Did you mean event_id?\n',
    );
  });

  test('as SARIF that its schema takes', async () => {
    const { code, out } = await shop.pulse(['compile', '--format', 'sarif']);
    const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
    const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
    // What ajv has of draft 4 is enough for it, but for how a draft is named.
    const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
    const isValid = ajv.validate(schema, JSON.parse(out));
    expect(ajv.errors ?? []).toEqual([]);
    expect([code, isValid]).toEqual([1, true]);
    expect(JSON.parse(out).runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'models/broken.sql' },
      region: { startLine: 2, startColumn: 3 },
    });
  });

  test('only where it changed since a commit', async () => {
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'first');
    expect(await shop.pulse(['compile', '--changed-since', 'HEAD'])).toMatchObject({ code: 0, err: '' });
    put('models/broken.sql', 'SELECT\n  event_iddd AS id\nFROM {{ref "raw_events"}}\n');
    expect(await shop.pulse(['compile', '--changed-since', 'HEAD', '--format', 'github'])).toMatchObject({ code: 1 });
    put('models/broken.sql', 'SELECT\n  event_id AS id\nFROM {{ref "raw_events"}}\n');
    mkdirSync(file('sql/analytics'), { recursive: true });
    put('sql/analytics/odd.sql', 'SELECT id FROM broken');
    put('sql/analytics/even.sql', 'SELECT event_id FROM raw_events');
    // What was right once is kept; it is wrong again where a table that it names changes.
    expect(await shop.pulse(['compile'])).toMatchObject({ code: 0 });
    git('add', '-A');
    git('commit', '-qm', 'second');
    put('models/broken.sql', 'SELECT\n  event_id AS other\nFROM {{ref "raw_events"}}\n');
    const ofReader = await shop.pulse(['compile', '--changed-since', 'HEAD', '--json']);
    expect([ofReader.code, JSON.parse(ofReader.out).errors, JSON.parse(ofReader.out).queries]).toMatchObject([
      1,
      [{ place: { file: 'sql/analytics/odd.sql', line: 1, column: 8 } }],
      [],
    ]);
    put('models/broken.sql', 'SELECT\n  event_id AS id\nFROM {{ref "raw_events"}}\n');
    // What it is made from and has not changed is not counted.
    put('assets/above.ts', MODEL.replaceAll('broken', 'above').replace('raw_events', 'broken'));
    put('models/above.sql', 'SELECT id FROM {{ref "broken"}}\n');
    git('add', '-A');
    git('commit', '-qm', 'with a reader');
    put('models/above.sql', 'SELECT id FROM {{ref "broken"}} WHERE TRUE\n');
    expect((await shop.pulse(['compile', '--changed-since', 'HEAD'])).out).toContain('1 model right.');
    const ofChanged = await shop.pulse(['compile', '--changed-since', 'HEAD', '--json']);
    expect(JSON.parse(ofChanged.out).models).toMatchObject([{ asset: 'above' }]);
    rmSync(file('assets/above.ts'));
    rmSync(file('models/above.sql'));
    git('add', '-A');
    git('commit', '-qm', 'without');
    put('sql/analytics/odd.sql', 'SELECT idd FROM broken');
    expect(await shop.pulse(['compile', '--changed-since', 'HEAD', '--json'])).toMatchObject({ code: 1 });
    rmSync(file('sql/analytics'), { recursive: true });
    // Who included a partial that is gone has not changed itself.
    mkdirSync(file('sql/partials'), { recursive: true });
    put('sql/partials/part.sql', 'event_id');
    put('models/broken.sql', 'SELECT {{> part}} AS id FROM {{ref "raw_events"}}\n');
    git('add', '-A');
    git('commit', '-qm', 'third');
    rmSync(file('sql/partials'), { recursive: true });
    const without = await shop.pulse(['compile', '--changed-since', 'HEAD', '--json']);
    expect([without.code, JSON.parse(without.out).errors]).toMatchObject([
      1,
      [{ place: { file: 'models/broken.sql' } }],
    ]);
    put('models/broken.sql', 'SELECT\n  event_iddd AS id\nFROM {{ref "raw_events"}}\n');
    const unknown = await shop.pulse(['compile', '--changed-since', 'nowhere']);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('git diff failed')]);
  });

  test('watched: red, green and red again at each save', async () => {
    const ending = new AbortController();
    const io = fakeIo({ cwd: shop.root, signal: ending.signal });
    const running = runProgram(['compile', '--watch', '--format', 'github'], io);
    const rounds = () => io.printed().out.split('Ctrl-C ends').length - 1;
    await expect.poll(rounds, { timeout: 20_000 }).toBe(1);
    put('models/broken.sql', 'SELECT\n  event_id AS id\nFROM {{ref "raw_events"}}\n');
    await expect.poll(rounds, { timeout: 20_000 }).toBe(2);
    put('models/broken.sql', 'SELECT\n  nothing AS id\nFROM {{ref "raw_events"}}\n');
    await expect.poll(rounds, { timeout: 20_000 }).toBe(3);
    // As editors and git do it: written aside, and put in the place of the old file.
    for (const [at, column] of ['event_id', 'event_type', 'missing'].entries()) {
      const aside = file('models/broken.sql.tmp');
      writeFileSync(aside, `SELECT\n  ${column} AS id\nFROM {{ref "raw_events"}}\n`);
      renameSync(aside, file('models/broken.sql'));
      await expect.poll(rounds, { timeout: 20_000 }).toBe(4 + at);
    }
    ending.abort();
    // Interrupted is what it is, red or green.
    expect(await running).toBe(130);
    expect(io.printed().out.match(/title=SQL_INVALID::[^;\n]*/g)).toEqual([
      'title=SQL_INVALID::Unrecognized name: event_iddd',
      'title=SQL_INVALID::Unrecognized name: nothing',
      'title=SQL_INVALID::Unrecognized name: missing',
    ]);
  });
});

test('a project that does not open is told at its place, in every form', async () => {
  const text = readFileSync(file('pulse.config.ts'), 'utf8');
  put(
    'pulse.config.ts',
    "import { defineConfig } from 'pulse';\n\nexport default defineConfig({\n  rules: { 'select-stars': 'off' },\n});\n",
  );
  const all = await Promise.all(
    ['text', 'json', 'github', 'sarif'].map(one => shop.pulse(['compile', '--format', one])),
  );
  put(
    'pulse.config.ts',
    "import { defineConfig } from 'pulse';\n\nexport default defineConfig({\n  rules: nothing,\n});\n",
  );
  const thrown = await shop.pulse(['compile']);
  put('pulse.config.ts', text);
  const [asText, asJson, asGithub, asSarif] = all;
  expect(all.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  expect(asText?.err).toContain('at pulse.config.ts:4:13\n');
  expect(JSON.parse(asJson?.out ?? '')).toMatchObject({
    error: { place: { file: 'pulse.config.ts', line: 4, column: 13 } },
  });
  expect(asGithub?.out).toMatch(/^::error file=pulse.config.ts,line=4,col=13,title=CONFIG_INVALID::/);
  expect(JSON.parse(asSarif?.out ?? '').runs[0].results[0].locations[0].physicalLocation.region).toEqual({
    startLine: 4,
    startColumn: 13,
  });
  expect(thrown.err).toContain('at pulse.config.ts:4:10\n');
});

describe.skipIf(!analyzerFiles)('against a commit', () => {
  const columns = (text: string) => `import { daily, model } from 'pulse';
export default model({ name: 'sold', description: 'd', deps: ['raw_events'], model: 'sold.sql', ${text} });
`;
  const OLD = "columns: [['event_id', 'STRING', 'd', 'REQUIRED'], ['vendor', 'STRING', 'd'], ['n', 'INT64', 'd']]";
  beforeAll(() => {
    put('assets/broken.ts', MODEL);
    put('models/broken.sql', 'SELECT event_id FROM {{ref "raw_events"}}');
    put('assets/sold.ts', columns(OLD));
    put('models/sold.sql', 'SELECT event_id, vendor, 1 AS n FROM {{ref "raw_events"}}');
    put(
      'assets/reader.ts',
      "import { model } from 'pulse';\nexport default model({ name: 'reader', description: 'd', deps: ['sold'], model: 'reader.sql' });\n",
    );
    put('models/reader.sql', 'SELECT event_id FROM {{ref "sold"}}');
    const config = readFileSync(file('pulse.config.ts'), 'utf8');
    put(
      'pulse.config.ts',
      config.replace(
        'defineConfig({',
        "defineConfig({\n  exposures: { dashboard: { reads: ['sold.vendor'] }, export: { reads: ['sold'] } },",
      ),
    );
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'contract');
  });

  test('the same contract is no change', async () => {
    const { code, out } = await shop.pulse(['compile', '--against', 'HEAD', '--json']);
    expect([code, JSON.parse(out).changes]).toEqual([0, []]);
  });

  test('what is broken is not said to be removed', async () => {
    put('models/sold.sql', 'SELECT event_idd, vendor, 1 AS n FROM {{ref "raw_events"}}');
    const { code, out } = await shop.pulse(['compile', '--against', 'HEAD', '--json']);
    put('models/sold.sql', 'SELECT event_id, vendor, 1 AS n FROM {{ref "raw_events"}}');
    const { changes, errors, notChecked } = JSON.parse(out);
    expect([code, changes, notChecked]).toEqual([1, [], { reader: 'sold' }]);
    expect(errors).toMatchObject([{ code: 'SQL_INVALID', place: { file: 'models/sold.sql' } }]);
  });

  test('each difference is classified, with the readers and exposures it hits', async () => {
    put(
      'assets/sold.ts',
      columns("columns: [['event_id', 'STRING', 'd'], ['n', 'NUMERIC', 'd'], ['more', 'DATE', 'd']]"),
    );
    put('models/sold.sql', "SELECT event_id, NUMERIC '1' AS n, DATE '2025-01-01' AS more FROM {{ref \"raw_events\"}}");
    put('pulse.config.ts', readFileSync(file('pulse.config.ts'), 'utf8').replace("'sold.vendor'", "'sold.n'"));
    const { code, out } = await shop.pulse(['compile', '--against', 'HEAD', '--json']);
    const { changes, errors } = JSON.parse(out);
    expect(changes.map((one: { kind: string; column: string }) => `${one.kind} ${one.column}`)).toEqual([
      'column-removed vendor',
      'nullable event_id',
      'type-widened n',
      'column-added more',
    ]);
    // The reader asks for event_id alone.
    expect(changes[0]).toMatchObject({ isBreaking: true, readers: [], exposures: ['export'], from: 'STRING' });
    expect(changes[1]).toMatchObject({ isBreaking: true, readers: ['reader'] });
    expect(errors).toMatchObject([
      { message: 'Breaking: sold.vendor: removed (STRING).', place: { file: 'assets/sold.ts', line: 2, column: 97 } },
      { message: 'Breaking: sold.event_id: may now be NULL.', place: { file: 'assets/sold.ts', line: 2, column: 109 } },
    ]);
    expect(changes[2]).toMatchObject({ isBreaking: false, exposures: ['dashboard', 'export'], to: 'NUMERIC' });
    expect([code, errors.length]).toEqual([1, 2]);
    const allowed = await shop.pulse(['compile', '--against', 'HEAD', '--allow-breaking']);
    expect(allowed.code).toBe(0);
    expect(allowed.err).toContain('warning: Breaking: sold.vendor: removed (STRING).');
  });

  test('an exposure of a column that is gone is an error at its line', async () => {
    put('pulse.config.ts', readFileSync(file('pulse.config.ts'), 'utf8').replace("'sold.n'", "'sold.vendor'"));
    const { code, out } = await shop.pulse(['compile', '--json']);
    expect([code, JSON.parse(out).errors]).toMatchObject([
      1,
      [{ code: 'CONTRACT_BROKEN', place: { file: 'pulse.config.ts', line: expect.any(Number) } }],
    ]);
  });
});

describe.skipIf(!analyzerFiles)('lineage', () => {
  test('of a column as a tree, downwards with who it hits, as JSON and on the page', async () => {
    put('pulse.config.ts', readFileSync(file('pulse.config.ts'), 'utf8').replace("'sold.vendor'", "'sold.n'"));
    const up = await shop.pulse(['lineage', 'reader.event_id']);
    expect(up.out).toBe('reader.event_id\n└─ sold.event_id\n   └─ raw_events.event_id\n');
    const down = await shop.pulse(['lineage', 'sold.n', '--downstream']);
    expect(down.out).toContain('Exposed to dashboard, export.');
    const json = JSON.parse((await shop.pulse(['lineage', 'sold.event_id', '--downstream', '--json'])).out);
    expect(json.impact).toEqual({ reader: ['event_id'] });
    expect(json.queries).toEqual([]);
    mkdirSync(file('sql/analytics'), { recursive: true });
    put('sql/analytics/ids.sql', 'SELECT COUNT(*) AS c FROM {{ref "reader"}} WHERE EVENT_ID > @vendor');
    put('sql/analytics/many.sql', 'SELECT n FROM sold');
    const asked = await shop.pulse(['lineage', 'sold.event_id', '--downstream', '--json']);
    expect(JSON.parse(asked.out).queries).toEqual(['sql/analytics/ids.sql']);
    expect((await shop.pulse(['lineage', 'sold.n', '--downstream'])).out).toContain(
      'Dropping it hits 0 columns of 0 assets. Asked for by 1 query: sql/analytics/many.sql. Exposed to',
    );
    put('sql/analytics/many.sql', 'SELECT nn FROM sold');
    expect(await shop.pulse(['lineage', 'sold.n', '--downstream'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('at sql/analytics/many.sql:1:8'),
    });
    rmSync(file('sql/analytics'), { recursive: true });
    const page = (await shop.pulse(['graph', 'reader', '--format', 'html'])).out;
    const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '');
    expect(data.nodes.find((node: { name: string }) => node.name === 'sold').lineage[0]).toEqual({
      column: 'event_id',
      expression: null,
      from: ['raw_events.event_id'],
      into: ['reader.event_id'],
    });
    expect((await shop.pulse(['lineage', 'sold.nn'])).err).toContain('Did you mean "n"?');
  });
});
