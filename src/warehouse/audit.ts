// What the audit of a staged table asks for each check, whatever the engine; adapters write it in their SQL. Pure.

import type { Check } from '../asset/check.ts';
import type { TableSpec } from './table.ts';

export interface AuditQuery {
  /** One row, one column: how many staged rows fail. */
  readonly count: string;
  /** Columns that a sample shows. */
  readonly sampleColumns: readonly string[];
  /** Up to 5 failing rows, in order of their values. */
  readonly sample: string;
}

const namedColumns = (check: Check): readonly string[] =>
  check.kind === 'unique' ? check.columns : 'column' in check ? [check.column] : [];

/** Columns that show which row it is: those of the table's first unique check, then those that `check` names. */
export function sampleColumns(check: Check, checks: readonly Check[], spec: TableSpec): readonly string[] {
  if (check.kind === 'row-count') return ['cell', 'rows'];
  const key = checks.find(other => other.kind === 'unique');
  const columns = new Set([...(key?.kind === 'unique' ? key.columns : []), ...namedColumns(check)]);
  return columns.size > 0 ? [...columns] : spec.columns.slice(0, 5).map(column => column.name);
}
