// Writes many small files beside the program: creating thousands takes a disk longer than making what they hold, so from some number
// on a thread does it. Files are put one by one and in order; nothing else is promised until they are waited for.

import { basename, dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { holdsNow, namesNow, putFileNow } from './put-file.ts';
import type { Batch, Outcome, Outcomes } from './worker.ts';

export interface FileWriter {
  /**
   * Has a file hold a text, whole or not at all (put-file.ts); done when it does. One that holds it already is left alone.
   *
   * @throws {NodeJS.ErrnoException} what the system said.
   */
  write(path: string, text: string): Promise<void>;
  /** Once all that was written is waited for. */
  end(): Promise<void>;
}

/** Below this a thread costs more than it brings. */
const ALONE_MAX = 24;
/** A message is a fair part of the cost of a small file. */
const BATCH_FILES = 16;
/** The built entry beside the bundle; none where pulse runs from its TypeScript sources, which this Node's workers cannot load. */
const ENTRY = './file-worker.js';

export function openFileWriter({ aloneMax = ALONE_MAX }: { readonly aloneMax?: number } = {}): FileWriter {
  const most = import.meta.url.endsWith('.ts') ? Number.POSITIVE_INFINITY : aloneMax;
  let alone = 0;
  let thread: WritingThread | undefined;
  const folders = new Map<string, Set<string>>();
  // Who asks for a file that is not there waits for the thread that makes others in its folder: a third of a millisecond each.
  const isThere = (path: string): boolean => {
    const [folder, name] = [dirname(path), basename(path)];
    const names = folders.get(folder) ?? namesNow(folder);
    folders.set(folder, names);
    const isKnown = names.has(name);
    names.add(name);
    return isKnown;
  };
  return {
    async write(path, text) {
      // Looked at here: where nothing changed, which is most of the time, no thread starts.
      if (isThere(path) && holdsNow(path, text)) return;
      if (alone++ < most) return putFileNow(path, text);
      if (thread === undefined || thread.isGone) thread = new WritingThread();
      return thread.write(path, text);
    },
    end: async () => thread?.end(),
  };
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

class WritingThread {
  readonly #worker = new Worker(new URL(ENTRY, import.meta.url));
  /** Answers come in the order of the files. */
  readonly #waiting: Waiting[] = [];
  #batch: string[] = [];
  #isScheduled = false;
  #isGone = false;

  constructor() {
    this.#worker.on('message', (outcomes: Outcomes) => {
      for (const outcome of outcomes) {
        const one = this.#waiting.shift();
        if (outcome === null) one?.resolve();
        else one?.reject(failure(outcome));
      }
    });
    this.#worker.on('error', error => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The writing thread ended before its files were written.')));
  }

  /** A thread that has ended answers nothing more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  write(path: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#batch.push(path, text);
      if (this.#batch.length >= 2 * BATCH_FILES) this.#send();
      else if (!this.#isScheduled) {
        this.#isScheduled = true;
        setImmediate(() => this.#send());
      }
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(): void {
    this.#isScheduled = false;
    if (this.#batch.length === 0) return;
    this.#worker.postMessage(this.#batch satisfies Batch);
    this.#batch = [];
  }

  #fail(error: unknown): void {
    this.#isGone = true;
    for (const one of this.#waiting.splice(0)) one.reject(error);
  }
}

const failure = ({ code, message }: Outcome): NodeJS.ErrnoException =>
  Object.assign(new Error(message), code === undefined ? {} : { code });
