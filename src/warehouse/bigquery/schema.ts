// Columns in BigQuery's two ways: as the REST API lists them, and as GoogleSQL types. Pure.

import type { TableField } from '@google-cloud/bigquery';
import { parseType, type SqlType, type TypedColumn, typeText } from '../../googlesql/type.ts';

/** The columns of a result of pulse's own SQL, by their types. */
export const columnsOfTypes = (...types: readonly string[]): readonly TypedColumn[] =>
  types.map((type, i) => ({ name: `f${i}_`, type: parseType(type) }));

/** Names and types as a text to compare. */
export const shapeOf = (columns: readonly Pick<TypedColumn, 'name' | 'type'>[]): string =>
  columns.map(({ name, type }) => `${name} ${typeText(type)}`).join(', ');

/** The REST API's names of types, of which some are older than GoogleSQL's. */
const LEGACY_NAMES: Readonly<Record<string, string>> = { INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN' };
const TYPE_NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly required?: boolean;
}

export function fieldOf({ name, type, required }: Column): TableField {
  if (type.kind === 'ARRAY') return { ...fieldOf({ name, type: type.element }), mode: 'REPEATED' };
  const mode = required === true ? 'REQUIRED' : 'NULLABLE';
  if (type.kind === 'STRUCT') return { name, mode, type: 'RECORD', fields: type.fields.map(fieldOf) };
  const [, element] = /^RANGE<(\w+)>$/.exec(type.kind) ?? [];
  if (element !== undefined) return { name, mode, type: 'RANGE', rangeElementType: { type: element } };
  return { name, mode, type: LEGACY_NAMES[type.kind] ?? type.kind };
}

export function typeOfField(field: TableField): SqlType {
  const { mode, type = 'STRING', fields = [] } = field;
  if (mode === 'REPEATED') return { kind: 'ARRAY', element: typeOfField({ ...field, mode: 'NULLABLE' }) };
  const name = TYPE_NAMES[type] ?? type;
  if (name === 'STRUCT')
    return { kind: 'STRUCT', fields: fields.map(one => ({ name: one.name ?? '', type: typeOfField(one) })) };
  if (name === 'RANGE') return parseType(`RANGE<${field.rangeElementType?.type}>`);
  return parseType(name);
}
