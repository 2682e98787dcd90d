// Makes a call to a server again while its failure may pass. Backoff with full jitter, after "Exponential Backoff And Jitter"
// (Marc Brooker, AWS Architecture Blog, 2015). Only for calls that may be made twice.

import { setTimeout } from 'node:timers/promises';

export interface RetryOptions {
  readonly mayPass: (error: unknown) => boolean;
  /** In all, the first one included. Default 6. */
  readonly tries?: number;
  /** The longest first wait; doubles with each try. Default 100. */
  readonly firstWaitMs?: number;
  readonly random?: () => number;
}

/** @throws what the last try threw, or the first that cannot pass. */
export async function retrying<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { mayPass, tries = 6, firstWaitMs = 100, random = Math.random } = options;
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (error) {
      if (tried >= tries || !mayPass(error)) throw error;
      await setTimeout(random() * firstWaitMs * 2 ** (tried - 1));
    }
  }
}
