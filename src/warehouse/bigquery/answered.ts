// A call that must be answered within a time: the client of BigQuery has no limit of its own that holds.

const CALL_MS = 60_000;
/** Of first calls: a server that takes the connection and never answers is said within seconds. */
export const FIRST_CALL_MS = 8_000;

/** @throws what `mayPass` knows as passing where there is no answer in time; what comes of the call later is not heard. */
export function answered<T>(call: Promise<T>, withinMs = CALL_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`network timeout: no answer within ${withinMs / 1000} s`)), withinMs);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}
