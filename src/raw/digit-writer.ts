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

  /** @param number from 0 to 2^31. */
  number(number: number): void {
    let count = 1;
    for (let power = 10; number >= power; power *= 10) count++;
    this.digits(number, count);
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
