// What was said during a run, kept for some days; and backfills with what became of each cell.

import type { Knex } from 'knex';

export async function history(db: Knex): Promise<void> {
  await db.schema.createTable('events', table => {
    table.text('run_id').notNullable();
    table.integer('number').notNullable();
    table.text('logged_at').notNullable();
    table.text('body').notNullable();
    table.primary(['run_id', 'number']);
  });
  await db.schema.createTable('backfills', table => {
    table.text('backfill_id').primary();
    table.text('command').notNullable();
    table.text('options').notNullable();
    table.text('status').notNullable();
    table.text('created_at').notNullable();
    table.text('finished_at');
  });
  await db.schema.createTable('backfill_cells', table => {
    table.text('backfill_id').notNullable();
    table.text('asset').notNullable();
    table.text('cell').notNullable();
    // In the order of chunks; the cells of a chunk are made together.
    table.integer('chunk').notNullable();
    table.text('status').notNullable();
    table.text('run_id');
    table.text('message');
    table.primary(['backfill_id', 'asset', 'cell']);
  });
}
