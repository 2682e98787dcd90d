// The order-independent hash of a batch's event ids: what an extraction is checked against.
// XOR of a 60-bit hash of each id. It finds what was lost, doubled or mixed up by mistake; it is no signature.

/** Two lanes of FNV-1a with other primes, mixed once more so that XOR cannot see their structure: 30 bits each. */
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
    this.addBits(highBits(bytes, 0, bytes.length), lowBits(bytes, 0, bytes.length));
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

/** The first lane, of bytes [from, to). */
export function highBits(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return mixed(hash) >>> 2;
}

/** The second lane. */
export function lowBits(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x2f0b4a27;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x5bd1e995);
  return mixed(hash) >>> 2;
}

/** The finalizer of MurmurHash3. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
