// RFC 8785 (JSON Canonicalization Scheme) from the scanner's tape, and the event id made of it (data contract, section 1).
// Builds no objects. Numbers are IEEE doubles here, because the RFC says so; nowhere else in pulse.

import { hash } from 'node:crypto';
import { KIND, NODE, type Scanner } from './scan.ts';

/** A number that no IEEE double holds has no RFC 8785 form. */
export class JcsFault extends Error {}

/** What a token can grow by at most: 1e20 has 4 bytes and becomes 21. Strings only shrink. */
const GROWTH = 6;

/** Above this many bytes a copy is worth a call out of JavaScript. */
const LONG_BYTES = 100;

/** Above this many keys an object is sorted by the engine's sort rather than by insertion. */
const FEW_KEYS = 24;

/** Beyond this many they are made anew: then they are no types and vendors but something else. */
const MANY_FRAMES = 64;

interface Frame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** One writer is used for many values, one after the other. */
export class JcsWriter {
  private bytes: Buffer = Buffer.allocUnsafe(64 * 1024);
  private size = 0;
  private keys: Int32Array = new Int32Array(1024);
  /** See prefixOf; beside `keys`. */
  private prefixes: Int32Array = new Int32Array(1024);
  private keysEnd = 0;
  private readonly frames = new Map<string, Map<string | null, Frame>>();

  /** The canonical text of a node. @throws {JcsFault} */
  text(scanner: Scanner, node: number): string {
    this.start(scanner);
    this.write(scanner, node);
    return this.bytes.toString('utf8', 0, this.size);
  }

  /** Lower-case hex SHA-256 of the RFC 8785 form of {"event_type":…,"payload":…,"vendor":…}. @throws {JcsFault} */
  eventId(
    scanner: Scanner,
    payload: number,
    names: { readonly eventType: string; readonly vendor: string | null },
  ): string {
    const frame = this.frame(names.eventType, names.vendor);
    this.start(scanner, frame.head.length + frame.tail.length);
    this.bytes.set(frame.head, 0);
    this.size = frame.head.length;
    this.write(scanner, payload);
    this.bytes.set(frame.tail, this.size);
    this.size += frame.tail.length;
    return hash('sha256', this.bytes.subarray(0, this.size), 'hex');
  }

  /** What stands around the payload. Types and vendors are few: their frames are kept. */
  private frame(eventType: string, vendor: string | null): Frame {
    let frames = this.frames.get(eventType);
    if (frames === undefined) {
      if (this.frames.size === MANY_FRAMES) this.frames.clear();
      frames = new Map();
      this.frames.set(eventType, frames);
    }
    let frame = frames.get(vendor);
    if (frame === undefined) {
      if (frames.size === MANY_FRAMES) frames.clear();
      const head = Buffer.from(`{"event_type":${JSON.stringify(eventType)},"payload":`);
      frame = { head, tail: Buffer.from(`,"vendor":${JSON.stringify(vendor)}}`) };
      frames.set(vendor, frame);
    }
    return frame;
  }

  /** Makes room for all of it, so that no other writer has to look. */
  private start(scanner: Scanner, around = 0): void {
    this.size = 0;
    this.keysEnd = 0;
    const room = (scanner.outEnd - scanner.outStart) * GROWTH + around;
    if (room > this.bytes.length) this.bytes = Buffer.allocUnsafe(room * 2);
  }

  private append(text: string): void {
    this.size += this.bytes.write(text, this.size, 'utf8');
  }

  private write(scanner: Scanner, node: number): void {
    const kind = scanner.tape[node] as number;
    if (kind === KIND.object) this.writeObject(scanner, node);
    else if (kind === KIND.array) this.writeArray(scanner, node);
    else if (kind === KIND.number) this.writeNumber(scanner, node);
    else if (kind === KIND.escapedString) this.append(JSON.stringify(scanner.string(node)));
    else this.copy(scanner, node);
  }

  private copy(scanner: Scanner, node: number): void {
    this.copyBytes(scanner.out, scanner.tape[node + 1] as number, scanner.tape[node + 2] as number);
  }

  private copyBytes(out: Buffer, from: number, to: number): void {
    const { bytes } = this;
    let size = this.size;
    if (to - from > LONG_BYTES) size += out.copy(bytes, size, from, to);
    else for (let i = from; i < to; i++) bytes[size++] = out[i] as number;
    this.size = size;
  }

  private writeNumber(scanner: Scanner, node: number): void {
    const { out, tape } = scanner;
    const from = tape[node + 1] as number;
    const to = tape[node + 2] as number;
    if (isItsOwnForm(out, from, to)) {
      this.copy(scanner, node);
      return;
    }
    const value = Number(out.toString('latin1', from, to));
    if (!Number.isFinite(value)) {
      throw new JcsFault(
        `number ${out.toString('latin1', from, Math.min(to, from + 40))} is too large for RFC 8785, so there is no event_id`,
      );
    }
    this.append(String(value === 0 ? 0 : value));
  }

  private writeArray(scanner: Scanner, node: number): void {
    const end = scanner.tape[node + 3] as number;
    this.byte(0x5b);
    for (let item = node + NODE; item < end; item = scanner.tape[item + 3] as number) {
      if (item > node + NODE) this.byte(0x2c);
      this.write(scanner, item);
    }
    this.byte(0x5d);
  }

  private writeObject(scanner: Scanner, node: number): void {
    const first = this.keysEnd;
    const last = this.sortKeys(scanner, node);
    this.byte(0x7b);
    for (let i = first; i < last; i++) {
      const key = this.keys[i] as number;
      if (i > first) this.byte(0x2c);
      this.writeMember(scanner, key);
    }
    this.byte(0x7d);
    this.keysEnd = first;
  }

  /** A key and its value. Where both are their own form they lie side by side already, with the colon between them. */
  private writeMember(scanner: Scanner, key: number): void {
    const { out, tape } = scanner;
    const value = key + NODE;
    const isPlainKey = tape[key] === KIND.string;
    if (isPlainKey && isItsOwn(scanner, value)) {
      this.copyBytes(out, tape[key + 1] as number, tape[value + 2] as number);
      return;
    }
    if (isPlainKey) this.copy(scanner, key);
    else this.append(JSON.stringify(scanner.string(key)));
    this.byte(0x3a);
    this.write(scanner, value);
  }

  private byte(c: number): void {
    this.bytes[this.size++] = c;
  }

  /** Puts an object's key nodes, in order of their UTF-16 code units, on the stack of keys; gives the new end of the stack. */
  private sortKeys(scanner: Scanner, node: number): number {
    const end = scanner.tape[node + 3] as number;
    const first = this.keysEnd;
    let last = first;
    for (let key = node + NODE; key < end; key = scanner.tape[key + NODE + 3] as number) {
      if (last === this.keys.length) this.growKeys();
      if (last - first < FEW_KEYS) {
        const { keys, prefixes } = this;
        const prefix = prefixOf(scanner, key);
        let i = last;
        for (; i > first; i--) {
          const before = prefixes[i - 1] as number;
          const isBefore = before >= 0 && prefix >= 0 && before !== prefix;
          if (isBefore ? before < prefix : compareKeys(scanner, keys[i - 1] as number, key) < 0) break;
          keys[i] = keys[i - 1] as number;
          prefixes[i] = before;
        }
        keys[i] = key;
        prefixes[i] = prefix;
      } else this.keys[last] = key;
      last++;
    }
    if (last - first > FEW_KEYS) {
      this.keys.set(
        Array.from(this.keys.subarray(first, last)).sort((a, b) => compareKeys(scanner, a, b)),
        first,
      );
    }
    this.keysEnd = last;
    return last;
  }

  private growKeys(): void {
    this.keys = doubled(this.keys);
    this.prefixes = doubled(this.prefixes);
  }
}

function doubled(ints: Int32Array): Int32Array {
  const more = new Int32Array(ints.length * 2);
  more.set(ints);
  return more;
}

/** Whether a value that is no object or array is its own canonical form. */
function isItsOwn({ out, tape }: Scanner, node: number): boolean {
  const kind = tape[node] as number;
  if (kind === KIND.number) return isItsOwnForm(out, tape[node + 1] as number, tape[node + 2] as number);
  return kind === KIND.string || kind > KIND.number;
}

/** A key's first three bytes as a number that sorts as they do; -1 where they are not plain ASCII, and the keys must be compared. */
function prefixOf({ out, tape }: Scanner, key: number): number {
  if (tape[key] !== KIND.string) return -1;
  const from = (tape[key + 1] as number) + 1;
  const to = (tape[key + 2] as number) - 1;
  // What is not there is less than any byte that is: no string has a raw zero byte.
  const a = from < to ? (out[from] as number) : 0;
  const b = from + 1 < to ? (out[from + 1] as number) : 0;
  const c = from + 2 < to ? (out[from + 2] as number) : 0;
  return (a | b | c) < 0x80 ? (a << 16) | (b << 8) | c : -1;
}

/** By UTF-16 code units (RFC 8785, 3.2.3). Bytes order ASCII alike; from the first other byte on the texts decide. */
function compareKeys(scanner: Scanner, left: number, right: number): number {
  const { out, tape } = scanner;
  if (tape[left] === KIND.string && tape[right] === KIND.string) {
    let i = (tape[left + 1] as number) + 1;
    let j = (tape[right + 1] as number) + 1;
    const leftEnd = (tape[left + 2] as number) - 1;
    const rightEnd = (tape[right + 2] as number) - 1;
    for (; i < leftEnd && j < rightEnd; i++, j++) {
      const a = out[i] as number;
      const b = out[j] as number;
      if (a >= 0x80 || b >= 0x80) return compareTexts(scanner, left, right);
      if (a !== b) return a - b;
    }
    return leftEnd - i - (rightEnd - j);
  }
  return compareTexts(scanner, left, right);
}

function compareTexts(scanner: Scanner, left: number, right: number): number {
  const a = scanner.string(left);
  const b = scanner.string(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether a number is sure to be its own ECMAScript form: at most 15 digits (a double gives those back), no sign, no exponent,
 * no zero at the end of a fraction, and not so small that it would be written with an exponent.
 */
function isItsOwnForm(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > 15) return false;
  let hasPoint = false;
  for (let i = from; i < to; i++) {
    const c = bytes[i] as number;
    if (c === 0x2e) hasPoint = true;
    else if (c < 0x30 || c > 0x39) return false;
  }
  if (!hasPoint) return true;
  const isSmall = bytes[from] === 0x30 && bytes[from + 2] === 0x30;
  return !isSmall && bytes[to - 1] !== 0x30;
}
