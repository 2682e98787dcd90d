// What the compiler keeps of an analyzed query beside its translation: what it reads, where its columns come from, what asks for trouble.

import type { Analyzed } from '../analyzed.ts';
import { type Picking, pickingWindows, type SqlFinding, sqlFindings } from './findings.ts';
import { type ColumnLineage, columnLineage } from './lineage.ts';

export interface Facts {
  /** Tables, sorted. */
  readonly reads: readonly string[];
  readonly lineage: readonly ColumnLineage[];
  readonly findings: readonly SqlFinding[];
  readonly pickings: readonly Picking[];
}

export const factsOf = (analyzed: Analyzed): Facts => ({
  reads: analyzed.tables,
  lineage: columnLineage(analyzed),
  findings: sqlFindings(analyzed),
  pickings: pickingWindows(analyzed),
});
