// What the compiler keeps of an analyzed query beside its translation: what it reads, where its columns come from, what asks for trouble.

import type { Analyzed } from '../analyzed.ts';
import { cteScans } from '../ctes.ts';
import type { SqlFinding } from './finding.ts';
import { sqlFindings } from './findings.ts';
import { type ColumnLineage, type ColumnSource, columnLineage, columnsUsed } from './lineage.ts';
import { linearTables } from './linear.ts';
import { type NullableColumn, nullableColumns } from './nullable.ts';
import { nullColumns, nullJudge } from './nulls.ts';
import { type Picking, pickings } from './picks.ts';

export interface Facts {
  /** Tables, sorted. */
  readonly reads: readonly string[];
  readonly lineage: readonly ColumnLineage[];
  /** Columns of tables that it needs at all. */
  readonly uses: readonly ColumnSource[];
  /** Tables whose rows each give rows of their own, whatever else is in the table; sorted. */
  readonly linear: readonly string[];
  readonly findings: readonly SqlFinding[];
  readonly pickings: readonly Picking[];
  /** Positions of output columns that are NULL in every row. */
  readonly nulls: readonly number[];
  readonly nullables: readonly NullableColumn[];
}

export function factsOf(analyzed: Analyzed): Facts {
  // Once for all who ask: a walk through the tree costs more than most answers.
  const scans = cteScans(analyzed.statement);
  const nulls = nullJudge(analyzed.statement, scans);
  return {
    reads: analyzed.tables,
    lineage: columnLineage(analyzed, scans),
    uses: columnsUsed(analyzed),
    linear: linearTables(analyzed.statement, scans),
    findings: sqlFindings(analyzed, nulls),
    pickings: pickings(analyzed),
    nulls: nullColumns(analyzed, nulls),
    nullables: nullableColumns(analyzed, scans),
  };
}
