// What checks came to: one row a check and day, the last judgement of it.

import type { Knex } from 'knex';

export async function checkResults(db: Knex): Promise<void> {
  await db.schema.createTable('check_results', table => {
    table.text('name').notNullable();
    table.text('day').notNullable();
    table.text('scope').notNullable();
    table.text('asset');
    table.text('kind').notNullable();
    table.text('severity').notNullable();
    table.text('verdict').notNullable();
    table.double('failed_rows').notNullable();
    table.text('note');
    table.text('measures').notNullable();
    table.text('sample').notNullable();
    table.text('query');
    table.text('checked_at').notNullable();
    table.primary(['name', 'day', 'scope']);
    table.index(['day']);
  });
}
