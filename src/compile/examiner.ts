// Has models examined (examine.ts): in the program, and from some number on by a thread beside it, which has an analyzer of its own.
// Either gives the same answers; typing, translating and telling facts of a thousand models is more than half of what compiling them costs.

import { Worker } from 'node:worker_threads';
import type { CompileEngine } from './engine.ts';
import type { Examined, RenderedModel } from './examine.ts';
import { type Answer, errorOf, type Question } from './examining-worker.ts';

export interface Examiner {
  /** @throws as examine does. */
  examine(model: RenderedModel): Promise<Examined>;
  /** Ends the thread; what it was still asked fails. */
  close(): Promise<void>;
}

export interface ExaminerOptions {
  /** Models that are examined in the program before a thread is started: below, it costs more than it brings. */
  readonly aloneMax?: number;
  /** Opens what the program examines with; the thread opens its own. */
  openEngine(): Promise<CompileEngine>;
}

const ALONE_MAX = 24;
/** The built entry beside the bundle; none where pulse runs from its TypeScript sources, which this Node's workers cannot load. */
const ENTRY = './compile-worker.js';

export function openExaminer({ aloneMax = ALONE_MAX, openEngine }: ExaminerOptions): Examiner {
  const most = import.meta.url.endsWith('.ts') ? Number.POSITIVE_INFINITY : aloneMax;
  let alone = 0;
  let thread: ExaminingThread | undefined;
  return {
    async examine(model) {
      if (alone++ >= most) {
        thread ??= new ExaminingThread();
        return thread.examine(model);
      }
      const { examine } = await import('./examine.ts');
      return examine(model, await openEngine());
    },
    close: async () => thread?.close(),
  };
}

interface Waiting {
  resolve(examined: Examined): void;
  reject(error: unknown): void;
}

class ExaminingThread {
  readonly #worker = new Worker(new URL(ENTRY, import.meta.url));
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended: Error | undefined;

  constructor() {
    this.#worker.on('message', ({ id, examined, error }: Answer) => {
      const one = this.#waiting.get(id);
      this.#forget(id);
      if (examined !== undefined) one?.resolve(examined);
      else one?.reject(errorOf(error));
    });
    this.#worker.on('error', error => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The compiling thread ended before its models were compiled.')));
    // Where nothing is asked of it, it keeps no program from ending.
    this.#worker.unref();
  }

  examine(model: RenderedModel): Promise<Examined> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      const id = this.#asked++;
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, model } satisfies Question);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const one of this.#waiting.values()) one.reject(this.#ended);
    this.#waiting.clear();
  }
}
