// What the tests of the generator share: folders that go away, and a folder's files as values.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pulse-generate-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Every file below `dir` by its path with /, as bytes. */
export function tree(dir: string): ReadonlyMap<string, Buffer> {
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(path =>
    statSync(join(dir, path)).isFile(),
  );
  return new Map(paths.sort().map(path => [path.replaceAll('\\', '/'), readFileSync(join(dir, path))]));
}

/** The lines of all live files, those of .gz too. */
export function liveLines(files: ReadonlyMap<string, Buffer>): readonly string[] {
  return [...files]
    .filter(([path]) => path.startsWith('live_events/'))
    .flatMap(([path, bytes]) => {
      const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      return text === '' ? [] : text.replace(/\n$/, '').split('\n');
    });
}

/** The elements of all arrays. */
export function historicalRecords(files: ReadonlyMap<string, Buffer>): readonly unknown[] {
  return [...files]
    .filter(([path]) => path.startsWith('bootstrap/'))
    .flatMap(([, bytes]) => {
      const value: unknown = JSON.parse(bytes.toString('utf8'));
      if (!Array.isArray(value)) throw new Error('not an array');
      return value;
    });
}
