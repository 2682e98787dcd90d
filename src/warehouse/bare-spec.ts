// The spec of a table that no asset declares. Pure.

import type { TypedColumn } from '../googlesql/type.ts';
import type { TableSpec } from './table.ts';

/** Unpartitioned, with nothing required and nothing described. */
export const bareSpec = (name: string, columns: readonly TypedColumn[]): TableSpec => ({
  name,
  description: '',
  columns: columns.map(column => ({ ...column, required: false, description: '' })),
  partition: { kind: 'none' },
  clusterBy: [],
});
