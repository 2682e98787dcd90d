// Makes a model: all of it, or the cells that are marked. Making cells P is making SELECT * FROM (model) WHERE partition IN P.

import type { ModelAsset } from '../asset/asset.ts';
import { bindCells } from '../compile/bind.ts';
import { must } from '../errors.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { publishStaged } from './publish.ts';
import { scopeOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

const NULL_CELL = '__NULL__';

export async function makeModel(asset: ModelAsset, context: RunContext): Promise<Made> {
  const model = must(context.compiled.models, asset.name);
  const scope = scopeOf(asset, model.codeVersion, context);
  if (scope === 'nothing') return UNCHANGED;
  if (model.duckdb.kind === 'refused') throw model.duckdb.error;
  const warehouse = await context.warehouse();
  const cells = scope === 'whole' ? undefined : scope;
  // No hint can name the cell of rows without a partition value.
  const isBound = cells !== undefined && !cells.includes(NULL_CELL);
  const sql = isBound ? bindCells(model.duckdb.cellsSql, asset.partition, cells) : model.duckdb.sql;
  const staged = await context.watch.time(`build ${asset.name}`, () =>
    warehouse.stageSelect(tableSpec(asset, model.columns), sql, {
      runId: context.runId,
      signal: context.signal,
      ...(cells === undefined ? {} : { cells }),
    }),
  );
  return publishStaged(context, staged, { codeVersion: model.codeVersion, note: '', mode: 'replace', ...some(cells) });
}

const some = (cells: readonly CellKey[] | undefined): { cells?: readonly CellKey[] } =>
  cells === undefined ? {} : { cells };
