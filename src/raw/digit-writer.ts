// Whole numbers as decimal digits into bytes, without a string each.

export class DigitWriter {
  readonly bytes: Buffer;
  end = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  byte(c: number): void {
    this.bytes[this.end++] = c;
  }

  /** @param number from 0 to 2^53. */
  number(number: number): void {
    // Halves of at most 8 digits: those are small integers, which divide far faster than large ones.
    const high = Math.floor(number / 1e8);
    const low = number - high * 1e8;
    if (high > 0) {
      this.digits(high, digitsOf(high));
      this.digits(low, 8);
    } else this.digits(low, digitsOf(low));
  }

  private digits(number: number, count: number): void {
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

function digitsOf(number: number): number {
  let count = 1;
  for (let power = 10; number >= power; power *= 10) count++;
  return count;
}
