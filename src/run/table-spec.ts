// An asset as the warehouse needs to know it. Pure.

import type { TableAsset } from '../asset/asset.ts';
import { parseType, type TypedColumn } from '../googlesql/type.ts';
import type { TableSpec } from '../warehouse/warehouse.ts';

/** The table of an asset: for a model with the columns it gives, in their order; else as declared. */
export function tableSpec(asset: TableAsset, columns?: readonly TypedColumn[]): TableSpec {
  const declared = new Map(asset.columns.map(column => [column.name.toLowerCase(), column]));
  const given = columns ?? asset.columns.map(column => ({ name: column.name, type: parseType(column.type) }));
  return {
    name: asset.name,
    description: asset.description,
    columns: given.map(({ name, type }) => {
      const column = declared.get(name.toLowerCase());
      return { name, type, required: column?.mode === 'REQUIRED', description: column?.description ?? '' };
    }),
    partition: asset.partition,
    clusterBy: asset.kind === 'seed' ? [] : asset.clusterBy,
  };
}
