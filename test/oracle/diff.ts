// Compares what the built CLI made with what the oracle says: npx jiti test/oracle/diff.ts DATA_DIR [--home DIR] [--ignore a,b] [TABLE…]
// It only asks (`pulse query`); materialize first. Exits 1 where something differs.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareTable, isEqual } from './compare.ts';
import { KEYS, oracle, type Row, type TableName } from './oracle.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: 'string', default: '.pulse' },
    ignore: { type: 'string', default: 'ingested_at,is_late' },
    limit: { type: 'string', default: '5' },
  },
});
const [dataDir, ...names] = positionals;
if (dataDir === undefined) {
  console.error('npx jiti test/oracle/diff.ts DATA_DIR [--home DIR] [--ignore ingested_at,is_late] [TABLE…]');
  process.exit(2);
}
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const { tables } = oracle(dataDir, { now: new Date().toISOString() });
const asked = (names.length > 0 ? names : Object.keys(KEYS).filter(name => name !== 'events_raw')) as TableName[];

for (const table of asked) {
  const comparison = compareTable(table, tables[table], rowsOf(table), {
    ignore: values.ignore.split(','),
    limit: Number(values.limit),
  });
  if (!isEqual(comparison)) process.exitCode = 1;
  const { examples, missingRows, otherRows, missingColumns, otherColumns, byColumn } = comparison;
  console.log(
    `${isEqual(comparison) ? 'equal  ' : 'DIFFERS'} ${table}: ${comparison.actualRows} rows, must be ${comparison.expectedRows}; ${comparison.differingCells} cells differ`,
  );
  if (Object.keys(byColumn).length > 0) console.log('  by column', byColumn);
  if (missingColumns.length > 0) console.log(`  columns only the oracle has: ${missingColumns.join(', ')}`);
  if (otherColumns.length > 0) console.log(`  columns the oracle has not: ${otherColumns.join(', ')}`);
  for (const [title, rows] of [
    ['missing', missingRows],
    ['not to be there', otherRows],
  ] as const) {
    if (rows.length > 0)
      console.log(`  ${rows.length} rows ${title}: ${rows.slice(0, Number(values.limit)).join('; ')}`);
  }
  for (const example of examples) console.log(`  ${example}`);
}

function rowsOf(table: TableName): Row[] {
  const args = [cli, 'query', `SELECT * FROM ${table}`, '--format', 'ndjson', '--home', values.home];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Row);
}
