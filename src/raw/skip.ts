// Finds the end of a value of an array that is broken or too large, byte by byte over any number of chunks, holding only its first 64 KiB.
// A guess by nature, so it takes every sign that the next record begins; a value that is right never comes here.

import { Head } from './split.ts';

export class Skip {
  readonly line: number;
  readonly reason: string;
  lineFeeds = 0;
  readonly head = new Head();
  /** The brackets that are open, by their closing byte. */
  private readonly open: number[] = [];
  private isInString = false;
  private isEscaped = false;
  /** Bytes of white space before the value on its own line; -1 where something else stands there. */
  private readonly indent: number;
  /** Bytes of white space since the last line feed; -1 where there was something else. */
  private lineStart = -1;

  constructor(place: { readonly line: number; readonly reason: string; readonly indent: number }) {
    this.line = place.line;
    this.reason = place.reason;
    this.indent = place.indent;
  }

  /** Takes bytes from `from` on; gives where the value ends, or -1 where it goes on past `to`. */
  take(bytes: Buffer, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      if (this.isOver(bytes[i] as number)) {
        this.head.add(bytes, from, i);
        return i;
      }
    }
    this.head.add(bytes, from, to);
    return -1;
  }

  /** Whether the value ended before byte `c`. */
  private isOver(c: number): boolean {
    if (c === 0x0a) return this.lineFeed();
    if (this.lineStart >= 0) {
      if (c === 0x20 || c === 0x09) this.lineStart++;
      else {
        // An object that begins a line where this one did: the next record, whatever is still open.
        if (c === 0x7b && this.lineStart === this.indent && this.open.length > 0) return true;
        this.lineStart = -1;
      }
    }
    if (this.isInString) this.inString(c);
    else if (c === 0x22) this.isInString = true;
    else if (c === 0x7b) this.open.push(0x7d);
    else if (c === 0x5b) this.open.push(0x5d);
    else if (c === 0x7d || c === 0x5d) return this.close(c);
    else if (c === 0x2c) return this.open.length === 0;
    return false;
  }

  /** No string reaches over a line: a quote that is missing ends here. */
  private lineFeed(): boolean {
    this.lineFeeds++;
    this.lineStart = 0;
    this.isInString = false;
    this.isEscaped = false;
    return false;
  }

  private inString(c: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (c === 0x5c) this.isEscaped = true;
    else if (c === 0x22) this.isInString = false;
  }

  /** A closing bracket also closes what was left open inside; one that nothing opened is the array's own. */
  private close(c: number): boolean {
    const at = this.open.lastIndexOf(c);
    if (at >= 0) this.open.length = at;
    else return this.open.length === 0 && c === 0x5d;
    return false;
  }
}
