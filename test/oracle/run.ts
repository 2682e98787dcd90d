// Writes what every table must hold, one NDJSON a table: npx jiti test/oracle/run.ts DATA_DIR OUT_DIR [NOW] [PLAUSIBLE_MAX_USD]

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oracle } from './oracle.ts';

const [dataDir, outDir, now = new Date().toISOString(), plausibleMaxUsd = '1000'] = process.argv.slice(2);
if (dataDir === undefined || outDir === undefined) {
  console.error('npx jiti test/oracle/run.ts DATA_DIR OUT_DIR [NOW] [PLAUSIBLE_MAX_USD]');
  process.exit(2);
}
const { raw, tables } = oracle(dataDir, { now, plausibleMaxUsd: Number(plausibleMaxUsd) });
mkdirSync(outDir, { recursive: true });
for (const [name, rows] of Object.entries(tables)) {
  writeFileSync(join(outDir, `${name}.ndjson`), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  console.log(`${name}: ${rows.length}`);
}
writeFileSync(join(outDir, 'ingest.json'), `${JSON.stringify(raw, null, 2)}\n`);
console.log(
  `received ${raw.received} = stored ${raw.stored} + duplicates ${raw.duplicates.length} + conflicts ${raw.conflicts.length} + rejected ${raw.rejected.length}`,
);
