// Every function that a query may call, with its signatures as a person reads them: the analyzer's own, and those that it is taught.
// For an editor; judges nothing.

import type { Session } from './session.ts';
import { TIMEOUT_MS } from './session.ts';
import { TAUGHT } from './taught.ts';

/** By name in capitals: `SUBSTR(STRING, INT64, [INT64]) -> STRING`. */
export type Signatures = ReadonlyMap<string, readonly string[]>;

interface TypeMessage {
  readonly type_kind?: string;
  readonly enum_type?: { readonly enum_name?: string };
  readonly array_type?: { readonly element_type?: TypeMessage };
  readonly range_type?: { readonly element_type?: TypeMessage };
  readonly struct_type?: {
    readonly field?: readonly { readonly field_name?: string; readonly field_type?: TypeMessage }[];
  };
}
interface ArgumentMessage {
  readonly kind: string;
  readonly type?: TypeMessage;
  readonly options?: {
    readonly cardinality?: 'REQUIRED' | 'OPTIONAL' | 'REPEATED';
    readonly argument_name?: string;
    readonly named_argument_kind?: string;
  };
}
interface FunctionMessage {
  readonly name_path: readonly string[];
  readonly signature?: readonly {
    readonly argument?: readonly ArgumentMessage[];
    readonly return_type: ArgumentMessage;
  }[];
}

/** Types that no query of BigQuery's can name. */
const FOREIGN = /\b(?:PROTO|MAP|INT32|UINT32|UINT64|FLOAT)\b|PROTO_/;

/** @throws {CallError} */
export async function signaturesOf({ server, language }: Session): Promise<Signatures> {
  const reply = await server.call('GetBuiltinFunctions', { language_options: language }, { timeoutMs: TIMEOUT_MS });
  const found = new Map<string, readonly string[]>();
  for (const one of reply.function as readonly FunctionMessage[]) {
    const name = one.name_path.join('.').toUpperCase();
    const texts = (one.signature ?? []).map(signature => textOf(name, signature)).filter(text => !FOREIGN.test(text));
    if (!name.startsWith('$') && texts.length > 0) found.set(name, texts);
  }
  for (const [name, { signatures }] of Object.entries(TAUGHT)) found.set(name, signatures);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textOf(
  name: string,
  {
    argument = [],
    return_type,
  }: { readonly argument?: readonly ArgumentMessage[]; readonly return_type: ArgumentMessage },
): string {
  return `${name}(${argument.map(argumentText).join(', ')}) -> ${kindText(return_type)}`;
}

function argumentText(argument: ArgumentMessage): string {
  const { cardinality = 'REQUIRED', argument_name: name, named_argument_kind: named } = argument.options ?? {};
  const text = named === 'NAMED_ONLY' ? `${name} => ${kindText(argument)}` : kindText(argument);
  return cardinality === 'OPTIONAL' ? `[${text}]` : cardinality === 'REPEATED' ? `${text}, …` : text;
}

const TEMPLATES: Readonly<Record<string, string>> = {
  ARG_TYPE_ANY_1: 'T',
  ARG_TYPE_ANY_2: 'U',
  ARG_ARRAY_TYPE_ANY_1: 'ARRAY<T>',
  ARG_ARRAY_TYPE_ANY_2: 'ARRAY<U>',
  ARG_TYPE_ARBITRARY: 'ANY',
  ARG_RANGE_TYPE_ANY: 'RANGE<T>',
  ARG_STRUCT_ANY: 'STRUCT',
};

const kindText = ({ kind, type }: ArgumentMessage): string =>
  type === undefined ? (TEMPLATES[kind] ?? kind.replace(/^ARG_(?:TYPE_)?/, '')) : typeName(type);

function typeName(type: TypeMessage): string {
  const kind = (type.type_kind ?? '').replace('TYPE_', '').replace('DOUBLE', 'FLOAT64');
  if (kind === 'ENUM') return (type.enum_type?.enum_name ?? '').replace(/^.*\./, '');
  if (kind === 'ARRAY') return `ARRAY<${typeName(type.array_type?.element_type ?? {})}>`;
  if (kind === 'RANGE') return `RANGE<${typeName(type.range_type?.element_type ?? {})}>`;
  if (kind !== 'STRUCT') return kind;
  const fields = (type.struct_type?.field ?? []).map(one => `${one.field_name} ${typeName(one.field_type ?? {})}`);
  return `STRUCT<${fields.join(', ')}>`;
}
