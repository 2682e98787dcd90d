// Whether the embedded warehouse is the one that the state was written beside: a backup that was put in its place, or a file
// that was removed, is noticed. Size, time and inode of the file only save the look into its journal, which decides.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { ObservedFile, StateSnapshot } from '../state/state-store.ts';
import type { WarehouseReader } from '../warehouse/warehouse.ts';

/** Among the observed files it has the name of no source. */
const SOURCE = ':warehouse';

function fileOf(project: Project): ObservedFile | undefined {
  const path = 'warehouse.duckdb';
  const found = statSync(join(project.home, path), { throwIfNoEntry: false });
  if (found === undefined || project.target.bigquery !== undefined) return undefined;
  const { size, mtimeMs, ino } = found;
  return { source: SOURCE, path, size, mtimeMs, inode: ino, hash: '', takenHash: null };
}

/** To be called when the warehouse is closed. */
export async function rememberWarehouse(project: Project): Promise<void> {
  const file = fileOf(project);
  if (file === undefined) return;
  const state = await project.state();
  const { files } = await state.snapshot();
  if (!isAsRemembered(project, files)) await state.observe([file]);
}

/** Whether nobody has touched the file since; true where there is none to look at. */
export function isAsRemembered(project: Project, files: readonly ObservedFile[]): boolean {
  const now = fileOf(project);
  if (now === undefined) return true;
  const then = files.find(file => file.source === SOURCE);
  return then !== undefined && then.size === now.size && then.mtimeMs === now.mtimeMs && then.inode === now.inode;
}

/** Whether the journal has the publication that the state took over last. */
export async function isBesideState(
  journal: WarehouseReader['journal'],
  { applied, builds }: { readonly applied: number } & Pick<StateSnapshot, 'builds'>,
): Promise<boolean> {
  if (applied === 0) return true;
  const [row] = await journal(applied - 1);
  return row?.sequence === applied && builds.get(row.asset)?.runId === row.runId;
}

/**
 * What is wrong with the warehouse beside the state, as a sentence; undefined where nothing is. For who only looks: a run sees to it.
 */
export async function warehouseTrouble(project: Project): Promise<string | undefined> {
  const state = await project.state();
  const applied = await state.appliedSequence();
  if (applied === 0) return undefined;
  if (!project.hasWarehouse()) return 'The warehouse is gone: the next run makes every table again.';
  const { files, builds, openRuns } = await state.snapshot();
  // A run that is at work, or was killed, has written to it since.
  if (openRuns.length > 0 || isAsRemembered(project, files)) return undefined;
  const reader = await project.warehouse({ readOnly: true });
  if (await isBesideState(after => reader.journal(after), { applied, builds })) return undefined;
  return 'The warehouse is another one than the state was written beside, or an older one: the next run takes over what it has, and makes the rest.';
}
