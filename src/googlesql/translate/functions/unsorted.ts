// What belongs to no family: errors, random values, fingerprints.

import type { Rule } from '../rule.ts';
import { argument, attempt, byType, raise, refuse } from './sql.ts';

/** Functions that are not translated, and the nearest that are. */
const REFUSED: Readonly<Record<string, string | undefined>> = {
  array_sum: 'a subquery: SUM over UNNEST',
  array_avg: 'a subquery: AVG over UNNEST',
  range: 'two columns',
  generate_range_array: 'GENERATE_DATE_ARRAY',
  'net.host': 'REGEXP_EXTRACT',
  'net.reg_domain': 'REGEXP_EXTRACT',
  'net.public_suffix': 'REGEXP_EXTRACT',
};

const address =
  (script: string): Rule =>
  call =>
    attempt(call, (...names) => `${script}(${names.join(', ')})`, `${call.name.toUpperCase()}: invalid input`);

export const MISC: Readonly<Record<string, Rule>> = {
  parse_numeric: call =>
    attempt(call, x => `g_parse_numeric(${x})`, 'Invalid input to PARSE_NUMERIC, or numeric overflow'),
  parse_bignumeric: call =>
    attempt(call, x => `g_big_parse(${x})`, 'Invalid input to PARSE_BIGNUMERIC, or bignumeric overflow'),
  error: call => raise(`'GoogleSQL: ' || coalesce(${argument(call, 0).sql}, '')`, call.type),
  generate_uuid: () => 'CAST(uuid() AS VARCHAR)',
  rand: () => 'random()',
  farm_fingerprint: byType({
    STRING: call => `g_farm_fingerprint(encode(${argument(call, 0).sql}))`,
    BYTES: call => `g_farm_fingerprint(${argument(call, 0).sql})`,
  }),
  'net.ip_from_string': address('g_ip_from_string'),
  'net.safe_ip_from_string': call => `g_ip_from_string(${argument(call, 0).sql})`,
  'net.ip_to_string': address('g_ip_to_string'),
  'net.ip_net_mask': address('g_ip_net_mask'),
  'net.ip_trunc': address('g_ip_trunc'),
  'net.ipv4_from_int64': address('g_ipv4_from_int64'),
  'net.ipv4_to_int64': address('g_ipv4_to_int64'),
  session_user: refuse('a parameter'),
  ...Object.fromEntries(Object.entries(REFUSED).map(([name, instead]) => [name, refuse(instead)])),
};
