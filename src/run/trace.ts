// From a row of a table back to the events, batches and source lines it came from, and the run that made its cell. Reads only.

import { isTable, type TableAsset } from '../asset/asset.ts';
import type { QuerySource } from '../compile/asked-query.ts';
import type { ParameterValues } from '../compile/bind-parameters.ts';
import { QUERY_PARAMETERS } from '../compile/parameter.ts';
import { sha256 } from '../compile/sha256.ts';
import { must, PulseError } from '../errors.ts';
import type { Value } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { cellSql } from '../quality/declared.ts';
import type { Cell } from '../state/state-store.ts';
import { type Asking, openAsking, rowsOf, sqlFiles } from './ask.ts';
import { type EventOrigin, originsOf } from './provenance.ts';

export interface Traced {
  readonly asset: string;
  readonly keyColumns: readonly string[];
  readonly row: Readonly<Record<string, Value>>;
  /** The cell it is in, by whom and when it was made; null where the state does not know it. */
  readonly cell: Cell | null;
  /** In the order of their times; `limit` at most. */
  readonly events: readonly EventOrigin[];
  /** How many there are in all. */
  readonly eventsCount: number;
}

/**
 * Traces the row of `name` whose key is `key`: the columns of its first unique check, in their order.
 *
 * @throws {PulseError} USAGE where the key is not one, ASSET_UNKNOWN where there is no such row's table.
 */
export async function traceRow(
  project: Project,
  name: string,
  { key, limit }: { readonly key: readonly string[]; readonly limit: number },
): Promise<Traced> {
  const asset = project.graph.assets.get(name);
  if (asset === undefined || !isTable(asset)) {
    throw new PulseError('ASSET_UNKNOWN', `"${name}" is no table of the project.`, {
      hint: '`pulse list` names the tables.',
    });
  }
  const keyColumns = keyOf(asset);
  if (key.length !== keyColumns.length) {
    throw new PulseError(
      'USAGE',
      `A row of ${name} is found by ${keyColumns.join(' and ')}: --key takes ${keyColumns.length}, not ${key.length}.`,
      {
        hint: `pulse trace ${name} --key ${keyColumns.map(column => column.toUpperCase()).join(' ')}`,
      },
    );
  }
  const asking = await openAsking(project);
  const values = Object.fromEntries(key.map((value, at) => [`key_${at + 1}`, { kind: 'STRING', value } as const]));
  const found = await rowOf(asset, { project, asking, keyColumns, values });
  const ids = await eventIds(asset, { project, asking, keyColumns, values });
  const origins = [...(await originsOf(project, asking, ids.slice(0, limit)))];
  return {
    asset: name,
    keyColumns,
    row: found.row,
    cell: (await (await project.state()).cells(name)).get(found.cell) ?? null,
    events: origins.sort((a, b) => (a.eventTime + a.eventId < b.eventTime + b.eventId ? -1 : 1)),
    eventsCount: ids.length,
  };
}

function keyOf(asset: TableAsset): readonly string[] {
  const key = asset.checks.find(check => check.kind === 'unique');
  if (key?.kind === 'unique') return key.columns;
  throw new PulseError('USAGE', `Nothing says what the key of ${asset.name} is.`, {
    hint: `Give it a check: unique('…').`,
  });
}

interface Search {
  readonly project: Project;
  readonly asking: Asking;
  readonly keyColumns: readonly string[];
  readonly values: ParameterValues;
}

const isRow = (columns: readonly string[]): string =>
  columns.map((column, at) => `COALESCE(CAST(t.\`${column}\` AS STRING), '') = @key_${at + 1}`).join(' AND ');

async function rowOf(
  asset: TableAsset,
  search: Search,
): Promise<{ readonly cell: string; readonly row: Readonly<Record<string, Value>> }> {
  const sql = `SELECT ${cellSql(asset.partition)} AS _cell, t.* FROM \`${asset.name}\` AS t WHERE ${isRow(search.keyColumns)}`;
  const [found] = rowsOf(await ask(plain(sql, asset.name), search));
  if (found === undefined) {
    const said = search.keyColumns
      .map((column, at) => `${column} ${String(search.values[`key_${at + 1}`]?.value)}`)
      .join(', ');
    throw new PulseError('USAGE', `${asset.name} has no row with ${said}.`, {
      hint: 'It may not be made yet (pulse status), or the key is written otherwise.',
    });
  }
  const { _cell, ...row } = found;
  return { cell: String(_cell) === '__NULL__' ? '__NULL__' : String(_cell), row };
}

/** By sql/trace/ASSET.sql; of a table with a column event_id by that. */
async function eventIds(asset: TableAsset, search: Search): Promise<readonly string[]> {
  const own = (await sqlFiles(search.project, 'trace')).find(source => source.name === `trace.${asset.name}`);
  const hasEvents = asset.columns.some(column => column.name === 'event_id');
  if (own === undefined && !hasEvents) return [];
  const sql = `SELECT DISTINCT t.event_id FROM \`${asset.name}\` AS t WHERE ${isRow(search.keyColumns)}`;
  const { rows } = await ask(own ?? plain(sql, asset.name), search);
  return [...new Set(rows.flatMap(([id]) => (typeof id === 'string' ? [id] : [])))].sort();
}

const plain = (sql: string, table: string): QuerySource => ({
  name: `trace.${table}.${sha256(sql).slice(0, 16)}`,
  text: { kind: 'plain', file: table, sql, reads: [table] },
  parameters: QUERY_PARAMETERS,
});

const ask = async (source: QuerySource, { asking, values }: Search) =>
  asking.ask(must(await asking.compile([source]), source.name), values);
