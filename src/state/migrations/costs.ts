// What jobs of a warehouse billed: one row a job, whoever ran it.

import type { Knex } from 'knex';

export async function costs(db: Knex): Promise<void> {
  await db.schema.createTable('costs', table => {
    table.text('job_id').primary();
    table.text('run_id');
    table.text('asset');
    table.text('purpose').notNullable();
    table.double('bytes_billed').notNullable();
    table.double('slot_ms').notNullable();
    table.double('price_usd').notNullable();
    table.text('ended_at').notNullable();
    table.index(['ended_at']);
  });
}
