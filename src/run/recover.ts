// At start: takes over what a killed run published (its journal row exists) and aborts what it did not. Needs no person.

import { effectsOf } from '../plan/effects.ts';
import type { Project } from '../project.ts';
import { SWEPT } from '../raw/raw-store.ts';
import type { Build, StateStore } from '../state/state-store.ts';
import type { JournalRow } from '../warehouse/warehouse.ts';
import { type Claim, openWarehouse } from './claim.ts';
import type { Emit } from './events.ts';
import { readAgainWhatIsLost } from './raw-lost.ts';
import { isAsRemembered, isBesideState } from './warehouse-file.ts';

export interface Recovery {
  readonly claimed: Claim;
  readonly emit: Emit;
}

/**
 * Brings the state up to the warehouse's journal where a run has no end and its process is gone.
 *
 * @returns whether tables that such a run staged may be there still, for who comes after to take over: to be swept away in the end.
 */
export async function recover(project: Project, recovery: Recovery): Promise<boolean> {
  await recoverBatches(project, recovery.emit);
  const isStaged = await recoverPublished(project, recovery);
  await readAgainWhatIsLost(project, recovery.emit);
  return isStaged;
}

async function recoverPublished(project: Project, recovery: Recovery): Promise<boolean> {
  const { claimed, emit } = recovery;
  const state = await project.state();
  // Who has the claim is the only one at work: all others without an end are dead.
  const dead = (await state.snapshot()).openRuns.filter(run => run.runId !== claimed.runId);
  const applied = await state.appliedSequence();
  if (applied > 0 && !project.hasWarehouse()) {
    await state.forgetPublished();
    emit({ kind: 'notice', level: 'warn', text: 'The warehouse is gone: every table is made again.' });
  }
  const beside = applied > 0 && project.hasWarehouse() ? await isBeside(project, { state, applied, recovery }) : 'same';
  const isOther = beside === 'other';
  if (isOther) {
    await state.forgetPublished();
    const text =
      'The warehouse is another one than the state was written beside, or an older one: what it has is taken over, the rest is made again.';
    emit({ kind: 'notice', level: 'warn', text });
  }
  project.failpoint('after-forget');
  // A state that knows of no publication, beside a warehouse that has some, is a new file; one that knows of fewer, a backup.
  const isNew = project.hasWarehouse() && (applied === 0 || beside !== 'same');
  if (dead.length === 0 && !isNew) return false;
  const isStaged = project.hasWarehouse() && (await adopt(project, { state, recovery }));
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
  return isStaged;
}

/** Whether the warehouse is the one that the state was written beside, and whether it knows of more by now. */
async function isBeside(
  project: Project,
  { state, applied, recovery }: { state: StateStore; applied: number; recovery: Recovery },
): Promise<'same' | 'newer' | 'other'> {
  const { files, builds } = await state.snapshot();
  if (isAsRemembered(project, files)) return 'same';
  const warehouse = await openWarehouse(project, recovery);
  if (!(await isBesideState(after => warehouse.journal(after), { applied, builds }))) return 'other';
  return (await warehouse.journal(applied)).length > 0 ? 'newer' : 'same';
}

/**
 * Closes, by recount, batches that a killed run or `pulse ingest` left open, and takes what other programs wrote into batches:
 * only closed ones are extracted.
 */
async function recoverBatches(project: Project, emit: Emit): Promise<void> {
  if (!project.hasRawStore()) return;
  const store = await project.rawStore();
  const isOpen = (await store.receipts()).some(receipt => receipt.status === 'open');
  if (!isOpen && !(await store.hasStrays())) return;
  for (const receipt of await store.recover()) {
    const { batchId, source, inserted } = receipt;
    const text =
      source === SWEPT
        ? `Batch ${batchId} was made of ${inserted} events that another program wrote.`
        : `Batch ${batchId} of ${source} was left open; closed by recount: ${inserted} events.`;
    emit({ kind: 'notice', level: 'info', text });
  }
}

async function adopt(
  project: Project,
  { state, recovery }: { state: StateStore; recovery: Recovery },
): Promise<boolean> {
  const { claimed } = recovery;
  const warehouse = await openWarehouse(project, recovery);
  const applied = await state.appliedSequence();
  const tokens = (await warehouse.journal(applied)).map(row => row.fencingToken);
  await claimed.outrank(tokens.reduce((highest, token) => Math.max(highest, token), 0));
  await warehouse.fence(claimed.fencingToken);
  for (const row of await warehouse.journal(applied)) {
    await takeOver(row, { project, state });
    project.failpoint('while-adopting');
    const text = `${row.asset}: took over what run ${row.runId} had published.`;
    recovery.emit({ kind: 'notice', level: 'info', text });
  }
  // In BigQuery what was staged has been paid for: this run takes over what it would make again.
  if (warehouse.engine === 'bigquery') return true;
  await warehouse.sweep([]);
  return false;
}

async function takeOver(row: JournalRow, { project, state }: { project: Project; state: StateStore }): Promise<void> {
  // An asset that is no longer declared has no readers to mark; its row is still applied, so that the sequence goes on.
  const { builds } = await state.snapshot();
  const effects = project.graph.assets.has(row.asset)
    ? effectsOf(row, await state.cells(row.asset), { graph: project.graph, built: versionsOf(builds), builds })
    : { clears: [], marks: [] };
  await state.apply(row, effects);
}

const versionsOf = (builds: ReadonlyMap<string, Build>): ReadonlyMap<string, string> =>
  new Map([...builds].map(([asset, build]) => [asset, build.codeVersion]));
