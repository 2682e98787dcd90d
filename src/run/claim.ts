// The right to write to the warehouse, held by one run at a time: a lease in the state, renewed while the run lives.
// Who comes second waits for the first to end (its socket closes, whatever became of it), takes over from a dead one, or
// is refused. What was read before the claim may be old by then: state is read, and the plan made, after it.

import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { Lease, LeaseHolder, StateStore } from '../state/state-store.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { WriterPlace } from '../warehouse/writer-place.ts';
import type { Emit } from './events.ts';
import { rememberWarehouse } from './warehouse-file.ts';

export interface Claim {
  readonly runId: string;
  /** Greater than that of every run before: a publication of an older one is refused. */
  readonly fencingToken: number;
  /** Takes a token above `token`: a warehouse may know of greater ones than a state that is new, or was put back. */
  outrank(token: number): Promise<void>;
  /** Aborts when the run is told to end, and when another took its place. */
  readonly signal: AbortSignal;
  /** Adds what is to be done in the end, when the warehouse is closed and nobody else has it yet. It must not throw. */
  whenClosed(work: (emit: Emit) => Promise<void>): void;
  /** Closes the warehouse and lets the next one in. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  readonly runId: string;
  readonly command: string;
  /** Refuses to wait for another run. */
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

const WAREHOUSE = 'warehouse';
const HEARTBEAT_MS = 10_000;
/** Without a sign of life for so long a run on another machine is taken to be dead. */
const TTL_MS = 60_000;
/** Between its lease and its socket, or the other way round, a run is for some milliseconds neither there nor gone. */
const BETWEEN_MS = 20;
/** A warehouse that is a server has no place where a writer stands: whether its lease is free is asked for. */
const ASK_AGAIN_MS = 500;

/**
 * Waits until this run is the only writer.
 *
 * @throws {PulseError} WAREHOUSE_BUSY where another is at work and `noWait`, RUN_INTERRUPTED where the signal aborts meanwhile.
 */
export async function claim(project: Project, options: ClaimOptions): Promise<Claim> {
  const state = await project.state();
  const place = await project.writerPlace();
  let lease = await leaseOf({ project, state, place, options });
  const occupied = await place?.occupy();
  const heart = beat(state, { runId: options.runId, signal: options.signal });
  const last: ((emit: Emit) => Promise<void>)[] = [];
  return {
    runId: options.runId,
    get fencingToken() {
      return lease.token;
    },
    async outrank(token) {
      if (token < lease.token) return;
      const holder = holderOf(options);
      lease = await state.acquireLease(WAREHOUSE, holder, { ttlMs: TTL_MS, takeFrom: lease.token, above: token });
    },
    signal: heart.signal,
    whenClosed: work => void last.push(work),
    async release() {
      const close = async (): Promise<void> => {
        await project.closeWarehouse();
        for (const work of last.splice(0)) await work(options.emit);
        heart.stop();
      };
      await (occupied === undefined ? close() : occupied.leave(close));
      await rememberWarehouse(project);
      await state.releaseLeases(options.runId);
    },
  };
}

/** Opens the warehouse for writing as soon as those who read it are done. For the holder of the claim. */
export function openWarehouse(
  project: Project,
  { claimed, emit }: { readonly claimed: Claim; readonly emit: Emit },
): Promise<Warehouse> {
  const waiting = (busy: PulseError): void =>
    emit({ kind: 'notice', level: 'info', text: `Waiting for a reader: ${busy.message}` });
  return project.warehouse({ readOnly: false, whenFree: { waiting, signal: claimed.signal } });
}

interface Wanting {
  readonly project: Project;
  readonly state: StateStore;
  readonly place: WriterPlace | undefined;
  readonly options: ClaimOptions;
}

const holderOf = ({ runId, command }: ClaimOptions): LeaseHolder => ({
  runId,
  command,
  pid: process.pid,
  host: hostname(),
});

async function leaseOf({ project, state, place, options }: Wanting): Promise<Lease> {
  const { runId, noWait, signal, emit } = options;
  const holder = holderOf(options);
  let dead: Lease | undefined;
  let told: string | undefined;
  for (;;) {
    const lease = await state.acquireLease(WAREHOUSE, holder, {
      ttlMs: TTL_MS,
      ...(dead === undefined ? {} : { takeFrom: dead.token }),
    });
    if (lease.runId === runId) return lease;
    dead = (await isDead(lease, { project, place })) ? lease : undefined;
    if (dead !== undefined) continue;
    if (noWait) throw busy(lease, project.now());
    if (told !== lease.runId)
      emit({ kind: 'notice', level: 'info', text: `Waiting for ${wordsOf(lease, project.now())}.` });
    told = lease.runId;
    await gone(place, signal);
  }
}

/** Until whoever holds the lease has gone, or may have. @throws {PulseError} RUN_INTERRUPTED */
async function gone(place: WriterPlace | undefined, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    const isLeft = place !== undefined && (await place.vacated(signal));
    if (!isLeft) await pause(place === undefined ? ASK_AGAIN_MS : BETWEEN_MS, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new PulseError('RUN_INTERRUPTED', 'Stopped while waiting for another run.', { cause: error });
  }
}

/** `run 20250115-… (process 4711 on here, for 5 min): materialize fact_orders` */
function wordsOf({ runId, pid, host, since, command }: Lease, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000));
  const time = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const where = host === hostname() ? '' : ` on ${host}`;
  return `run ${runId} (process ${pid}${where}, for ${time}): ${command}`;
}

const busy = (lease: Lease, now: Date): PulseError =>
  new PulseError('WAREHOUSE_BUSY', `The warehouse is in use by ${wordsOf(lease, now)}.`, {
    hint: 'Run it again when that one has ended, or without --no-wait: then it waits and goes on.',
    transient: true,
  });

/**
 * Whether the holder of a lease is no more. Where the number of its process went to another program of this machine, nobody
 * answers its socket and nobody renews its lease.
 */
async function isDead(
  lease: Lease,
  { project, place }: { readonly project: Project; readonly place: WriterPlace | undefined },
): Promise<boolean> {
  const now = project.now();
  if (isGone(lease, now)) return true;
  return isOverdue(lease, now) && place !== undefined && !(await place.isOccupied());
}

const isOverdue = ({ expiresAt }: Pick<Lease, 'expiresAt'>, now: Date): boolean =>
  Date.parse(expiresAt) <= now.getTime();

/** Whether nobody can be there to renew a lease: its process is asked for here, its end is all there is of another machine. */
export const isGone = (lease: Pick<Lease, 'host' | 'pid' | 'expiresAt'>, now: Date): boolean =>
  lease.host === hostname() ? !isProcess(lease.pid) : isOverdue(lease, now);

/** Whether there is a process of this number on this machine. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renews the leases of a run; its signal aborts where they were taken, or could not be renewed until they ended. */
function beat(
  state: StateStore,
  { runId, signal }: { readonly runId: string; readonly signal: AbortSignal },
): { readonly signal: AbortSignal; stop(): void } {
  const lost = new AbortController();
  let renewedAt = performance.now();
  const renew = async (): Promise<void> => {
    try {
      const held = await state.renewLeases(runId, TTL_MS);
      if (held.length === 0) lost.abort(taken(runId));
      renewedAt = performance.now();
    } catch (error) {
      // A state that is busy is asked again: the lease has some beats left.
      if (performance.now() - renewedAt > TTL_MS - HEARTBEAT_MS) lost.abort(error);
    }
  };
  const timer = setInterval(() => void renew(), HEARTBEAT_MS).unref();
  return { signal: AbortSignal.any([signal, lost.signal]), stop: () => clearInterval(timer) };
}

const taken = (runId: string): PulseError =>
  new PulseError('RUN_INTERRUPTED', `Another run took the place of ${runId}, which gave no sign of life.`, {
    hint: 'Nothing half-made is published. Run again to go on.',
  });
