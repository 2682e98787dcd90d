// A strict JSON reader that keeps every number as it is written. Slow and plain on purpose: it is part of a second opinion.

/** A number by its literal: 63.10 stays 63.10. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | NumberText | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

export class JsonError extends Error {}

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Reads one value from `text` at `at`; says where it ends. */
export function readValue(text: string, at: number): { value: Json; end: number } {
  const start = skipSpace(text, at);
  const c = text[start];
  if (c === '{') return readObject(text, start);
  if (c === '[') return readArray(text, start);
  if (c === '"') return readString(text, start);
  for (const [word, value] of [
    ['true', true],
    ['false', false],
    ['null', null],
  ] as const) {
    if (text.startsWith(word, start)) return { value, end: start + word.length };
  }
  const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  number.lastIndex = start;
  const found = number.exec(text);
  if (found === null) throw new JsonError(`no value at ${start}`);
  if (!Number.isFinite(Number(found[0]))) throw new JsonError(`number out of range at ${start}`);
  return { value: new NumberText(found[0]), end: start + found[0].length };
}

/** The whole of `text` is one value. */
export function parse(text: string): Json {
  const { value, end } = readValue(text, 0);
  if (skipSpace(text, end) !== text.length) throw new JsonError(`something after the value at ${end}`);
  return value;
}

export function skipSpace(text: string, at: number): number {
  let i = at;
  while (text[i] === ' ' || text[i] === '\t' || text[i] === '\n' || text[i] === '\r') i += 1;
  return i;
}

function readObject(text: string, at: number): { value: Json; end: number } {
  const value: JsonObject = new Map();
  let i = skipSpace(text, at + 1);
  if (text[i] === '}') return { value, end: i + 1 };
  for (;;) {
    i = skipSpace(text, i);
    if (text[i] !== '"') throw new JsonError(`no key at ${i}`);
    const key = readString(text, i);
    i = skipSpace(text, key.end);
    if (text[i] !== ':') throw new JsonError(`no colon at ${i}`);
    const member = readValue(text, i + 1);
    if (value.has(key.value)) throw new JsonError(`the key "${key.value}" twice`);
    value.set(key.value, member.value);
    i = skipSpace(text, member.end);
    if (text[i] === '}') return { value, end: i + 1 };
    if (text[i] !== ',') throw new JsonError(`no comma at ${i}`);
    i += 1;
  }
}

function readArray(text: string, at: number): { value: Json; end: number } {
  const value: Json[] = [];
  let i = skipSpace(text, at + 1);
  if (text[i] === ']') return { value, end: i + 1 };
  for (;;) {
    const element = readValue(text, i);
    value.push(element.value);
    i = skipSpace(text, element.end);
    if (text[i] === ']') return { value, end: i + 1 };
    if (text[i] !== ',') throw new JsonError(`no comma at ${i}`);
    i += 1;
  }
}

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function readString(text: string, at: number): { value: string; end: number } {
  let value = '';
  let i = at + 1;
  for (;;) {
    const c = text[i];
    if (c === undefined) throw new JsonError('a string that does not end');
    if (c < ' ') throw new JsonError(`a control character at ${i}`);
    if (c === '"') break;
    if (c !== '\\') {
      value += c;
      i += 1;
      continue;
    }
    const escaped = text[i + 1] ?? '';
    if (escaped === 'u') {
      const hex = text.slice(i + 2, i + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new JsonError(`a broken escape at ${i}`);
      value += String.fromCharCode(Number.parseInt(hex, 16));
      i += 6;
      continue;
    }
    const plain = ESCAPES.get(escaped);
    if (plain === undefined) throw new JsonError(`a broken escape at ${i}`);
    value += plain;
    i += 2;
  }
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value))
    throw new JsonError('a lone surrogate');
  return { value, end: i + 1 };
}

/** RFC 8785: keys sorted by UTF-16 code units, numbers as ECMAScript writes doubles. */
export function jcs(value: Json): string {
  if (value instanceof NumberText) return String(Number(value.text));
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  const keys = [...value.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${keys.map(key => `${JSON.stringify(key)}:${jcs(value.get(key) ?? null)}`).join(',')}}`;
}

/** The same for equal values and for no others: keys sorted, numbers by their exact value. */
export function identity(value: Json): string {
  if (value instanceof NumberText) return exactNumber(value.text);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(identity).join(',')}]`;
  const keys = [...value.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${keys.map(key => `${JSON.stringify(key)}:${identity(value.get(key) ?? null)}`).join(',')}}`;
}

function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = all.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${Number(exponent) - fraction.length + (all.length - kept.length)}`;
}

/** As written, without white space between tokens. */
export function compact(value: Json): string {
  if (value instanceof NumberText) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`;
  return `{${[...value].map(([key, member]) => `${JSON.stringify(key)}:${compact(member)}`).join(',')}}`;
}
