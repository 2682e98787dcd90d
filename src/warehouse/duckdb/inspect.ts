// Inspection of published tables in DuckDB SQL, over any way to run a query: the file, or the process that has it.

import { type TypedColumn, typeText } from '../../googlesql/type.ts';
import type { ResultSet } from '../../googlesql/value.ts';
import { columnChangesOf, type Inspection, type PastInspection, type Slicing } from '../inspection.ts';
import type { TableSpec, WarehouseReader } from '../warehouse.ts';
import { inCells } from './cells.ts';
import { ALL, columnType, columnTypes, commentOf, contentSql, refusedName } from './dialect.ts';
import { asOf, PAST, pastOf } from './kept.ts';
import { type Entry, hasRowsBetween, wayBack } from './past.ts';
import { quoteName } from './quote.ts';
import { typeOfText } from './type-text.ts';

type Columns = ResultSet['columns'];

const STRING = { kind: 'STRING' } as const;
const INT64 = { kind: 'INT64' } as const;

export function inspection(query: WarehouseReader['query']): Inspection {
  return {
    past: pastInspection(query),

    async columnChanges(spec) {
      const { rows } = await query(columnTypes(spec.name), NAMES);
      if (rows.length === 0) return undefined;
      const published = rows.map(([name, type]) => ({ name: String(name), type: plainType(String(type)) }));
      const wanted = spec.columns.map(({ name, type }) => {
        return { name, type: plainType(columnType(type)), googleSql: typeText(type) };
      });
      return columnChangesOf(published, wanted, type => typeText(typeOfText(type)));
    },

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

    async refused(spec) {
      const table = refusedName(spec.name);
      const { rows: found } = await query(commentOf(table), [{ name: 'comment', type: STRING }]);
      const [[runId] = []] = found;
      if (found.length === 0) return undefined;
      const { rows } = await query(columnTypes(table), NAMES);
      const columns = rows.map(([name, type]) => {
        return { name: String(name), type: typeOfText(String(type)), required: false, description: '' };
      });
      const cells = await this.cells({ ...spec, name: table, columns });
      return { table, runId: String(runId), columns: columns.map(column => column.name), cells };
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

/** Types are written with spaces and quotes or without. */
const plainType = (type: string): string =>
  type.replaceAll('DECIMAL(38, 9)', 'DECIMAL(38,9)').replace(/"(\w+)"/g, '$1');

const NAMES: Columns = ['name', 'type'].map(name => ({ name, type: STRING }));

function pastInspection(query: WarehouseReader['query']): PastInspection {
  const columnsOf = async (table: string): Promise<readonly TypedColumn[]> => {
    const { rows } = await query(columnTypes(table), NAMES);
    return rows.map(([name, type]) => ({ name: String(name), type: typeOfText(String(type)) }));
  };
  const entries = async (table: string): Promise<readonly Entry[]> => {
    if ((await columnsOf(PAST)).length === 0) return [];
    const { rows } = await query(pastOf(table), [
      { name: 'sequence', type: INT64 },
      { name: 'kind', type: STRING },
    ]);
    return rows.map(([sequence, kind]) => ({ sequence: Number(sequence), kind: String(kind) as Entry['kind'] }));
  };
  return {
    reach: async table => (await entries(table)).find(entry => entry.kind === 'floor')?.sequence,
    columns: async table => {
      const columns = await columnsOf(table);
      return columns.length === 0 ? undefined : columns;
    },
    async asOf(spec, sequence) {
      const held = await entries(spec.name);
      const undone = wayBack(held, spec.name, sequence);
      if (undone === undefined) return undefined;
      const columns = await columnsOf(undone.base);
      const then = columns.map(column => ({ ...column, required: false, description: '' }));
      const select = asOf({ ...spec, columns: then }, undone, { hasLog: hasRowsBetween(held, undone) });
      // Every reference to the table finds this first.
      const before = `WITH ${quoteName(spec.name)} AS (${select})\n`;
      return { columns, inspection: inspection((sql, ...rest) => query(before + sql, ...rest)) };
    },
  };
}

const sliceOf = ({ keys, of }: Slicing): string => `CAST(hash(${keys.map(quoteName).join(', ')}) % ${of} AS BIGINT)`;

const within = (spec: TableSpec, { cells }: Slicing): string =>
  `(SELECT ${ALL} FROM ${quoteName(spec.name)}) AS t WHERE ${inCells(spec.partition, cells)}`;
