// What its checks refused of a table, kept aside for a look, beside what is published. Reads only.

import type { TableAsset } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import type { Project } from '../project.ts';
import type { CellKey, CheckResult } from '../warehouse/warehouse.ts';
import { checksOf } from './publish.ts';
import { tableSpec } from './table-spec.ts';

export interface Refused {
  readonly asset: string;
  /** The run that made it. */
  readonly runId: string;
  /** Why it was not published; null where the history does not go back so far. */
  readonly message: string | null;
  /** Rows that were refused, and that are published, by cell: of those that differ. */
  readonly cells: readonly { readonly cell: CellKey; readonly refusedRows: number; readonly publishedRows: number }[];
  /** The run that made what is published, and when (UTC text); null where nothing is. */
  readonly published: { readonly runId: string; readonly madeAt: string } | null;
  /** Checks that the refused rows alone do not hold, with a sample: what breaks only beside the published rows is in the message. */
  readonly checks: readonly CheckResult[];
}

/** Others' tables may be other ones by now, and numbers of rows are those of all the table. */
const isOfRows = ({ kind }: Check): boolean => kind !== 'refers-to' && kind !== 'row-count' && kind !== 'freshness';

/** Undefined where nothing is kept aside. */
export async function refusedOf(project: Project, asset: TableAsset): Promise<Refused | undefined> {
  if (!project.hasWarehouse()) return undefined;
  const compiled = await project.compile([asset.name]);
  const inspection = await project.inspection();
  const spec = tableSpec(asset, compiled.models.get(asset.name)?.columns);
  const found = await inspection.refused(spec);
  if (found === undefined) return undefined;
  const state = await project.state();
  const [known, { builds }, steps] = [
    await state.cells(asset.name),
    await state.snapshot(),
    await state.steps(found.runId),
  ];
  const reader = await project.warehouse({ readOnly: true });
  // Checks of today's SQL say nothing of what another one gave.
  const isSame = JSON.stringify(spec.columns.map(column => column.name)) === JSON.stringify(found.columns);
  const checks = checksOf({ compiled, project }, asset.name, reader.engine);
  const results = isSame ? await reader.auditPublished(found.table, checks.filter(isOfRows)) : [];
  const build = builds.get(asset.name);
  return {
    asset: asset.name,
    runId: found.runId,
    message: steps.find(step => step.asset === asset.name)?.message ?? null,
    cells: found.cells.map(({ cell, rows }) => {
      return { cell, refusedRows: rows, publishedRows: known.get(cell)?.rows ?? 0 };
    }),
    published: build === undefined ? null : { runId: build.runId, madeAt: build.madeAt },
    checks: results.filter(result => result.failedRows > 0),
  };
}
