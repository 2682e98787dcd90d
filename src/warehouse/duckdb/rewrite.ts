// Writes a DuckDB file anew with what is in its tables and nothing else: blocks that were freed, and rows that are only marked as
// deleted, keep their bytes in a file until something else is written there. For who has the only right to write to it.

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { MEMORY_LIMIT } from './client.ts';
import { quoteName, quoteText } from './quote.ts';
import { toPulseError } from './trouble.ts';

export interface Rewriting {
  /** Called when the copy is whole and before it takes the file's place. */
  readonly copied: () => void;
}

/** The copy, beside the file; what a killed process left of one is written over. */
const copyOf = (path: string): string => `${path}.new`;
const COPY = '_pulse_copy';

/**
 * Killed at any moment, the file is the one before or the new one, each whole: the copy takes its place in one step, when all
 * of it is on the disk and the log of the one before is empty.
 *
 * @throws {PulseError} WAREHOUSE_BUSY (transient) where a reader has the file, DISK_FULL; the file is as it was.
 */
export async function rewriteDuckDb(path: string, { copied }: Rewriting): Promise<void> {
  const copy = copyOf(path);
  try {
    await removeCopy(copy);
    await copyTables(path, copy);
    sync(copy);
    copied();
    await rename(copy, path);
    sync(dirname(path));
  } catch (error) {
    await removeCopy(copy);
    throw toPulseError(error);
  }
}

async function removeCopy(copy: string): Promise<void> {
  for (const end of ['', '.wal']) await rm(`${copy}${end}`, { force: true });
}

async function copyTables(path: string, copy: string): Promise<void> {
  const instance = await DuckDBInstance.fromCache(path, {
    autoinstall_known_extensions: 'false',
    memory_limit: MEMORY_LIMIT,
    // Rows stay where who wrote them wanted them.
    preserve_insertion_order: 'true',
  });
  try {
    const connection = await instance.connect();
    try {
      await copyWith(connection, copy);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
  // A log would be taken for the new file's.
  if ((await stat(`${path}.wal`).catch(() => undefined)) !== undefined) throw new Error(`${path}.wal is there still`);
}

async function copyWith(connection: DuckDBConnection, copy: string): Promise<void> {
  const named = await connection.run('SELECT current_database()');
  const [[name] = []] = await named.getRows();
  await connection.run('FORCE CHECKPOINT');
  await connection.run(`ATTACH ${quoteText(copy)} AS ${quoteName(COPY)}`);
  await connection.run(`COPY FROM DATABASE ${quoteName(String(name))} TO ${quoteName(COPY)}`);
  await connection.run(`CHECKPOINT ${quoteName(COPY)}`);
  await connection.run(`DETACH ${quoteName(COPY)}`);
}

/** What is written is on the disk. Windows knows no such thing for a folder. */
function sync(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    if (process.platform === 'win32') return;
    descriptor = openSync(path, 'r');
  }
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
