// Takes what other programs write into batches as it comes. Changes only say that something came; what came is asked for each time,
// so that none is lost where a stream of changes breaks or begins late.

import { setTimeout as pause } from 'node:timers/promises';
import type { Receipt } from './raw-store.ts';

export interface Following {
  /** One for each write of another program. */
  readonly changes: AsyncIterable<unknown>;
  /** Takes all that is in no batch yet. */
  readonly take: () => Promise<readonly Receipt[]>;
  /** How long after a change the batch is closed. */
  readonly everyMs: number;
  /** How long nothing is asked where no change comes. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** Ends when the signal aborts. @throws what `changes` or `take` throws */
export async function* follow({ changes, take, everyMs, idleMs, signal }: Following): AsyncGenerator<Receipt> {
  const news = new News();
  const watching = watch(changes, news);
  // It is looked at when it wakes the loop; what it throws is thrown there.
  watching.catch(() => undefined);
  for (;;) {
    news.isThere = false;
    yield* await take();
    if (!news.isThere) await Promise.race([news.comes(), watching, rest(idleMs, signal)]);
    if (!signal.aborted && !news.isEnded) await rest(everyMs, signal);
    if (news.isEnded) await watching;
    if (signal.aborted || news.isEnded) {
      // What came last is not left for tomorrow.
      yield* await take();
      return;
    }
  }
}

/** Whether a change came since it was asked last. */
class News {
  isThere = false;
  isEnded = false;
  private wake: (() => void) | undefined;

  came(): void {
    this.isThere = true;
    this.wake?.();
  }

  comes(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve;
    });
  }
}

async function watch(changes: AsyncIterable<unknown>, news: News): Promise<void> {
  try {
    for await (const _ of changes) news.came();
  } finally {
    news.isEnded = true;
  }
}

/** Ends early where the signal comes. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
