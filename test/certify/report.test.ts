// docs/sql-support.md: what needs no run of the certification is on the page as it would be written.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DIFFERS, HEAD, NEWER } from './report.ts';

test('the page says what its writer says of itself, of what differs, and of what is newer than the analyzer', () => {
  const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'sql-support.md'), 'utf8');
  expect(page.slice(0, HEAD.length)).toBe(HEAD);
  expect(page).toContain(`\n${DIFFERS}\n## Refused\n`);
  const start = page.indexOf('## Newer than the analyzer');
  expect(page.slice(start, page.indexOf('## Functions'))).toBe(`${NEWER}\n`);
});
