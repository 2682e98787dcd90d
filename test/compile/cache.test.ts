// What is compiled is kept in two places: the one beside the models, and a person's own, which may not be writable.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type CacheEntry, layeredCache, openCompileCache } from '../../src/compile/cache.ts';
import type { FileWriter } from '../../src/writing/file-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'pulse-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusing = (code: string): FileWriter => ({
  write: () => Promise.reject(Object.assign(new Error(code), { code })),
  end: async () => undefined,
});

const cacheThat = (code: string) =>
  layeredCache(openCompileCache(join(folder, 'kept')), openCompileCache(join(folder, 'own'), refusing(code)));

const entry = {
  sourceKey: 'a',
  inputsKey: 'b',
  sql: 'SELECT 1',
  cellsSql: 'SELECT 1',
  duckdb: { kind: 'translated', sql: 'SELECT 1', cellsSql: 'SELECT 1' },
} as CacheEntry;

test.each(['EROFS', 'EACCES', 'EPERM'])('a place that cannot be written costs time, not the run: %s', async code => {
  await expect(cacheThat(code).write('orders', entry)).resolves.toBeUndefined();
});

test('a disk that fails is told', async () => {
  await expect(cacheThat('EIO').write('orders', entry)).rejects.toMatchObject({ code: 'STATE_FAILED' });
  await expect(cacheThat('ENOSPC').write('orders', entry)).rejects.toMatchObject({ code: 'DISK_FULL' });
});
