// FARM_FINGERPRINT: FarmHash's Fingerprint64, which never changes between versions.

import type { ScalarFunction } from '../scalar.ts';

const [K0, K1, K2] = [0xc3a5c85c97cb3127n, 0xb492b66fbe98f273n, 0x9ae16a3b2f90404fn];
const u64 = (n: bigint): bigint => BigInt.asUintN(64, n);
const rotate = (n: bigint, by: bigint): bigint => u64((n >> by) | (n << (64n - by)));
const mix = (n: bigint): bigint => n ^ (n >> 47n);

function hash16(u: bigint, v: bigint, multiplier: bigint): bigint {
  const a = mix(u64((u ^ v) * multiplier));
  return u64(mix(u64((v ^ a) * multiplier)) * multiplier);
}

/** Little-endian words of a text. */
class Words {
  readonly #view: DataView;
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.byteLength;
  }

  /** Eight bytes; a negative position counts from the end. */
  long(at: number): bigint {
    return this.#view.getBigUint64(at < 0 ? this.length + at : at, true);
  }

  int(at: number): bigint {
    return BigInt(this.#view.getUint32(at < 0 ? this.length + at : at, true));
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }
}

function shortest(s: Words): bigint {
  const length = BigInt(s.length);
  if (s.length >= 8) {
    const multiplier = u64(K2 + length * 2n);
    const a = u64(s.long(0) + K2);
    const b = s.long(-8);
    const c = u64(rotate(b, 37n) * multiplier + a);
    const d = u64((rotate(a, 25n) + b) * multiplier);
    return hash16(c, d, multiplier);
  }
  if (s.length >= 4) return hash16(u64(length + (s.int(0) << 3n)), s.int(-4), u64(K2 + length * 2n));
  if (s.length === 0) return K2;
  const [a, b, c] = [s.byte(0), s.byte(s.length >> 1), s.byte(s.length - 1)];
  const [y, z] = [BigInt(a + b * 256), BigInt(s.length + c * 4)];
  return u64(mix(u64(y * K2) ^ u64(z * K0)) * K2);
}

function upTo32(s: Words): bigint {
  const multiplier = u64(K2 + BigInt(s.length) * 2n);
  const [a, b] = [u64(s.long(0) * K1), s.long(8)];
  const [c, d] = [u64(s.long(-8) * multiplier), u64(s.long(-16) * K2)];
  return hash16(u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d), u64(a + rotate(u64(b + K2), 18n) + c), multiplier);
}

function upTo64(s: Words): bigint {
  const multiplier = u64(K2 + BigInt(s.length) * 2n);
  const [a, b] = [u64(s.long(0) * K2), s.long(8)];
  const [c, d] = [u64(s.long(-8) * multiplier), u64(s.long(-16) * K2)];
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, u64(a + rotate(u64(b + K2), 18n) + c), multiplier);
  const [e, f] = [u64(s.long(16) * multiplier), s.long(24)];
  const [g, h] = [u64((y + s.long(-32)) * multiplier), u64((z + s.long(-24)) * multiplier)];
  return hash16(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), multiplier);
}

type Pair = readonly [bigint, bigint];

function weak(s: Words, at: number, [a, b]: Pair): Pair {
  const [w, x, y, z] = [s.long(at), s.long(at + 8), s.long(at + 16), s.long(at + 24)];
  const a1 = u64(a + w);
  const b1 = rotate(u64(b + a1 + z), 21n);
  const a2 = u64(a1 + x + y);
  return [u64(a2 + z), u64(b1 + rotate(a2, 44n) + a1)];
}

function long(s: Words): bigint {
  const seed = 81n;
  let [x, y] = [seed, u64(seed * K1 + 113n)];
  let z = u64(mix(u64(y * K2 + 113n)) * K2);
  let [v, w]: [Pair, Pair] = [
    [0n, 0n],
    [0n, 0n],
  ];
  x = u64(x * K2 + s.long(0));
  const end = ((s.length - 1) >> 6) * 64;
  for (let at = 0; at < end; at += 64) {
    x = u64(rotate(u64(x + y + v[0] + s.long(at + 8)), 37n) * K1);
    y = u64(rotate(u64(y + v[1] + s.long(at + 48)), 42n) * K1);
    x ^= w[1];
    y = u64(y + v[0] + s.long(at + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * K1);
    v = weak(s, at, [u64(v[1] * K1), u64(x + w[0])]);
    w = weak(s, at + 32, [u64(z + w[1]), u64(y + s.long(at + 16))]);
    [z, x] = [x, z];
  }
  const multiplier = u64(K1 + ((z & 0xffn) << 1n));
  const last = s.length - 64;
  w = [u64(w[0] + BigInt((s.length - 1) & 63)), w[1]];
  v = [u64(v[0] + w[0]), v[1]];
  w = [u64(w[0] + v[0]), w[1]];
  x = u64(rotate(u64(x + y + v[0] + s.long(last + 8)), 37n) * multiplier);
  y = u64(rotate(u64(y + v[1] + s.long(last + 48)), 42n) * multiplier);
  x ^= u64(w[1] * 9n);
  y = u64(y + v[0] * 9n + s.long(last + 40));
  z = u64(rotate(u64(z + w[0]), 33n) * multiplier);
  v = weak(s, last, [u64(v[1] * multiplier), u64(x + w[0])]);
  w = weak(s, last + 32, [u64(z + w[1]), u64(y + s.long(last + 16))]);
  [z, x] = [x, z];
  return hash16(
    u64(hash16(v[0], w[0], multiplier) + mix(y) * K0 + z),
    u64(hash16(v[1], w[1], multiplier) + x),
    multiplier,
  );
}

export function fingerprint(bytes: Uint8Array): bigint {
  const s = new Words(bytes);
  const write = s.length <= 16 ? shortest : s.length <= 32 ? upTo32 : s.length <= 64 ? upTo64 : long;
  return BigInt.asIntN(64, write(s));
}

export const FINGERPRINT_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_farm_fingerprint',
    parameters: ['BLOB'],
    returns: 'BIGINT',
    call: bytes => fingerprint(bytes as Uint8Array),
  },
];
