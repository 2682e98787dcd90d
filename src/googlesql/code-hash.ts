// A hash of what a query means: of its resolved tree, without places, layout, column numbers and CTEs that nothing reads. Pure.

import { createHash } from 'node:crypto';
import type { ResolvedNode } from './analyzed.ts';
import { ctesByUse } from './ctes.ts';

/** Fields that say where or how something was written, not what. */
const WRITING = new Set([
  'parse_location_range',
  'serialization_id',
  'float_literal_id',
  'node_source',
  'has_explicit_type',
]);

/** SHA-256, hex. Column ids count by first appearance. */
export function codeHash(statement: ResolvedNode): string {
  const { read } = ctesByUse(statement);
  const ids = new Map<string, number>();
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const kept: Record<string, unknown> = {};
    for (const name in value) {
      if (!WRITING.has(name)) kept[name] = plainField(name, (value as Record<string, unknown>)[name]);
    }
    return kept;
  };
  const plainField = (name: string, value: unknown): unknown => {
    if (name === 'with_entry_list') {
      return plain((value as ResolvedNode[]).filter(entry => read.has(String(entry.with_query_name))));
    }
    if (name !== 'column_id') return plain(value);
    const id = String(value);
    if (!ids.has(id)) ids.set(id, ids.size + 1);
    return ids.get(id);
  };
  return createHash('sha256')
    .update(JSON.stringify(plain(statement)))
    .digest('hex');
}
