// Brings the state's tables to this program's version. Costs two small queries where nothing is to be done.

import type { Knex } from 'knex';
import { PulseError } from '../errors.ts';
import { checkResults } from './migrations/check-results.ts';
import { costs } from './migrations/costs.ts';
import { first } from './migrations/first.ts';
import { history } from './migrations/history.ts';
import { leases } from './migrations/leases.ts';

export interface Migration {
  readonly name: string;
  readonly up: (db: Knex) => Promise<void>;
}

/** In order; the version of a state is how many of them it has. Only ever appended to. */
export const MIGRATIONS: readonly Migration[] = [
  { name: 'first', up: first },
  { name: 'leases', up: leases },
  { name: 'check-results', up: checkResults },
  { name: 'history', up: history },
  { name: 'costs', up: costs },
];

/** `place` is for messages. @throws {PulseError} STATE_NEWER where a newer pulse has been here */
export async function migrate(
  db: Knex,
  options: { readonly now: () => Date; readonly place: string; readonly migrations?: readonly Migration[] },
): Promise<void> {
  const { now, place, migrations = MIGRATIONS } = options;
  const version = await versionOf(db);
  if (version > migrations.length) throw newer(place, version, migrations.length);
  if (version === migrations.length) return;
  await db.transaction(async tx => {
    // Read again: another process may have been faster, and now the lock is ours.
    const current = await versionOf(tx);
    if (current === 0) await createVersions(tx);
    for (const [n, { name, up }] of [...migrations.entries()].slice(current)) {
      await up(tx);
      await tx('migrations').insert({ version: n + 1, name, migrated_at: now().toISOString() });
    }
  });
}

/** 0 for a new store. Asks first whether the table is there: on Postgres a query that fails ends its transaction. */
async function versionOf(db: Knex): Promise<number> {
  if (!(await db.schema.hasTable('migrations'))) return 0;
  const found = await db('migrations').max('version', { as: 'version' }).first<{ version: number | null }>();
  return found.version ?? 0;
}

async function createVersions(db: Knex): Promise<void> {
  await db.schema.createTable('migrations', table => {
    table.integer('version').primary();
    table.text('name').notNullable();
    table.text('migrated_at').notNullable();
  });
}

function newer(place: string, version: number, known: number): PulseError {
  return new PulseError(
    'STATE_NEWER',
    `The state in ${place} has version ${version}; this pulse knows versions up to ${known}.`,
    {
      hint: 'A newer pulse has used this project: update pulse, or point PULSE_HOME at another folder.',
    },
  );
}
