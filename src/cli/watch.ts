// Calls when files of a project change, one call at a time. Knows nothing of what is done then.

import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

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
    const watchers: FSWatcher[] = [];
    const stop = (): void => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
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
        for (const watcher of watchers) watcher.close();
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
    for (const name of WATCHED) {
      try {
        const watcher = watch(join(root, name), { recursive: true }, (_kind, file) =>
          note(name.endsWith('.ts') || file === null ? name : `${name}/${file.replaceAll('\\', '/')}`),
        );
        watcher.on('error', reject);
        watchers.push(watcher);
      } catch (error) {
        // A project may lack sql/, say.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reject(error);
      }
    }
    // Watched from before the first call on: what is saved meanwhile is not missed.
    void flush(true);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
