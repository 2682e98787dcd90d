// Puts a small file where it belongs, whole or not at all. Says what the system said; who calls it names the thing and the next step.

import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolderNow } from '../folder.ts';

/**
 * Has `path` hold `text`. Missing folders above are made.
 *
 * @throws {NodeJS.ErrnoException} EACCES, EROFS, ENOSPC, ….
 */
export function putFileNow(path: string, text: string): void {
  // Renamed into place: two processes at once never read half a file, and a killed one leaves none.
  const aside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(aside, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolderNow(dirname(path));
    writeFileSync(aside, text);
  }
  renameSync(aside, path);
}

/** Not so where nothing can be read: then it is written, which says what is wrong. */
export function holdsNow(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

/** What a folder holds; nothing where it cannot be read, which whoever writes there is told. */
export function namesNow(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return new Set();
  }
}
