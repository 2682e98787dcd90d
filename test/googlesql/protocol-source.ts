// Writes src/googlesql/protocol.json from the analyzer package's own .proto files: the calls we make and what they can reach.
// Statements other than queries, and proto descriptors, are cut off: they are three quarters of it and never used.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import protobuf from 'protobufjs';

const METHODS = [
  'Analyze',
  'EvaluateQuery',
  'GetLanguageOptions',
  'GetBuiltinFunctions',
  'RegisterCatalog',
  'UnregisterCatalog',
];

/** Fields that are kept of a message; all where it isn't listed. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  '.zetasql.AnyResolvedStatementProto': ['resolved_query_stmt_node'],
  '.google.protobuf.FileDescriptorSet': [],
  '.zetasql.local_service.DescriptorPoolListProto': [],
};

/** Fields that are left out: what they say is said by other fields, and they are half of a tree's bytes. */
const CUT: Readonly<Record<string, readonly string[]>> = {
  '.zetasql.ResolvedFunctionCallBaseProto': ['signature'],
  '.zetasql.ResolvedExprProto': ['type_annotation_map'],
  '.zetasql.ResolvedColumnProto': ['annotation_map'],
};

interface Written {
  values?: Record<string, number>;
  fields?: Record<string, object>;
  oneofs?: Record<string, { oneof: string[] }>;
  methods?: Record<string, object>;
  nested?: Record<string, Written>;
}

/** The pruned protocol, as protobufjs's JSON has it. */
export function readProtocol(protoDir: string): Written {
  const root = new protobuf.Root();
  const own = path.dirname(createRequire(import.meta.url).resolve('protobufjs'));
  root.resolvePath = (_from, target) => {
    const file = path.join(protoDir, target);
    return existsSync(file) ? file : path.join(own, target);
  };
  root.loadSync('local_service.proto', { keepCase: true }).resolveAll();
  const seen = new Map<string, Written>();
  const service = root.lookupService('zetasql.local_service.ZetaSqlLocalService');
  const methods: Record<string, object> = {};
  for (const name of METHODS) {
    const method = service.methods[name];
    method?.resolve();
    if (!method?.resolvedRequestType || !method.resolvedResponseType) throw new Error(`no method ${name}`);
    visit(method.resolvedRequestType, seen);
    visit(method.resolvedResponseType, seen);
    methods[name] = {
      requestType: method.resolvedRequestType.fullName.slice(1),
      responseType: method.resolvedResponseType.fullName.slice(1),
    };
  }
  seen.set(service.fullName, { methods });
  return nest(seen);
}

function visit(type: protobuf.Type | protobuf.Enum, seen: Map<string, Written>): void {
  if (seen.has(type.fullName)) return;
  if (type instanceof protobuf.Enum) {
    seen.set(type.fullName, { values: type.values });
    return;
  }
  const fields: Record<string, object> = {};
  const oneofs: Record<string, { oneof: string[] }> = {};
  seen.set(type.fullName, { fields, oneofs });
  for (const field of type.fieldsArray) {
    if (KEPT[type.fullName]?.includes(field.name) === false || field.extend !== undefined) continue;
    if (CUT[type.fullName]?.includes(field.name)) continue;
    fields[field.name] = written(field);
    if (field.resolvedType) visit(field.resolvedType, seen);
    if (field.partOf) {
      oneofs[field.partOf.name] ??= { oneof: [] };
      oneofs[field.partOf.name]?.oneof.push(field.name);
    }
  }
}

const written = (field: protobuf.Field): object => ({
  ...(field instanceof protobuf.MapField ? { keyType: field.keyType } : field.repeated ? { rule: 'repeated' } : {}),
  type: field.resolvedType ? field.resolvedType.fullName.slice(1) : field.type,
  id: field.id,
  ...(field.repeated && field.packed ? { options: { packed: true } } : {}),
});

function nest(seen: ReadonlyMap<string, Written>): Written {
  const root: Written = {};
  for (const [name, what] of seen) {
    let at = root;
    for (const part of name.slice(1).split('.')) {
      at.nested ??= {};
      at.nested[part] ??= {};
      at = at.nested[part];
    }
    Object.assign(at, what);
  }
  return root;
}
