// A column of a chunk, its texts as bytes: the client's own text decoder drops a byte order mark that a text begins with.

import {
  BLOB,
  type DuckDBDataChunk,
  DuckDBListType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVector,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** The same type with BLOB for each VARCHAR, which has the same layout. */
export function withBytes(type: DuckDBType): DuckDBType {
  if (type.typeId === DuckDBTypeId.VARCHAR) return BLOB;
  if (type instanceof DuckDBListType) return new DuckDBListType(withBytes(type.valueType));
  if (type instanceof DuckDBStructType) return new DuckDBStructType(type.entryNames, type.entryTypes.map(withBytes));
  return type;
}

/** `type` is the column's own, after `withBytes`. */
export function columnVector(chunk: DuckDBDataChunk, column: number, type: DuckDBType): DuckDBVector {
  return DuckDBVector.create(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount, type);
}

/** The text that `bytes` are. */
export const textOfBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
