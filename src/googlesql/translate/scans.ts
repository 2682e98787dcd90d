// The table of scans: each gives the SELECT block that holds its rows. A kind that is not in the table is refused.

import { type Block, EMPTY, keep, wrap } from './block.ts';
import type { Context, Scope } from './context.ts';
import { groupRowsScan } from './group-rows.ts';
import { aggregateScan, analyticScan } from './group-scans.ts';
import { arrayScan, joinScan } from './join-scans.ts';
import { refScan, setOperationScan, withScan } from './query-scans.ts';
import { filterScan, limitScan, orderScan, projectScan, sampleScan, tableScan } from './row-scans.ts';
import { Refusal } from './rule.ts';
import { columnsOf, kindOf, type Node } from './tree.ts';

type ScanRule = (node: Node, context: Context, outer: Scope) => Block;

const SCANS: Readonly<Record<string, ScanRule>> = {
  aggregate_scan: aggregateScan,
  analytic_scan: analyticScan,
  array_scan: arrayScan,
  filter_scan: filterScan,
  group_rows_scan: groupRowsScan,
  join_scan: joinScan,
  limit_offset_scan: limitScan,
  order_by_scan: orderScan,
  project_scan: projectScan,
  recursive_ref_scan: refScan,
  sample_scan: sampleScan,
  set_operation_scan: setOperationScan,
  single_row_scan: () => ({ ...EMPTY, hint: 'row' }),
  table_scan: tableScan,
  with_ref_scan: refScan,
  with_scan: withScan,
};

/** What a scan is called in a refusal. */
const SCAN_NAMES: Readonly<Record<string, string>> = {
  tvfscan: 'a table function',
  pivot_scan: 'PIVOT',
  unpivot_scan: 'UNPIVOT',
};

/** A scan, with exactly the columns of its column_list visible. */
export function scan(any: Node, context: Context, outer: Scope): Block {
  const { kind, node } = kindOf(any);
  const rule = SCANS[kind];
  if (!rule) throw new Refusal(SCAN_NAMES[kind] ?? kind.replaceAll('_', ' '));
  const block = rule(node, context, outer);
  const columns = columnsOf(node, 'column_list');
  const seen = new Set(columns.map(column => column.id));
  const losesColumns = [...block.columns.keys()].some(id => !seen.has(id));
  return keep(block.isDistinct && losesColumns ? wrap(block, context.aliases) : block, columns);
}
