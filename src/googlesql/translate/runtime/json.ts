// JSON functions on text for DuckDB: exact where its own are not. Paths come as JSON arrays of their tokens.

import { bigText, decimalText } from '../../bignumeric.ts';
import type { ScalarFunction, ScalarValue } from '../scalar.ts';
import { type JsonNode, nodeAt, quoteJson, quotePlain, readJson, scalarText, writeJson } from './json-text.ts';
import {
  doubleText,
  floatText,
  int64Of,
  laxBool,
  laxFloat64,
  laxInt64,
  normalizeJson,
  numberText,
  numericText,
} from './json-value.ts';
import { trimText, WHITE_SPACE } from './text.ts';

/** Reads JSON of one shape, each text once. */
function memoized<T>(): (text: string) => T {
  const known = new Map<string, T>();
  return text => {
    const value = known.get(text) ?? (JSON.parse(text) as T);
    known.set(text, value);
    return value;
  };
}

const partOf = (node: JsonNode | undefined): string | null => (node && writeJson(node)) ?? null;

/** Of a value of the JSON type. */
const plainPartOf = (node: JsonNode | undefined): string | null => (node && writeJson(node, quotePlain)) ?? null;

function queryArray(node: JsonNode | undefined, quote = quoteJson): string[] | null {
  if (node?.kind !== 'array' || !node.isWhole) return null;
  const items = node.items.map(item => writeJson(item, quote));
  return items.includes(undefined) ? null : (items as string[]);
}

interface Nested {
  [name: string]: string | Nested;
}

/** An object in which each of the paths leads to its text; those without one are left out. No path leads through another's end. */
function nested(paths: readonly (readonly string[])[], textOf: (path: readonly string[]) => string | null): Nested {
  const root: Nested = Object.create(null);
  for (const path of paths) {
    const text = textOf(path);
    if (text === null) continue;
    let at = root;
    for (const name of path.slice(0, -1)) {
      const next = at[name] ?? Object.create(null);
      at[name] = next;
      at = next;
    }
    // Half of a pair of surrogates is no character: as DuckDB has no text for it, JSON must not spell it.
    at[path.at(-1) ?? ''] = Buffer.from(text).toString();
  }
  return root;
}

/** Before a text that is JSON, or that begins with the mark itself (functions/json.ts, json_record_parts). */
const MARK = '\ue000';
const escapedMark = (text: string | null): string | null => (text?.startsWith(MARK) ? MARK + text : text);

/** NULL for null elements; nothing at all where one is no scalar. */
function valueArray(node: JsonNode | undefined): (string | null)[] | null {
  if (node?.kind !== 'array' || !node.isWhole) return null;
  if (node.items.some(item => item.kind === 'array' || item.kind === 'object')) return null;
  return node.items.map(scalarText);
}

/** The first that is not NULL once the mode of its path is done: `word` trims, and that and `filled` take what is empty for NULL. */
function firstOf(answers: readonly (string | null)[], modes: string, empty = ''): string | null {
  const modeOf = modes.split(' ');
  const settled = answers.map((answer, i) => {
    const mode = modeOf[i];
    const value = mode === 'word' && answer !== null ? trimText(answer, WHITE_SPACE, 'trim') : answer;
    return mode !== 'text' && value === empty ? null : value;
  });
  return settled.find(value => value !== null) ?? null;
}

/** A function of one JSON value, NULL for text that is none. */
const ofNode = (
  name: string,
  returns: ScalarFunction['returns'],
  call: (node: JsonNode) => ScalarValue,
): ScalarFunction => ({
  name,
  parameters: ['VARCHAR'],
  returns,
  call: text => {
    const node = readJson(text as string);
    return node === undefined ? null : call(node);
  },
});

const valueScalars: readonly ScalarFunction[] = [
  ofNode('g_json_type', 'VARCHAR', node => node.kind),
  ofNode('g_json_string', 'VARCHAR', node => (node.kind === 'string' ? node.text : null)),
  ofNode('g_json_int64', 'BIGINT', node => (node.kind === 'number' ? int64Of(node.text) : null)),
  ofNode('g_json_bool', 'BOOLEAN', node => (node.kind === 'boolean' ? node.text === 'true' : null)),
  ofNode('g_json_lax_int64', 'BIGINT', laxInt64),
  ofNode('g_json_lax_float64', 'DOUBLE', laxFloat64),
  ofNode('g_json_lax_bool', 'BOOLEAN', laxBool),
  ofNode('g_json_lax_string', 'VARCHAR', node => (node.kind === 'number' ? laxNumber(node.text) : scalarText(node))),
  {
    name: 'g_json_float64',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'DOUBLE',
    call: (text, mode) => {
      const node = readJson(text as string);
      if (node?.kind !== 'number') return null;
      return mode === 'exact' && numberText(node.text, true) === undefined ? null : floatOf(node.text, mode as string);
    },
  },
  {
    name: 'g_parse_json',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    call: (text, mode) => normalizeJson(text as string, mode === 'exact') ?? null,
  },
  {
    name: 'g_json_double',
    parameters: ['DOUBLE'],
    returns: 'VARCHAR',
    call: value => doubleText((value as number) + 0),
  },
  {
    name: 'g_json_numeric',
    parameters: ['DECIMAL(38,9)', 'BOOLEAN', 'BOOLEAN'],
    returns: 'VARCHAR',
    call: (scaled, quotesWide, isNormal) =>
      numericText(decimalText(scaled as bigint, 9), {
        quotesWide: quotesWide as boolean,
        isNormal: isNormal as boolean,
      }),
  },
  {
    name: 'g_json_bignumeric',
    parameters: ['VARCHAR', 'BOOLEAN', 'BOOLEAN'],
    returns: 'VARCHAR',
    call: (key, quotesWide, isNormal) =>
      numericText(bigText(key as string), { quotesWide: quotesWide as boolean, isNormal: isNormal as boolean }),
  },
  {
    name: 'g_json_field',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    call: (text, name) => {
      const node = readJson(text as string);
      return plainPartOf(node?.kind === 'object' ? nodeAt(node, [name as string]) : undefined);
    },
  },
  {
    name: 'g_json_item',
    parameters: ['VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    call: (text, at) => {
      const node = readJson(text as string);
      return plainPartOf(node?.kind === 'array' ? node.items[Number(at)] : undefined);
    },
  },
];

/** As FLOAT64 prints: without the point that the JSON type's text always has. */
const laxNumber = (text: string): string => (/^-?\d+$/.test(text) ? text : floatText(Number(text)));

/** `exact`: only where the number is what the text says. */
function floatOf(text: string, mode: string): number | null {
  const value = Number(text);
  if (mode !== 'exact' || !/^-?\d+$/.test(text)) return value;
  return BigInt(value) === BigInt(text) ? value : null;
}

export function jsonScalars(): readonly ScalarFunction[] {
  const tokensOf = memoized<readonly string[]>();
  const pathsOf = memoized<readonly (readonly string[])[]>();
  const at = (text: unknown, path: unknown): JsonNode | undefined => {
    const root = readJson(text as string);
    return root && nodeAt(root, tokensOf(path as string));
  };
  return [
    {
      name: 'g_json_values',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR[]',
      call: (text, paths) => {
        const root = readJson(text as string);
        return pathsOf(paths as string).map(path => scalarText(root && nodeAt(root, path)));
      },
    },
    {
      name: 'g_json_first',
      parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, paths, modes) => {
        const root = readJson(text as string);
        const answers = pathsOf(paths as string).map(path => scalarText(root && nodeAt(root, path)));
        return firstOf(answers, modes as string);
      },
    },
    {
      name: 'g_json_first_part',
      parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, paths, modes) => {
        const root = readJson(text as string);
        const parts = pathsOf(paths as string).map(path => partOf(root && nodeAt(root, path)));
        return firstOf(
          parts.map(part => (part === 'null' ? null : part)),
          modes as string,
          '""',
        );
      },
    },
    {
      name: 'g_json_picked',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, paths) => {
        const root = readJson(text as string);
        return JSON.stringify(nested(pathsOf(paths as string), path => scalarText(root && nodeAt(root, path))));
      },
    },
    {
      name: 'g_json_picked_parts',
      parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, texts, parts) => {
        const root = readJson(text as string);
        const textPaths = pathsOf(texts as string);
        const nodeOf = (path: readonly string[]): JsonNode | undefined => root && nodeAt(root, path);
        const marked = (part: string | null): string | null => part && MARK + part;
        const leafOf = (path: readonly string[]): string | null =>
          textPaths.includes(path) ? escapedMark(scalarText(nodeOf(path))) : marked(partOf(nodeOf(path)));
        return JSON.stringify(nested([...textPaths, ...pathsOf(parts as string)], leafOf));
      },
    },
    {
      name: 'g_json_value',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, path) => scalarText(at(text, path)),
    },
    {
      name: 'g_json_queries',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR[]',
      call: (text, paths) => {
        const root = readJson(text as string);
        return pathsOf(paths as string).map(path => partOf(root && nodeAt(root, path)));
      },
    },
    {
      name: 'g_json_query',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, path) => partOf(at(text, path)),
    },
    {
      name: 'g_json_query_array',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR[]',
      call: (text, path) => queryArray(at(text, path)),
    },
    {
      name: 'g_json_part',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (text, path) => plainPartOf(at(text, path)),
    },
    {
      name: 'g_json_part_array',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR[]',
      call: (text, path) => queryArray(at(text, path), quotePlain),
    },
    {
      name: 'g_json_value_array',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR[]',
      call: (text, path) => valueArray(at(text, path)),
    },
    ...valueScalars,
    { name: 'g_json_quote', parameters: ['VARCHAR'], returns: 'VARCHAR', call: text => quoteJson(text as string) },
    {
      name: 'g_json_quote_plain',
      parameters: ['VARCHAR'],
      returns: 'VARCHAR',
      call: text => quotePlain(text as string),
    },
  ];
}
