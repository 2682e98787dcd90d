// What the writing thread does: puts the files of each message, and answers what became of each.

import type { MessagePort } from 'node:worker_threads';
import { putFileNow } from './put-file.ts';

/** Paths and texts by turns. */
export type Batch = readonly string[];
/** Of each file in a batch: null where it is there, else what the system said. */
export type Outcomes = readonly (Outcome | null)[];

export interface Outcome {
  readonly code: string | undefined;
  readonly message: string;
}

export function work(port: MessagePort): void {
  port.on('message', (batch: Batch) => {
    const outcomes: (Outcome | null)[] = [];
    for (let at = 0; at < batch.length; at += 2) outcomes.push(put(batch[at] ?? '', batch[at + 1] ?? ''));
    port.postMessage(outcomes);
  });
}

function put(path: string, text: string): Outcome | null {
  try {
    putFileNow(path, text);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}
