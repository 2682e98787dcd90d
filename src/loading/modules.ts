// Loads the TypeScript of a project: plain declarations are evaluated as they stand, a transpiler is loaded for those only that need one.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Jiti } from 'jiti';
import * as face from '../index.ts';
import { loadToEnd } from './load-to-end.ts';
import { evaluatePlain } from './plain-module.ts';

export type Load = (path: string) => Promise<unknown>;

/** What gives the default export of a file, by its absolute path; `pulse` in it is this very program. */
export function loader(home: string): Load {
  let jiti: Promise<Jiti> | undefined;
  const load: Load = async path => {
    const plain = evaluatePlain(readFileSync(path, 'utf8'), face, { filename: path });
    if (plain !== undefined) return plain.exported;
    jiti ??= transpiler(home);
    return (await jiti).import(path, { default: true });
  };
  return path => loadToEnd(() => load(path));
}

async function transpiler(home: string): Promise<Jiti> {
  const { createJiti } = await import('jiti');
  const found = ['./index.js', '../index.ts']
    .map(file => fileURLToPath(new URL(file, import.meta.url)))
    .find(existsSync);
  if (found === undefined) throw new Error('the face of pulse is not beside what loads');
  return createJiti(import.meta.url, {
    fsCache: join(home, 'cache', 'jiti'),
    alias: { pulse: found },
    interopDefault: true,
    // A project may be opened again in one process, after its files have changed.
    moduleCache: false,
  });
}

/** The first line of what an error says. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
