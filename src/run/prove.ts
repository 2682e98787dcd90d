// Proves that what was built step by step is what one full build gives: builds the tables aside, from the same raw store,
// and compares cell by cell. Nothing of the project is changed; the scratch folder goes with the proof.

import { rm } from 'node:fs/promises';
import { isTable, type TableAsset } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import { isHeld, judgeAll } from '../plan/plan.ts';
import type { Project } from '../project.ts';
import { asideHome, removeDeadAsides } from './aside.ts';
import { compareTables, keyOf, type TableComparison } from './compare.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { type Gathered, gather } from './evidence.ts';
import { materialize } from './materialize.ts';
import { receiptsOf } from './raw-lost.ts';
import { tableSpec } from './table-spec.ts';

export interface ProveOptions {
  /** Differing rows shown of each table, at most. */
  readonly limit: number;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/**
 * Compares the tables among `names` with a full build; each comparison is handed to `onCompared` as it is done.
 *
 * @throws {PulseError} USAGE where there is no table among them; NOT_FRESH where one is not made of what there is now, or the raw
 *   store is another one: it would differ for that alone; what keeps the build from being made.
 */
export async function prove(
  project: Project,
  names: readonly string[],
  {
    options,
    emit,
    onCompared,
  }: { readonly options: ProveOptions; readonly emit: Emit; readonly onCompared: (one: TableComparison) => void },
): Promise<readonly TableComparison[]> {
  const tables = names.map(name => must(project.graph.assets, name)).filter(isTable);
  if (tables.length === 0) {
    throw new PulseError('USAGE', 'Nothing among the selection is a table.', {
      hint: 'Name tables: pulse prove fact_orders',
    });
  }
  const { compiled, lost } = await refuseStale(project, tables);
  refuseLost(project, tables, lost);
  const aside = await openAside(project);
  try {
    await build(aside, tables, { options, emit });
    const [published, rebuilt] = [await project.inspection(), await aside.inspection()];
    const compared: TableComparison[] = [];
    for (const asset of tables) {
      if (options.signal?.aborted === true) throw new PulseError('RUN_INTERRUPTED', 'The proof was stopped.');
      const spec = tableSpec(asset, compiled.models.get(asset.name)?.columns);
      const one = await compareTables(published, rebuilt, { spec, keys: keyOf(asset), limit: options.limit });
      compared.push(one);
      onCompared(one);
    }
    return compared;
  } finally {
    await aside.remove();
  }
}

async function refuseStale(project: Project, tables: readonly TableAsset[]): Promise<Gathered> {
  const names = tables.map(table => table.name);
  const gathered = await gather(project, names, { isLookOnly: true });
  const judged = judgeAll(project.graph, gathered.evidence);
  const stale = names.filter(name => must(judged, name).status !== 'fresh');
  const [first] = stale;
  if (first === undefined) return gathered;
  const held = [first, ...project.graph.ancestors(first)].find(name => isHeld(must(judged, name)));
  if (held !== undefined) {
    const what = held === first ? `${first} was rewound` : `${first} reads ${held}, which was rewound`;
    throw new PulseError('NOT_FRESH', `${what} and is held as it is: it would differ for that alone.`, {
      hint: `\`pulse materialize ${held} --full-refresh\` ends that; then prove it.`,
    });
  }
  const others = stale.length === 1 ? '' : ` (and ${stale.length - 1} more)`;
  const { status } = must(judged, first);
  const command = ['pulse materialize', ...(stale.length > 3 ? [] : stale)].join(' ');
  throw new PulseError('NOT_FRESH', `${first}${others} is ${status}: it would differ for that alone.`, {
    hint: `Run \`${command}\` first, then prove it.`,
  });
}

/** @throws {PulseError} NOT_FRESH where a full build would not have what the tables were made of, or more: that proves nothing. */
function refuseLost(project: Project, tables: readonly TableAsset[], lost: Gathered['lost']): void {
  const copies = new Set(copiesOf(project));
  const made = tables.find(({ name }) => [name, ...project.graph.ancestors(name)].some(one => copies.has(one)));
  if (made === undefined || lost === undefined) return;
  const text = `${lost.text} A build of it proves nothing of ${made.name}.`;
  throw new PulseError('NOT_FRESH', text, { hint: lost.next });
}

/** A project beside this one with the same raw store as it is now; what killed proofs left is removed. */
async function openAside(project: Project): Promise<Project> {
  await removeDeadAsides(project);
  const closed = (await receiptsOf(project)).filter(({ status }) => status === 'closed').map(({ batchId }) => batchId);
  const home = asideHome(project);
  await rm(home, { recursive: true, force: true });
  return project.aside(home, new Set(closed));
}

async function build(
  aside: Project,
  tables: readonly TableAsset[],
  { options, emit }: { readonly options: ProveOptions; readonly emit: Emit },
): Promise<void> {
  const { graph } = aside;
  const needed = graph.sort(tables.flatMap(({ name }) => [name, ...graph.ancestors(name)]));
  const selection = needed.filter(name => isTable(must(graph.assets, name)));
  const { signal, concurrency } = options;
  const result = await materialize(
    aside,
    {
      selection,
      only: true,
      command: 'prove',
      ...(signal === undefined ? {} : { signal }),
      ...(concurrency === undefined ? {} : { concurrency }),
    },
    emit,
  );
  if (result.status === 'interrupted') throw new PulseError('RUN_INTERRUPTED', 'The proof was stopped.');
  const failed = result.steps.find(step => step.status === 'failed');
  if (failed !== undefined) throw failed.error ?? new Error(`${failed.asset} failed`);
}
