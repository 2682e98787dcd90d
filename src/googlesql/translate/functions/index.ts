// The table of scalar functions: what is not in it is not translated.

import type { Call, Rule } from '../rule.ts';
import { ARRAY, ARRAY_MAKERS } from './array.ts';
import { CONDITIONAL } from './conditional.ts';
import { FORMAT } from './format.ts';
import { FORMAT_PARSE } from './format-parse.ts';
import { INTERVALS } from './interval.ts';
import { JSON_FUNCTIONS, JSON_MAKERS } from './json.ts';
import { MATH } from './math.ts';
import { OPERATORS } from './operators.ts';
import { REGEXP } from './regexp.ts';
import { bound, strict } from './sql.ts';
import { STRING } from './string.ts';
import { TIME } from './time.ts';
import { MISC } from './unsorted.ts';

const RULES: Readonly<Record<string, Rule>> = {
  ...OPERATORS,
  ...CONDITIONAL,
  ...strict(MATH),
  ...strict(STRING),
  ...strict(REGEXP),
  ...strict(TIME),
  ...strict(INTERVALS),
  ...strict(JSON_FUNCTIONS),
  ...JSON_MAKERS,
  ...strict(ARRAY),
  ...ARRAY_MAKERS,
  ...strict(FORMAT_PARSE),
  ...FORMAT,
  ...MISC,
};

/** Under SAFE. an error of the function itself gives NULL; its arguments are computed outside, where their errors stay errors. */
const safely =
  (rule: Rule): Rule =>
  call => {
    if (!call.isSafe || answersNull(call)) return rule(call);
    return bound(call.args, (...names) => {
      const args = call.args.map((arg, i) => ({ ...arg, sql: names[i] ?? arg.sql }));
      return `TRY(${rule({ ...call, args })})`;
    });
  };

/** Whether the rule's own SQL gives NULL for its errors, so that TRY() has nothing to catch. */
const answersNull = ({ name, type }: Call): boolean =>
  (type.kind === 'NUMERIC' && /^(?:(?:\$|safe_)(?:multiply|divide)|floor|ceil)$/.test(name)) ||
  /^timestamp_(?:from_unix_)?(?:seconds|millis|micros)$/.test(name);

export const FUNCTIONS: Readonly<Record<string, Rule>> = Object.fromEntries(
  Object.entries(RULES).map(([name, rule]) => [name, name.startsWith('safe_') ? safe(rule) : safely(rule)]),
);

/** SAFE_ADD and its kin are their operators under SAFE. */
function safe(rule: Rule): Rule {
  return call => safely(rule)({ ...call, isSafe: true });
}
