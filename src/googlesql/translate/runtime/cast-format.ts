// The functions behind CAST … FORMAT: numbers, points in time and BYTES as texts, and back. NULL stands for an error.

import type { ScalarFunction } from '../scalar.ts';
import { isReadable, isWritable, momentFormat, momentText, readMoment } from './cast-moment.ts';
import { exactNumber, formattedNumber, numberFormat } from './cast-number.ts';

const BASE64_LINE = 76;

/** BYTES as text; undefined for a format that is none. */
function bytesText(bytes: Uint8Array, format: string): string | null {
  const buffer = Buffer.from(bytes);
  switch (format.toUpperCase()) {
    case 'HEX':
    case 'BASE16':
      return buffer.toString('hex');
    case 'BASE2':
      return [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('');
    case 'BASE8':
      return octal(bytes);
    case 'BASE64':
      return buffer.toString('base64');
    case 'BASE64M':
      return buffer.toString('base64').replace(new RegExp(`(.{${BASE64_LINE}})(?=.)`, 'g'), '$1\n');
    case 'ASCII':
      return bytes.every(byte => byte < 128) ? buffer.toString('latin1') : null;
    case 'UTF8':
    case 'UTF-8':
      return utf8(bytes);
    default:
      return null;
  }
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8: the caller says so.
    return null;
  }
}

/** Three bits a digit, the first digit takes what is left over. */
function octal(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const digits = Math.ceil((bytes.length * 8) / 3);
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
    .toString(8)
    .padStart(digits, '0');
}

/** Text as BYTES. */
function textBytes(text: string, format: string): Uint8Array | null {
  switch (format.toUpperCase()) {
    case 'HEX':
    case 'BASE16':
      return /^[0-9a-f]*$/i.test(text) ? Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex') : null;
    case 'BASE2':
      return /^[01]*$/.test(text) ? ofBits(text) : null;
    case 'BASE8':
      return /^[0-7]*$/.test(text) ? ofOctal(text) : null;
    case 'ASCII':
      return /^[\0-\x7f]*$/.test(text) ? Buffer.from(text) : null;
    case 'UTF8':
    case 'UTF-8':
      return Buffer.from(text);
    default:
      return null;
  }
}

function ofBits(bits: string): Uint8Array {
  const whole = bits.padStart(Math.ceil(bits.length / 8) * 8, '0');
  return Uint8Array.from(whole.match(/.{8}/g) ?? [], byte => Number.parseInt(byte, 2));
}

/** As the reference does: one or two bits too many on the left are let go, more begin a byte of their own. */
function ofOctal(text: string): Uint8Array {
  const bits = [...text].map(digit => Number(digit).toString(2).padStart(3, '0')).join('');
  const surplus = bits.length % 8;
  return ofBits(surplus <= 2 ? bits.slice(surplus) : bits);
}

export const CAST_FORMAT_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_cast_number',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    call: (kind, value, format) => {
      const read = numberFormat(format as string);
      return read === undefined ? null : formattedNumber(exactNumber(kind as string, value as string), read);
    },
  },
  {
    name: 'g_cast_moment',
    parameters: ['VARCHAR', 'BIGINT', 'BIGINT', 'VARCHAR'],
    returns: 'VARCHAR',
    call: (kind, micros, offset, format) => {
      const elements = momentFormat(format as string, kind as string);
      return elements === undefined || !isWritable(elements)
        ? null
        : momentText(elements, micros as bigint, Number(offset));
    },
  },
  {
    name: 'g_cast_read_moment',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'BIGINT'],
    returns: 'BIGINT',
    call: (kind, text, format, now) => {
      const elements = momentFormat(format as string, kind as string);
      if (elements === undefined || !isReadable(elements)) return null;
      const read = readMoment(elements, text as string, now as bigint);
      return read === null
        ? null
        : kind === 'TIME'
          ? ((read.micros % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n
          : read.micros;
    },
  },
  {
    name: 'g_cast_bytes',
    parameters: ['BLOB', 'VARCHAR'],
    returns: 'VARCHAR',
    call: (bytes, format) => bytesText(bytes as Uint8Array, format as string),
  },
  {
    name: 'g_cast_read_bytes',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'BLOB',
    call: (text, format) => textBytes(text as string, format as string),
  },
];
