// Says exactly which cells a run would change: makes it in a copy of the project's stores, compares, and throws the copy away.
// The project itself is only read. Embedded stores alone can be copied.

import { constants } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isTable } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import type { Project } from '../project.ts';
import type { Cell } from '../state/state-store.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { asideHome } from './aside.ts';
import { claim } from './claim.ts';
import type { Emit } from './events.ts';
import { type MaterializeOptions, materialize } from './materialize.ts';

/** What of one table would be different. */
export interface CellsToChange {
  readonly asset: string;
  /** Cells with other content, new ones and those that go; sorted. */
  readonly cells: readonly CellKey[];
  /** Rows more (or, negative, fewer) than now. */
  readonly rows: number;
}

export interface Rehearsal {
  /** Tables that would change, in the order of the graph. */
  readonly changes: readonly CellsToChange[];
  /** What would fail, with its message. */
  readonly failed: readonly { readonly asset: string; readonly message: string }[];
}

const FILES = [
  'raw.sqlite',
  'raw.sqlite-wal',
  'state.sqlite',
  'state.sqlite-wal',
  'warehouse.duckdb',
  'warehouse.duckdb.wal',
];

/**
 * Rehearses a run.
 *
 * @throws {PulseError} CONFIG_INVALID where the project's stores are servers; what `materialize` throws.
 */
export async function rehearse(project: Project, options: MaterializeOptions): Promise<Rehearsal> {
  const { mongo, bigquery, state } = project.target;
  if (mongo !== undefined || bigquery !== undefined || state !== undefined) {
    throw new PulseError('CONFIG_INVALID', 'Only embedded stores can be copied for a rehearsal.', {
      hint: 'Leave --exact out: the plan names what is certain, and what depends on it.',
    });
  }
  const home = asideHome(project);
  await rm(home, { recursive: true, force: true });
  const aside = project.aside(home);
  try {
    await copyStores(project, home, options);
    // The copy holds the lease under which it was made, of a process that lives: the rehearsal would wait for itself.
    await (await aside.state()).releaseLeases(copyingRun());
    const before = await cellsOf(aside);
    const result = await materialize(aside, { ...options, command: 'rehearsal' }, () => undefined);
    const after = await cellsOf(aside);
    const failed = result.steps.filter(step => step.status === 'failed');
    return {
      changes: project.graph.order.flatMap(name => differing(name, before.get(name), after.get(name))),
      failed: failed.map(step => ({ asset: step.asset, message: step.error?.message ?? '' })),
    };
  } finally {
    await aside.remove();
  }
}

const copyingRun = (): string => `rehearsal-${process.pid}`;

/** While no run writes. A copy costs next to nothing where the file system can share blocks. */
async function copyStores(project: Project, home: string, { noWait, signal }: MaterializeOptions): Promise<void> {
  await makeFolder(home);
  const silent: Emit = () => undefined;
  const claimed = await claim(project, {
    runId: copyingRun(),
    command: 'rehearsal',
    noWait: noWait ?? false,
    signal: signal ?? new AbortController().signal,
    emit: silent,
  });
  try {
    for (const file of FILES) {
      await copyFile(join(project.home, file), join(home, file), constants.COPYFILE_FICLONE).catch(ifAbsent);
    }
  } finally {
    await claimed.release();
  }
}

const ifAbsent = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

type Cells = ReadonlyMap<CellKey, Cell>;

async function cellsOf(project: Project): Promise<ReadonlyMap<string, Cells>> {
  const state = await project.state();
  const tables = project.graph.order.filter(name => isTable(must(project.graph.assets, name)));
  return new Map(await Promise.all(tables.map(async name => [name, await state.cells(name)] as const)));
}

function differing(asset: string, before: Cells = new Map(), after: Cells = new Map()): CellsToChange[] {
  const cells = [...new Set([...before.keys(), ...after.keys()])]
    .filter(cell => before.get(cell)?.dataVersion !== after.get(cell)?.dataVersion)
    .sort();
  const rowsOf = (held: Cells): number => [...held.values()].reduce((sum, cell) => sum + cell.rows, 0);
  return cells.length === 0 ? [] : [{ asset, cells, rows: rowsOf(after) - rowsOf(before) }];
}
