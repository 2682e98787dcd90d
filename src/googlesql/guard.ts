// A server that is looked after while it is asked: one that stands still (stopped, swapped out, deadlocked) is found in seconds and
// not by each question's own time. Retries nothing and stops nothing: it only ends the calls.

import { CallError, type Server, STATUS } from './server.ts';

export interface Attention {
  /** A question that is under way for so long makes it ask whether the server is awake, and again. */
  readonly quietMs: number;
  /** For a sign of life. */
  readonly awakeMs: number;
}

/** The server takes no part any more: not this question's fault. */
export class StandsStill extends CallError {
  constructor() {
    super({ status: STATUS.deadlineExceeded, details: 'the server stands still' });
  }
}

/** Whether a server answers what costs it nothing: one that is busy with a query does, one that stands still does not. */
export const isAwake = (server: Pick<Server, 'call'>, timeoutMs: number): Promise<boolean> =>
  server.call('GetLanguageOptions', { maximum_features: true }, { timeoutMs }).then(
    () => true,
    () => false,
  );

/** The same server; its calls fail with StandsStill once it gives no sign of life. */
export function guarded(server: Server, { quietMs, awakeMs }: Attention): Server {
  const waiting = new Set<(error: StandsStill) => void>();
  let isStill = false;
  let isLooking = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    isLooking = true;
    const isWell = await isAwake(server, awakeMs);
    isLooking = false;
    // The calls of one that has ended fail by themselves.
    isStill = !isWell && server.isAlive;
    if (isStill) for (const fail of [...waiting]) fail(new StandsStill());
    watch();
  };
  /** Counts the time anew: an answer has come, or the first question was put. */
  const watch = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0 || isStill || isLooking) return;
    timer = setTimeout(() => void look(), quietMs);
    timer.unref();
  };
  const call: Server['call'] = (method, message, options) => {
    if (isStill) return Promise.reject(new StandsStill());
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      if (timer === undefined) watch();
      server.call(method, message, options).then(
        reply => {
          waiting.delete(reject);
          watch();
          resolve(reply);
        },
        error => {
          waiting.delete(reject);
          if (waiting.size === 0) watch();
          reject(error);
        },
      );
    });
  };
  return {
    pid: server.pid,
    get isAlive() {
      return server.isAlive;
    },
    call,
    stop: () => server.stop(),
  };
}
