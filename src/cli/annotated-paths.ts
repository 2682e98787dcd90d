// How files of the project are called in annotations: as GitHub names them, from the top of the repository.
// Asks the disk alone: git need not be there.

import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Io } from './io.ts';

/** From a file relative to the project's `root` to one relative to the workspace of GitHub, else git's top, else where pulse runs. */
export function annotatedPaths(root: string, { env, cwd }: Pick<Io, 'env' | 'cwd'>): (file: string) => string {
  const base = env.GITHUB_WORKSPACE ?? topAbove(root) ?? cwd;
  return file => relative(base, resolve(root, file)).split(sep).join('/');
}

/** The folder that holds .git: a folder, in a worktree or submodule a file. */
function topAbove(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : topAbove(above);
}
