// A strict JSON (RFC 8259) scanner over bytes: checks a whole value, keeps it without white space, and lays its parts on a tape.
// Builds no objects and turns no number into a double: numbers and strings stay exactly as they were written.
// Stricter than the RFC where a reader could be misled: no duplicate keys, no lone surrogates, valid UTF-8 only, bounded depth.

import type { Arena } from './arena.ts';

/** What a node on the tape is. A key is a string node; ESCAPED_STRING is a string with at least one backslash. */
export const KIND = {
  object: 1,
  array: 2,
  string: 3,
  escapedString: 4,
  number: 5,
  true: 6,
  false: 7,
  null: 8,
} as const;

/** Ints of one node: kind, start and end of its text in `out`, and the tape index after its subtree (of a key: its hash). */
export const NODE = 4;

/** MongoDB stores no document nested deeper. */
export const MAX_DEPTH = 100;

/** Above this many keys an object's duplicates are looked for in a Set: comparing each pair would be quadratic. */
const FEW_KEYS = 32;

/** Why a text is not a JSON value, as it stands in the quarantine. */
export class ScanFault extends Error {
  /** Byte position in the scanned buffer. */
  readonly at: number;
  /** The text ended where more was needed: with more bytes it might have been right. */
  readonly isEnd: boolean;

  constructor(reason: string, at: number, isEnd: boolean) {
    super(reason);
    this.name = 'ScanFault';
    this.at = at;
    this.isEnd = isEnd;
  }
}

const END = 'the text ends in the middle of a value';

/** 1: an ordinary byte of a string (ASCII, no quote, backslash or control). */
const PLAIN = new Uint8Array(256);
for (let c = 0x20; c < 0x80; c++) PLAIN[c] = 1;
PLAIN[0x22] = 0;
PLAIN[0x5c] = 0;

/** 1: what may follow a backslash, `u` apart. */
const ESCAPE = new Uint8Array(256);
for (const c of '"\\/bfnrt') ESCAPE[c.charCodeAt(0)] = 1;

/** A key that is looked for. */
export interface KeyName {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly hash: number;
}

export function keyName(text: string): KeyName {
  return { text, bytes: new TextEncoder().encode(text), hash: hashOf(text) };
}

/** The hash that the scanner gives a key, of its unescaped bytes. */
function hashOf(text: string): number {
  let hash = 0;
  for (const c of Buffer.from(text)) hash = (Math.imul(hash, 31) + c) | 0;
  return hash;
}

/** One scanner is used for many values, one after the other; each `scan` overwrites the tape, and in `out` what nobody kept. */
export class Scanner {
  /** The arena's bytes; the last value without white space is [outStart, outEnd) of them. */
  out: Buffer;
  outStart = 0;
  outEnd = 0;
  /** Nodes in document order, the root at 0; see NODE. */
  tape: Int32Array = new Int32Array(4096);
  tapeEnd = 0;
  /** Where the last value ended in the scanned bytes. */
  at = 0;
  /** Line feeds within the last value. */
  lineFeeds = 0;

  private readonly arena: Arena;
  private bytes: Uint8Array;
  private to = 0;
  private depthLeft = 0;
  private hashes: Int32Array = new Int32Array(256);
  private keys: Int32Array = new Int32Array(256);
  private keysEnd = 0;

  /** @param arena where the values are written, behind its end. */
  constructor(arena: Arena) {
    this.arena = arena;
    this.out = arena.bytes;
    this.bytes = arena.bytes;
  }

  /**
   * Scans the one value that starts at `from` (white space may stand before it) and must end before `to`;
   * what follows it is the caller's.
   * @throws {ScanFault}
   */
  scan(bytes: Uint8Array, from: number, options: { readonly to: number; readonly maxDepth?: number }): void {
    this.bytes = bytes;
    this.to = options.to;
    this.at = from;
    this.depthLeft = options.maxDepth ?? MAX_DEPTH;
    this.tapeEnd = 0;
    this.keysEnd = 0;
    this.lineFeeds = 0;
    // No value grows when its white space goes: with this much room no writer has to look.
    const { arena } = this;
    arena.reserve(options.to - from + arena.lead);
    this.out = arena.bytes;
    this.outStart = arena.end + arena.lead;
    this.outEnd = this.outStart;
    this.skipSpace();
    this.value();
  }

  /** The text of a node, without white space. */
  text(node: number): string {
    return this.out.toString('utf8', this.tape[node + 1], this.tape[node + 2]);
  }

  /** The value of a string node, unescaped. */
  string(node: number): string {
    if (this.tape[node] === KIND.escapedString) return JSON.parse(this.text(node)) as string;
    return this.out.toString('utf8', (this.tape[node + 1] as number) + 1, (this.tape[node + 2] as number) - 1);
  }

  kind(node: number): number {
    return this.tape[node] as number;
  }

  /** The node of member `name` of an object node, -1 where there is none. */
  member(object: number, name: KeyName): number {
    if (this.tape[object] !== KIND.object) return -1;
    const end = this.tape[object + 3] as number;
    for (let key = object + NODE; key < end; key = this.tape[key + NODE + 3] as number) {
      if (this.isKey(key, name)) return key + NODE;
    }
    return -1;
  }

  isKey(key: number, name: KeyName): boolean {
    const { tape, out } = this;
    if (tape[key + 3] !== name.hash) return false;
    if (tape[key] === KIND.escapedString) return this.string(key) === name.text;
    // No string is made for the comparison: this is asked for each key of each event.
    const start = (tape[key + 1] as number) + 1;
    const { bytes } = name;
    if ((tape[key + 2] as number) - 1 - start !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) if (out[start + i] !== bytes[i]) return false;
    return true;
  }

  private value(): void {
    if (this.at >= this.to) throw new ScanFault(END, this.at, true);
    const c = this.bytes[this.at] as number;
    if (c === 0x7b) this.object();
    else if (c === 0x22) this.quoted();
    else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) this.number();
    else if (c === 0x5b) this.array();
    else if (c === 0x74) this.literal('true', KIND.true);
    else if (c === 0x66) this.literal('false', KIND.false);
    else if (c === 0x6e) this.literal('null', KIND.null);
    else throw new ScanFault(`${shown(c)} where a value should start`, this.at, false);
  }

  private node(kind: number): number {
    const node = this.tapeEnd;
    if (node + NODE > this.tape.length) {
      const tape = new Int32Array(this.tape.length * 2);
      tape.set(this.tape);
      this.tape = tape;
    }
    this.tapeEnd = node + NODE;
    this.tape[node] = kind;
    this.tape[node + 1] = this.outEnd;
    return node;
  }

  private done(node: number): void {
    this.tape[node + 2] = this.outEnd;
    this.tape[node + 3] = this.tapeEnd;
  }

  private open(kind: number, c: number): number {
    if (this.depthLeft-- === 0) throw new ScanFault(`nested deeper than ${MAX_DEPTH} levels`, this.at, false);
    const node = this.node(kind);
    this.out[this.outEnd++] = c;
    this.at++;
    return node;
  }

  private shut(node: number, c: number): void {
    this.out[this.outEnd++] = c;
    this.at++;
    this.depthLeft++;
    this.done(node);
  }

  private object(): void {
    const node = this.open(KIND.object, 0x7b);
    if (this.next() === 0x7d) {
      this.shut(node, 0x7d);
      return;
    }
    const firstKey = this.keysEnd;
    let seen: Set<string> | undefined;
    for (;;) {
      if (this.next() !== 0x22) {
        throw new ScanFault(`${shown(this.bytes[this.at] as number)} where a key should start`, this.at, false);
      }
      const key = this.tapeEnd;
      this.key();
      if (this.keysEnd - firstKey < FEW_KEYS) this.checkKey(key, firstKey);
      else seen = this.checkManyKeys(key, firstKey, seen);
      if (this.next() !== 0x3a) {
        throw new ScanFault(`${shown(this.bytes[this.at] as number)} where a : should stand`, this.at, false);
      }
      this.out[this.outEnd++] = 0x3a;
      this.at++;
      this.skipSpace();
      this.value();
      const c = this.next();
      if (c === 0x7d) break;
      if (c !== 0x2c) throw new ScanFault(`${shown(c)} where a , or } should stand`, this.at, false);
      this.out[this.outEnd++] = 0x2c;
      this.at++;
    }
    this.keysEnd = firstKey;
    this.shut(node, 0x7d);
  }

  private array(): void {
    const node = this.open(KIND.array, 0x5b);
    if (this.next() === 0x5d) {
      this.shut(node, 0x5d);
      return;
    }
    for (;;) {
      this.skipSpace();
      this.value();
      const c = this.next();
      if (c === 0x5d) break;
      if (c !== 0x2c) throw new ScanFault(`${shown(c)} where a , or ] should stand`, this.at, false);
      this.out[this.outEnd++] = 0x2c;
      this.at++;
    }
    this.shut(node, 0x5d);
  }

  /** Skips white space; the byte that stands there. */
  private next(): number {
    this.skipSpace();
    if (this.at >= this.to) throw new ScanFault(END, this.at, true);
    return this.bytes[this.at] as number;
  }

  private skipSpace(): void {
    const { bytes, to } = this;
    let at = this.at;
    while (at < to) {
      const c = bytes[at];
      if (c === 0x0a) this.lineFeeds++;
      else if (c !== 0x20 && c !== 0x0d && c !== 0x09) break;
      at++;
    }
    this.at = at;
  }

  /** A key: most have ordinary bytes only, and are hashed on the way; any other is a string like all. */
  private key(): void {
    const { bytes, out, to } = this;
    const node = this.node(KIND.string);
    let at = this.at + 1;
    let w = this.outEnd;
    let hash = 0;
    out[w++] = 0x22;
    while (at < to) {
      const c = bytes[at] as number;
      if (PLAIN[c] !== 1) break;
      out[w++] = c;
      at++;
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    if (at < to && bytes[at] === 0x22) {
      out[w++] = 0x22;
      this.at = at + 1;
      this.outEnd = w;
      this.tape[node + 2] = w;
      this.tape[node + 3] = hash;
    } else {
      this.tapeEnd = node;
      this.quoted();
      this.tape[node + 3] = hashOf(this.string(node));
    }
  }

  private quoted(): void {
    const { bytes, out, to } = this;
    const node = this.node(KIND.string);
    let at = this.at + 1;
    let w = this.outEnd;
    out[w++] = 0x22;
    for (;;) {
      if (at >= to) throw new ScanFault('the text ends in the middle of a string', at, true);
      const c = bytes[at] as number;
      if (PLAIN[c] === 1) {
        out[w++] = c;
        at++;
      } else if (c === 0x22) {
        break;
      } else {
        const length = this.specialLength(c, at);
        if (c === 0x5c) this.tape[node] = KIND.escapedString;
        for (const end = at + length; at < end; at++) out[w++] = bytes[at] as number;
      }
    }
    out[w++] = 0x22;
    this.at = at + 1;
    this.outEnd = w;
    this.done(node);
  }

  /** Bytes of what is no ordinary byte of a string. */
  private specialLength(c: number, at: number): number {
    if (c === 0x5c) return this.escapeLength(at);
    if (c >= 0x80) return this.utf8Length(at);
    throw new ScanFault(`control character ${hex(c)} in a string`, at, false);
  }

  /** Bytes of the escape at `at`; a pair of surrogates is one escape. */
  private escapeLength(at: number): number {
    if (at + 1 >= this.to) throw new ScanFault('the text ends in the middle of a string', at, true);
    const c = this.bytes[at + 1] as number;
    if (ESCAPE[c] === 1) return 2;
    if (c !== 0x75) throw new ScanFault(`\\${shown(c)} is no escape`, at, false);
    const unit = this.codeUnit(at);
    if (unit < 0xd800 || unit > 0xdfff) return 6;
    if (unit < 0xdc00) {
      const isCutOff = at + 6 >= this.to || (this.bytes[at + 6] === 0x5c && at + 7 >= this.to);
      if (isCutOff) throw new ScanFault('the text ends in the middle of a string', at, true);
      if (this.bytes[at + 6] === 0x5c && this.bytes[at + 7] === 0x75) {
        const low = this.codeUnit(at + 6);
        if (low >= 0xdc00 && low <= 0xdfff) return 12;
      }
    }
    throw new ScanFault(`lone surrogate \\u${unit.toString(16)}`, at, false);
  }

  private codeUnit(at: number): number {
    if (at + 6 > this.to) throw new ScanFault('the text ends in the middle of a string', at, true);
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const digit = hexDigit(this.bytes[i] as number);
      if (digit < 0) throw new ScanFault('\\u without four hexadecimal digits', at, false);
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** Bytes of the UTF-8 sequence at `at`; the table is RFC 3629's. */
  private utf8Length(at: number): number {
    const c = this.bytes[at] as number;
    const length = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (length === 0) throw new ScanFault(`byte ${hex(c)} is not UTF-8`, at, false);
    const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
    const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;
    for (let i = 1; i < length; i++) {
      if (at + i >= this.to) throw new ScanFault('the text ends in the middle of a string', at, true);
      const follows = this.bytes[at + i] as number;
      if (follows < (i === 1 ? low : 0x80) || follows > (i === 1 ? high : 0xbf)) {
        throw new ScanFault(`bytes ${hex(c)} ${hex(follows)} are not UTF-8`, at, false);
      }
    }
    return length;
  }

  private number(): void {
    const node = this.node(KIND.number);
    const { bytes, out } = this;
    const start = this.at;
    if (bytes[this.at] === 0x2d) this.at++;
    if (bytes[this.at] === 0x30 && this.at < this.to) this.at++;
    else this.digits();
    if (bytes[this.at] === 0x2e && this.at < this.to) {
      this.at++;
      this.digits();
    }
    const c = bytes[this.at];
    if ((c === 0x65 || c === 0x45) && this.at < this.to) {
      this.at++;
      const sign = bytes[this.at];
      if (sign === 0x2b || sign === 0x2d) this.at++;
      this.digits();
    }
    let w = this.outEnd;
    for (let i = start; i < this.at; i++) out[w++] = bytes[i] as number;
    this.outEnd = w;
    this.done(node);
  }

  private digits(): void {
    const { bytes, to } = this;
    const start = this.at;
    let at = start;
    while (at < to) {
      const c = bytes[at] as number;
      if (c < 0x30 || c > 0x39) break;
      at++;
    }
    this.at = at;
    if (at > start) return;
    if (at >= to) throw new ScanFault('the text ends in the middle of a number', at, true);
    throw new ScanFault(`${shown(bytes[at] as number)} where a digit should stand`, at, false);
  }

  private literal(word: string, kind: number): void {
    const node = this.node(kind);
    for (let i = 0; i < word.length; i++) {
      if (this.at + i >= this.to) throw new ScanFault(END, this.at, true);
      const c = word.charCodeAt(i);
      if (this.bytes[this.at + i] !== c) throw new ScanFault(`a word that is not ${word}`, this.at, false);
      this.out[this.outEnd++] = c;
    }
    this.at += word.length;
    this.done(node);
  }

  private checkKey(key: number, firstKey: number): void {
    const hash = this.tape[key + 3] as number;
    for (let i = firstKey; i < this.keysEnd; i++) {
      if (this.hashes[i] === hash && this.string(this.keys[i] as number) === this.string(key)) this.duplicate(key);
    }
    if (this.keysEnd === this.keys.length) {
      this.hashes = doubled(this.hashes);
      this.keys = doubled(this.keys);
    }
    this.hashes[this.keysEnd] = hash;
    this.keys[this.keysEnd++] = key;
  }

  private checkManyKeys(key: number, firstKey: number, seen: Set<string> | undefined): Set<string> {
    const names = seen ?? new Set(Array.from(this.keys.subarray(firstKey, this.keysEnd), one => this.string(one)));
    const name = this.string(key);
    if (names.has(name)) this.duplicate(key);
    return names.add(name);
  }

  private duplicate(key: number): never {
    throw new ScanFault(`duplicate key ${this.text(key).slice(0, 100)}`, this.at, false);
  }
}

function doubled(ints: Int32Array): Int32Array {
  const more = new Int32Array(ints.length * 2);
  more.set(ints);
  return more;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function hex(c: number): string {
  return `0x${c.toString(16).padStart(2, '0').toUpperCase()}`;
}

function shown(c: number): string {
  return c > 0x20 && c < 0x7f ? String.fromCharCode(c) : hex(c);
}
