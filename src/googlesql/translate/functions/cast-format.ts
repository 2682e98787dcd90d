// CAST … FORMAT … AT TIME ZONE: the format goes to functions of JavaScript (runtime/cast-format.ts), which answer NULL where GoogleSQL fails.

import type { SqlType } from '../../type.ts';
import { type Arg, type Call, Refusal } from '../rule.ts';
import { momentFormat } from '../runtime/cast-moment.ts';
import { argument, attempt, text } from './sql.ts';
import { inMomentRange, instantOf, localTime, NOW } from './time.ts';

export interface FormattedCast {
  readonly value: Arg;
  readonly type: SqlType;
  readonly format: Arg;
  readonly zone: Arg | undefined;
  readonly isSafe: boolean;
}

/** @throws {Refusal} for a pair of types that has no format, and for elements that the reference does not answer. */
export function castWithFormat(cast: FormattedCast): string {
  const { value, type } = cast;
  const [from, to] = [value.type.kind, type.kind];
  if (to === 'STRING') {
    const number = NUMBERS[from];
    if (number) return numberText(cast, number);
    if (from === 'BYTES') return made(cast, (x, f) => `g_cast_bytes(${x}, ${f})`);
    if (isMoment(from)) return momentText(cast);
  }
  if (from === 'STRING' && to === 'BYTES') return bytes(cast);
  if (from === 'STRING' && isMoment(to)) return moment(cast);
  throw new Refusal(`CAST … FORMAT from ${from} to ${to}`);
}

/** How a number is handed over, as text. */
const NUMBERS: Readonly<Partial<Record<SqlType['kind'], (x: string) => string>>> = {
  INT64: x => `CAST(${x} AS VARCHAR)`,
  FLOAT64: x => `cast_float_string(${x})`,
  NUMERIC: x => `cast_numeric_string(${x})`,
  BIGNUMERIC: x => x,
};

const isMoment = (kind: string): boolean => /^(?:DATE|TIME|DATETIME|TIMESTAMP)$/.test(kind);

/** The call of a function over the value and the format: an error, or under SAFE_CAST NULL, where it gives NULL. */
function made(
  { value, type, format, zone, isSafe }: FormattedCast,
  write: (x: string, format: string) => string,
): string {
  const call: Call = { name: 'cast', args: zone === undefined ? [value, format] : [value, format, zone], type, isSafe };
  return attempt(
    call,
    (x = '', f = '') => write(x, f),
    `Failed to CAST ${argument(call, 0).type.kind} to ${type.kind} by this format`,
  );
}

function numberText(cast: FormattedCast, written: (x: string) => string): string {
  const { literal } = cast.format;
  if (typeof literal === 'string' && /TM|RN/i.test(literal)) throw new Refusal('CAST … FORMAT with TM or RN', 'FORMAT');
  const kind = text(cast.value.type.kind);
  return made(cast, (x, f) => `g_cast_number(${kind}, ${written(x)}, ${f})`);
}

function momentText(cast: FormattedCast): string {
  const { value, zone } = cast;
  const kind = text(value.type.kind);
  return made(cast, (x, f) => {
    const at: Arg = { ...value, sql: x };
    const local = value.type.kind === 'TIMESTAMP' ? localTime(at, zone) : x;
    const micros = `epoch_us(${value.type.kind === 'DATE' ? `CAST(${x} AS TIMESTAMP)` : local})`;
    const offset = local === x ? '0::BIGINT' : `((epoch_us(${local}) - epoch_us(${x})) // 60000000)`;
    return `g_cast_moment(${kind}, ${micros}, ${offset}, ${f})`;
  });
}

function moment(cast: FormattedCast): string {
  const { type, format, zone } = cast;
  const elements = typeof format.literal === 'string' ? momentFormat(format.literal, type.kind) : undefined;
  const has = (pattern: RegExp): boolean => elements?.some(({ name }) => pattern.test(name)) === true;
  // The reference reads nothing at all for these.
  if (has(/^MON/)) throw new Refusal('CAST … FORMAT of a STRING by the name of a month', 'PARSE_DATE with %B or %b');
  const hasZone = has(/^TZ/);
  if (zone !== undefined && elements === undefined && format.literal !== null)
    throw new Refusal('CAST … AT TIME ZONE with a computed FORMAT', 'a literal format');
  const now = `epoch_us(${localTime(NOW, zone)})`;
  const micros = made(
    { ...cast, type: { kind: 'INT64' } },
    (x, f) => `g_cast_read_moment(${text(type.kind)}, ${x}, ${f}, ${now})`,
  );
  const at = `make_timestamp(${micros})`;
  if (type.kind === 'DATE' || type.kind === 'TIME') return `CAST(${at} AS ${type.kind})`;
  if (type.kind === 'DATETIME') return at;
  const local: Arg = { sql: at, type: { kind: 'DATETIME' }, literal: undefined };
  const instant = hasZone || zone === undefined ? inMomentRange(at, 'TIMESTAMP') : instantOf(local, zone);
  return cast.isSafe ? `TRY(${instant})` : instant;
}

function bytes(cast: FormattedCast): string {
  const isBase64 = (f: string): string => `upper(${f}) IN ('BASE64', 'BASE64M')`;
  return made(
    cast,
    (x, f) => `CASE WHEN ${isBase64(f)} THEN g_from_base64(${x}) ELSE g_cast_read_bytes(${x}, ${f}) END`,
  );
}
