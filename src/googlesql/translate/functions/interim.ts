// Interim rules by the lead so that the models run while the families are being written: each goes as its family arrives.

import type { Rule } from '../rule.ts';
import { argument, sqls, text } from './sql.ts';

const a = (i: number) => (call: Parameters<Rule>[0]) => argument(call, i).sql;
const path = (call: Parameters<Rule>[0]): string => text(String(argument(call, 1).literal ?? '$'));
const PARTS: Record<string, string> = {
  YEAR: 'year',
  MONTH: 'month',
  DAY: 'day',
  QUARTER: 'quarter',
  ISOWEEK: 'week',
  ISOYEAR: 'isoyear',
  DAYOFYEAR: 'doy',
  HOUR: 'hour',
  MINUTE: 'minute',
  SECOND: 'second',
};
const MICROS: Record<string, string> = {
  MINUTE: '60000000',
  HOUR: '3600000000',
  SECOND: '1000000',
  DAY: '86400000000',
  MICROSECOND: '1',
  MILLISECOND: '1000',
};
const STRF: Record<string, string> = { '%Y%m%d': '%Y%m%d', '%B': '%B', '%A': '%A', '%F': '%Y-%m-%d' };

export const INTERIM: Readonly<Record<string, Rule>> = {
  $extract: call => {
    const part = String(argument(call, 1).literal);
    if (part === 'DAYOFWEEK') return `(dayofweek(${a(0)(call)}) + 1)`;
    return `extract('${PARTS[part]}' FROM ${a(0)(call)})`;
  },
  $safe_array_at_offset: call => `(CASE WHEN ${a(1)(call)} >= 0 THEN ${a(0)(call)}[${a(1)(call)} + 1] END)`,
  array_length: call => `len(${a(0)(call)})`,
  concat: call => `(${sqls(call).join(' || ')})`,
  date: call => `CAST(${a(0)(call)} AS DATE)`,
  date_sub: call => `CAST(${a(0)(call)} - INTERVAL (${a(1)(call)}) DAY AS DATE)`,
  format_date: call => `strftime(${a(1)(call)}, '${STRF[String(argument(call, 0).literal)]}')`,
  generate_date_array: call =>
    `list_transform(generate_series(CAST(${a(0)(call)} AS TIMESTAMP), CAST(${a(1)(call)} AS TIMESTAMP), INTERVAL 1 DAY), lambda d: CAST(d AS DATE))`,
  json_query: call =>
    `(CASE WHEN json_type(${a(0)(call)}, ${path(call)}) = 'NULL' THEN NULL ELSE CAST(json_extract(${a(0)(call)}, ${path(call)}) AS VARCHAR) END)`,
  json_query_array: call =>
    `CAST(json_extract(${a(0)(call)}, ${text(`${String(argument(call, 1).literal ?? '$')}[*]`)}) AS VARCHAR[])`,
  json_value: call =>
    `(CASE WHEN json_type(${a(0)(call)}, ${path(call)}) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(${a(0)(call)}, ${path(call)}) END)`,
  lower: call => `lower(${a(0)(call)})`,
  upper: call => `upper(${a(0)(call)})`,
  regexp_contains: call => `regexp_matches(${a(0)(call)}, ${a(1)(call)})`,
  regexp_replace: call => `regexp_replace(${a(0)(call)}, ${a(1)(call)}, ${a(2)(call)}, 'g')`,
  replace: call => `replace(${a(0)(call)}, ${a(1)(call)}, ${a(2)(call)})`,
  round: call => `CAST(round(${a(0)(call)}, ${argument(call, 1).literal}) AS DECIMAL(38, 9))`,
  sha256: call => `unhex(sha256(${a(0)(call)}))`,
  to_hex: call => `lower(hex(${a(0)(call)}))`,
  starts_with: call => `starts_with(${a(0)(call)}, ${a(1)(call)})`,
  substr: call => `substr(${a(0)(call)}, ${sqls(call).slice(1).join(', ')})`,
  timestamp_diff: call =>
    `((epoch_us(${a(0)(call)}) - epoch_us(${a(1)(call)})) // ${MICROS[String(argument(call, 2).literal)]})`,
  timestamp_seconds: call => `make_timestamp(CAST(${a(0)(call)} * 1000000::HUGEINT AS BIGINT))`,
  timestamp_micros: call => `make_timestamp(${a(0)(call)})`,
  trim: call => `trim(${sqls(call).join(', ')})`,
};
