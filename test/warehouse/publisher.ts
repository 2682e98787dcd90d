// A process that publishes without end, for the test that kills it. Prints a line once it has begun.
// Argument: the DuckDB file. Each publication says in its note what it wrote.

import { daily } from '../../src/asset/partition.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import { publish, specOf } from './warehouse-contract.ts';

const DAYS = ['2023-01-01', '2023-01-02', '2023-01-03'];
const CELLS = specOf('cells', 'day DATE, round INT64, filler STRING', daily('day'));
const LOG = specOf('log', 'round INT64, n INT64');

/** Rows of all `days`, each saying which round wrote it. */
const rowsSql = (round: number, days: readonly string[]): string =>
  days
    .map(day => `SELECT DATE '${day}', ${round}, repeat(md5(CAST(n AS VARCHAR)), 8) FROM range(3000) AS t(n)`)
    .join(' UNION ALL ');

const warehouse = await openDuckDb(process.argv[2] ?? '', { prelude: [], scalars: [] });
const last = (await warehouse.journal(0)).at(-1)?.sequence ?? 0;

for (let round = last + 1; ; round++) {
  const runId = `run-${process.pid}-${round}`;
  const isWhole = round % 4 === 1;
  const days = isWhole ? DAYS : DAYS.slice(round % 3, (round % 3) + 2);
  const cells = await warehouse.stageSelect(CELLS, rowsSql(round, days), { runId });
  const log = await warehouse.stageSelect(LOG, `SELECT ${round}, n FROM range(100) AS t(n)`, { runId });
  await Promise.all([
    publish(warehouse, cells, { isWhole, note: JSON.stringify({ round, days }) }),
    publish(warehouse, log, { isWhole: false, mode: 'append', note: JSON.stringify({ round }) }),
  ]);
  if (round === last + 1) process.stdout.write('begun\n');
}
