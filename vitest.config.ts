import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { translatorHash } from './translator-hash.ts';

/** Files that take longest, longest first: one of them begun last would be waited for alone. */
const LONG = [
  'run/late-small',
  'warehouse/bigquery',
  'run/late',
  'run/failpoints',
  'run/servers',
  'run/runners',
  'cli/faults',
  'cli/killed-jobs',
  'quality/spoiled',
  'quality/report',
  'warehouse/duckdb',
  'cli/rewind',
  'certify/certify',
  'models/model-tests',
  'cli/secrets',
  'cli/servers-trouble',
  'state/knex-postgres',
  'quality/story',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex(name => moduleId.endsWith(`/test/${name}.test.ts`));
      return at === -1 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  define: { __TRANSLATOR_HASH__: JSON.stringify(translatorHash()) },
  resolve: { alias: { pulse: new URL('./src/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    // Of a hang, not of slowness: tests that kill processes take ten times their time on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // As many as cores; its own default leaves one of two idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
