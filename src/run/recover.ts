// At start: takes over what a killed run published (its journal row exists) and aborts what it did not. Needs no person.

import { hostname } from 'node:os';
import { effectsOf } from '../plan/effects.ts';
import type { Project } from '../project.ts';
import type { Run, StateStore } from '../state/state-store.ts';
import type { JournalRow, Warehouse } from '../warehouse/warehouse.ts';
import type { Emit } from './events.ts';

/** Brings the state up to the warehouse's journal where a run has no end and its process is gone. */
export async function recover(project: Project, emit: Emit): Promise<void> {
  await recoverBatches(project, emit);
  const state = await project.state();
  const { openRuns } = await state.snapshot();
  const dead = openRuns.filter(run => !isAlive(run));
  if (dead.length === 0) return;
  if (project.hasWarehouse()) await adopt(project, { state, emit });
  for (const run of dead) {
    await state.finishRun(run.runId, 'aborted');
    emit({
      kind: 'notice',
      level: 'info',
      text: `Run ${run.runId} was killed; what it published is kept, the rest is made again.`,
    });
  }
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

async function adopt(project: Project, { state, emit }: { state: StateStore; emit: Emit }): Promise<void> {
  const warehouse = await project.warehouse({ readOnly: false });
  for (const row of await warehouse.journal(await state.appliedSequence())) {
    await takeOver(row, { project, state });
    emit({ kind: 'notice', level: 'info', text: `${row.asset}: took over what run ${row.runId} had published.` });
  }
  await sweep(warehouse, state);
}

async function takeOver(row: JournalRow, { project, state }: { project: Project; state: StateStore }): Promise<void> {
  // An asset that is no longer declared has no readers to mark; its row is still applied, so that the sequence goes on.
  const { builds } = await state.snapshot();
  const effects = project.graph.assets.has(row.asset)
    ? effectsOf(row, await state.cells(row.asset), { graph: project.graph, built: new Set(builds.keys()) })
    : { clears: [], marks: [] };
  await state.apply(row, effects);
}

async function sweep(warehouse: Warehouse, state: StateStore): Promise<void> {
  const alive = (await state.snapshot()).openRuns.filter(isAlive).map(run => run.runId);
  await warehouse.sweep(alive);
}

/** On another host a process can't be asked for: its run counts as alive. */
function isAlive(run: Run): boolean {
  if (run.host !== hostname()) return true;
  try {
    process.kill(run.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
