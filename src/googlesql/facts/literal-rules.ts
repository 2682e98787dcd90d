// Which arguments of which functions, as they are written, are errors whatever the rows hold, and how each is tried on the reference
// implementation. A table; who looks for such arguments is literal-faults.ts. Pure.

export interface LiteralRule {
  /** Of the argument; with `every`, of each so many behind it too. */
  readonly at: number;
  readonly every?: number;
  /** What needs no trial. */
  readonly isRight?: Pick<RegExp, 'test'>;
  readonly says?: RegExp;
  /** Of these types only; absent: STRING and BYTES. */
  readonly of?: ReadonlySet<string>;
  /** An error of a value and not of a form: where something says that it may not be evaluated, it may be meant. */
  readonly isOfValue?: true;
  /** Undefined where more must be known than is written. */
  readonly trial: (literal: string, call: Call) => string | undefined;
}

interface Call {
  readonly name: string;
  readonly isBytes: boolean;
  /** Of each argument what is written, where it is constant. */
  readonly args: readonly (string | undefined)[];
}

/** One argument, and none behind it. */
const ONLY = Number.POSITIVE_INFINITY;

/** No character of it has a meaning but those that always have one. */
const PLAIN_PATTERN = /^r?(['"])\^?[\w\s,:;\-/@#%&=<>~]*\$?\1$/;
const PLAIN_PATH = /^r?(['"])\$(?:\.[A-Za-z_]\w*|\[\d+\])*\1$/;
/** The modes of JSON_QUERY are younger than the analyzer. */
const MODE = /^r?['"]\s*lax\b/i;
/** The names of zones change, and a small machine may have none of its own: one that anybody knows is right. */
const KNOWN_ZONE = {
  test: (literal: string): boolean => {
    const name = /^(['"])([\w/+:-]+)\1$/.exec(literal)?.[2];
    return name !== undefined && isZone(name);
  },
};

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const regexp = (more = ''): LiteralRule => ({
  at: 1,
  isRight: PLAIN_PATTERN,
  trial: (pattern, { name, isBytes }) => {
    const empty = isBytes ? "b''" : "''";
    return `${name}(${empty}, ${pattern}${more === '' ? '' : `, ${empty}`})`;
  },
});
const path = (document: string, more = ''): LiteralRule => ({
  at: 1,
  isRight: { test: text => PLAIN_PATH.test(text) || MODE.test(text) },
  trial: (text, { name }) => `${name}(${document}, ${text}${more})`,
});
const zone = (at: number): LiteralRule => ({
  at,
  isRight: KNOWN_ZONE,
  trial: text => `STRING(TIMESTAMP '2023-01-01 00:00:00+00', ${text})`,
});
const parsed = (elements: string): LiteralRule => ({
  at: 0,
  isRight: new RegExp(String.raw`^(['"])(?:[^%\\]|%(?:[${elements}%]|E\*S|E\dS))*\1$`),
  says: /^Invalid format/i,
  trial: (text, { name }) => `${name}(${text}, '')`,
});

/** A value with elements in it is a format: the two are swapped, whatever the format's column holds. */
const swapped: LiteralRule = {
  at: 1,
  every: ONLY,
  isRight: /^[^%]*$/,
  says: /^Failed to parse|^Mismatch/i,
  trial: (text, { name, args }) => (args[0] === undefined ? `${name}('%Y', ${text})` : undefined),
};

const DAY = 'YmdFbBhjyeD';
const CLOCK = 'HMSTRIp';
const JSON_TEXT = "'{}'";
const JSON_VALUE = "PARSE_JSON('{}')";

const NUMBERS: ReadonlySet<string> = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);
const NATURAL = /^\d+$/;
const POSITIVE = /^0*[1-9]\d*$/;

/** A number that must be so whatever the other arguments are. */
const amount = (
  at: number,
  isRight: RegExp,
  { trial, says = /\bnegative\b|\bpositive\b|\bnon-zero\b|\bbe 0\b/i }: { trial: string; says?: RegExp },
): LiteralRule => ({
  at,
  every: ONLY,
  of: NUMBERS,
  isRight,
  says,
  trial: (number, { name }) => trial.replaceAll('NAME', name).replaceAll('N_', `(${number})`),
});
/** What no row can be divided by, and the like. */
const divisor = (trial: string, says = /division by zero/): LiteralRule => ({
  ...amount(1, /^-?[\d.]*[1-9]/, { trial, says }),
  isOfValue: true,
});
/** A part of a date or time, counted from 1 or 0. */
const part = (at: number, isRight: RegExp, trial: string): LiteralRule =>
  amount(at, isRight, { trial, says: /calculates to invalid|^Invalid/ });
const MONTH = /^0*(?:[1-9]|1[0-2])$/;
const DAY_OF_MONTH = /^0*(?:[1-9]|[12]\d|3[01])$/;
const HOUR = /^0*(?:1?\d|2[0-3])$/;
const SIXTIETH = /^0*[1-5]?\d$/;
const INDEX = /^Array index .* out of bounds/;
const OFFSET_OF_ROWS = '(SELECT NAME(x, N_) OVER (ORDER BY x) FROM UNNEST([1]) AS x)';
const REGEXP_PLACES = [
  amount(2, POSITIVE, { trial: "NAME('a', 'a', N_)" }),
  amount(3, POSITIVE, { trial: "NAME('a', 'a', 1, N_)" }),
];
const PAD = [
  amount(1, NATURAL, { trial: "NAME('', N_)" }),
  {
    at: 2,
    every: ONLY,
    isRight: /^(['"]).+\1$/,
    trial: (text: string, { name, isBytes }: Call) => `${name}(${isBytes ? "b''" : "''"}, 1, ${text})`,
  },
];
/** Where the text of another argument is known. */
const besides = (at: number, other: number, trial: (text: string, other: string) => string): LiteralRule => ({
  at,
  every: ONLY,
  trial: (text, { args }) => {
    const known = args[other];
    return known === undefined ? undefined : trial(text, known);
  },
});

export const RULES: Readonly<Record<string, readonly LiteralRule[]>> = {
  lag: [amount(1, NATURAL, { trial: OFFSET_OF_ROWS })],
  lead: [amount(1, NATURAL, { trial: OFFSET_OF_ROWS })],
  $array_at_offset: [amount(1, NATURAL, { trial: '[0][OFFSET(N_)]', says: INDEX })],
  $array_at_ordinal: [amount(1, POSITIVE, { trial: '[0][ORDINAL(N_)]', says: INDEX })],
  substr: [amount(2, NATURAL, { trial: "SUBSTR('', 1, N_)" })],
  substring: [amount(2, NATURAL, { trial: "SUBSTR('', 1, N_)" })],
  left: [amount(1, NATURAL, { trial: "LEFT('', N_)" })],
  right: [amount(1, NATURAL, { trial: "RIGHT('', N_)" })],
  repeat: [amount(1, NATURAL, { trial: "REPEAT('', N_)" })],
  lpad: PAD,
  rpad: PAD,
  instr: [
    amount(2, POSITIVE, { trial: "INSTR('a', 'a', N_)" }),
    amount(3, POSITIVE, { trial: "INSTR('a', 'a', 1, N_)" }),
  ],
  translate: [besides(1, 2, (from, to) => `TRANSLATE('', ${from}, ${to})`)],
  generate_array: [amount(2, POSITIVE, { trial: 'GENERATE_ARRAY(1, 1, N_)' })],
  generate_date_array: [
    amount(2, POSITIVE, { trial: "GENERATE_DATE_ARRAY(DATE '2023-01-01', DATE '2023-01-01', INTERVAL N_ DAY)" }),
  ],
  generate_timestamp_array: [
    amount(2, POSITIVE, {
      trial:
        "GENERATE_TIMESTAMP_ARRAY(TIMESTAMP '2023-01-01 00:00:00+00', TIMESTAMP '2023-01-01 00:00:00+00', INTERVAL N_ DAY)",
    }),
  ],
  div: [divisor('DIV(1, N_)')],
  mod: [divisor('MOD(1, N_)')],
  $divide: [divisor('1 / N_')],
  log: [
    {
      ...divisor('LOG(2, N_)', /Floating point error/),
      isRight: { test: text => /^\d[\d.]*$/.test(text) && Number(text) > 1 },
    },
  ],
  $bitwise_left_shift: [amount(1, NATURAL, { trial: '1 << N_' })],
  $bitwise_right_shift: [amount(1, NATURAL, { trial: '1 >> N_' })],
  range_bucket: [
    {
      at: 1,
      of: new Set(['ARRAY']),
      says: /ascending/,
      trial: array => `RANGE_BUCKET((${array})[OFFSET(0)], ${array})`,
    },
  ],
  regexp_contains: [regexp()],
  regexp_extract: [regexp(), ...REGEXP_PLACES],
  regexp_extract_all: [regexp()],
  regexp_instr: [regexp(), ...REGEXP_PLACES],
  regexp_substr: [regexp(), ...REGEXP_PLACES],
  regexp_replace: [regexp('replacement'), besides(2, 1, (to, pattern) => `REGEXP_REPLACE('', ${pattern}, ${to})`)],
  $like: [{ at: 1, isRight: /^[^\\]*$/, trial: (text, { isBytes }) => `${isBytes ? "b''" : "''"} LIKE ${text}` }],
  json_value: [path(JSON_TEXT)],
  json_query: [path(JSON_TEXT)],
  json_value_array: [path(JSON_TEXT)],
  json_query_array: [path(JSON_TEXT)],
  json_extract: [path(JSON_TEXT)],
  json_extract_scalar: [path(JSON_TEXT)],
  json_extract_array: [path(JSON_TEXT)],
  json_extract_string_array: [path(JSON_TEXT)],
  parse_json: [
    {
      at: 1,
      every: ONLY,
      isRight: /^(['"])(?:exact|round)\1$/,
      says: /wide_number_mode/,
      trial: text => `PARSE_JSON('1', wide_number_mode => ${text})`,
    },
  ],
  json_remove: [{ ...path(JSON_VALUE), every: 1 }],
  json_set: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  json_array_append: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  json_array_insert: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  date: [zone(1), part(1, MONTH, 'DATE(2024, N_, 1)'), part(2, DAY_OF_MONTH, 'DATE(2024, 1, N_)')],
  datetime: [
    zone(1),
    part(1, MONTH, 'DATETIME(2024, N_, 1, 0, 0, 0)'),
    part(2, DAY_OF_MONTH, 'DATETIME(2024, 1, N_, 0, 0, 0)'),
    part(3, HOUR, 'DATETIME(2024, 1, 1, N_, 0, 0)'),
    part(4, SIXTIETH, 'DATETIME(2024, 1, 1, 0, N_, 0)'),
    part(5, SIXTIETH, 'DATETIME(2024, 1, 1, 0, 0, N_)'),
  ],
  time: [
    zone(1),
    part(0, HOUR, 'TIME(N_, 0, 0)'),
    part(1, SIXTIETH, 'TIME(0, N_, 0)'),
    part(2, SIXTIETH, 'TIME(0, 0, N_)'),
  ],
  timestamp: [zone(1)],
  string: [zone(1)],
  $extract: [zone(2)],
  $extract_date: [zone(1)],
  $extract_time: [zone(1)],
  $extract_datetime: [zone(1)],
  timestamp_trunc: [zone(2)],
  format_timestamp: [zone(2)],
  parse_date: [parsed(DAY), swapped],
  parse_time: [parsed(CLOCK)],
  parse_datetime: [parsed(DAY + CLOCK), swapped],
  parse_timestamp: [parsed(`${DAY}${CLOCK}zZ`), swapped, zone(2)],
};
