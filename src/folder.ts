// Makes folders, level by level. Not by `mkdir` with `recursive`: Node's never ends where the parent exists but answers ENOENT,
// as /proc does. Says what the system said; who calls it names the thing and the next step.

import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes `path` and what is missing above it. Returns the first folder that was made, from the top; undefined where it was there.
 *
 * @throws {NodeJS.ErrnoException} EACCES, EROFS, ENOENT, ENOSPC, …; ENOTDIR or EEXIST where a file is in the way.
 */
export function makeFolderNow(path: string): string | undefined {
  const missing: string[] = [];
  for (let one = resolve(path); !isFolder(one) && one !== dirname(one); one = dirname(one)) missing.unshift(one);
  for (const one of missing) makeOne(one);
  return missing[0];
}

/** The same for who waits by promises. */
export async function makeFolder(path: string): Promise<string | undefined> {
  return makeFolderNow(path);
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
  }
}
