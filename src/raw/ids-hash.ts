// The order-independent hash of a batch's event ids: what an extraction is checked against.
// XOR of a 60-bit hash of each id. It finds what was lost, doubled or mixed up by mistake; it is no signature.

import type { Marks } from '../text-columns.ts';

export class IdsHash {
  high = 0;
  low = 0;

  static parse(hex: string): IdsHash {
    const bits = BigInt(`0x${hex}`);
    const one = new IdsHash();
    one.addBits(Number(bits >> 30n), Number(bits & 0x3fffffffn));
    return one;
  }

  /** Adds an id, or takes out one that was added. */
  add(eventId: string): void {
    const bytes = Buffer.from(eventId);
    const bits = new Int32Array(2);
    hashId(bytes, bytes.length, { bits, at: 0 });
    this.addBits(bits[0] as number, bits[1] as number);
  }

  /** Adds the ids of a joined column (text-columns.ts). */
  addColumn(joined: string, { separator }: Marks): void {
    if (separator.length > 1 || separator > '\u007f') {
      for (const id of joined.split(separator)) this.add(id);
      return;
    }
    const mark = separator.charCodeAt(0);
    const bytes = Buffer.from(joined);
    const bits = new Int32Array(2);
    for (let from = 0; from <= bytes.length; ) {
      const found = bytes.indexOf(mark, from);
      const to = found === -1 ? bytes.length : found;
      hashId(bytes, to, { bits, at: 0, from });
      this.addBits(bits[0] as number, bits[1] as number);
      from = to + 1;
    }
  }

  addBits(high: number, low: number): void {
    this.high ^= high;
    this.low ^= low;
  }

  /** 15 hex digits. */
  toString(): string {
    return ((BigInt(this.high) << 30n) | BigInt(this.low)).toString(16).padStart(15, '0');
  }
}

/**
 * Puts the hash of an id, bytes [from, to), into two ints of 30 bits.
 * Two lanes of FNV-1a with different primes, each mixed once more so that XOR cannot see their structure.
 */
export function hashId(
  bytes: Uint8Array,
  to: number,
  { bits, at, from = 0 }: { readonly bits: Int32Array; readonly at: number; readonly from?: number },
): void {
  let high = 0x811c9dc5;
  let low = 0x2f0b4a27;
  for (let i = from; i < to; i++) {
    const c = bytes[i] as number;
    high = Math.imul(high ^ c, 0x01000193);
    low = Math.imul(low ^ c, 0x5bd1e995);
  }
  bits[at] = mixed(high) >>> 2;
  bits[at + 1] = mixed(low) >>> 2;
}

/** The finalizer of MurmurHash3. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
