// From a row of a table back to the events, batches and source lines it came from, and the run that made its cell. Reads only.

import { isTable, type TableAsset } from '../asset/asset.ts';
import type { AskedQuery } from '../compile/asked-query.ts';
import type { ParameterValues } from '../compile/bind-parameters.ts';
import { must, PulseError } from '../errors.ts';
import type { Value } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import type { CheckedTable } from '../quality/declared.ts';
import { cellSql, type Spelling } from '../quality/spelling.ts';
import type { Cell } from '../state/state-store.ts';
import { type Asking, openAsking, ownQuery, rowsOf, sqlFiles } from './ask.ts';
import { checkedTables } from './check.ts';
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
 * Traces the row of `name` whose key is `key`: the columns of its first unique check, in their order, or of another of its unique
 * checks with as many columns.
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
  const table = must(await checkedTables(project, [name]), name);
  const keys = keysOf(asset).filter(columns => columns.length === key.length);
  const found = await rowOf(asset, { keys, search: { project, asking, table, keyColumns, values } });
  // sql/trace asks by the first key, whichever the row was found by.
  const firstKey = keyColumns.map(
    (column, at) => [`key_${at + 1}`, { kind: 'STRING', value: textOf(found.row[column]) }] as const,
  );
  const ids = await eventIds(asset, { project, asking, table, keyColumns, values: Object.fromEntries(firstKey) });
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

const textOf = (value: Value | undefined): string => (value === null || value === undefined ? '' : String(value));

const keysOf = (asset: TableAsset): readonly (readonly string[])[] =>
  asset.checks.flatMap(check => (check.kind === 'unique' ? [check.columns] : []));

function keyOf(asset: TableAsset): readonly string[] {
  const [key] = keysOf(asset);
  if (key !== undefined) return key;
  throw new PulseError('USAGE', `Nothing says what the key of ${asset.name} is.`, {
    hint: `Give it a check: unique('…').`,
  });
}

interface Search {
  readonly project: Project;
  readonly asking: Asking;
  readonly table: CheckedTable;
  readonly keyColumns: readonly string[];
  readonly values: ParameterValues;
}

/** The rows whose key columns, as text, are @key_1, @key_2, …; NULL is the empty text. */
const isRow = ({ keyColumns, table }: Search, spelling: Spelling): string =>
  keyColumns
    .map((column, at) => {
      const type = table.columns.find(one => one.name === column)?.type ?? 'STRING';
      const text = spelling.asText(`t.${spelling.name(column)}`, type);
      return `COALESCE(${text}, ${spelling.text('')}) = ${spelling.parameter(`key_${at + 1}`)}`;
    })
    .join(' AND ');

interface Found {
  readonly cell: string;
  readonly row: Readonly<Record<string, Value>>;
}

/** By the first of `keys` that finds one. */
async function rowOf(
  asset: TableAsset,
  { keys, search }: { readonly keys: readonly (readonly string[])[]; readonly search: Search },
): Promise<Found> {
  for (const keyColumns of keys) {
    const found = await rowBy(asset, { ...search, keyColumns });
    if (found !== undefined) return found;
  }
  const said = search.keyColumns
    .map((column, at) => `${column} ${String(search.values[`key_${at + 1}`]?.value)}`)
    .join(', ');
  throw new PulseError('USAGE', `${asset.name} has no row with ${said}.`, {
    hint: 'It may not be made yet (pulse status), or the key is written otherwise.',
  });
}

async function rowBy(asset: TableAsset, search: Search): Promise<Found | undefined> {
  const columns = search.table.columns.map(({ name, sqlType }) => ({ name, type: sqlType }));
  const query = ownQuery(`row of ${asset.name}`, {
    columns: [{ name: '_cell', type: { kind: 'STRING' } }, ...columns],
    reads: [asset.name],
    write: spelling => {
      const shown = columns.map(column => `t.${spelling.name(column.name)}`).join(', ');
      return `SELECT ${cellSql(asset.partition, 't', spelling)} AS _cell, ${shown} FROM ${spelling.name(asset.name)} AS t WHERE ${isRow(search, spelling)}`;
    },
  });
  const [found] = rowsOf(await search.asking.ask(query, search.values));
  if (found === undefined) return undefined;
  const { _cell, ...row } = found;
  return { cell: String(_cell), row };
}

/** By sql/trace/ASSET.sql; of a table with a column event_id by that. */
async function eventIds(asset: TableAsset, search: Search): Promise<readonly string[]> {
  const own = (await sqlFiles(search.project, 'trace')).find(source => source.name === `trace.${asset.name}`);
  const hasEvents = asset.columns.some(column => column.name === 'event_id');
  if (own === undefined && !hasEvents) return [];
  const { rows } = await search.asking.ask(await eventsQuery(asset, own, search), search.values);
  return [...new Set(rows.flatMap(([id]) => (typeof id === 'string' ? [id] : [])))].sort();
}

async function eventsQuery(
  asset: TableAsset,
  own: Awaited<ReturnType<typeof sqlFiles>>[number] | undefined,
  search: Search,
): Promise<AskedQuery> {
  if (own !== undefined) return must(await search.asking.compile([own]), own.name);
  return ownQuery(`events of ${asset.name}`, {
    columns: [{ name: 'event_id', type: { kind: 'STRING' } }],
    reads: [asset.name],
    write: spelling =>
      `SELECT DISTINCT t.${spelling.name('event_id')} FROM ${spelling.name(asset.name)} AS t WHERE ${isRow(search, spelling)}`,
  });
}
