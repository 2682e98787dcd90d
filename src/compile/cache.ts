// What was compiled, kept as one JSON file a model in models/.translated/ (a query: in sql/.translated/): committed, so that a machine without
// the analyzer runs every model that has not changed. Names and content do not depend on the target.

import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, PulseError } from '../errors.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import { type FileWriter, openFileWriter } from '../writing/file-writer.ts';
import { namesNow } from '../writing/put-file.ts';
import type { ModelFacts } from './facts.ts';

/** Put in by the build: the hash of the translator's sources (translator-hash.ts). */
declare const __TRANSLATOR_HASH__: string;
/** What another translator wrote is made anew. */
export const TRANSLATOR_HASH: string = __TRANSLATOR_HASH__;

export interface CacheEntry {
  /** Hash of the template, the partials and the vars. */
  readonly sourceKey: string;
  /** Hash of the columns of the tables that are read, and of the translator's sources. */
  readonly inputsKey: string;
  readonly columns: readonly TypedColumn[];
  readonly codeHash: string;
  readonly sql: string;
  readonly cellsSql: string;
  readonly duckdb:
    | { readonly kind: 'translated'; readonly sql: string; readonly cellsSql: string }
    | {
        readonly kind: 'refused';
        readonly message: string;
        readonly hint: string | null;
        readonly place: Place | null;
      };
  /** Of models. */
  readonly facts?: ModelFacts;
  /** Of queries: the assets that are read. */
  readonly reads?: readonly string[];
}

export interface CompileCache {
  /** The entry of an asset; `isCurrent` lets a cache of several places choose the one that still holds. */
  read(asset: string, isCurrent: (entry: CacheEntry) => boolean): Promise<CacheEntry | undefined>;
  write(asset: string, entry: CacheEntry): Promise<void>;
  /** The assets that have an entry, sorted. */
  names(): Promise<readonly string[]>;
  remove(asset: string): Promise<void>;
}

/** The entry made from exactly these keys, if the cache has it. */
export async function readCurrent(
  cache: CompileCache,
  asset: string,
  keys: Pick<CacheEntry, 'sourceKey' | 'inputsKey'>,
): Promise<CacheEntry | undefined> {
  const isCurrent = (entry: CacheEntry): boolean =>
    entry.sourceKey === keys.sourceKey && entry.inputsKey === keys.inputsKey;
  const found = await cache.read(asset, isCurrent);
  return found !== undefined && isCurrent(found) ? found : undefined;
}

/**
 * The cache in a folder, written by `writer`; without one nobody ends a thread, so none is started. A file that does not parse counts
 * as absent: it is made again.
 */
export function openCompileCache(
  folder: string,
  writer: FileWriter = openFileWriter({ aloneMax: Number.POSITIVE_INFINITY }),
): CompileCache {
  const fileOf = (asset: string): string => `${asset}.json`;
  const path = (asset: string): string => join(folder, fileOf(asset));
  // As for the writer: what is not there is not asked for one by one. What another process puts there meanwhile is made again.
  let there: Set<string> | undefined;
  // Files are small and there is one a model: waiting for each in turn takes a quarter of what a thread pool makes of it.
  return {
    async read(asset) {
      there ??= namesNow(folder);
      const text = there.has(fileOf(asset)) ? readIfThere(path(asset)) : undefined;
      return text === undefined ? undefined : parse(text);
    },
    async write(asset, entry) {
      try {
        await writer.write(path(asset), cacheText(entry));
        there?.add(fileOf(asset));
      } catch (error) {
        throw notWritten(folder, error as NodeJS.ErrnoException);
      }
    },
    async names() {
      const files = (await readdir(folder).catch(absent)) ?? [];
      return files
        .filter(file => file.endsWith('.json'))
        .map(file => file.slice(0, -'.json'.length))
        .sort();
    },
    remove: asset =>
      rm(path(asset), { force: true }).catch(error => {
        throw notWritten(folder, error);
      }),
  };
}

/**
 * `kept` (committed beside the models) answers first, `own` (below the home directory) second and takes what is new: only
 * `pulse compile` writes what is committed. A place that can't be written costs time, not the run.
 */
export function layeredCache(kept: CompileCache, own: CompileCache): CompileCache {
  return {
    ...own,
    async read(asset, isCurrent) {
      const found = await kept.read(asset, isCurrent);
      return found !== undefined && isCurrent(found) ? found : own.read(asset, isCurrent);
    },
    async write(asset, entry) {
      await own.write(asset, entry).catch(ifReadOnly);
    },
  };
}

const READ_ONLY: readonly unknown[] = ['EROFS', 'EACCES', 'EPERM'];

/** `notWritten` has what the system said as its cause. */
const ifReadOnly = (error: Error): void => {
  if (!READ_ONLY.includes((error.cause as NodeJS.ErrnoException | undefined)?.code)) throw error;
};

/** A cache of which a folder that is read-only is told once, and keeps nothing else from being looked at. */
export const toldIfReadOnly = (cache: CompileCache, tell: (error: Error) => void): CompileCache => ({
  ...cache,
  write: (asset, entry) =>
    cache.write(asset, entry).catch(error => {
      ifReadOnly(error);
      tell(error);
    }),
});

/** A cache that knows nothing and keeps what it is given, to see what would be written. */
export function emptyCompileCache(): CompileCache {
  const entries = new Map<string, CacheEntry>();
  return {
    read: async asset => entries.get(asset),
    write: async (asset, entry) => void entries.set(asset, entry),
    names: async () => [...entries.keys()].sort(),
    remove: async asset => void entries.delete(asset),
  };
}

/** An entry as its file holds it. */
export function cacheText(entry: CacheEntry): string {
  return `${JSON.stringify(readable(entry), null, 1)}\n`;
}

/** SQL as an array of lines, so that a change of it reads well in a diff. */
function readable(entry: CacheEntry): unknown {
  const lines = (text: string): string[] => text.split('\n');
  const duckdb =
    entry.duckdb.kind === 'translated'
      ? { ...entry.duckdb, sql: lines(entry.duckdb.sql), cellsSql: sameOr(entry.duckdb.sql, entry.duckdb.cellsSql) }
      : entry.duckdb;
  return { ...entry, sql: lines(entry.sql), cellsSql: sameOr(entry.sql, entry.cellsSql), duckdb };
}

const sameOr = (sql: string, cellsSql: string): string[] | null => (sql === cellsSql ? null : cellsSql.split('\n'));

function parse(text: string): CacheEntry | undefined {
  try {
    const raw = JSON.parse(text) as Record<string, unknown>;
    const joined = (value: unknown, otherwise = ''): string => (Array.isArray(value) ? value.join('\n') : otherwise);
    const unfold = (held: object): object => {
      const folded = held as { sql?: unknown; cellsSql?: unknown };
      const sql = joined(folded.sql);
      return { ...held, sql, cellsSql: joined(folded.cellsSql, sql) };
    };
    const duckdb = raw.duckdb as CacheEntry['duckdb'];
    return unfold({ ...raw, duckdb: duckdb.kind === 'translated' ? unfold(duckdb) : duckdb }) as CacheEntry;
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return absent(error as NodeJS.ErrnoException);
  }
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
};

/** Of what compiling writes: its cause is what the system said. */
export const notWritten = (folder: string, cause: NodeJS.ErrnoException): PulseError =>
  cause.code === 'ENOSPC'
    ? new PulseError('DISK_FULL', `The disk is full while writing to ${folder}.`, { hint: 'Make room.', cause })
    : new PulseError('STATE_FAILED', `What is compiled cannot be kept in ${folder} (${cause.code}).`, {
        hint: 'See that it may be written to; `pulse compile --check` writes nothing.',
        cause,
      });
