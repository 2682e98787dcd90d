// At start: takes over what a killed run published (its journal row exists) and aborts what it did not. Needs no person.

import { effectsOf } from '../plan/effects.ts';
import type { Project } from '../project.ts';
import type { Build, Run, StateStore } from '../state/state-store.ts';
import type { JournalRow } from '../warehouse/warehouse.ts';
import { type Claim, openWarehouse } from './claim.ts';
import type { Emit } from './events.ts';

export interface Recovery {
  readonly claimed: Claim;
  readonly emit: Emit;
}

/** Brings the state up to the warehouse's journal where a run has no end and its process is gone. */
export async function recover(project: Project, recovery: Recovery): Promise<void> {
  const { claimed, emit } = recovery;
  await recoverBatches(project, emit);
  const state = await project.state();
  const dead = await deadRuns(state, { claimed, now: project.now() });
  // A state that knows of no publication, beside a warehouse that has some, is a new file.
  const isNew = project.hasWarehouse() && (await state.appliedSequence()) === 0;
  if (dead.length === 0 && !isNew) return;
  if (project.hasWarehouse()) await adopt(project, { state, recovery, dead });
  project.failpoint('after-adopt');
  for (const run of dead) {
    await state.finishRun(run.runId, 'aborted');
    await state.releaseLeases(run.runId);
    emit({
      kind: 'notice',
      level: 'info',
      text: `Run ${run.runId} was killed; what it published is kept, the rest is made again.`,
    });
  }
}

/** Who is the only writer knows that all others are dead. Else a run lives as long as its lease. */
async function deadRuns(
  state: StateStore,
  { claimed, now }: { readonly claimed: Claim; readonly now: Date },
): Promise<readonly Run[]> {
  const others = (await state.snapshot()).openRuns.filter(run => run.runId !== claimed.runId);
  if (claimed.isSole || others.length === 0) return others;
  const alive = new Set(
    (await state.leases()).filter(lease => Date.parse(lease.expiresAt) > now.getTime()).map(lease => lease.runId),
  );
  return others.filter(run => !alive.has(run.runId));
}

/** Closes, by recount, batches that a killed run or `pulse ingest` left open: only closed ones are extracted. */
async function recoverBatches(project: Project, emit: Emit): Promise<void> {
  if (!project.hasRawStore()) return;
  const store = await project.rawStore();
  const isOpen = (await store.receipts()).some(receipt => receipt.status === 'open');
  if (!isOpen) return;
  for (const receipt of await store.recover()) {
    const text = `Batch ${receipt.batchId} of ${receipt.source} was left open; closed by recount: ${receipt.inserted} events.`;
    emit({ kind: 'notice', level: 'info', text });
  }
}

async function adopt(
  project: Project,
  { state, recovery, dead }: { state: StateStore; recovery: Recovery; dead: readonly Run[] },
): Promise<void> {
  const warehouse = await openWarehouse(project, recovery);
  for (const row of await warehouse.journal(await state.appliedSequence())) {
    await takeOver(row, { project, state });
    project.failpoint('while-adopting');
    const text = `${row.asset}: took over what run ${row.runId} had published.`;
    recovery.emit({ kind: 'notice', level: 'info', text });
  }
  const gone = new Set(dead.map(run => run.runId));
  const alive = (await state.snapshot()).openRuns.filter(run => !gone.has(run.runId));
  await warehouse.sweep(alive.map(run => run.runId));
}

async function takeOver(row: JournalRow, { project, state }: { project: Project; state: StateStore }): Promise<void> {
  // An asset that is no longer declared has no readers to mark; its row is still applied, so that the sequence goes on.
  const { builds } = await state.snapshot();
  const effects = project.graph.assets.has(row.asset)
    ? effectsOf(row, await state.cells(row.asset), { graph: project.graph, built: versionsOf(builds) })
    : { clears: [], marks: [] };
  await state.apply(row, effects);
}

const versionsOf = (builds: ReadonlyMap<string, Build>): ReadonlyMap<string, string> =>
  new Map([...builds].map(([asset, build]) => [asset, build.codeVersion]));
