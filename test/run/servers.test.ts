// The sample project on servers (MongoDB's protocol, BigQuery's, Postgres), as far as there are any: its marts are those of the
// embedded run, row by row, first and after late data. Small data: an emulator takes seconds a table.

import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import createKnex from 'knex';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/asset/config.ts';
import type { Value } from '../../src/googlesql/value.ts';
import { openProject } from '../../src/project.ts';
import type { TableComparison } from '../../src/run/compare.ts';
import { materialize } from '../../src/run/materialize.ts';
import { prove } from '../../src/run/prove.ts';
import { required } from '../required.ts';
import { MARTS, NOW, SAMPLE_DATA, type SampleProject, sampleProject } from './sample-project.ts';

const NAME = `pulse_sample_${randomUUID().slice(0, 8)}`;
const {
  PULSE_TEST_MONGO_URI: mongo,
  PULSE_TEST_POSTGRES_URL: postgres,
  PULSE_TEST_BIGQUERY_ENDPOINT: bigquery,
} = process.env;

const start = (name: string): string => `one at PULSE_TEST_${name} (start one: npm run services -- start)`;
const hasMongo = required('mongo', mongo !== undefined, `MongoDB: ${start('MONGO_URI')}`);
const hasPostgres = required('postgres', postgres !== undefined, `Postgres: ${start('POSTGRES_URL')}`);
const hasBigQuery = required('bigquery', bigquery !== undefined, `BigQuery: ${start('BIGQUERY_ENDPOINT')}`);

const SERVERS: Record<string, string> = {
  ...(hasMongo && { MONGO_URI: mongo ?? '', MONGO_DB: NAME }),
  ...(hasPostgres && { PULSE_STATE_URL: `${postgres}?schema=${NAME}` }),
  ...(hasBigQuery && { BIGQUERY_PROJECT: 'pulse', BIGQUERY_DATASET: NAME, BIGQUERY_API_ENDPOINT: bigquery ?? '' }),
};

/** The same as a target of pulse.config.ts has it. */
const TARGET: Target = {
  ...(hasMongo && { mongo: { uri: mongo ?? '', database: NAME } }),
  ...(hasPostgres && { state: { url: `${postgres}?schema=${NAME}` } }),
  ...(hasBigQuery && { bigquery: { project: 'pulse', dataset: NAME, apiEndpoint: bigquery ?? '' } }),
};

const EVENTS = readFileSync(join(SAMPLE_DATA, 'live_events/2025-01-15/events.jsonl'), 'utf8').split('\n');
const FX = 'fx_rates_2023.csv';
const FIRST = { path: 'live_events/2025-01-15/events.jsonl', text: `${EVENTS.slice(0, 150).join('\n')}\n` };
const LATE = { path: 'live_events/2025-01-20/late.jsonl', text: `${EVENTS.slice(150, 230).join('\n')}\n` };

/** What the emulator's translation of SQL gets wrong, in a file of the project: there it is written otherwise. */
const EMULATOR_MENDS: readonly (readonly [path: string, wrong: string, instead: string])[] = [
  // "Unrecognized name: TIMESTAMPTZ". SAFE matters for times beyond the year 9999 only, of which the sample has none.
  ['sql/partials/parse_time.sql', 'SAFE.TIMESTAMP_MICROS', 'TIMESTAMP_MICROS'],
];

function mendForEmulator({ root, write }: SampleProject): void {
  for (const [path, wrong, instead] of EMULATOR_MENDS) {
    const text = readFileSync(join(root, path), 'utf8');
    expect(text, `${path} has ${wrong} no more`).toContain(wrong);
    write(path, text.replaceAll(wrong, instead));
  }
}

/** A row as a text, to compare tables without an order. */
const shown = (row: Readonly<Record<string, Value>>): string => JSON.stringify(row);

describe.skipIf(Object.keys(SERVERS).length === 0)('the sample project on servers', { timeout: 600_000 }, () => {
  let data: string;
  let embedded: SampleProject;
  let served: SampleProject;
  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), 'pulse-data-'));
    copyFileSync(join(SAMPLE_DATA, FX), join(data, FX));
    mkdirSync(dirname(join(data, FIRST.path)), { recursive: true });
    writeFileSync(join(data, FIRST.path), FIRST.text);
    embedded = sampleProject(data);
    served = sampleProject(data, SERVERS);
    if (hasBigQuery) mendForEmulator(served);
  });
  afterAll(async () => {
    embedded.remove();
    served.remove();
    rmSync(data, { recursive: true });
    await dropAll();
  }, 120_000);

  const expectSame = async (): Promise<void> => {
    // Servers are waited for, not worked with: more at a time.
    const made = [await embedded.materialize(), await served.materialize({ concurrency: 6 })];
    for (const run of made) expect(run.steps.filter(step => step.status === 'failed').map(said)).toEqual([]);
    const [first = [], second = []] = made.map(run =>
      run.steps.map(({ asset, status }) => `${asset} ${status}`).sort(),
    );
    expect(second).toEqual(first);
    for (const mart of MARTS) {
      const rows = (await served.table(mart)).map(shown).sort();
      expect(rows, mart).toEqual((await embedded.table(mart)).map(shown).sort());
    }
  };

  test('first data, then late data, then nothing; and what came of it is proved', async () => {
    await expectSame();
    for (const project of [embedded, served]) project.write(`data/${LATE.path}`, LATE.text);
    await expectSame();
    expect(await served.materialize()).toMatchObject({ status: 'nothing', steps: [] });
    expect((await proved(served, MARTS)).filter(({ differing }) => differing.length > 0)).toEqual([]);
  });

  test('a target of pulse.config.ts means the same servers as the environment', async () => {
    await served.materialize();
    const config = readFileSync(join(served.root, 'pulse.config.ts'), 'utf8');
    const targets = `targets: { servers: ${JSON.stringify(TARGET)} },`;
    served.write('pulse.config.ts', config.replace('defineConfig({', `defineConfig({ ${targets}`));
    const project = await openProject({ cwd: served.root, env: { PULSE_TARGET: 'servers' }, now: () => NOW });
    try {
      expect(project.target).toEqual(TARGET);
      const result = await materialize(project, { selection: [] }, () => undefined);
      expect(result).toMatchObject({ status: 'nothing', steps: [] });
    } finally {
      await project.close();
    }
  });
});

const proved = (project: SampleProject, names: readonly string[]): Promise<readonly TableComparison[]> =>
  project.run(opened =>
    prove(opened, names, {
      options: { limit: 3, concurrency: 6 },
      emit: () => undefined,
      onCompared: () => undefined,
    }),
  );

const said = ({ asset, error }: { readonly asset: string; readonly error?: Error | undefined }): string =>
  `${asset}: ${error?.message ?? ''}`;

async function dropAll(): Promise<void> {
  if (hasMongo) {
    const client = await MongoClient.connect(mongo ?? '');
    await client.db(NAME).dropDatabase();
    await client.close();
  }
  if (hasPostgres) {
    const db = createKnex.knex({ client: 'pg', connection: postgres ?? '' });
    await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [NAME]);
    await db.destroy();
  }
  if (hasBigQuery) {
    const client = new BigQuery({
      projectId: 'pulse',
      apiEndpoint: bigquery ?? '',
      authClient: new PassThroughClient(),
    });
    await client.dataset(NAME).delete({ force: true });
  }
}
