// A model marked engines: ['bigquery'] is typed like any other, refused by nobody, and left alone, with its readers, where DuckDB is.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileProject } from '../../src/run/compile.ts';
import { elsewhere } from '../../src/run/elsewhere.ts';
import { prepare } from '../../src/run/materialize.ts';
import { type SampleProject, sampleProject } from './sample-project.ts';

let project: SampleProject;
beforeEach(() => {
  project = sampleProject();
});
afterEach(() => project.remove());

const declared = (name: string, { deps, engines = '' }: { deps: string; engines?: string }): string =>
  `import { model } from 'pulse';\nexport default model({ name: '${name}', description: 'd', deps: [${deps}], model: '${name}.sql', ${engines} });\n`;

/** A sketch that DuckDB has no answer for, who reads it, and one that reads neither. */
function write(engines: string): void {
  project.write('assets/marts/sketch.ts', declared('sketch', { deps: "'raw_events'", engines }));
  project.write('models/sketch.sql', 'SELECT HLL_COUNT.INIT(event_id) AS customers\nFROM {{ref "raw_events"}}');
  project.write('assets/marts/reader.ts', declared('reader', { deps: "'sketch'" }));
  project.write('models/reader.sql', 'SELECT LENGTH(customers) AS size FROM {{ref "sketch"}}');
  project.write('assets/marts/plain.ts', declared('plain', { deps: '' }));
  project.write('models/plain.sql', 'SELECT 1 AS one');
}

const compile = () => project.run(one => compileProject(one, ['reader', 'plain']));

test('without the mark a model that DuckDB cannot be told is an error at its place', async () => {
  write('');
  const { errors } = await compile();
  expect(errors).toMatchObject([
    { code: 'SQL_NOT_TRANSLATED', place: { file: 'models/sketch.sql', line: 1, column: 8 } },
  ]);
  expect(errors[0]?.message).toContain('HLL_COUNT.INIT');
});

test('with it nothing is wrong, its columns are typed, and its readers are translated', async () => {
  write("engines: ['bigquery']");
  const { errors, result } = await compile();
  expect(errors).toEqual([]);
  expect(result.models.get('sketch')).toMatchObject({ columns: [{ name: 'customers' }], duckdb: { kind: 'refused' } });
  expect(result.models.get('reader')?.duckdb.kind).toBe('translated');
  // And the next time from the cache.
  expect((await compile()).errors).toEqual([]);
});

test('taking the mark away brings the refusal back', async () => {
  write("engines: ['bigquery']");
  await compile();
  write('');
  expect((await compile()).errors).toMatchObject([{ code: 'SQL_NOT_TRANSLATED' }]);
});

test('a run on DuckDB leaves it and its readers alone, says so, and makes the rest', async () => {
  write("engines: ['bigquery']");
  const { status, steps, events } = await project.materialize({ selection: ['reader', 'plain'], only: true });
  expect(status).toBe('done');
  expect(steps.map(step => [step.asset, step.status])).toEqual([['plain', 'done']]);
  const notices = events.flatMap(event => (event.kind === 'notice' ? [event.text] : []));
  expect(notices).toEqual([
    'sketch is marked for another engine (engines in its asset) and is not made on this target: nor is reader, which reads it.',
  ]);
  const { plan } = await project.run(one => prepare(one, { selection: ['sketch'], only: true, fullRefresh: true }));
  expect(plan).toMatchObject({ steps: [], elsewhere: [expect.stringContaining('sketch is marked')] });
});

test('on a target with BigQuery it is one like the others', async () => {
  write("engines: ['bigquery']");
  const left = await project.run(async one => [
    elsewhere(one),
    elsewhere({ graph: one.graph, target: { bigquery: { project: 'p', dataset: 'd' } } }),
  ]);
  expect(left).toEqual([
    new Map([
      ['sketch', 'sketch'],
      ['reader', 'sketch'],
    ]),
    new Map(),
  ]);
});

test.each(['[]', "['snowflake']"])('engines: %s is refused where it is declared', async engines => {
  write(`engines: ${engines} as never`);
  await expect(compile()).rejects.toMatchObject({ code: 'ASSET_INVALID' });
});
