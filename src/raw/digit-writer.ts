// Texts that are mostly whole numbers, in bytes of their own that are used again.

import { writeDigits, writeNumber } from './digits.ts';

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

  /** @param number from 0 to 2^53. */
  number(number: number): void {
    this.end = writeNumber(this.bytes, this.end, number);
  }

  /** With zeros before it. @param number below 2^31. */
  digits(number: number, count: number): void {
    this.end = writeDigits(this.bytes, this.end, { number, count });
  }
}
