// What is compiled is kept in two places: the one beside the models, and a person's own, which may not be writable.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type CacheEntry, layeredCache, openCompileCache, toldIfReadOnly } from '../../src/compile/cache.ts';
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

test('a folder that is read-only is told and keeps nothing from going on; a disk that fails does', async () => {
  const told: Error[] = [];
  const cache = (code: string) =>
    toldIfReadOnly(openCompileCache(join(folder, 'own'), refusing(code)), error => told.push(error));
  await cache('EROFS').write('orders', entry);
  expect(told).toMatchObject([{ code: 'STATE_FAILED', hint: expect.stringContaining('pulse compile --check') }]);
  await expect(cache('EIO').write('orders', entry)).rejects.toMatchObject({ code: 'STATE_FAILED' });
});
