// Bits and bytes: shifts, operators on BYTES, LIKE of BYTES. NULL stands for GoogleSQL's error.

import type { ScalarFunction, ScalarValue } from '../scalar.ts';

const shiftLeft = (n: bigint, by: bigint): bigint | null =>
  by < 0n ? null : by >= 64n ? 0n : BigInt.asIntN(64, n << by);

/** Zeros come in from the left: GoogleSQL shifts without the sign. */
const shiftRight = (n: bigint, by: bigint): bigint | null =>
  by < 0n ? null : by >= 64n ? 0n : BigInt.asIntN(64, BigInt.asUintN(64, n) >> by);

function pairwise(a: Uint8Array, b: Uint8Array, op: (x: number, y: number) => number): Uint8Array | null {
  return a.length === b.length ? a.map((x, i) => op(x, b[i] ?? 0)) : null;
}

const toInteger = (bytes: Uint8Array): bigint => bytes.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);

function toBytes(n: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = n;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

function shiftBytes(bytes: Uint8Array, by: bigint, direction: 'left' | 'right'): Uint8Array | null {
  if (by < 0n) return null;
  if (by >= BigInt(8 * bytes.length)) return new Uint8Array(bytes.length);
  const n = toInteger(bytes);
  return toBytes(direction === 'left' ? n << by : n >> by, bytes.length);
}

const bitCount = (bytes: Uint8Array): bigint => {
  let count = 0;
  for (const byte of bytes) for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return BigInt(count);
};

type Token = { readonly kind: 'one' } | { readonly kind: 'any' } | { readonly kind: 'byte'; readonly byte: number };

const [PERCENT, UNDERSCORE, BACKSLASH] = [37, 95, 92];

/** NULL where the pattern ends with a backslash. */
function tokens(pattern: Uint8Array): Token[] | null {
  const found: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    let byte = pattern[i] ?? 0;
    if (byte === PERCENT) found.push({ kind: 'any' });
    else if (byte === UNDERSCORE) found.push({ kind: 'one' });
    else {
      if (byte === BACKSLASH) {
        i += 1;
        const next = pattern[i];
        if (next === undefined) return null;
        byte = next;
      }
      found.push({ kind: 'byte', byte });
    }
  }
  return found;
}

function likeBytes(value: Uint8Array, pattern: Uint8Array): boolean | null {
  const wanted = tokens(pattern);
  if (wanted === null) return null;
  let [at, token] = [0, 0];
  let [starAt, starToken] = [-1, -1];
  while (at < value.length) {
    const next = wanted[token];
    if (next?.kind === 'any') {
      [starAt, starToken] = [at, token];
      token += 1;
    } else if (next && (next.kind === 'one' || next.byte === value[at])) {
      at += 1;
      token += 1;
    } else if (starToken >= 0) {
      starAt += 1;
      [at, token] = [starAt, starToken + 1];
    } else return false;
  }
  return wanted.slice(token).every(rest => rest.kind === 'any');
}

const integers = (name: string, call: (a: bigint, b: bigint) => bigint | null): ScalarFunction => ({
  name,
  parameters: ['BIGINT', 'BIGINT'],
  returns: 'BIGINT',
  call: (a, b) => call(a as bigint, b as bigint),
});

const operator = (name: string, op: (x: number, y: number) => number): ScalarFunction => ({
  name: `g_bytes_${name}`,
  parameters: ['BLOB', 'BLOB'],
  returns: 'BLOB',
  call: (a: ScalarValue, b: ScalarValue) => pairwise(a as Uint8Array, b as Uint8Array, op),
});

const byteShift = (direction: 'left' | 'right'): ScalarFunction => ({
  name: `g_bytes_shift_${direction}`,
  parameters: ['BLOB', 'BIGINT'],
  returns: 'BLOB',
  call: (bytes, by) => shiftBytes(bytes as Uint8Array, by as bigint, direction),
});

export const BIT_SCALARS: readonly ScalarFunction[] = [
  integers('g_shift_left', shiftLeft),
  integers('g_shift_right', shiftRight),
  operator('and', (x, y) => x & y),
  operator('or', (x, y) => x | y),
  operator('xor', (x, y) => x ^ y),
  {
    name: 'g_bytes_not',
    parameters: ['BLOB'],
    returns: 'BLOB',
    call: bytes => (bytes as Uint8Array).map(byte => ~byte & 255),
  },
  byteShift('left'),
  byteShift('right'),
  {
    name: 'g_bytes_bit_count',
    parameters: ['BLOB'],
    returns: 'BIGINT',
    call: bytes => bitCount(bytes as Uint8Array),
  },
  {
    name: 'g_like_bytes',
    parameters: ['BLOB', 'BLOB'],
    returns: 'BOOLEAN',
    call: (value, pattern) => likeBytes(value as Uint8Array, pattern as Uint8Array),
  },
];
