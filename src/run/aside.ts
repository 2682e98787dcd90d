// Where a process of pulse builds tables for itself, beside those of the project: removed when it is done, or when it is dead.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import { isProcess } from './claim.ts';

const FOLDER = 'aside-';

/** This process's own. */
export const asideHome = ({ home }: Project): string => join(home, `${FOLDER}${process.pid}`);

/** Removes what processes left that are no more. */
export async function removeDeadAsides({ home }: Project): Promise<void> {
  const names = await readdir(home).catch(() => [] as string[]);
  const left = names.filter(name => name.startsWith(FOLDER) && !isProcess(Number(name.slice(FOLDER.length))));
  for (const name of left) await rm(join(home, name), { recursive: true, force: true });
}
