// Calls when files of a project change, one call at a time. Knows nothing of what is done then.

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** At the top of a project. */
const WATCHED = ['assets', 'models', 'sql', 'pulse.config.ts'];
/** Editors write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 15;

/** Calls `onChange` with none, then with the paths that changed, until the signal. A call never overlaps the one before it. */
export function watchProject(
  root: string,
  { signal, onChange }: { readonly signal: AbortSignal; onChange(paths: readonly string[]): Promise<void> },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const changed = new Set<string>();
    let isBusy = false;
    let timer: NodeJS.Timeout | undefined;
    const folders = new Folders(root, { onEntry: path => note(path), onError: reject });
    const stop = (): void => {
      clearTimeout(timer);
      folders.close();
      resolve();
    };
    const flush = async (isFirst = false): Promise<void> => {
      if (isBusy || (changed.size === 0 && !isFirst) || signal.aborted) return;
      isBusy = true;
      const paths = isFirst ? [] : [...changed].sort();
      if (!isFirst) changed.clear();
      try {
        await onChange(paths);
      } catch (error) {
        folders.close();
        reject(error);
        return;
      }
      isBusy = false;
      await flush();
    };
    const note = (path: string): void => {
      // What pulse itself writes, and what editors write aside.
      if (/(^|\/)(\.translated\/|\.[^/]*$)|~$|\.tmp$/.test(path)) return;
      changed.add(path);
      clearTimeout(timer);
      timer = setTimeout(() => void flush(), SETTLE_MS);
    };
    folders.follow('');
    // Watched from before the first call on: what is saved meanwhile is not missed.
    void flush(true);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Watches what is watched of a project folder by folder, each for the names in it: files are seen however they are saved, written or
 * put in the place of the old one. Node's own recursive watching follows files on Linux, and loses one that is replaced.
 */
class Folders {
  readonly #root: string;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onEntry: (path: string) => void;
  readonly #onError: (error: Error) => void;

  constructor(root: string, on: { onEntry(path: string): void; onError(error: Error): void }) {
    this.#root = root;
    this.#onEntry = on.onEntry;
    this.#onError = on.onError;
  }

  /** A folder and those below it, by path from the root; the root itself is ''. One that is gone is no trouble. */
  follow(folder: string): void {
    try {
      const watcher = watch(join(this.#root, folder), (kind, name) => this.#saw(folder, { kind, name }));
      // It went while it was watched: the folder above says so too.
      watcher.on('error', () => this.#leave(folder));
      this.#watchers.set(folder, watcher);
      for (const entry of readdirSync(join(this.#root, folder), { withFileTypes: true })) {
        const path = pathOf(folder, entry.name);
        if (entry.isDirectory() && isWatched(path)) this.follow(path);
      }
    } catch (error) {
      this.#leave(folder);
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#onError(error as Error);
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #saw(folder: string, { kind, name }: { readonly kind: string; readonly name: string | null }): void {
    const path = name === null ? folder : pathOf(folder, name);
    if (!isWatched(path)) return;
    // A folder that came, went or is another one now.
    if (kind === 'rename' && name !== null && (this.#watchers.has(path) || isFolder(join(this.#root, path)))) {
      this.#leave(path);
      this.follow(path);
    }
    this.#onEntry(path);
  }

  #leave(folder: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }
}

const pathOf = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
const isWatched = (path: string): boolean =>
  WATCHED.includes(path.split('/')[0] ?? '') && !/(^|\/)\.translated(\/|$)/.test(path);
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
