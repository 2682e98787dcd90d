// Puts the cells of an incremental build into the SQL of either engine, as checked literals. Pure.

import { cellSpan, cellsWithin } from '../asset/calendar.ts';
import { NULL_CELL, type Partition, staticValue } from '../asset/partition.ts';
import { bindGoogleSql } from './bind-parameters.ts';
import { PARTITIONS_PARAMETER } from './parameter.ts';

/** DuckDB SQL with the parameter of {{in_partitions}} bound to `cells`. */
export function bindCells(sql: string, partition: Partition, cells: readonly string[]): string {
  const list = `[${valuesOf(partition, cells)
    .map(cell => cellLiteral(partition, cell))
    .join(', ')}]`;
  return sql.replaceAll(`$${PARTITIONS_PARAMETER}`, list);
}

/** GoogleSQL with the same. */
export function bindGoogleSqlCells(sql: string, partition: Partition, cells: readonly string[]): string {
  const list = `[${valuesOf(partition, cells)
    .map(cell => googleSqlLiteral(partition, cell))
    .join(', ')}]`;
  return sql.replaceAll(`@${PARTITIONS_PARAMETER}`, list);
}

/**
 * Whether {{in_partitions}} can say which rows are in cells: it compares a column with values, and nobody can list the instants
 * of an hour, nor compare with NULL.
 */
export const hasHint = (partition: Partition, cells: readonly string[]): boolean =>
  !(partition.kind === 'time' && partition.grain === 'hourly') && !cells.includes(NULL_CELL);

/** The values that a column has in cells: the days of weeks and months. */
function valuesOf(partition: Partition, cells: readonly string[]): readonly string[] {
  if (partition.kind !== 'time') return cells.map(staticValue);
  const { grain } = partition;
  if (grain !== 'weekly' && grain !== 'monthly') return cells;
  return cells.flatMap(cell => [...cellsWithin(cellSpan(cell, grain), 'daily')]);
}

function googleSqlLiteral(partition: Partition, cell: string): string {
  if (partition.kind !== 'time') return bindGoogleSql('@cell', { cell: { kind: 'STRING', value: cell } });
  const literal = cellLiteral(partition, cell);
  // Without a zone it would be read in the session's, which a project may set.
  return partition.grain === 'hourly' ? `${literal.slice(0, -1)}+00'` : literal;
}

function cellLiteral(partition: Partition, cell: string): string {
  if (partition.kind !== 'time') return `'${cell.replaceAll("'", "''")}'`;
  if (!/^\d{4}-\d{2}(-\d{2}(T\d{2})?)?$/.test(cell))
    throw new Error(`"${cell}" is no cell of a ${partition.grain} table`);
  if (partition.grain === 'hourly') return `TIMESTAMP '${cell.replace('T', ' ')}:00:00'`;
  return `DATE '${cell.length === 7 ? `${cell}-01` : cell}'`;
}
