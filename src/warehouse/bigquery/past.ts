// The port's `past` on BigQuery: its own time travel, which reaches back 2 to 7 days by the dataset's window. Nothing is kept for it.
// A publication is visible from its commit until the next one's: the next one's own time is after the first and before the second.

import { PulseError } from '../../errors.ts';
import type { TypedColumn } from '../../googlesql/type.ts';
import type { Value } from '../../googlesql/value.ts';
import type { AsOfOptions, Past, PastTable } from '../past.ts';
import type { CellKey, Staged, StageOptions, TableSpec } from '../table.ts';
import * as dialect from './dialect.ts';
import { quoteName, quoteText } from './quote.ts';
import { columnsOfTypes } from './schema.ts';

export interface PastLender {
  /** Drops what the checks of a table refused, where something is kept. */
  dropRefused(table: string): Promise<void>;
  rows(words: { readonly sql: string }, columns: readonly TypedColumn[]): Promise<Value[][]>;
  columnsOf(table: string): Promise<readonly TypedColumn[] | undefined>;
  /** What `sql` would give; it reads nothing. */
  columnsOfQuery(sql: string, table: string): Promise<readonly TypedColumn[]>;
  stageSelect(
    spec: TableSpec,
    sql: string,
    options: StageOptions & { readonly cells?: readonly CellKey[] },
  ): Promise<Staged>;
}

export function openPast(lender: PastLender): Past {
  return {
    // How far back depends on the dataset's window, which is not the journal's to know: what is too old says so when it is asked for.
    reach: async table => ((await lender.columnsOf(table)) === undefined ? undefined : 0),
    stageAsOf: (table, sequence, options) => stageAsOf(lender, table, { sequence, options }),
    // Its time travel forgets by itself.
    forget: async ({ whole = [] }) => {
      for (const table of whole) await lender.dropRefused(table);
    },
  };
}

const nextOf = (asset: string, sequence: number): string =>
  `SELECT FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S+00', MIN(published_at), 'UTC') FROM ${quoteName(dialect.JOURNAL)}
WHERE asset = ${quoteText(asset)} AND sequence > ${Math.trunc(sequence)}`;

async function stageAsOf(
  lender: PastLender,
  table: PastTable,
  { sequence, options }: { readonly sequence: number; readonly options: AsOfOptions },
): Promise<Staged | undefined> {
  if ((await lender.columnsOf(table.name)) === undefined) return undefined;
  const [[at] = []] = await lender.rows({ sql: nextOf(table.name, sequence) }, columnsOfTypes('STRING'));
  const when = at === null || at === undefined ? '' : ` FOR SYSTEM_TIME AS OF TIMESTAMP ${quoteText(String(at))}`;
  const then = `${quoteName(table.name)}${when}`;
  try {
    // Its own of that time: a later publication may have added and removed some.
    const columns = await lender.columnsOfQuery(`SELECT * FROM ${then}`, table.name);
    const spec = { ...table, columns: columns.map(column => ({ ...column, required: false, description: '' })) };
    const names = columns.map(column => quoteName(column.name)).join(', ');
    return await lender.stageSelect(spec, `SELECT ${names} FROM ${then}`, options);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

/** What BigQuery says of a time that is before the window or the table. */
const isOutOfReach = (error: unknown): boolean =>
  error instanceof PulseError && /time travel|snapshot time|before (?:the )?(?:table|creation)/i.test(error.message);
