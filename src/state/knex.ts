// Opens a state store on knex: a SQLite file by default. The tables are in migrations/, the verbs in knex-state.ts.

import { KnexState } from './knex-state.ts';
import { migrate } from './migrate.ts';
import { sqliteDialect } from './sqlite.ts';
import type { StateStore } from './state-store.ts';

/**
 * Opens (and makes, where it is not there) the state in the file `path`, or in memory for ':memory:'. The folder must be there.
 *
 * @throws {PulseError} STATE_NEWER, STATE_BUSY, STATE_FAILED, DISK_FULL
 */
export async function openSqliteState(path: string, options: { readonly now: () => Date }): Promise<StateStore> {
  const dialect = sqliteDialect(path);
  try {
    await migrate(dialect.db, { ...options, place: path });
  } catch (error) {
    await dialect.db.destroy();
    throw dialect.trouble(error) ?? error;
  }
  return new KnexState(dialect, options);
}

/**
 * Opens the state in a Postgres, in a schema that is made where it is not there. `url` as postgresDialect reads it.
 *
 * @throws {PulseError} CONFIG_INVALID, STATE_NEWER, STATE_BUSY, STATE_FAILED, DISK_FULL
 */
export async function openPostgresState(url: string, options: { readonly now: () => Date }): Promise<StateStore> {
  const { postgresDialect } = await import('./postgres.ts');
  const dialect = postgresDialect(url);
  try {
    // In a transaction, so that of several processes one makes it.
    await dialect.db.transaction(async tx => tx.raw('CREATE SCHEMA IF NOT EXISTS ??', [dialect.schema]));
    await migrate(dialect.db, { ...options, place: dialect.place });
  } catch (error) {
    await dialect.db.destroy();
    throw dialect.trouble(error) ?? error;
  }
  return new KnexState(dialect, options);
}
