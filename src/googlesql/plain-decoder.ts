// Reads protobuf bytes straight into plain objects: what protobufjs's decode and toObject give together, in one pass over what
// is there. A message of the resolved tree has up to ninety fields of which one is set: asking for each is most of the work.

import type { Enum, Field, Reader, Type } from 'protobufjs';

type Plain = Record<string, unknown>;
type ReadValue = (reader: Reader) => unknown;

interface FieldReader {
  readonly name: string;
  readonly isRepeated: boolean;
  /** Whether values of the type may stand packed in one stretch of bytes. */
  readonly isPackable: boolean;
  /** The oneof it is of, which then names it. */
  readonly oneof: string | undefined;
  readonly read: ReadValue;
}

const BYTES_WIRE = 2;

/** Makes what reads a message type. Names as in the .proto files, enums and 64-bit integers as text, bytes as base64, oneofs by name. */
export function plainDecoder(
  type: Type,
  known = new Map<Type, (reader: Reader, end: number) => Plain>(),
): (reader: Reader, end: number) => Plain {
  const made = known.get(type);
  if (made !== undefined) return made;
  let fields: Map<number, FieldReader> | undefined;
  const decode = (reader: Reader, end: number): Plain => {
    // Types refer to each other in circles: each is taken apart when it is first met.
    fields ??= fieldReaders(type, known);
    const object: Plain = {};
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = fields.get(tag >>> 3);
      if (field === undefined) reader.skipType(tag & 7);
      else readField(object, field, { reader, wire: tag & 7 });
    }
    return object;
  };
  known.set(type, decode);
  return decode;
}

function readField(
  object: Plain,
  field: FieldReader,
  { reader, wire }: { readonly reader: Reader; readonly wire: number },
): void {
  const { name, oneof, read } = field;
  if (!field.isRepeated) {
    object[name] = read(reader);
    if (oneof !== undefined) object[oneof] = name;
    return;
  }
  const values = (object[name] ?? []) as unknown[];
  if (field.isPackable && wire === BYTES_WIRE) {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) values.push(read(reader));
  } else values.push(read(reader));
  if (values.length > 0) object[name] = values;
}

function fieldReaders(type: Type, known: Map<Type, (reader: Reader, end: number) => Plain>): Map<number, FieldReader> {
  return new Map(
    // The one map of the protocol, the types beside the functions that GetBuiltinFunctions gives, stays unread.
    type.fieldsArray
      .filter(field => !field.map)
      .map(field => {
        field.resolve();
        return [
          field.id,
          {
            name: field.name,
            isRepeated: field.repeated,
            isPackable: field.type !== 'string' && field.type !== 'bytes' && !isMessage(field),
            oneof: field.partOf?.name,
            read: valueReader(field, known),
          },
        ];
      }),
  );
}

const isMessage = (field: Field): boolean => field.resolvedType !== null && 'fieldsArray' in field.resolvedType;

function valueReader(field: Field, known: Map<Type, (reader: Reader, end: number) => Plain>): ReadValue {
  const { resolvedType } = field;
  if (resolvedType === null) return scalarReader(field.type);
  if ('fieldsArray' in resolvedType) {
    const decode = plainDecoder(resolvedType, known);
    return reader => {
      const length = reader.uint32();
      return decode(reader, reader.pos + length);
    };
  }
  const names = (resolvedType as Enum).valuesById;
  return reader => {
    const value = reader.int32();
    return names[value] ?? value;
  };
}

function scalarReader(type: string): ReadValue {
  switch (type) {
    case 'bytes':
      return reader => Buffer.from(reader.bytes()).toString('base64');
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return reader => String(reader[type]());
    case 'string':
    case 'bool':
    case 'double':
    case 'float':
    case 'int32':
    case 'uint32':
    case 'sint32':
    case 'fixed32':
    case 'sfixed32':
      return reader => reader[type]();
    default:
      throw new Error(`protobuf has no type ${type}`);
  }
}
