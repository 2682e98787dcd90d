// Random numbers that are a pure function of (seed, stream, counter): any record can be derived again without keeping it.
// sfc32 (Chris Doty-Humphrey, PractRand) seeded through MurmurHash3's finalizer. Integers only: the same on every machine.

/** One series of draws for each kind of thing that is drawn, so that no two kinds share numbers. */
export const STREAM = { order: 1, live: 2, record: 3, fx: 4, pointer: 5, eventId: 6, tracking: 7 } as const;

const TWO_32 = 4_294_967_296;
/** 00 to ff. */
const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** MurmurHash3's 32-bit finalizer: a bijection that spreads every bit (Austin Appleby, public domain). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Draws from the series (seed, stream, counter). Cheap to make: one a record. */
export class Draw {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  /** @param seed and @param counter are integers from 0 to 2^53. */
  constructor(seed: number, stream: number, counter: number) {
    const low = mix((counter >>> 0) + 0x9e3779b9);
    const high = mix(Math.floor(counter / TWO_32) ^ Math.imul(stream, 0x27d4eb2f));
    this.a = mix(low ^ (seed >>> 0));
    this.b = mix(high + this.a);
    this.c = mix(Math.floor(seed / TWO_32) + Math.imul(this.b, 0x165667b1) + low);
    for (let round = 0; round < 4; round += 1) this.next();
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** An integer from 0 to `limit` - 1; `limit` from 1 to 2^32. */
  below(limit: number): number {
    return Math.floor((this.next() / TWO_32) * limit);
  }

  /** True in `share` of the draws, 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share * TWO_32;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** Eight hex digits. */
  hex(): string {
    const n = this.next();
    return (HEX[n >>> 24] ?? '') + (HEX[(n >>> 16) & 255] ?? '') + (HEX[(n >>> 8) & 255] ?? '') + (HEX[n & 255] ?? '');
  }
}
