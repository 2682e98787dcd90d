// How calls of the GoogleSQL server are put on the wire. Loaded late: it costs some 50 ms that a warm run never pays.
// protocol.json is cut from the package's .proto files by test/googlesql/protocol.test.ts.

import type { INamespace, Type } from 'protobufjs';

export type MethodName =
  | 'Analyze'
  | 'EvaluateQuery'
  | 'GetLanguageOptions'
  | 'GetBuiltinFunctions'
  | 'RegisterCatalog'
  | 'UnregisterCatalog';

/** A method as grpc's makeUnaryRequest takes it. */
export interface Method {
  readonly path: string;
  readonly serialize: (message: object) => Buffer;
  readonly deserialize: (bytes: Buffer) => Message;
}

/** A message as plain data: names as in the .proto files, enums and 64-bit integers as text, bytes as base64. */
export type Message = { readonly [field: string]: unknown };

const SERVICE = 'zetasql.local_service.ZetaSqlLocalService';
// A resolved tree nests as deep as its SQL does; protobufjs stops at 100 unless told.
const NESTING_MAX = 10_000;
const PLAIN = { longs: String, enums: String, bytes: String, oneofs: true } as const;

export async function loadProtocol(): Promise<(name: MethodName) => Method> {
  const [{ default: protobuf }, { default: json }] = await Promise.all([
    import('protobufjs/light.js'),
    import('./protocol.json', { with: { type: 'json' } }),
  ]);
  protobuf.Reader.recursionLimit = NESTING_MAX;
  protobuf.util.recursionLimit = NESTING_MAX;
  const root = protobuf.Root.fromJSON(json as INamespace);
  const service = root.lookupService(SERVICE);
  const methods = new Map<MethodName, Method>();
  return name => {
    const known = methods.get(name);
    if (known) return known;
    const method = service.methods[name];
    method?.resolve();
    if (!method?.resolvedRequestType || !method.resolvedResponseType) throw new Error(`the protocol has no ${name}`);
    const made = methodOf(name, method.resolvedRequestType, method.resolvedResponseType);
    methods.set(name, made);
    return made;
  };
}

const methodOf = (name: string, request: Type, response: Type): Method => ({
  path: `/${SERVICE}/${name}`,
  serialize: message => Buffer.from(request.encode(request.fromObject(message)).finish()),
  deserialize: bytes => response.toObject(response.decode(bytes), PLAIN) as Message,
});
