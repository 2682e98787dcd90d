// IF, CASE, COALESCE and their kin. Branches that are not taken are not evaluated: DuckDB's CASE holds that too.

import { literal } from '../literal.ts';
import { type Call, Refusal, type Rule } from '../rule.ts';
import { coalesce } from './first-json.ts';
import { underMatch } from './match.ts';
import { equal } from './operators.ts';
import { rareArm } from './rare.ts';
import { argument, bound, sqls } from './sql.ts';

/** The branch behind the condition at `index`. */
const taken = (call: Call, index: number): string =>
  underMatch(argument(call, index + 1).sql, argument(call, index).match);

const caseNoValue: Rule = call => {
  const args = sqls(call);
  const other = args.length % 2 === 1 ? args[args.length - 1] : 'NULL';
  const conditions = call.args.filter((_, i) => i % 2 === 0 && i + 1 < args.length);
  const whens = conditions.map(({ sql }, i) => {
    const rare = rareArm(conditions, i);
    const value = taken(call, 2 * i);
    return rare ? `WHEN ${rare.condition} THEN ${rare.value(value)}` : `WHEN ${sql} THEN ${value}`;
  });
  return `CASE ${whens.join(' ')} ELSE ${other} END`;
};

const caseWithValue: Rule = call => {
  const input = argument(call, 0);
  const { type } = input;
  const args = sqls(call).slice(1);
  const other = args.length % 2 === 1 ? args[args.length - 1] : 'NULL';
  return bound([input], value => {
    const whens: string[] = [];
    for (let i = 0; i + 1 < args.length; i += 2) {
      whens.push(`WHEN ${equal(type, value, args[i] ?? 'NULL')} THEN ${args[i + 1]}`);
    }
    return `CASE ${whens.join(' ')} ELSE ${other} END`;
  });
};

/** NULL if any argument is NULL, NaN if any is NaN. */
const extreme =
  (name: 'greatest' | 'least'): Rule =>
  call => {
    const { type } = argument(call, 0);
    if (call.args.length === 1) return argument(call, 0).sql;
    return bound(call.args, (...values) => {
      const isNull = values.map(value => `${value} IS NULL`).join(' OR ');
      const isNan = values.map(value => `isnan(${value})`).join(' OR ');
      const nan = type.kind === 'FLOAT64' ? ` WHEN ${isNan} THEN 'NaN'::DOUBLE` : '';
      const best = type.kind === 'INTERVAL' ? bestInterval(name, values) : `${name}(${values.join(', ')})`;
      return `CASE WHEN ${isNull} THEN NULL${nan} ELSE ${best} END`;
    });
  };

/** The first of equal ones. DuckDB's functions compare intervals by their parts, its operators by their length. */
function bestInterval(name: 'greatest' | 'least', values: readonly string[]): string {
  const items = values.map(value => `{v: ${value}}`).join(', ');
  const isBetter = `_a.v ${name === 'least' ? '<=' : '>='} _b.v`;
  return `list_reduce([${items}], lambda _a, _b: CASE WHEN ${isBetter} THEN _a ELSE _b END).v`;
}

const zeroOf = (call: Call): string => (call.type.kind === 'BIGNUMERIC' ? literal('0', call.type) : '0');

export const CONDITIONAL: Readonly<Record<string, Rule>> = {
  if: call => `CASE WHEN ${argument(call, 0).sql} THEN ${taken(call, 0)} ELSE ${argument(call, 2).sql} END`,
  ifnull: coalesce,
  coalesce,
  nullif: call =>
    bound(
      [argument(call, 0)],
      a => `CASE WHEN ${equal(argument(call, 0).type, a, argument(call, 1).sql)} THEN NULL ELSE ${a} END`,
    ),
  zeroifnull: call => `coalesce(${argument(call, 0).sql}, ${zeroOf(call)})`,
  nullifzero: call => `nullif(${argument(call, 0).sql}, ${zeroOf(call)})`,
  $case_no_value: caseNoValue,
  $case_with_value: caseWithValue,
  greatest: extreme('greatest'),
  least: extreme('least'),
  iferror: call =>
    bound(
      [{ sql: attempted(call), type: { kind: 'ARRAY', element: call.type } }],
      tried => `CASE WHEN ${tried} IS NULL THEN ${argument(call, 1).sql} ELSE ${tried}[1] END`,
    ),
  iserror: call => `(${attempted(call)} IS NULL)`,
  nulliferror: call => `${attempted(call)}[1]`,
};

/** The first argument in an array, NULL where it fails. @throws {Refusal} over what DuckDB's TRY() does not take. */
function attempted(call: Call): string {
  const { sql } = argument(call, 0);
  if (/\bSELECT\b|\b(?:random|uuid)\(/.test(sql)) {
    throw new Refusal(`${call.name.toUpperCase()} of a subquery or random value`, 'SAFE. before the function');
  }
  return `TRY([${sql}])`;
}
