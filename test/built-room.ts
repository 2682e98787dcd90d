// A room as the built program has it, whose threads this Node could not load from TypeScript: built into a folder of its own.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsdown';
import { translatorHash } from '../translator-hash.ts';

export interface BuiltRoom {
  readonly folder: string;
  /** What an entry exports. */
  load<Room>(entry: string): Promise<Room>;
  remove(): void;
}

/** `entries` are files of src/ by what they are called when built; `files` are loaded beside them at run time. */
export async function buildRoom(
  entries: Readonly<Record<string, string>>,
  files: readonly string[] = [],
): Promise<BuiltRoom> {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'pulse-room-'));
  await build({
    config: false,
    cwd: root,
    entry: { ...entries },
    format: 'esm',
    platform: 'node',
    outDir: folder,
    dts: false,
    fixedExtension: false,
    define: { __TRANSLATOR_HASH__: JSON.stringify(translatorHash()) },
    logLevel: 'error',
  });
  for (const file of files) copyFileSync(join(root, file), join(folder, basename(file)));
  return {
    folder,
    load: entry => import(pathToFileURL(join(folder, `${entry}.js`)).href),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
