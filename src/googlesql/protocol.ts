// How calls of the GoogleSQL server are put on the wire. Loaded late: it costs some 50 ms that a warm run never pays.
// protocol.json is cut from the package's .proto files by test/googlesql/protocol.test.ts.

import { readFile } from 'node:fs/promises';
import type { INamespace, Reader, Type } from 'protobufjs';
import { plainDecoder } from './plain-decoder.ts';

export type MethodName =
  | 'Analyze'
  | 'EvaluateQuery'
  | 'GetLanguageOptions'
  | 'GetBuiltinFunctions'
  | 'RegisterCatalog'
  | 'UnregisterCatalog';

export interface Method {
  readonly path: string;
  readonly serialize: (message: object) => Uint8Array;
  readonly deserialize: (bytes: Uint8Array) => Message;
}

/** A message as plain data: names as in the .proto files, enums and 64-bit integers as text, bytes as base64. */
export type Message = { readonly [field: string]: unknown };

const SERVICE = 'zetasql.local_service.ZetaSqlLocalService';
// A resolved tree nests as deep as its SQL does; protobufjs stops at 100 unless told.
const NESTING_MAX = 10_000;

export async function loadProtocol(): Promise<(name: MethodName) => Method> {
  const [{ default: protobuf }, json] = await Promise.all([
    import('protobufjs/light.js'),
    readFile(new URL('./protocol.json', import.meta.url), 'utf8'),
  ]);
  protobuf.Reader.recursionLimit = NESTING_MAX;
  protobuf.util.recursionLimit = NESTING_MAX;
  const root = protobuf.Root.fromJSON(JSON.parse(json) as INamespace);
  const service = root.lookupService(SERVICE);
  const methods = new Map<MethodName, Method>();
  return name => {
    const known = methods.get(name);
    if (known) return known;
    const method = service.methods[name];
    method?.resolve();
    if (!method?.resolvedRequestType || !method.resolvedResponseType) throw new Error(`the protocol has no ${name}`);
    const made = methodOf(name, {
      request: method.resolvedRequestType,
      response: method.resolvedResponseType,
      make: bytes => protobuf.Reader.create(bytes),
    });
    methods.set(name, made);
    return made;
  };
}

/** What a request repeats every time is turned into a message once: protobufjs takes such a part as it is. */
const KEPT_PARTS = ['language_options'];

function methodOf(name: string, { request, response, make }: MethodParts): Method {
  const decode = plainDecoder(response);
  const kept = new WeakMap<object, object>();
  const keep = (value: unknown, type: Type): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = kept.get(value) ?? type.fromObject(value);
    kept.set(value, known);
    return known;
  };
  const prepared = (message: object, type: Type): object =>
    Object.fromEntries(
      Object.entries(message).map(([field, value]) => {
        const inner = type.fields[field]?.resolvedType;
        if (!inner || !('fieldsArray' in inner) || type.fields[field]?.repeated || type.fields[field]?.map)
          return [field, value];
        return [field, KEPT_PARTS.includes(field) ? keep(value, inner) : prepared(value as object, inner)];
      }),
    );
  return {
    path: `/${SERVICE}/${name}`,
    serialize: message => request.encode(request.fromObject(prepared(message, request))).finish(),
    deserialize: bytes => decode(make(bytes), bytes.length) as Message,
  };
}

interface MethodParts {
  readonly request: Type;
  readonly response: Type;
  make(bytes: Uint8Array): Reader;
}
