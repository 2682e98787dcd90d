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
