// A process of its own for the tests: opens new states that others open at the same moment, then writes 40 steps and files
// into the last one and prints the tokens it was given.

import { once } from 'node:events';
import { openSqliteState } from '../../src/state/knex.ts';

const [name = '', path = '', ...others] = process.argv.slice(2);
process.stdout.write('ready');
await once(process.stdin, 'data');
process.stdin.pause();
for (const other of others) await (await openSqliteState(other, { now: () => new Date(0) })).close();
const state = await openSqliteState(path, { now: () => new Date(0) });
const time = new Date(0).toISOString();
const tokens: number[] = [];
for (let n = 0; n < 40; n++) {
  tokens.push(await state.nextFencingToken());
  const asset = `${name}${n}`;
  const times = { startedAt: time, finishedAt: time };
  await state.recordStep({ runId: 'r', asset, status: 'done', ...times, cells: 1, rows: 1, message: null });
  await state.observe([{ source: 's', path: asset, size: 1, mtimeMs: 1, inode: 1, hash: 'h', takenHash: null }]);
}
await state.close();
process.stdout.write(JSON.stringify(tokens));
