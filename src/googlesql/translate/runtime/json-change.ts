// JSON_SET, JSON_REMOVE, JSON_ARRAY_APPEND and their kin, and JSON in lines: on JSON as GoogleSQL keeps it, whose fields are in order.
// What a path does not lead to stays as it is.

import type { ScalarFunction } from '../scalar.ts';
import { type JsonNode, quotePlain, readJson, writeJson } from './json-text.ts';

type Array_ = JsonNode & { readonly kind: 'array' };
type Object_ = JsonNode & { readonly kind: 'object' };
type Change = (node: JsonNode, value: JsonNode) => JsonNode;

const NULL: JsonNode = { kind: 'null' };
const arrayOf = (items: readonly JsonNode[]): Array_ => ({ kind: 'array', items, isWhole: true });
const objectOf = (entries: Object_['entries']): Object_ => ({ kind: 'object', entries, isWhole: true });
const isIndex = (token: string): boolean => /^[0-9]+$/.test(token);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function withField(node: Object_, name: string, value: JsonNode): Object_ {
  const others = node.entries.filter(([key]) => key !== name);
  return objectOf([...others, [name, value] as const].sort(([a], [b]) => byBytes(a, b)));
}

/** Filled up with nulls as far as `at`. */
const padded = (items: readonly JsonNode[], at: number): readonly JsonNode[] => [
  ...items,
  ...Array.from({ length: Math.max(0, at - items.length) }, () => NULL),
];

/** The node with what stands at the path put in place, made where it is missing; undefined where something else is in the way. */
function set(node: JsonNode, tokens: readonly string[], value: JsonNode): JsonNode | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (node.kind === 'object' || (node.kind === 'null' && !isIndex(token))) {
    const object = node.kind === 'object' ? node : objectOf([]);
    const inner = set(object.entries.find(([key]) => key === token)?.[1] ?? NULL, rest, value);
    return inner && withField(object, token, inner);
  }
  if ((node.kind !== 'array' && node.kind !== 'null') || !isIndex(token)) return undefined;
  const at = Number(token);
  const items = padded(node.kind === 'array' ? node.items : [], at + 1);
  const inner = set(items[at] ?? NULL, rest, value);
  return inner && arrayOf(items.with(at, inner));
}

/** The node with `change` done at the path, where that leads somewhere. */
function changeAt(node: JsonNode, tokens: readonly string[], change: (found: JsonNode) => JsonNode): JsonNode {
  const [token, ...rest] = tokens;
  if (token === undefined) return change(node);
  if (node.kind === 'object') {
    const found = node.entries.find(([key]) => key === token)?.[1];
    return found === undefined ? node : withField(node, token, changeAt(found, rest, change));
  }
  if (node.kind !== 'array' || !isIndex(token)) return node;
  const found = node.items[Number(token)];
  return found === undefined ? node : arrayOf(node.items.with(Number(token), changeAt(found, rest, change)));
}

const without =
  (token: string): ((node: JsonNode) => JsonNode) =>
  node => {
    if (node.kind === 'object') return objectOf(node.entries.filter(([key]) => key !== token));
    if (node.kind !== 'array' || !isIndex(token)) return node;
    return arrayOf(node.items.filter((_, i) => i !== Number(token)));
  };

const valuesOf = (value: JsonNode, isEach: boolean): readonly JsonNode[] =>
  isEach && value.kind === 'array' ? value.items : [value];

const append =
  (isEach: boolean): Change =>
  (node, value) => {
    if (node.kind === 'array') return arrayOf([...node.items, ...valuesOf(value, isEach)]);
    return node.kind === 'null' ? arrayOf(valuesOf(value, isEach)) : node;
  };

const insert =
  (at: number, isEach: boolean): Change =>
  (node, value) => {
    if (node.kind !== 'array' && node.kind !== 'null') return node;
    const items = padded(node.kind === 'array' ? node.items : [], at);
    return arrayOf([...items.slice(0, at), ...valuesOf(value, isEach), ...items.slice(at)]);
  };

interface Stripping {
  readonly arrays: boolean;
  readonly empty: boolean;
}

function stripped(node: JsonNode, how: Stripping): JsonNode {
  const isLeft = (inner: JsonNode): boolean =>
    inner.kind !== 'null' &&
    !(
      how.empty &&
      ((inner.kind === 'array' && inner.items.length === 0) || (inner.kind === 'object' && inner.entries.length === 0))
    );
  if (node.kind === 'object') {
    const entries = node.entries.map(([key, value]) => [key, stripped(value, how)] as const);
    return objectOf(entries.filter(([, value]) => isLeft(value)));
  }
  if (node.kind !== 'array') return node;
  const items = node.items.map(item => stripped(item, how));
  return arrayOf(how.arrays ? items.filter(isLeft) : items);
}

/** An array or object that nothing is left of is null, where what is empty is taken away. */
function strippedWhole(node: JsonNode, how: Stripping): JsonNode {
  const left = stripped(node, how);
  const isEmpty =
    (left.kind === 'array' && left.items.length === 0) || (left.kind === 'object' && left.entries.length === 0);
  return how.empty && isEmpty ? NULL : left;
}

/** In lines, two spaces for each level. */
function pretty(text: string): string {
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]/g, token => {
    if (token === '[' || token === '{') {
      depth += 1;
      return token + line();
    }
    if (token === ']' || token === '}') {
      depth -= 1;
      return line() + token;
    }
    return token === ',' ? token + line() : token === ':' ? ': ' : token;
  });
}

const changed = (
  text: string,
  tokens: readonly string[],
  { operation, value }: { readonly operation: string; readonly value: string },
): string | null => {
  const root = readJson(text);
  const given = readJson(value) ?? NULL;
  if (root === undefined) return null;
  const last = tokens.at(-1) ?? '';
  const isEach = operation.endsWith('_each');
  const write = (node: JsonNode): string | null => writeJson(node, quotePlain) ?? null;
  switch (operation.replace('_each', '')) {
    case 'set':
      return write(set(root, tokens, given) ?? root);
    case 'remove':
      return write(changeAt(root, tokens.slice(0, -1), without(last)));
    case 'append':
      return write(changeAt(root, tokens, found => append(isEach)(found, given)));
    default:
      return isIndex(last)
        ? write(changeAt(root, tokens.slice(0, -1), found => insert(Number(last), isEach)(found, given)))
        : write(root);
  }
};

export function jsonChangeScalars(): readonly ScalarFunction[] {
  return [
    {
      name: 'g_json_change',
      parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, operation, path, value) =>
        changed(text as string, JSON.parse(path as string) as string[], {
          operation: operation as string,
          value: value as string,
        }),
    },
    {
      name: 'g_json_strip',
      parameters: ['VARCHAR', 'VARCHAR', 'BOOLEAN', 'BOOLEAN'],
      returns: 'VARCHAR',
      call: (text, path, arrays, empty) => {
        const root = readJson(text as string);
        const how = { arrays: arrays as boolean, empty: empty as boolean };
        if (root === undefined) return null;
        const tokens = JSON.parse(path as string) as string[];
        return (
          writeJson(
            changeAt(root, tokens, found => strippedWhole(found, how)),
            quotePlain,
          ) ?? null
        );
      },
    },
    {
      name: 'g_json_object',
      parameters: ['VARCHAR[]', 'VARCHAR[]'],
      returns: 'VARCHAR',
      call: (names, values) => {
        const [keys, texts] = [names as (string | null)[], values as string[]];
        if (keys.length !== texts.length || keys.includes(null)) return null;
        const first = new Map<string, string>();
        keys.forEach((key, i) => {
          if (!first.has(key as string)) first.set(key as string, texts[i] ?? 'null');
        });
        const sorted = [...first].sort(([a], [b]) => byBytes(a, b));
        return `{${sorted.map(([key, value]) => `${quotePlain(key)}:${value}`).join(',')}}`;
      },
    },
    { name: 'g_json_pretty', parameters: ['VARCHAR'], returns: 'VARCHAR', call: text => pretty(text as string) },
  ];
}
