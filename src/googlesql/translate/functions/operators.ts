// Operators: arithmetic, comparison, logic, LIKE, IN, BETWEEN, bits. Integer overflow, NaN and division by zero as GoogleSQL has them.

import type { SqlType } from '../../type.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { intervalNegated, intervalProduct, intervalQuotient, intervalSum } from './interval.ts';
import { argument, attempt, bound, byType, fault, plain, raise, sqls, typed, withBound } from './sql.ts';

/** `sql` where it is finite, or came from what was not; else an error: GoogleSQL's FLOAT64 does not overflow silently. */
export const finite = (sql: string, inputs: readonly string[], message: string): string => {
  const infinite = inputs.map(input => ` OR NOT isfinite(${input})`).join('');
  return `CASE WHEN isfinite(${sql}) OR ${sql} IS NULL${infinite} THEN ${sql} ELSE ${raise(fault(message), FLOAT64)} END`;
};

const FLOAT64: SqlType = { kind: 'FLOAT64' };

const float = (operator: string): Rule =>
  withBound(call => finite(`(${sqls(call).join(` ${operator} `)})`, unsure(call), `double overflow: ${operator}`));

/** The arguments that may be infinite or NaN. */
const unsure = (call: Call): string[] => call.args.filter(arg => typeof arg.literal !== 'number').map(arg => arg.sql);

const infix =
  (operator: string): Rule =>
  call =>
    `(${sqls(call).join(` ${operator} `)})`;

const divideFloat: Rule = withBound(call => {
  const [a, b] = sqls(call);
  const quotient = finite(`(${a} / ${b})`, unsure(call), 'double overflow: /');
  if (typeof argument(call, 1).literal === 'number' && argument(call, 1).literal !== 0) return quotient;
  const byZero = raise(`'GoogleSQL: division by zero: ' || ${a} || ' / ' || ${b}`, FLOAT64);
  return `CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${byZero} ELSE ${quotient} END`;
});

const scripted =
  (name: string, message: string): Rule =>
  call =>
    attempt(call, (...names) => `${name}(${names.join(', ')})`, message);

/** Of BIGNUMERIC (runtime/bignumeric.ts). */
export const big = (name: string): Rule =>
  scripted(`g_big_${name}`, 'division by zero, or bignumeric overflow, or undefined for this value');

/** DuckDB gives a sum with a literal NULL another type. */
const decimal =
  (operator: string): Rule =>
  call =>
    call.args.some(arg => arg.literal === null) ? 'NULL::DECIMAL(38, 9)' : infix(operator)(call);

const addDays =
  (sign: '+' | '-'): Rule =>
  call => {
    const [date, days] = argument(call, 0).type.kind === 'DATE' ? [0, 1] : [1, 0];
    return inDateRange(`(${argument(call, date).sql} ${sign} (${argument(call, days).sql})::INTEGER)`);
  };

/** A DATE of years 1 to 9999, else an error. */
export const inDateRange = (sql: string): string =>
  bound(
    [typed('DATE', sql)],
    d =>
      `CASE WHEN ${d} IS NULL OR ${d} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN ${d} ELSE ${raise(fault('date is out of range'), { kind: 'DATE' })} END`,
  );

const add = (call: Call): string => {
  const kinds = call.args.map(arg => arg.type.kind);
  if (kinds.includes('DATE') && kinds.includes('INT64')) return addDays('+')(call);
  const moved = intervalSum(call, '+');
  if (moved !== undefined) return moved;
  return byType({ INT64: infix('+'), FLOAT64: float('+'), NUMERIC: decimal('+'), BIGNUMERIC: big('add') })(call);
};

const subtract = (call: Call): string => {
  const kinds = call.args.map(arg => arg.type.kind);
  if (kinds[0] === 'DATE' && kinds[1] === 'INT64') return addDays('-')(call);
  const moved = intervalSum(call, '-');
  if (moved !== undefined) return moved;
  return byType({ INT64: infix('-'), FLOAT64: float('-'), NUMERIC: decimal('-'), BIGNUMERIC: big('subtract') })(call);
};

/** By a whole number that is known and below a thousand million, a product is short. */
function numericProduct(call: Call): string {
  const at = call.args.findIndex(({ literal }) => typeof literal === 'string' && /^-?\d{1,9}$/.test(literal));
  const overflow = 'numeric overflow: NUMERIC * NUMERIC';
  const by = call.args[at]?.literal;
  const over = call.args[1 - at];
  if (typeof by !== 'string' || !over) return scripted('numeric_multiply_or_null', overflow)(call);
  const times = (x: string): string => `numeric_times_or_null(${x}, '${by}'::DECIMAL(19, 0))`;
  return attempt({ ...call, args: [over] }, (x = '') => times(x), overflow);
}

const multiply: Rule = call => (call.type.kind === 'INTERVAL' ? intervalProduct(call) : product(call));
const product = byType({
  INT64: infix('*'),
  FLOAT64: float('*'),
  NUMERIC: withBound(numericProduct),
  BIGNUMERIC: big('multiply'),
});
const divide = byType({
  FLOAT64: divideFloat,
  NUMERIC: scripted('g_numeric_divide', 'division by zero or numeric overflow: NUMERIC / NUMERIC'),
  BIGNUMERIC: big('divide'),
  INTERVAL: intervalQuotient,
});
const negate = byType({
  INT64: call => `(-${argument(call, 0).sql})`,
  FLOAT64: call => `(-${argument(call, 0).sql})`,
  NUMERIC: call => `(-${argument(call, 0).sql})`,
  BIGNUMERIC: big('negate'),
  INTERVAL: intervalNegated,
});

// Comparison

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

const holdsFloats = (type: SqlType): boolean =>
  type.kind === 'FLOAT64' ||
  (type.kind === 'ARRAY' && holdsFloats(type.element)) ||
  (type.kind === 'STRUCT' && type.fields.some(field => holdsFloats(field.type)));

/** `a op b`: to DuckDB NaN equals NaN and is greater than all, to GoogleSQL no comparison with NaN holds. */
function compareFloats(operator: Comparison, a: string, b: string): string {
  return bound([typed('FLOAT64', a), typed('FLOAT64', b)], (x = '', y = '') => {
    const unordered = `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${operator === '<>'} END`;
    return `CASE WHEN isnan(${x}) OR isnan(${y}) THEN ${unordered} ELSE ${x} ${operator} ${y} END`;
  });
}

/** Equality in three values: NULL inside a STRUCT or ARRAY is unknown, not equal. */
export function equal(type: SqlType, a: string, b: string): string {
  if (type.kind === 'FLOAT64') return compareFloats('=', a, b);
  if (type.kind === 'STRUCT') {
    return bound(
      [
        { sql: a, type },
        { sql: b, type },
      ],
      (x = '', y = '') => {
        const pairs = type.fields.map((field, i) =>
          equal(field.type, `struct_extract_at(${x}, ${i + 1})`, `struct_extract_at(${y}, ${i + 1})`),
        );
        const all = pairs.length === 0 ? 'true' : pairs.join(' AND ');
        return `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN (${all}) END`;
      },
    );
  }
  if (type.kind === 'ARRAY') {
    return bound(
      [
        { sql: a, type },
        { sql: b, type },
      ],
      (x = '', y = '') =>
        bound(
          [{ sql: pairwise(type.element, x, y), type: { kind: 'ARRAY', element: { kind: 'BOOL' } } }],
          same =>
            `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN len(${x}) <> len(${y}) OR list_contains(${same}, false) THEN false WHEN len(list_filter(${same}, lambda _q: _q IS NULL)) > 0 THEN NULL ELSE true END`,
        ),
    );
  }
  return `(${a} = ${b})`;
}

const pairwise = (element: SqlType, x: string, y: string): string =>
  `list_transform(list_zip(${x}, ${y}), lambda _p: ${equal(element, 'struct_extract_at(_p, 1)', 'struct_extract_at(_p, 2)')})`;

function comparison(operator: Comparison): Rule {
  return call => {
    const [left, right] = [argument(call, 0), argument(call, 1)];
    const { kind } = left.type;
    if (kind === 'STRUCT' || kind === 'ARRAY') {
      if (operator === '=') return equal(left.type, left.sql, right.sql);
      if (operator === '<>') return `(NOT ${equal(left.type, left.sql, right.sql)})`;
      if (left.type.kind === 'ARRAY') return compareArrays(operator, left, right);
      throw new Refusal(`${operator} of ${kind}`);
    }
    if (kind === 'FLOAT64') return floatComparison(operator, left, right);
    if (kind === 'JSON' || kind === 'GEOGRAPHY') throw new Refusal(`${operator} of ${kind}`);
    return `(${left.sql} ${operator} ${right.sql})`;
  };
}

/** By the first elements that are not equal, and then by length. */
function compareArrays(operator: Comparison, left: Arg, right: Arg): string {
  if (left.type.kind !== 'ARRAY') throw new Error('an array that is none');
  const { element } = left.type;
  const of = (sql: string): Arg => ({ sql, type: element, literal: undefined });
  return bound([left, right], (a = '', b = '') => {
    const pairs = `list_transform(range(least(len(${a}), len(${b}))), lambda _i: {x: ${a}[_i + 1], y: ${b}[_i + 1]})`;
    const same = equal(element, '_p.x', '_p.y');
    const pairType: SqlType = {
      kind: 'STRUCT',
      fields: [
        { name: 'x', type: element },
        { name: 'y', type: element },
      ],
    };
    const first = `list_filter(${pairs}, lambda _p: NOT coalesce(${same}, FALSE))[1]`;
    return bound([{ sql: first, type: pairType }], pair => {
      const compared = comparison(operator)({
        name: '',
        args: [of(`${pair}.x`), of(`${pair}.y`)],
        type: { kind: 'BOOL' },
        isSafe: false,
      });
      return `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN ${pair} IS NULL THEN len(${a}) ${operator} len(${b}) ELSE ${compared} END`;
    });
  });
}

/** Where one side is a number for sure, only the other can be NaN. */
function floatComparison(operator: Comparison, left: Arg, right: Arg): string {
  const known = (arg: Arg): boolean => typeof arg.literal === 'number';
  if (known(right) && (operator === '=' || operator === '<>' || operator === '<' || operator === '<=')) {
    return `(${left.sql} ${operator} ${right.sql})`;
  }
  if (known(left) && (operator === '=' || operator === '<>' || operator === '>' || operator === '>=')) {
    return `(${left.sql} ${operator} ${right.sql})`;
  }
  return compareFloats(operator, left.sql, right.sql);
}

/** IS NOT DISTINCT FROM: NULL is NULL, and NaN is NaN, also inside. */
const notDistinct: Rule = call => `(${sqls(call).join(' IS NOT DISTINCT FROM ')})`;
const distinct: Rule = call => `(${sqls(call).join(' IS DISTINCT FROM ')})`;

const isSimple = (type: SqlType): boolean => !holdsFloats(type) && type.kind !== 'STRUCT' && type.kind !== 'ARRAY';

const isIn: Rule = call => {
  const [value, ...rest] = call.args;
  if (!value) throw new Error('$in came without a value');
  if (isSimple(value.type)) return `(${value.sql} IN (${rest.map(arg => arg.sql).join(', ')}))`;
  return bound([value], v => `(${rest.map(arg => equal(value.type, v, arg.sql)).join(' OR ')})`);
};

/** x IN UNNEST(array): false for an array that is empty or NULL, else as IN. */
const inArray: Rule = call => {
  const [value, array] = [argument(call, 0), argument(call, 1)];
  return bound([value, array], (v = '', list = '') => {
    const found = isSimple(value.type)
      ? `list_contains(${list}, ${v})`
      : `list_contains(list_transform(${list}, lambda _e: ${equal(value.type, '_e', v)}), true)`;
    const unsure = isSimple(value.type)
      ? `len(list_filter(${list}, lambda _e: _e IS NULL)) > 0`
      : `len(list_filter(${list}, lambda _e: (${equal(value.type, '_e', v)}) IS NULL)) > 0`;
    return `CASE WHEN ${list} IS NULL OR len(${list}) = 0 THEN false WHEN ${v} IS NULL THEN NULL WHEN ${found} THEN true WHEN ${unsure} THEN NULL ELSE false END`;
  });
};

const between: Rule = call => {
  const [value, low, high] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  if (value.type.kind === 'FLOAT64') {
    return bound(
      [value],
      v =>
        `(${floatComparison('>=', { ...value, sql: v }, low)} AND ${floatComparison('<=', { ...value, sql: v }, high)})`,
    );
  }
  if (value.type.kind === 'JSON' || value.type.kind === 'STRUCT') {
    throw new Refusal(`BETWEEN of ${value.type.kind}`);
  }
  return `(${value.sql} BETWEEN ${low.sql} AND ${high.sql})`;
};

// LIKE: GoogleSQL's patterns escape by a backslash; DuckDB's do so only when told.

function like(call: Call): string {
  const [value, pattern] = [argument(call, 0), argument(call, 1)];
  if (value.type.kind === 'BYTES') {
    // No lambda over the answer: LIKE ANY asks in an aggregate, where DuckDB takes none over columns of two queries.
    return bound([value, pattern], (v = '', p = '') => {
      const failed = call.isSafe ? 'NULL' : raise(fault(ENDS_WITH_BACKSLASH), call.type);
      return `CASE WHEN ${v} IS NOT NULL AND ${p} IS NOT NULL THEN coalesce(g_like_bytes(${v}, ${p}), ${failed}) END`;
    });
  }
  if (typeof pattern.literal === 'string' && !pattern.literal.includes('\\')) {
    return `(${value.sql} LIKE ${pattern.sql})`;
  }
  const matches = (v: string, p: string): string => `(${v} LIKE ${p} ESCAPE '\\')`;
  if (typeof pattern.literal === 'string' && !/^(?:[^\\]|\\.)*\\$/s.test(pattern.literal)) {
    return matches(value.sql, pattern.sql);
  }
  return bound([value, pattern], (v = '', p = '') => {
    const isBroken = `${p} LIKE '%\\' AND regexp_full_match(${p}, '(?s)(?:[^\\\\]|\\\\.)*\\\\') AND ${v} IS NOT NULL`;
    return `CASE WHEN ${isBroken} THEN ${raise(fault(ENDS_WITH_BACKSLASH), call.type)} ELSE ${matches(v, p)} END`;
  });
}

const ENDS_WITH_BACKSLASH = 'LIKE pattern ends with a backslash';

// Bits

const bits = (sql: Rule, name: string): Rule =>
  byType({
    INT64: sql,
    BYTES: call =>
      attempt(call, (a, b) => `g_bytes_${name}(${a}, ${b})`, 'Bitwise binary operator needs BYTES of one length'),
  });

const shift = (direction: 'left' | 'right'): Rule => {
  const message = 'Bitwise shift by a negative number';
  return byType({
    INT64: call => attempt(call, (a, b) => `g_shift_${direction}(${a}, ${b})`, message),
    BYTES: call => attempt(call, (a, b) => `g_bytes_shift_${direction}(${a}, ${b})`, message),
  });
};

export const OPERATORS: Readonly<Record<string, Rule>> = {
  $add: add,
  $subtract: subtract,
  $multiply: multiply,
  $divide: divide,
  $unary_minus: negate,
  safe_add: call => add({ ...call, isSafe: true }),
  safe_subtract: call => subtract({ ...call, isSafe: true }),
  safe_multiply: call => multiply({ ...call, isSafe: true }),
  safe_divide: call => divide({ ...call, isSafe: true }),
  safe_negate: call => negate({ ...call, isSafe: true }),
  ieee_divide: infix('/'),
  $equal: comparison('='),
  $not_equal: comparison('<>'),
  $less: comparison('<'),
  $less_or_equal: comparison('<='),
  $greater: comparison('>'),
  $greater_or_equal: comparison('>='),
  $is_not_distinct_from: notDistinct,
  $is_distinct_from: distinct,
  $and: infix('AND'),
  $or: infix('OR'),
  $not: call => `(NOT ${argument(call, 0).sql})`,
  $is_null: call => `(${argument(call, 0).sql} IS NULL)`,
  $is_true: call => `(${argument(call, 0).sql} IS TRUE)`,
  $is_false: call => `(${argument(call, 0).sql} IS FALSE)`,
  $between: between,
  $in: isIn,
  $in_array: inArray,
  $like: like,
  $bitwise_and: bits(infix('&'), 'and'),
  $bitwise_or: bits(infix('|'), 'or'),
  $bitwise_xor: bits(plain('xor'), 'xor'),
  $bitwise_not: byType({
    INT64: call => `(~${argument(call, 0).sql})`,
    BYTES: call => `g_bytes_not(${argument(call, 0).sql})`,
  }),
  $bitwise_left_shift: shift('left'),
  $bitwise_right_shift: shift('right'),
};
