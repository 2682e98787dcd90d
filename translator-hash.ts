// The hash of the translator's sources, put into the build: a translation that was kept is good for this translator only.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('src/googlesql', import.meta.url));

/** For `define`: SHA-256 of every file below src/googlesql, by path; line ends do not count. */
export function translatorHash(): string {
  const files = readdirSync(ROOT, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = files.map(entry => join(entry.parentPath, entry.name)).sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(path.slice(ROOT.length).replaceAll('\\', '/'));
    hash.update(readFileSync(path, 'utf8').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex').slice(0, 16);
}
