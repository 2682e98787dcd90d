// The order-independent hash of a batch's event ids: what an extraction is checked against.
// XOR over the ids of the first 60 bits of SHA-256(id), as 15 hex digits. Every engine can say it again; in DuckDB:
//   printf('%015x', bit_xor(('0x' || sha256(event_id)[:15])::BIGINT)), 0 of no rows.

import { hash } from 'node:crypto';

/** 60 bits as two ints of 30. */
export class IdsHash {
  high = 0;
  low = 0;

  static parse(hex: string): IdsHash {
    const one = new IdsHash();
    one.addHex(hex);
    return one;
  }

  add(eventId: string): void {
    this.addHex(hash('sha256', eventId, 'hex'));
  }

  addBits(high: number, low: number): void {
    this.high ^= high;
    this.low ^= low;
  }

  toString(): string {
    return ((BigInt(this.high) << 30n) | BigInt(this.low)).toString(16).padStart(15, '0');
  }

  private addHex(hex: string): void {
    this.addBits(highBits(hex), lowBits(hex));
  }
}

/** Bits 59 to 30 of a hash's first 15 hex digits. */
export function highBits(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16) >>> 2;
}

/** Bits 29 to 0 of a hash's first 15 hex digits. */
export function lowBits(hex: string): number {
  return Number.parseInt(hex.slice(7, 15), 16) & 0x3fffffff;
}
