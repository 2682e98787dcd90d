// The names of query parameters: what {{in_partitions}} reads in an incremental build, and what queries below sql/ may ask for.
// By itself, so that binding them does not load Handlebars.

import type { QueryParameter } from '../googlesql/analyzed.ts';

export const PARTITIONS_PARAMETER = 'pulse_partitions';

/** Of every query below sql/: the first and last day, both included; one order; one vendor ('' for all); the key of a row. */
export const QUERY_PARAMETERS: readonly QueryParameter[] = [
  { name: 'from', type: { kind: 'DATE' } },
  { name: 'to', type: { kind: 'DATE' } },
  { name: 'order_id', type: { kind: 'STRING' } },
  { name: 'vendor', type: { kind: 'STRING' } },
  { name: 'key_1', type: { kind: 'STRING' } },
  { name: 'key_2', type: { kind: 'STRING' } },
];
