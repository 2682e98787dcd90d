// JSON text as GoogleSQL's JSON functions read it: numbers keep their text, and what stands before a fault counts.
// Follows the reference implementation: single quotes and needless commas pass, what is left out between commas is null,
// of several equal keys the first that leads on wins.

export type JsonNode =
  | { readonly kind: 'null' }
  /** A number, true or false: its text as written. A string: its content. */
  | { readonly kind: 'number' | 'boolean' | 'string'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly isWhole: boolean }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, JsonNode])[]; readonly isWhole: boolean };

const SPACE = /[ \t\n\r\f\v]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?/y;
/** A point or an exponent without digits. */
const BROKEN_NUMBER = /\.(?![0-9])|[eE+-]$/;
const WORD = /true|false|null/y;
const CHUNK = /[^"'\\]+/y;
const UNICODE = /u[0-9a-fA-F]{4}/y;
const HEXADECIMAL = /x[0-9a-fA-F]{2}/y;
const OCTAL = /[0-7]{1,3}/y;

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const NULL: JsonNode = { kind: 'null' };
/** Arrays and objects inside each other: the reference implementation fails from here on. */
const DEPTH_MAX = 1000;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Set once something is wrong: nothing more is read then. */
  isBroken = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Undefined where no value begins. */
  value(): JsonNode | undefined {
    this.#skip(SPACE);
    const char = this.#text[this.#at];
    if (char === '{' || char === '[') return this.#nested(char);
    if (char === '"' || char === "'") {
      const text = this.#string(char);
      return text === undefined ? undefined : { kind: 'string', text };
    }
    const number = this.#skip(NUMBER);
    if (number !== '') return BROKEN_NUMBER.test(number) ? this.#broken() : { kind: 'number', text: number };
    const word = this.#skip(WORD);
    if (word === 'null') return NULL;
    return word === '' ? this.#broken() : { kind: 'boolean', text: word };
  }

  #nested(char: '{' | '['): JsonNode | undefined {
    if (this.#depth >= DEPTH_MAX) return this.#broken();
    this.#depth += 1;
    const node = char === '{' ? this.#object() : this.#array();
    this.#depth -= 1;
    return node;
  }

  #broken(): undefined {
    this.isBroken = true;
    return undefined;
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  /** Takes `char` after white space, if it is there. */
  #takes(char: string): boolean {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #object(): JsonNode {
    this.#at += 1;
    const entries: (readonly [string, JsonNode])[] = [];
    while (!this.#takes('}')) {
      const quote = this.#text[this.#at];
      const key = quote === '"' || quote === "'" ? this.#string(quote) : this.#broken();
      const value = key === undefined || !this.#takes(':') ? this.#broken() : this.#member();
      if (key !== undefined && value !== undefined) entries.push([key, value]);
      if (this.isBroken || !this.#separated('}')) return { kind: 'object', entries, isWhole: false };
    }
    return { kind: 'object', entries, isWhole: true };
  }

  #member(): JsonNode | undefined {
    this.#skip(SPACE);
    return this.#text[this.#at] === ',' ? NULL : this.value();
  }

  #array(): JsonNode {
    this.#at += 1;
    const items: JsonNode[] = [];
    while (!this.#takes(']')) {
      if (this.#takes(',')) {
        items.push(NULL);
        continue;
      }
      const item = this.value();
      if (item !== undefined) items.push(item);
      if (this.isBroken || !this.#separated(']')) return { kind: 'array', items, isWhole: false };
    }
    return { kind: 'array', items, isWhole: true };
  }

  /** A comma, or the end just ahead. */
  #separated(close: string): boolean {
    if (this.#takes(',')) return true;
    this.isBroken = this.#text[this.#at] !== close;
    return !this.isBroken;
  }

  #string(quote: string): string | undefined {
    let answer = '';
    this.#at += 1;
    for (;;) {
      answer += this.#skip(CHUNK);
      const char = this.#text[this.#at];
      if (char === undefined) return this.#broken();
      this.#at += 1;
      if (char === quote) return answer;
      const part = char === '\\' ? this.#escape() : char;
      if (part === undefined) return this.#broken();
      answer += part;
    }
  }

  #escape(): string | undefined {
    const char = this.#text[this.#at] ?? '';
    if (char === 'u' || char === 'x') {
      const digits = this.#skip(char === 'u' ? UNICODE : HEXADECIMAL);
      return digits === '' ? undefined : String.fromCharCode(Number.parseInt(digits.slice(1), 16));
    }
    const octal = this.#skip(OCTAL);
    if (octal !== '') return String.fromCharCode(Number.parseInt(octal, 8));
    const point = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += point > 0xffff ? 2 : 1;
    // Of a longer one the reference keeps the first byte, which is no character.
    return ESCAPES[char] ?? (point > 127 ? '\ufffd' : char);
  }
}

/** Undefined where the text does not even begin a value. */
export const readJson = (text: string): JsonNode | undefined => new Reader(text).value();

/** The node that the tokens lead to: names of an object's fields, positions in an array. */
export function nodeAt(node: JsonNode, tokens: readonly string[], depth = 0): JsonNode | undefined {
  const token = tokens[depth];
  if (token === undefined) return node;
  if (node.kind === 'array') {
    const item = /^[0-9]+$/.test(token) ? node.items[Number(token)] : undefined;
    return item && nodeAt(item, tokens, depth + 1);
  }
  if (node.kind !== 'object') return undefined;
  for (const [key, value] of node.entries) {
    const found = key === token ? nodeAt(value, tokens, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

const SPECIAL = /[\p{Cc}"\\\u2028\u2029]/gu;
const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

type Quote = (text: string) => string;

/** As JSON in a STRING is written: the separators of lines and paragraphs, which end a line in JavaScript, are escaped too. */
export const quoteJson: Quote = text => `"${text.replace(SPECIAL, escaped)}"`;

/** As a value of the JSON type is written: these two stay. */
export const quotePlain: Quote = text =>
  `"${text.replace(SPECIAL, char => (char === '\u2028' || char === '\u2029' ? char : escaped(char)))}"`;

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0x7f && code < 0xa0) return char;
  return NAMED[char] ?? `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Compact text, numbers as written; undefined where the node was cut off. */
export function writeJson(node: JsonNode, quote: Quote = quoteJson): string | undefined {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'string':
      return quote(node.text);
    case 'array': {
      const items = node.items.map(item => writeJson(item, quote));
      return node.isWhole && !items.includes(undefined) ? `[${items.join(',')}]` : undefined;
    }
    case 'object': {
      const values = node.entries.map(([, value]) => writeJson(value, quote));
      if (!node.isWhole || values.includes(undefined)) return undefined;
      return `{${node.entries.map(([key], i) => `${quote(key)}:${values[i]}`).join(',')}}`;
    }
    default:
      return node.text;
  }
}

/** The text of a scalar; null for null and for what is no scalar. */
export const scalarText = (node: JsonNode | undefined): string | null =>
  node && (node.kind === 'string' || node.kind === 'number' || node.kind === 'boolean') ? node.text : null;

const KEY = /\.([\p{L}\p{N}_\-: \t\n\f\r]+)/uy;
const OFFSET = /\[[ \t\n\f\r]*([\p{N}_-]+)[ \t\n\f\r]*\]/uy;
const QUOTED = /\."((?:[^\\"]|\\"|\\[^"])*)"/uy;
const LEGACY_OFFSET = /\[[ \t\n\f\r]*([\p{L}\p{N}_-]+)[ \t\n\f\r]*\]/uy;
const LEGACY_QUOTED = /\[[ \t\n\f\r]*'((?:[^\\']|\\'|\\[^'])*)'[ \t\n\f\r]*\]/uy;

/** The tokens of a JSONPath; undefined where GoogleSQL refuses it. `isLegacy`: as JSON_EXTRACT and its kin spell it. */
export function jsonPathTokens(path: string, isLegacy: boolean): readonly string[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const patterns = isLegacy ? [KEY, LEGACY_OFFSET, LEGACY_QUOTED] : [KEY, OFFSET, QUOTED];
  const quote = isLegacy ? "'" : '"';
  const tokens: string[] = [];
  let at = 1;
  while (at < path.length) {
    const match = patterns.map(pattern => matchAt(pattern, path, at)).find(found => found !== null);
    if (!match) return isLegacy && path.slice(at) === '.' ? tokens : undefined;
    tokens.push((match[1] ?? '').replaceAll(`\\${quote}`, quote));
    at += match[0].length;
  }
  return tokens;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
