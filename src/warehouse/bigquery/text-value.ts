// Texts as BigQuery's load jobs take them: checked against their column's type here, because a load job would say less of what is
// wrong, and take some of it. Pure.

import type { SqlType } from '../../googlesql/type.ts';

const INT64_MAX = 2n ** 63n - 1n;
/** Of NUMERIC: 29 digits before the point, 9 after. */
const NUMERIC_LIMIT = 10n ** 38n;

/** The JSON text of a value for an NDJSON load; undefined where the text is not of the type. */
export function jsonOfText(text: string | null, type: SqlType): string | undefined {
  if (text === null) return type.kind === 'ARRAY' ? '[]' : 'null';
  switch (type.kind) {
    case 'STRING':
      return JSON.stringify(text);
    case 'INT64':
      return integer(text);
    case 'NUMERIC':
      return numeric(text);
    case 'FLOAT64':
      return float(text);
    case 'BOOL':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : undefined;
    case 'DATE':
      return isDay(text) ? quoted(text) : undefined;
    case 'DATETIME':
      return isDateTime(text) ? quoted(text.replace(' ', 'T')) : undefined;
    case 'TIMESTAMP':
      return instant(text);
    case 'TIME':
      return isTime(text) ? quoted(text) : undefined;
    case 'BYTES':
      return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? quoted(text) : undefined;
    case 'JSON':
      return isJson(text) ? quoted(text) : undefined;
    case 'ARRAY':
      return isJson(text) && text.trimStart().startsWith('[') ? text : undefined;
    case 'STRUCT':
      return isJson(text) && text.trimStart().startsWith('{') ? text : undefined;
    default:
      return JSON.stringify(text);
  }
}

const quoted = (text: string): string => JSON.stringify(text);

function integer(text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value <= INT64_MAX && value >= -INT64_MAX - 1n ? quoted(value.toString()) : undefined;
}

/** Rounded to 9 digits, half away from zero, as a cast from STRING is. */
function numeric(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?$/.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  const shift = Number(power) - fraction.length + 9;
  const digits = BigInt(whole + fraction);
  if (digits !== 0n && shift > 60) return undefined;
  const scaled = shift >= 0 ? digits * 10n ** BigInt(Math.min(shift, 60)) : halfAwayFromZero(digits, -shift);
  if (scaled >= NUMERIC_LIMIT) return undefined;
  const padded = scaled.toString().padStart(10, '0');
  return quoted(`${sign === '-' && scaled !== 0n ? '-' : ''}${padded.slice(0, -9)}.${padded.slice(-9)}`);
}

function halfAwayFromZero(digits: bigint, places: number): bigint {
  if (places > 5_000) return 0n;
  const divisor = 10n ** BigInt(places);
  return (digits * 2n + divisor) / (divisor * 2n);
}

function float(text: string): string | undefined {
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (word !== null) return quoted(/nan/i.test(text) ? 'NaN' : `${word[1] === '-' ? '-' : ''}Infinity`);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? quoted(text) : undefined;
}

const DAY = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const CLOCK = String.raw`(\d{1,2}):(\d\d):(\d\d)(\.\d{1,6})?`;

function isDay(text: string): boolean {
  const [, year, month, day] = new RegExp(`^${DAY}$`).exec(text) ?? [];
  if (year === undefined || Number(year) < 1) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

function isTime(text: string): boolean {
  const [, hour, minute, second] = new RegExp(`^${CLOCK}$`).exec(text) ?? [];
  return hour !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

function isDateTime(text: string): boolean {
  const [day = '', time] = text.split(/[T ]/);
  return isDay(day) && (time === undefined || isTime(time));
}

function instant(text: string): string | undefined {
  const [, day = '', time = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:.]+))?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?$/.exec(text) ?? [];
  if (!isDay(day) || !isTime(time)) return undefined;
  const [, sign, hours = '00', minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const offset = sign === undefined ? '+00:00' : `${sign}${hours}:${minutes}`;
  return quoted(`${day} ${time.padStart(8, '0')}${offset}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
