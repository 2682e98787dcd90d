// Questions to the analyzer that come in numbers, asked together: their tables are left with the server once a batch.
// Only a faster way to the same answers: what does not go right this way, or reads what it was not given, is asked alone.

import type { Analyzed, CatalogTable } from './analyzed.ts';
import { type AnalyzeOptions, analyze, register, type Session, unregister } from './session.ts';

export interface AnalyzeRequest {
  readonly sql: string;
  readonly options: AnalyzeOptions;
}

interface QueueEffects {
  session(): Promise<Session>;
  /** Lets go of a server that gave no answer; nothing where it did. */
  dropped(at: Session, error: unknown): Promise<void>;
  /** Asks one with its own tables only, with all its retries. */
  alone(request: AnalyzeRequest): Promise<Analyzed>;
}

interface Waiting extends AnalyzeRequest {
  resolve(analyzed: Analyzed): void;
  reject(error: unknown): void;
}

/** Leaving the tables of fewer with the server is more work than sending them. */
const BATCH_MIN = 3;
const BATCH_MAX = 64;
/** Questions under way at once: more than the server has cores only wait there. */
const CALLS_MAX = 6;

export function openQueue(effects: QueueEffects): (request: AnalyzeRequest) => Promise<Analyzed> {
  const waiting: Waiting[] = [];
  let calls = 0;
  let isScheduled = false;
  const pump = (): void => {
    isScheduled = false;
    while (waiting.length > 0 && calls < CALLS_MAX) {
      const batch = takeBatch(waiting);
      calls += batch.length;
      const done = (): void => {
        calls -= 1;
        schedule();
      };
      void (batch.length < BATCH_MIN ? askAlone(batch, effects, done) : askTogether(batch, effects, done));
    }
  };
  // A turn later: those that are asked in the same breath go together.
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(pump);
  };
  return request =>
    new Promise((resolve, reject) => {
      waiting.push({ ...request, resolve, reject });
      schedule();
    });
}

/** The first that wait, as long as a name means one table among them. */
function takeBatch(waiting: Waiting[]): Waiting[] {
  const tables = new Map<string, string>();
  const columnsOf = ({ columns }: CatalogTable): string => JSON.stringify(columns);
  const fits = ({ options }: Waiting): boolean =>
    options.tables.every(table => (tables.get(table.name) ?? columnsOf(table)) === columnsOf(table));
  let count = 0;
  for (const one of waiting.slice(0, BATCH_MAX)) {
    if (!fits(one)) break;
    for (const table of one.options.tables) tables.set(table.name, columnsOf(table));
    count += 1;
  }
  return waiting.splice(0, Math.max(1, count));
}

async function askAlone(batch: readonly Waiting[], { alone }: QueueEffects, done: () => void): Promise<void> {
  await Promise.all(batch.map(one => alone(one).then(one.resolve, one.reject).finally(done)));
}

async function askTogether(batch: readonly Waiting[], effects: QueueEffects, done: () => void): Promise<void> {
  const tables = new Map(batch.flatMap(({ options }) => options.tables.map(table => [table.name, table] as const)));
  let at: Session | undefined;
  let registered: Awaited<ReturnType<typeof register>>;
  try {
    at = await effects.session();
    registered = await register(
      at,
      [...tables.values()],
      batch.map(({ sql }) => sql),
    );
  } catch (error) {
    if (at !== undefined) await effects.dropped(at, error);
    // Whatever it is, each question alone meets it again, and says it.
    return askAlone(batch, effects, done);
  }
  const queue = [...batch];
  const session = at;
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      await together(one, { session, registered, effects }).then(one.resolve, one.reject);
      done();
    }
  };
  await Promise.all(Array.from({ length: CALLS_MAX }, lane));
  // A server that has died meanwhile keeps nothing.
  await unregister(session, registered).catch(() => undefined);
}

interface Together {
  readonly session: Session;
  readonly registered: Awaited<ReturnType<typeof register>>;
  readonly effects: QueueEffects;
}

async function together(one: Waiting, { session, registered, effects }: Together): Promise<Analyzed> {
  try {
    const analyzed = await analyze(session, one.sql, { ...one.options, registered });
    return readsOnlyItsOwn(analyzed, one) ? analyzed : effects.alone(one);
  } catch (error) {
    await effects.dropped(session, error);
    // Also a query that is wrong: what it may have meant is said of its own tables.
    return effects.alone(one);
  }
}

function readsOnlyItsOwn(analyzed: Analyzed, { options }: AnalyzeRequest): boolean {
  const own = new Set(options.tables.map(table => table.name));
  return analyzed.tables.every(table => own.has(table));
}
