// Inspection of published tables in GoogleSQL, over any way to run a query. Comparable between tables in BigQuery only.

import { parseType, typeText } from '../../googlesql/type.ts';
import { columnChangesOf, type Inspection } from '../inspection.ts';
import type { WarehouseReader } from '../warehouse.ts';
import { contentSql, refusedName, refusedRun, sliceContentSql, sliceOf, within } from './dialect.ts';
import { quoteName, quoteText } from './quote.ts';
import { columnsOfTypes } from './schema.ts';

export function inspection(query: WarehouseReader['query']): Inspection {
  return {
    async columnChanges(spec) {
      const sql = `SELECT column_name, data_type FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = ${quoteText(spec.name)} ORDER BY ordinal_position`;
      const { rows } = await query(sql, columnsOfTypes('STRING', 'STRING'));
      if (rows.length === 0) return undefined;
      const published = rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
      const wanted = spec.columns.map(({ name, type }) => ({ name, type: typeText(type), googleSql: typeText(type) }));
      return columnChangesOf(published, wanted, type => type);
    },

    async cells(spec) {
      const columns = columnsOfTypes('STRING', 'INT64', 'INT64', 'INT64', 'INT64', 'INT64');
      const { rows } = await query(contentSql(spec.name, spec), columns);
      return rows.map(([cell, size, ...sums]) => ({
        cell: String(cell),
        dataVersion: `content:${[size, ...sums].join('-')}`,
        rows: Number(size),
      }));
    },

    async refused(spec) {
      const table = refusedName(spec.name);
      const sql = `SELECT column_name, data_type FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = ${quoteText(table)} ORDER BY ordinal_position`;
      const { rows } = await query(sql, columnsOfTypes('STRING', 'STRING'));
      if (rows.length === 0) return undefined;
      const columns = rows.map(([name, type]) => {
        return { name: String(name), type: parseType(String(type)), required: false, description: '' };
      });
      const { rows: said } = await query(refusedRun(table), columnsOfTypes('STRING'));
      const cells = await this.cells({ ...spec, name: table, columns });
      return { table, runId: String(said[0]?.[0] ?? ''), columns: columns.map(column => column.name), cells };
    },

    async slices(spec, slicing) {
      const columns = columnsOfTypes('INT64', 'INT64', 'INT64', 'INT64', 'INT64', 'INT64');
      const { rows } = await query(sliceContentSql(spec, slicing), columns);
      return new Map(rows.map(([slice, ...content]) => [Number(slice), content.join('-')]));
    },

    rows(spec, slicing) {
      const names = spec.columns.map(column => quoteName(column.name)).join(', ');
      return query(
        `SELECT ${names} FROM ${quoteName(spec.name)} WHERE ${within(spec, slicing)} AND ${sliceOf(slicing)} IN (${slicing.slices.join(', ')})`,
        spec.columns.map(({ name, type }) => ({ name, type })),
      );
    },
  };
}
