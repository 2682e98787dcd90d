// The embedded warehouse passes the contract, in memory and on a file.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import { changesContract } from './changes-contract.ts';
import { pastContract } from './past-contract.ts';
import { warehouseContract } from './warehouse-contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'pulse-duckdb-'));
afterAll(() => rm(folder, { recursive: true }));

const BARE = { prelude: [], scalars: [] };
let files = 0;

warehouseContract('duckdb in memory', () => openDuckDb(':memory:', BARE));
warehouseContract('duckdb on a file', () => openDuckDb(join(folder, `${++files}.duckdb`), BARE));
changesContract('duckdb on a file', () => openDuckDb(join(folder, `${++files}.duckdb`), BARE));
pastContract('duckdb on a file', () => openDuckDb(join(folder, `${++files}.duckdb`), BARE), { keepsAll: false });
