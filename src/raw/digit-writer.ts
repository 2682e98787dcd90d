// Whole numbers as decimal digits into bytes, without a string each.

export class DigitWriter {
  bytes: Buffer;
  end = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Starts anew, with room for so many bytes: what was written before is gone. */
  begin(size: number): this {
    if (size > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(size * 2);
    this.end = 0;
    return this;
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  byte(c: number): void {
    this.bytes[this.end++] = c;
  }

  /** @param number from 0 to 2^31. */
  number(number: number): void {
    let count = 1;
    for (let power = 10; number >= power; power *= 10) count++;
    this.digits(number, count);
  }

  /** @param number from 0 to 2^53. */
  wide(number: number): void {
    const upper = Math.floor(number / HALF);
    if (upper === 0) this.number(number);
    else {
      this.number(upper);
      this.digits(number - upper * HALF, 8);
    }
  }

  /** With zeros before it. */
  digits(number: number, count: number): void {
    const { bytes } = this;
    let rest = number | 0;
    for (let at = this.end + count - 1; at >= this.end; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.end += count;
  }
}

/** What eight digits hold: integer arithmetic in 32 bits is several times as fast as in doubles. */
const HALF = 100_000_000;
