// The log of a run: what it said, kept in the state as JSON, without rows of data; and the end of what is too old.

import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { LoggedEvent, Run, StateStore } from '../state/state-store.ts';
import type { Emit, RunEvent } from './events.ts';

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
/** A longer message is cut: logs are kept by the thousand. */
const TEXT_MAX = 4_000;

export interface RunLog {
  /** Hands the event on, and keeps it. */
  readonly emit: Emit;
  /** Resolves when all that was said is kept. */
  flush(): Promise<void>;
}

/** Keeps what a run says, as it says it: a killed run has its log up to the kill. */
export function logOf(
  state: StateStore,
  { runId, emit, now }: { readonly runId: string; readonly emit: Emit; readonly now: () => Date },
): RunLog {
  let number = 0;
  let waiting: LoggedEvent[] = [];
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  const write = async (): Promise<void> => {
    const events = waiting;
    waiting = [];
    if (events.length > 0) await state.logEvents(runId, events);
  };
  return {
    emit: event => {
      const body = bodyOf(event);
      if (body !== undefined) {
        waiting.push({ number: ++number, loggedAt: now().toISOString(), body });
        writing = writing.then(write).catch(error => {
          failure ??= error;
        });
      }
      emit(event);
    },
    async flush() {
      await writing;
      if (failure !== undefined) throw failure;
    },
  };
}

/** Progress is for who watches; rows that break a check are data, and not for a log. */
function bodyOf(event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'step-progress':
      return undefined;
    case 'check-failed':
      return json({ ...event, sample: [] });
    case 'run-finished': {
      const { runId, status, fresh, timings } = event.result;
      return json({ kind: event.kind, runId, status, fresh: fresh.length, timings });
    }
    default:
      return json(event);
  }
}

const json = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Error) return errorBody(part);
    return typeof part === 'string' && part.length > TEXT_MAX ? `${part.slice(0, TEXT_MAX)}…` : part;
  });

function errorBody(error: Error) {
  if (!(error instanceof PulseError)) return { code: 'INTERNAL', message: error.message, hint: null, place: null };
  const { code, message, hint = null, place = null } = error;
  return { code, message, hint, place };
}

/** How long history is kept. */
const historyDays = ({ config }: Project): number => config.history?.days ?? DEFAULT_DAYS;

/** Forgets runs and backfills that are too old: in the background of a run. */
export async function pruneHistory(project: Project): Promise<void> {
  await (await project.state()).pruneHistory(historyStart(project));
}

/** What is older is forgotten: UTC text. */
export const historyStart = (project: Project): string =>
  new Date(project.now().getTime() - historyDays(project) * DAY_MS).toISOString();

/** The run that `text` names: its id, the beginning of one, or `last`. @throws {PulseError} RUN_UNKNOWN */
export async function runNamed(project: Project, text: string): Promise<Run> {
  const runs = await (await project.state()).runs(Number.MAX_SAFE_INTEGER);
  const [newest] = runs;
  if (text === 'last' && newest !== undefined) return newest;
  const found = runs.filter(run => run.runId === text || run.runId.startsWith(text));
  const exact = found.find(run => run.runId === text) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact;
  if (found.length > 1) {
    throw new PulseError('RUN_UNKNOWN', `"${text}" is the beginning of ${found.length} runs.`, {
      hint: `Write more of it: ${found
        .slice(0, 3)
        .map(run => run.runId)
        .join(', ')}.`,
    });
  }
  throw new PulseError('RUN_UNKNOWN', `There is no run "${text}".`, {
    hint:
      newest === undefined
        ? 'Nothing has run yet: pulse materialize.'
        : `\`pulse runs\` lists them; the last is ${newest.runId}. They are kept ${historyDays(project)} days.`,
  });
}
