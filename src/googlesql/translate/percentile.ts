// PERCENTILE_CONT and PERCENTILE_DISC, over a window or a group. Pure.

import { type Arg, Refusal } from './rule.ts';

/** What of a call (aggregate.ts) says which percentile it is. */
interface PercentileCall {
  readonly name: string;
  readonly args: readonly Arg[];
  readonly nulls: 'ignore' | 'respect' | undefined;
  readonly having: { readonly kind: string } | undefined;
  /** `OVER (…)`; '' in GROUP BY. */
  readonly over: string;
}

/** PERCENTILE_CONT and PERCENTILE_DISC. @throws {Refusal} for a BIGNUMERIC percentile, and over HAVING MAX or MIN. */
export function percentile(call: PercentileCall): string {
  if (call.having) throw new Refusal(`HAVING ${call.having.kind} in ${call.name.toUpperCase()}`);
  const [value, fraction] = call.args;
  if (!value || !fraction) throw new Error(`${call.name} wants two arguments`);
  if (call.name === 'percentile_disc') return discrete(call, value, fraction);
  if (value.type.kind === 'FLOAT64') return continuous(call, value.sql, fraction.sql);
  const isNumeric = value.type.kind === 'NUMERIC';
  const key = (sql: string): string => (isNumeric ? `g_big_of_numeric(${sql})` : sql);
  const answer = `g_decimal_percentile(${listed(call, key(value.sql))}, ${key(fraction.sql)}, ${isNumeric ? 9 : 38})`;
  return isNumeric ? `g_big_to_numeric(${answer})` : answer;
}

/** All values of the window; with RESPECT NULLS the NULLs among them. */
const listed = ({ nulls, over }: PercentileCall, sql: string): string =>
  nulls === 'respect' ? `list(${sql}) ${over}` : `list(${sql}) FILTER (WHERE ${sql} IS NOT NULL) ${over}`;

/** DuckDB's own quantile where all values are finite and NULL does not count. */
function continuous(call: PercentileCall, x: string, fraction: string): string {
  const exact = `g_float_percentile(${listed(call, x)}, ${fraction})`;
  if (call.nulls === 'respect') return exact;
  const isWild = `coalesce(bool_or(NOT isfinite(${x})) ${call.over}, FALSE)`;
  return `CASE WHEN ${isWild} THEN ${exact} ELSE quantile_cont(${x}, ${fraction}) ${call.over} END`;
}

/** NULL, where it counts, comes before NaN before all others. */
function discrete(call: PercentileCall, value: Arg, fraction: Arg): string {
  if (fraction.type.kind === 'BIGNUMERIC')
    throw new Refusal('PERCENTILE_DISC with a BIGNUMERIC percentile', 'a NUMERIC or FLOAT64 one');
  const isFloat = value.type.kind === 'FLOAT64';
  const counts = call.nulls === 'respect';
  if (!isFloat && !counts) return `quantile_disc(${value.sql}, ${fraction.sql}) ${call.over}`;
  const rank = `CASE WHEN ${value.sql} IS NULL THEN 0${isFloat ? ` WHEN isnan(${value.sql}) THEN 1` : ''} ELSE 2 END`;
  const key = `{r: ${rank}, v: ${value.sql}}`;
  const given = counts ? key : `CASE WHEN ${value.sql} IS NOT NULL THEN ${key} END`;
  return `struct_extract(quantile_disc(${given}, ${fraction.sql}) ${call.over}, 'v')`;
}
