// What the steps of a plan will come to where that can be said beforehand: cells, rows, time by what runs took, and how the
// columns of tables change whose SQL is another one. Reads only.

import { isTable, type ModelAsset } from '../asset/asset.ts';
import { must } from '../errors.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { Project } from '../project.ts';
import type { ColumnChanges } from '../warehouse/inspection.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { type AssetExpectation, expectCells } from './expected.ts';
import type { Prepared } from './materialize.ts';
import { type Extent, extentOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

export interface PlanCost {
  /** Absent where it depends on what comes out before: rows by key, new batches, what is made only if its upstream differs. */
  readonly expected?: Omit<AssetExpectation, 'asset'>;
  /** Where its SQL changed and the columns with it. */
  readonly columns?: ColumnChanges;
}

/** By asset, of the steps that something can be said of. */
export async function planCosts(project: Project, prepared: Prepared): Promise<ReadonlyMap<string, PlanCost>> {
  const certain = prepared.plan.steps.filter(step => step.isCertain);
  const cells = new Map<string, readonly CellKey[] | null>();
  const columns = new Map<string, ColumnChanges>();
  for (const step of certain) {
    const asset = must(project.graph.assets, step.asset);
    if (asset.kind !== 'model') continue;
    const extent = extentNow(project, asset, prepared);
    if (extent?.kind === 'whole') cells.set(step.asset, null);
    if (extent?.kind === 'part' && !extent.isKeyed) cells.set(step.asset, extent.cells);
    const changes = await columnChanges(project, asset, { prepared, step });
    if (changes !== undefined) columns.set(step.asset, changes);
  }
  const { assets } = cells.size === 0 ? { assets: [] } : await expectCells(project, cells, { runs: 1 });
  const expected = new Map(assets.map(({ asset, ...rest }) => [asset, rest]));
  return new Map(
    [...new Set([...expected.keys(), ...columns.keys()])].map(name => {
      const [cost, changed] = [expected.get(name), columns.get(name)];
      return [name, { ...(cost && { expected: cost }), ...(changed && { columns: changed }) }];
    }),
  );
}

/** Undefined where it does not compile. */
function extentNow(project: Project, asset: ModelAsset, { gathered, scope }: Prepared): Extent | undefined {
  const model = gathered.compiled.models.get(asset.name);
  if (model === undefined) return undefined;
  const { snapshot, evidence } = gathered;
  return extentOf(asset, model.codeVersion, {
    asked: scope.cells ?? new Map(),
    forced: scope.forced,
    marks: evidence.marks,
    snapshot,
    project,
  });
}

async function columnChanges(
  project: Project,
  asset: ModelAsset,
  { prepared, step }: { readonly prepared: Prepared; readonly step: PlanStep },
): Promise<ColumnChanges | undefined> {
  const isOther = step.causes.some(cause => cause.kind === 'code-changed');
  if (!isOther || !isTable(asset) || !project.hasWarehouse()) return undefined;
  const spec = tableSpec(asset, prepared.gathered.compiled.models.get(asset.name)?.columns);
  const changes = await (await project.inspection()).columnChanges(spec);
  if (changes === undefined) return undefined;
  const { added, removed, retyped } = changes;
  return added.length + removed.length + retyped.length === 0 ? undefined : changes;
}
