// The state to a file and from one: lines of JSON, the first of which says what the file is. Between SQLite and Postgres, say.
// Whoever is at work holds the lease: nothing is moved under a run.

import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { StateRow } from '../state/move.ts';
import type { StateStore } from '../state/state-store.ts';

const KIND = 'pulse state';

/** Writes all of it or nothing; gives how many rows. @throws {PulseError} WAREHOUSE_BUSY while a run is at work, CONFIG_INVALID for a file that cannot be written */
export async function exportState(project: Project, path: string): Promise<number> {
  const state = await project.state();
  await refuseWhileAtWork(state);
  let count = 0;
  const partial = `${path}.partial`;
  try {
    await state.exportRows(async rows => {
      async function* lines(): AsyncGenerator<string> {
        yield `${JSON.stringify({ kind: KIND, version: state.version })}\n`;
        for await (const { table, row } of rows) {
          count++;
          yield `${JSON.stringify([table, row])}\n`;
        }
      }
      // It names no servers and no passwords; what was asked of tables stands in its logs.
      await pipeline(Readable.from(lines()), createWriteStream(partial, { mode: 0o600 }));
    });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw unusable(error, path);
  }
  return count;
}

/**
 * Puts a state that was exported in place of the project's; gives how many rows.
 *
 * @throws {PulseError} WAREHOUSE_BUSY while a run is at work, CONFIG_INVALID for a file that holds no state,
 *   STATE_NEWER for one of a newer pulse, STATE_FAILED where there is a state already and `overwrite` is not true
 */
export async function importState(
  project: Project,
  path: string,
  options: { readonly overwrite: boolean },
): Promise<number> {
  const state = await project.state();
  await refuseWhileAtWork(state);
  try {
    return await state.replaceAll(rowsIn(path, state.version), options);
  } catch (error) {
    throw unusable(error, path);
  }
}

async function* rowsIn(path: string, version: number): AsyncGenerator<StateRow> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const value = parsed(line, path);
    if (number++ === 0) requireHead(value, { path, version });
    else if (isRow(value)) yield { table: value[0], row: value[1] };
    else throw noState(path, `line ${number} is no row`);
  }
  if (number === 0) throw noState(path, 'it is empty');
}

function parsed(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw noState(path, 'it is no JSON, or was cut off');
  }
}

function requireHead(
  value: unknown,
  { path, version: own }: { readonly path: string; readonly version: number },
): void {
  const { kind, version } = (value ?? {}) as { readonly kind?: unknown; readonly version?: unknown };
  if (kind !== KIND || typeof version !== 'number') throw noState(path, 'its first line is not that of an export');
  if (version === own) return;
  const isNewer = version > own;
  throw new PulseError(
    isNewer ? 'STATE_NEWER' : 'CONFIG_INVALID',
    `The state in ${path} has version ${version}; this pulse has version ${own}.`,
    {
      hint: isNewer
        ? 'A newer pulse has written it: update pulse.'
        : 'Export it anew with this pulse, which brings it to its version.',
    },
  );
}

function isRow(value: unknown): value is [string, StateRow['row']] {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return false;
  const row: unknown = value[1];
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  return Object.values(row).every(one => one === null || typeof one === 'string' || typeof one === 'number');
}

const noState = (path: string, why: string): PulseError =>
  new PulseError('CONFIG_INVALID', `${path} holds no state: ${why}.`, {
    hint: 'Give a file that `pulse state export FILE` wrote.',
  });

/** A file that is not there, or cannot be written, is no bug. */
function unusable(error: unknown, path: string): unknown {
  if (error instanceof PulseError || !(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
  if (!/^(ENOENT|EACCES|EISDIR|ENOTDIR|ENOSPC|EROFS|EPERM)$/.test(String(error.code))) return error;
  return new PulseError(
    error.code === 'ENOSPC' ? 'DISK_FULL' : 'CONFIG_INVALID',
    `${path} cannot be used: ${error.message.split(',')[0]}.`,
    { hint: 'Name a file that can be read (import), or written (export).', cause: error },
  );
}

async function refuseWhileAtWork(state: StateStore): Promise<void> {
  const [lease] = await state.leases();
  if (lease === undefined) return;
  throw new PulseError('WAREHOUSE_BUSY', `Run ${lease.runId} is at work: ${lease.command}.`, {
    hint: 'Move the state when it has ended; `pulse materialize` ends what a killed run left.',
    transient: true,
  });
}
