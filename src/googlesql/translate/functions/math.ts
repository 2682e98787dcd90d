// Numbers: rounding, powers, logarithms, trigonometry. NUMERIC is exact by integers of billionths (runtime/numeric.ts).

import { literal } from '../literal.ts';
import type { Call, Rule } from '../rule.ts';
import { big, finite } from './operators.ts';
import { argument, attempt, bound, byType, fault, plain, raise, sqls, withBound } from './sql.ts';

const first = (call: Call): string => argument(call, 0).sql;

/** A function of FLOAT64 that DuckDB answers alike, save that overflow is an error in GoogleSQL. */
const float = (name: string): Rule =>
  withBound(call =>
    finite(`${name}(${sqls(call).join(', ')})`, sqls(call), `double overflow: ${call.name.toUpperCase()}`),
  );

/** Alike only for finite numbers: DuckDB fails for others, where GoogleSQL answers `otherwise`. */
const floatOfFinite = (name: string, otherwise: (x: string) => string): Rule =>
  withBound(
    call => `CASE WHEN isfinite(${first(call)}) THEN ${name}(${first(call)}) ELSE ${otherwise(first(call))} END`,
  );

/** An error where `outside` holds, where DuckDB gives NULL, NaN or an error of its own; NaN for infinity there. */
const floatWithin = (name: string, outside: (x: string) => string): Rule =>
  withBound(call => {
    const x = first(call);
    const failed = raise(fault(`${call.name.toUpperCase()} is undefined for this value`), call.type);
    return `CASE WHEN ${outside(x)} THEN (CASE WHEN isinf(${x}) THEN ${NAN} ELSE ${failed} END) ELSE ${name}(${x}) END`;
  });

const root: Rule = withBound(call => {
  const x = first(call);
  return `CASE WHEN ${x} < 0 THEN ${raise(fault('Argument to SQRT cannot be negative'), call.type)} ELSE sqrt(${x}) END`;
});

/** Logarithm to a base. */
const log: Rule = withBound(call => {
  const [x, base] = sqls(call);
  const failed = raise(fault('LOG is undefined for these values'), call.type);
  const quotient = `ln(${x}) / ln(${base})`;
  return `CASE WHEN ${x} IS NULL OR ${base} IS NULL THEN NULL WHEN isnan(${x}) OR isnan(${base}) OR isinf(${base}) OR ${x} = '-Infinity'::DOUBLE THEN ${NAN} WHEN isinf(${x}) THEN (CASE WHEN ${base} <= 0 THEN ${NAN} WHEN ${base} < 1 THEN -${x} ELSE ${x} END) WHEN ${x} <= 0 OR ${base} <= 0 OR ${base} = 1 THEN ${failed} ELSE ${quotient} END`;
});

/** 1 / f(x), an error where that is beyond all numbers. */
const reciprocal = (name: string, isWhole: boolean): Rule =>
  withBound(call => {
    const x = first(call);
    const value = `1 / ${name}(${x})`;
    const known = isWhole ? `${x} IS NULL OR isnan(${x})` : `NOT isfinite(${x})`;
    const otherwise = isWhole ? x : `CASE WHEN ${x} IS NOT NULL THEN ${NAN} END`;
    const failed = raise(fault(`${call.name.toUpperCase()} is undefined for this value`), call.type);
    return `CASE WHEN ${known} THEN ${otherwise} WHEN ${name}(${x}) = 0 OR isinf(${value}) THEN ${failed} ELSE ${value} END`;
  });

const NAN = "'NaN'::DOUBLE";
const notNull = (x: string, sql: string): string => `CASE WHEN ${x} IS NOT NULL THEN ${sql} END`;

const scripted =
  (name: string): Rule =>
  call =>
    attempt(
      call,
      (...names) => `g_${name}(${names.join(', ')})`,
      `${call.name.toUpperCase()}: overflow, or undefined for this value`,
    );

/** DuckDB's own, of 38 digits before the point; where that is more than a NUMERIC has, the cast fails. */
const whole =
  (name: 'floor' | 'ceil'): Rule =>
  call =>
    `${call.isSafe ? 'TRY_CAST' : 'CAST'}(${name}(${first(call)}) AS DECIMAL(38, 9))`;

const integerDivision =
  (operator: '//' | '%', name: string): Rule =>
  call =>
    // By a number that is neither 0 nor -1 nothing can fail.
    typeof call.args[1]?.literal === 'number' && Math.abs(call.args[1].literal) > 1
      ? `(${sqls(call).join(` ${operator} `)})`
      : computedDivision(operator, name)(call);

const computedDivision = (operator: '//' | '%', name: string): Rule =>
  withBound(call => {
    const [a, b] = sqls(call);
    const byZero = raise(`'GoogleSQL: division by zero: ${name}(' || ${a} || ', ' || ${b} || ')'`, call.type);
    if (operator === '//')
      return `CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${byZero} WHEN ${b} = -1 THEN (-${a}) ELSE (${a} // ${b}) END`;
    return `CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${byZero} WHEN ${b} = -1 THEN ${a} - ${a} ELSE (${a} % ${b}) END`;
  });

const round: Rule = byType({
  FLOAT64: call => (call.args.length === 1 ? `round(${first(call)})` : scripted('round_float')(call)),
  NUMERIC: roundNumeric,
  BIGNUMERIC: roundBig,
});

function roundBig(call: Call): string {
  const isEven = call.args[2]?.literal === 'ROUND_HALF_EVEN';
  const over: Call = { ...call, args: call.args.slice(0, 2) };
  const name = isEven ? 'g_big_round_even' : 'g_big_round';
  return attempt(over, (n, d = '0::BIGINT') => `${name}(${n}, ${d})`, 'bignumeric overflow: ROUND');
}

/** DuckDB rounds a DECIMAL alike, and fast, where the digits are a literal; its overflow is an error too. */
function roundNumeric(call: Call): string {
  const mode = call.args[2]?.literal ?? 'ROUND_HALF_AWAY_FROM_ZERO';
  const digits = call.args[1] === undefined ? 0 : call.args[1].literal;
  const isEven = mode === 'ROUND_HALF_EVEN';
  if (!isEven && !call.isSafe && typeof digits === 'number' && digits >= 0 && digits <= 9) {
    return bound([argument(call, 0)], x => `numeric_round(${x}, ${digits})`);
  }
  const over: Call = { ...call, args: call.args.slice(0, 2) };
  const name = isEven ? 'g_numeric_round_even' : 'g_numeric_round';
  return attempt(over, (n, d = '0::BIGINT') => `${name}(${n}, ${d})`, 'numeric overflow: ROUND');
}

const naturalLog = floatWithin('ln', x => `${x} <= 0`);

export const MATH: Readonly<Record<string, Rule>> = {
  abs: byType({ INT64: plain('abs'), FLOAT64: plain('abs'), NUMERIC: plain('abs'), BIGNUMERIC: big('abs') }),
  sign: byType({
    INT64: call => `sign(${first(call)})::BIGINT`,
    FLOAT64: withBound(call => `CASE WHEN isnan(${first(call)}) THEN ${NAN} ELSE sign(${first(call)})::DOUBLE END`),
    NUMERIC: call => `sign(${first(call)})::DECIMAL(38,9)`,
    BIGNUMERIC: big('sign'),
  }),
  round,
  trunc: byType({
    FLOAT64: call => (call.args.length === 1 ? `trunc(${first(call)})` : scripted('trunc_float')(call)),
    NUMERIC: call => `g_numeric_trunc(${first(call)}, ${call.args[1]?.sql ?? '0::BIGINT'})`,
    BIGNUMERIC: call => `g_big_trunc(${first(call)}, ${call.args[1]?.sql ?? '0::BIGINT'})`,
  }),
  floor: byType({ FLOAT64: plain('floor'), NUMERIC: whole('floor'), BIGNUMERIC: big('floor') }),
  ceil: byType({ FLOAT64: plain('ceil'), NUMERIC: whole('ceil'), BIGNUMERIC: big('ceil') }),
  mod: byType({ INT64: integerDivision('%', 'MOD'), NUMERIC: scripted('numeric_mod'), BIGNUMERIC: big('mod') }),
  div: byType({ INT64: integerDivision('//', 'DIV'), NUMERIC: scripted('numeric_div'), BIGNUMERIC: big('div') }),
  is_inf: plain('isinf'),
  is_nan: plain('isnan'),
  sqrt: byType({
    FLOAT64: root,
    NUMERIC: scripted('numeric_sqrt'),
    BIGNUMERIC: big('sqrt'),
  }),
  cbrt: byType({ FLOAT64: float('cbrt') }),
  pow: byType({ FLOAT64: float('pow') }),
  exp: byType({ FLOAT64: float('exp') }),
  ln: byType({ FLOAT64: naturalLog }),
  log10: byType({ FLOAT64: floatWithin('log10', x => `${x} <= 0`) }),
  log: byType({ FLOAT64: call => (call.args.length === 1 ? naturalLog(call) : log(call)) }),
  sin: floatOfFinite('sin', x => notNull(x, NAN)),
  cos: floatOfFinite('cos', x => notNull(x, NAN)),
  tan: floatOfFinite('tan', x => notNull(x, NAN)),
  asin: floatWithin('asin', x => `abs(${x}) > 1 AND NOT isnan(${x})`),
  acos: floatWithin('acos', x => `abs(${x}) > 1 AND NOT isnan(${x})`),
  atan: float('atan'),
  atan2: float('atan2'),
  sinh: float('sinh'),
  cosh: float('cosh'),
  tanh: float('tanh'),
  asinh: float('asinh'),
  acosh: floatWithin('acosh', x => `${x} < 1`),
  atanh: floatWithin('atanh', x => `abs(${x}) >= 1 AND NOT isnan(${x})`),
  cot: reciprocal('tan', false),
  coth: reciprocal('tanh', true),
  sec: reciprocal('cos', false),
  sech: reciprocal('cosh', true),
  csc: reciprocal('sin', false),
  csch: reciprocal('sinh', true),
  pi: () => 'pi()',
  pi_bignumeric: () => literal('3.1415926535897932384626433832795028842', { kind: 'BIGNUMERIC' }),
  pi_numeric: () => `'3.141592654'::DECIMAL(38,9)`,
  bit_count: byType({ INT64: call => `bit_count(${first(call)})::BIGINT`, BYTES: scripted('bytes_bit_count') }),
};
