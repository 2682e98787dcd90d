// Leases: who may make what, and until when that is believed without another sign of life.

import type { Knex } from 'knex';

export async function leases(db: Knex): Promise<void> {
  await db.schema.createTable('leases', table => {
    table.text('resource').primary();
    table.text('run_id').notNullable().index();
    table.text('command').notNullable();
    table.integer('pid').notNullable();
    table.text('host').notNullable();
    table.double('token').notNullable();
    table.text('since').notNullable();
    table.text('expires_at').notNullable();
  });
}
