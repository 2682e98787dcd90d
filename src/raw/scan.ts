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
const MAX_DEPTH = 100;

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

/** What ends the loop over a value: it makes no error itself, since V8 compiles it anew for each line of it that runs late. */
const TROUBLE = { none: 0, end: 1, depth: 2, key: 3, colon: 4, member: 5, item: 6 } as const;
type Trouble = (typeof TROUBLE)[keyof typeof TROUBLE];

const INSTEAD = {
  [TROUBLE.key]: 'where a key should start',
  [TROUBLE.colon]: 'where a : should stand',
  [TROUBLE.member]: 'where a , or } should stand',
  [TROUBLE.item]: 'where a , or ] should stand',
} as const;

/** No byte above it is white space. */
const SPACE = 0x20;

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
  /** By level: the node of what is open there. */
  private readonly open = new Int32Array(MAX_DEPTH);
  /** By level: where the keys of the object that is open there begin. */
  private readonly firstKeys = new Int32Array(MAX_DEPTH);
  /** By level: all keys of an object that has many. */
  private readonly manyKeys: (Set<string> | undefined)[] = [];
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
  scan(bytes: Uint8Array, from: number, options: { readonly to: number }): void {
    this.bytes = bytes;
    this.to = options.to;
    this.at = from;
    this.tapeEnd = 0;
    this.keysEnd = 0;
    this.lineFeeds = 0;
    // No value grows when its white space goes: with this much room no writer has to look.
    const { arena } = this;
    arena.reserve(options.to - from + arena.lead);
    this.out = arena.bytes;
    this.outStart = arena.end + arena.lead;
    this.outEnd = this.outStart;
    const trouble = this.value();
    if (trouble !== TROUBLE.none) throw this.fault(trouble);
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

  /**
   * The value at `at`. One loop with its own stack and its state in locals: functions that call each other would load and store
   * that state for each of an event's fifty parts. What is rare is left to methods, which find it in the fields (`leave`).
   */
  private value(): Trouble {
    const { bytes, out, to, open, firstKeys } = this;
    let { tape, at } = this;
    let w = this.outEnd;
    let end = 0;
    let depth = 0;
    let isObject = false;
    let trouble: Trouble = TROUBLE.none;
    scanning: for (;;) {
      if (isObject) {
        if (at < to && (bytes[at] as number) <= SPACE) at = this.space(at);
        if (at >= to) {
          trouble = TROUBLE.end;
          break;
        }
        if (bytes[at] !== 0x22) {
          trouble = TROUBLE.key;
          break;
        }
        if (end + 2 * NODE > tape.length) tape = this.longerTape();
        // Most keys have ordinary bytes only, and are hashed on the way; any other is a string like all.
        const key = end;
        let r = at + 1;
        let k = w;
        let hash = 0;
        out[k++] = 0x22;
        for (; r < to; r++) {
          const c = bytes[r] as number;
          if (PLAIN[c] !== 1) break;
          out[k++] = c;
          hash = (Math.imul(hash, 31) + c) | 0;
        }
        if (r < to && bytes[r] === 0x22) {
          out[k++] = 0x22;
          tape[key] = KIND.string;
          tape[key + 1] = w;
          tape[key + 2] = k;
          tape[key + 3] = hash;
          at = r + 1;
          w = k;
          end = key + NODE;
          this.at = at;
        } else {
          this.leave(at, w, end);
          this.quoted();
          at = this.at;
          w = this.outEnd;
          end = this.tapeEnd;
          tape[key + 3] = hashOf(this.string(key));
        }
        this.checkKey(key, depth - 1);
        if (at < to && (bytes[at] as number) <= SPACE) at = this.space(at);
        if (at >= to) {
          trouble = TROUBLE.end;
          break;
        }
        if (bytes[at] !== 0x3a) {
          trouble = TROUBLE.colon;
          break;
        }
        out[w++] = 0x3a;
        at++;
      } else if (end + 2 * NODE > tape.length) tape = this.longerTape();
      if (at < to && (bytes[at] as number) <= SPACE) at = this.space(at);
      if (at >= to) {
        trouble = TROUBLE.end;
        break;
      }
      const c = bytes[at] as number;
      if (c === 0x22) {
        let r = at + 1;
        let k = w;
        out[k++] = 0x22;
        for (; r < to; r++) {
          const c = bytes[r] as number;
          if (PLAIN[c] !== 1) break;
          out[k++] = c;
        }
        if (r < to && bytes[r] === 0x22) {
          out[k++] = 0x22;
          tape[end] = KIND.string;
          tape[end + 1] = w;
          tape[end + 2] = k;
          tape[end + 3] = end + NODE;
          at = r + 1;
          w = k;
          end += NODE;
        } else {
          this.leave(at, w, end);
          this.quoted();
          at = this.at;
          w = this.outEnd;
          end = this.tapeEnd;
        }
      } else if (c === 0x7b || c === 0x5b) {
        if (depth === MAX_DEPTH) {
          trouble = TROUBLE.depth;
          break;
        }
        isObject = c === 0x7b;
        tape[end] = isObject ? KIND.object : KIND.array;
        tape[end + 1] = w;
        open[depth] = end;
        firstKeys[depth] = this.keysEnd;
        depth++;
        end += NODE;
        out[w++] = c;
        at++;
        if (at < to && (bytes[at] as number) <= SPACE) at = this.space(at);
        if (at >= to) {
          trouble = TROUBLE.end;
          break;
        }
        if (bytes[at] !== c + 2) continue;
      } else {
        let r = at;
        let k = w;
        // A whole number; what begins or goes on in any other way is left to a method.
        if (c >= 0x31 && c <= 0x39) {
          let d = c;
          do {
            out[k++] = d;
            r++;
            d = r < to ? (bytes[r] as number) : 0x2e;
          } while (d >= 0x30 && d <= 0x39);
          if (d === 0x2e || d === 0x65 || d === 0x45) r = at;
        }
        if (r > at) {
          tape[end] = KIND.number;
          tape[end + 1] = w;
          tape[end + 2] = k;
          tape[end + 3] = end + NODE;
          at = r;
          w = k;
          end += NODE;
        } else {
          this.leave(at, w, end);
          this.scalar(c);
          at = this.at;
          w = this.outEnd;
          end = this.tapeEnd;
        }
      }
      // Behind a value: what it is in goes on or ends, and with it perhaps what that is in.
      for (;;) {
        if (depth === 0) break scanning;
        if (at < to && (bytes[at] as number) <= SPACE) at = this.space(at);
        if (at >= to) {
          trouble = TROUBLE.end;
          break scanning;
        }
        const c = bytes[at] as number;
        if (c === 0x2c) {
          out[w++] = 0x2c;
          at++;
          break;
        }
        if (c !== (isObject ? 0x7d : 0x5d)) {
          trouble = isObject ? TROUBLE.member : TROUBLE.item;
          break scanning;
        }
        out[w++] = c;
        at++;
        depth--;
        const node = open[depth] as number;
        tape[node + 2] = w;
        tape[node + 3] = end;
        this.keysEnd = firstKeys[depth] as number;
        isObject = depth > 0 && tape[open[depth - 1] as number] === KIND.object;
      }
    }
    this.leave(at, w, end);
    return trouble;
  }

  private fault(trouble: Exclude<Trouble, 0>): ScanFault {
    const { at } = this;
    if (trouble === TROUBLE.end) return new ScanFault(END, at, true);
    if (trouble === TROUBLE.depth) return new ScanFault(`nested deeper than ${MAX_DEPTH} levels`, at, false);
    return new ScanFault(`${shown(this.bytes[at] as number)} ${INSTEAD[trouble]}`, at, false);
  }

  /** Puts where the loop stands where the methods look for it. */
  private leave(at: number, outEnd: number, tapeEnd: number): void {
    this.at = at;
    this.outEnd = outEnd;
    this.tapeEnd = tapeEnd;
  }

  private scalar(c: number): void {
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) this.number();
    else if (c === 0x74) this.literal('true', KIND.true);
    else if (c === 0x66) this.literal('false', KIND.false);
    else if (c === 0x6e) this.literal('null', KIND.null);
    else throw new ScanFault(`${shown(c)} where a value should start`, this.at, false);
  }

  /** Past the white space at `at`, whose line feeds are counted. */
  private space(from: number): number {
    const { bytes, to } = this;
    let at = from;
    for (; at < to; at++) {
      const c = bytes[at];
      if (c === 0x0a) this.lineFeeds++;
      else if (c !== 0x20 && c !== 0x0d && c !== 0x09) break;
    }
    return at;
  }

  private longerTape(): Int32Array {
    this.tape = doubled(this.tape);
    return this.tape;
  }

  /** There is room for it: the loop sees to that. */
  private node(kind: number): number {
    const node = this.tapeEnd;
    this.tapeEnd = node + NODE;
    this.tape[node] = kind;
    this.tape[node + 1] = this.outEnd;
    return node;
  }

  private done(node: number): void {
    this.tape[node + 2] = this.outEnd;
    this.tape[node + 3] = this.tapeEnd;
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

  private checkKey(key: number, level: number): void {
    const first = this.firstKeys[level] as number;
    if (this.keysEnd - first >= FEW_KEYS) {
      this.checkManyKeys(key, level, first);
      return;
    }
    const hash = this.tape[key + 3] as number;
    for (let i = first; i < this.keysEnd; i++) {
      if (this.hashes[i] === hash && this.string(this.keys[i] as number) === this.string(key)) this.duplicate(key);
    }
    if (this.keysEnd === this.keys.length) {
      this.hashes = doubled(this.hashes);
      this.keys = doubled(this.keys);
    }
    this.hashes[this.keysEnd] = hash;
    this.keys[this.keysEnd++] = key;
    // Which is no longer those of an object that was open at this level before.
    if (this.keysEnd - first === FEW_KEYS) this.manyKeys[level] = undefined;
  }

  private checkManyKeys(key: number, level: number, first: number): void {
    const names =
      this.manyKeys[level] ?? new Set(Array.from(this.keys.subarray(first, this.keysEnd), one => this.string(one)));
    this.manyKeys[level] = names;
    const name = this.string(key);
    if (names.has(name)) this.duplicate(key);
    names.add(name);
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
