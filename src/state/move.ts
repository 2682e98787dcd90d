// A whole state as rows of its tables, to be moved from one engine to another. Leases stay behind: they are of processes that live.
// Knows tables and their keys, and no verbs.

import type { Knex } from 'knex';
import { PulseError } from '../errors.ts';

/** A row of a table as it is kept; the columns are those of the migrations. */
export interface StateRow {
  readonly table: string;
  readonly row: Readonly<Record<string, string | number | null>>;
}

/** Every table but the leases and the list of migrations, with its key. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  runs: ['run_id'],
  steps: ['run_id', 'asset'],
  last_steps: ['asset'],
  files: ['source', 'path'],
  counters: ['name'],
  publications: ['sequence'],
  cells: ['asset', 'cell'],
  builds: ['asset'],
  marks: ['asset', 'cell', 'cause'],
  check_results: ['name', 'day', 'scope'],
  events: ['run_id', 'number'],
  backfills: ['backfill_id'],
  backfill_cells: ['backfill_id', 'asset', 'cell'],
  costs: ['job_id'],
};
const PAGE = 2_000;
/** SQLite takes 32,766 bindings a statement; no table has more columns than this. */
const ROWS_AT_ONCE = 1_000;

/** In the order of the tables and their keys. Read in one transaction by whoever calls. */
export async function* rowsOf(tx: Knex): AsyncGenerator<StateRow> {
  for (const [table, key] of Object.entries(TABLES)) {
    for (let from = 0; ; from += PAGE) {
      const rows: StateRow['row'][] = await tx(table)
        .select()
        .orderBy([...key])
        .limit(PAGE)
        .offset(from);
      for (const row of rows) yield { table, row };
      if (rows.length < PAGE) break;
    }
  }
}

/** Whether something was recorded: a new state has counters that are 0, and nothing else. */
export async function isUnused(tx: Knex): Promise<boolean> {
  for (const table of Object.keys(TABLES)) {
    const found = table === 'counters' ? tx(table).where('value', '>', 0) : tx(table);
    if ((await found.first()) !== undefined) return false;
  }
  return true;
}

/** Puts rows in place of all that is there; gives how many. @throws {PulseError} STATE_FAILED for a row of no such table or column */
export async function replaceWith(tx: Knex, rows: AsyncIterable<StateRow>): Promise<number> {
  for (const table of Object.keys(TABLES)) await tx(table).del();
  let [count, line] = [0, 0];
  let waiting: StateRow[] = [];
  const columns = new Map<string, ReadonlySet<string>>();
  for (const table of Object.keys(TABLES)) columns.set(table, new Set(Object.keys(await tx(table).columnInfo())));
  const put = async (): Promise<void> => {
    const [first] = waiting;
    if (first !== undefined)
      await tx.batchInsert(
        first.table,
        waiting.map(({ row }) => row),
        ROWS_AT_ONCE,
      );
    count += waiting.length;
    waiting = [];
  };
  for await (const one of rows) {
    line++;
    const known = columns.get(one.table);
    const unknown = known === undefined ? one.table : Object.keys(one.row).find(column => !known.has(column));
    if (unknown !== undefined) {
      throw new PulseError('STATE_FAILED', `Row ${line} has "${unknown}", which this state does not know.`, {
        hint: 'Export it anew with the pulse that imports it. Nothing was changed.',
      });
    }
    if (waiting.length >= ROWS_AT_ONCE || waiting[0]?.table !== one.table) await put();
    waiting.push(one);
  }
  await put();
  return count;
}
