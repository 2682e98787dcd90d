// A room as the built program has it, whose threads this Node could not load from TypeScript: built into a folder of its own.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsdown';

export interface BuiltRoom {
  readonly folder: string;
  /** What an entry exports. */
  load<Room>(entry: string): Promise<Room>;
  remove(): void;
}

/** `entries` are files of src/ by what they are called when built. */
export async function buildRoom(entries: Readonly<Record<string, string>>): Promise<BuiltRoom> {
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
    logLevel: 'error',
  });
  return {
    folder,
    load: entry => import(pathToFileURL(join(folder, `${entry}.js`)).href),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
