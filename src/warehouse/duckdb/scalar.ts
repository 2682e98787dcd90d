// JavaScript functions that SQL may call (googlesql/translate/scalar.ts), as DuckDB takes them. Converts values; computes nothing.

import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { ScalarFunction, ScalarType, ScalarValue } from '../../googlesql/translate/scalar.ts';
import { columnVector, textOfBytes, withBytes } from './vector.ts';

const TYPES: Readonly<Record<ScalarType, DuckDBType>> = {
  VARCHAR,
  BIGINT,
  DOUBLE,
  BOOLEAN,
  BLOB,
  'DECIMAL(38,9)': DECIMAL(38, 9),
  'VARCHAR[]': LIST(VARCHAR),
  'BIGINT[]': LIST(BIGINT),
  'DOUBLE[]': LIST(DOUBLE),
  'BLOB[]': LIST(BLOB),
};

const isText = (type: ScalarType): boolean => type.startsWith('VARCHAR');

function fromDuckDb(value: DuckDBValue, asText: boolean): ScalarValue {
  if (value instanceof DuckDBBlobValue) return asText ? textOfBytes(value.bytes) : value.bytes;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBListValue) return value.items.map(item => fromDuckDb(item, asText));
  if (value === null || typeof value !== 'object') return value;
  throw new Error(`a function cannot be given ${String(value)}`);
}

function toDuckDb(value: ScalarValue, type: ScalarType): DuckDBValue {
  if (value instanceof Uint8Array) return blobValue(value);
  if (typeof value === 'bigint' && type === 'DECIMAL(38,9)') return new DuckDBDecimalValue(value, 38, 9);
  if (value === null || typeof value !== 'object') return value;
  return listValue(value.map(item => toDuckDb(item, type)));
}

/** The function as DuckDB registers it, for all connections of an instance. */
export function scalarFunction(scalar: ScalarFunction): DuckDBScalarFunction {
  const takesNull = scalar.takesNull === true;
  return DuckDBScalarFunction.create({
    name: scalar.name,
    parameterTypes: scalar.parameters.map(type => TYPES[type]),
    returnType: TYPES[scalar.returns],
    specialHandling: takesNull,
    mainFunction: (_info, input, output) => {
      const columns = scalar.parameters.map((type, i) => {
        return { values: columnVector(input, i, withBytes(TYPES[type])).toArray(), asText: isText(type) };
      });
      for (let row = 0; row < input.rowCount; row++) {
        // Before the values are made into text and numbers: most rows of a guarded call are NULL.
        if (!takesNull && columns.some(({ values }) => (values[row] ?? null) === null)) {
          output.setItem(row, null);
          continue;
        }
        const args = columns.map(({ values, asText }) => fromDuckDb(values[row] ?? null, asText));
        output.setItem(row, toDuckDb(scalar.call(...args), scalar.returns));
      }
      output.flush();
    },
  });
}
