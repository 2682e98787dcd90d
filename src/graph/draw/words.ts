// How partitions, mappings and checks are said in a few words. Shared by every format; no layout, no colour.

import type { Check } from '../../asset/check.ts';
import type { Mapping, Partition } from '../../asset/partition.ts';
import type { DrawnEdge, DrawnNode } from './drawing.ts';

/** `daily by order_date`, or '' for an unpartitioned asset. */
export function partitionWords(partition: Partition): string {
  if (partition.kind === 'none') return '';
  if (partition.kind === 'time') return `${partition.grain} by ${partition.column}`;
  return `${partition.keys.length} keys of ${partition.column}`;
}

function declaredWords(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'same-partition':
      return 'same partition';
    case 'all-partitions':
      return 'all partitions';
    case 'by-key':
      return `by ${mapping.columns.join(', ')}${mapping.through === undefined ? '' : ` through ${mapping.through.asset}`}`;
    case 'window':
      return `${mapping.before} before to ${mapping.after} after`;
  }
}

/** What a changed cell of `edge.from` touches; without a declaration the safe one: all. */
export function mappingWords(edge: Pick<DrawnEdge, 'mapping' | 'isIndirect'>): string {
  if (edge.isIndirect) return 'through assets not shown';
  return edge.mapping === undefined ? 'all (not declared)' : declaredWords(edge.mapping);
}

/** Whether a mapping makes a difference: only a model with partitions has cells to choose from. */
export function hasMapping(edge: DrawnEdge, reader: DrawnNode, upstream: DrawnNode): boolean {
  if (edge.isIndirect || edge.mapping !== undefined) return true;
  return reader.kind === 'model' && reader.partition.kind !== 'none' && isTableKind(upstream.kind);
}

const isTableKind = (kind: DrawnNode['kind']): boolean => kind !== 'source' && kind !== 'ingest';

/** `unique(order_id)`: the check as it is named in messages. */
export function checkWords(check: Check): string {
  switch (check.kind) {
    case 'unique':
      return `unique(${check.columns.join(', ')})`;
    case 'not-null':
      return `not-null(${check.column})`;
    case 'accepted-values':
      return `accepted-values(${check.column}: ${check.values.join(', ')})`;
    case 'refers-to':
      return `refers-to(${check.column} -> ${check.asset}.${check.key})`;
    case 'range':
      return `range(${check.column}: ${check.min ?? ''}..${check.max ?? ''})`;
    case 'row-count':
      return `row-count(${check.of}: ${check.min ?? ''}..${check.max ?? ''})`;
    case 'freshness':
      return `freshness(${check.column}: within ${check.within})`;
    case 'expression':
      return `${check.name}: ${check.sql}`;
  }
}
