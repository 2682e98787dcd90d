// Whether the optional analyzer package is here: without it the tests that need it are skipped by name.

import { createRequire } from 'node:module';
import path from 'node:path';

const find = (): string | undefined => {
  try {
    return path.join(
      path.dirname(createRequire(import.meta.url).resolve('@fivetrandevelopers/zetasql/package.json')),
      'lib',
      'zetasql',
    );
  } catch {
    return undefined;
  }
};

/** The folder with the servers and protos; undefined where the package isn't installed. */
export const analyzerFiles = find();

// CI requires what a person's machine may lack: there nothing is skipped silently.
if (process.env['PULSE_TEST_REQUIRE']?.split(',').includes('analyzer') && analyzerFiles === undefined) {
  throw new Error('PULSE_TEST_REQUIRE asks for the analyzer, and @fivetrandevelopers/zetasql is not installed');
}
