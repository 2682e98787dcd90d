// Inspection of published tables in DuckDB SQL, over any way to run a query: the file, or the process that has it.

import type { ResultSet } from '../../googlesql/value.ts';
import type { Inspection, Slicing } from '../inspection.ts';
import type { TableSpec, WarehouseReader } from '../warehouse.ts';
import { inCells } from './cells.ts';
import { contentSql } from './dialect.ts';
import { quoteName } from './quote.ts';

type Columns = ResultSet['columns'];

const STRING = { kind: 'STRING' } as const;
const INT64 = { kind: 'INT64' } as const;

export function inspection(query: WarehouseReader['query']): Inspection {
  return {
    async cells(spec) {
      const columns: Columns = ['cell', 'rows', 'sum1', 'sum2'].map(name => ({ name, type: STRING }));
      // The sums are wider than INT64: they come as text.
      const sql = `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${contentSql(spec.name, spec)})`;
      const { rows } = await query(sql, columns);
      return rows.map(([cell, size, ...sums]) => ({
        cell: String(cell),
        dataVersion: `content:${[size, ...sums].join('-')}`,
        rows: Number(size),
      }));
    },

    async slices(spec, slicing) {
      const columns: Columns = [
        { name: 'slice', type: INT64 },
        { name: 'content', type: STRING },
      ];
      const { rows } = await query(
        `SELECT ${sliceOf(slicing)}, count(*) || '-' || sum(hash(CAST(to_json(t) AS VARCHAR))) FROM ${within(spec, slicing)} GROUP BY 1`,
        columns,
      );
      return new Map(rows.map(([slice, content]) => [Number(slice), String(content)]));
    },

    rows(spec, slicing) {
      const names = spec.columns.map(column => quoteName(column.name)).join(', ');
      return query(
        `SELECT ${names} FROM ${within(spec, slicing)} AND ${sliceOf(slicing)} IN (${slicing.slices.join(', ')})`,
        spec.columns.map(({ name, type }) => ({ name, type })),
      );
    },
  };
}

const sliceOf = ({ keys, of }: Slicing): string => `CAST(hash(${keys.map(quoteName).join(', ')}) % ${of} AS BIGINT)`;

const within = (spec: TableSpec, { cells }: Slicing): string =>
  `${quoteName(spec.name)} AS t WHERE ${inCells(spec.partition, cells)}`;
