// What the two kinds of text (lines, one array) have in common: bytes are pushed in, values and faults come out, in order.
// A value lies on the scanner's tape while the sink is called; a fault is text that is no value, with its line and reason.

import type { Scanner } from './scan.ts';

/** Raw text is kept up to here, in the quarantine. */
const RAW_BYTES = 64 * 1024;

export interface Fault {
  /** From 1; null where no line can be named. */
  readonly line: number | null;
  readonly reason: string;
  /** The text, cut at RAW_BYTES, with what is not UTF-8 replaced. */
  readonly raw: string;
  readonly isCut: boolean;
}

export interface Sink {
  value(line: number): void;
  fault(fault: Fault): void;
}

export interface SplitOptions {
  readonly scanner: Scanner;
  readonly sink: Sink;
  /** Larger values are faults, and never held in memory. */
  readonly maxEventBytes: number;
}

export interface Splitter {
  push(chunk: Uint8Array): void;
  /** The text is over, or (with a reason) cannot be read further. Leaves nothing behind unsaid. */
  end(brokenOff?: string): void;
}

export function tooLarge(maxEventBytes: number): string {
  return `larger than the limit of ${maxEventBytes} bytes for one event`;
}

/** Text for the quarantine out of bytes [from, to); `size` is the length of all of it where that is more. */
export function rawText(
  bytes: Buffer,
  from: number,
  range: { readonly to: number; readonly size?: number },
): Pick<Fault, 'raw' | 'isCut'> {
  const isCut = (range.size ?? range.to - from) > RAW_BYTES;
  let to = Math.min(range.to, from + RAW_BYTES);
  // Not through a character of several bytes.
  if (isCut) for (let back = 0; back < 3 && to > from && ((bytes[to] ?? 0) & 0xc0) === 0x80; back++) to--;
  return { raw: bytes.toString('utf8', from, to), isCut };
}

/** The beginning of a long text that comes in pieces: all that the quarantine keeps of it. */
export class Head {
  private readonly bytes = Buffer.allocUnsafe(RAW_BYTES + 1);
  private kept = 0;
  private size = 0;

  add(bytes: Buffer, from: number, to: number): void {
    this.kept += bytes.copy(this.bytes, this.kept, from, Math.min(to, from + this.bytes.length - this.kept));
    this.size += to - from;
  }

  text(): Pick<Fault, 'raw' | 'isCut'> {
    return rawText(this.bytes, 0, { to: this.kept, size: this.size });
  }
}

/** Bytes of a byte order mark at `from`. */
export function bomBytes(bytes: Uint8Array, from: number): number {
  return bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? 3 : 0;
}
