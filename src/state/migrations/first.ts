// The first tables. Never edited once released: what changes is a new file.

import type { Knex } from 'knex';

/** Numbers that may pass 2^31 (rows, bytes, milliseconds) are doubles: exact up to 2^53, and numbers in every driver. */
export async function first(db: Knex): Promise<void> {
  await createRuns(db);
  await createPublished(db);
  await db.schema.createTable('files', table => {
    table.text('source').notNullable();
    table.text('path').notNullable();
    table.double('size').notNullable();
    table.double('mtime_ms').notNullable();
    table.double('inode').notNullable();
    table.text('hash').notNullable();
    table.text('taken_hash');
    table.primary(['source', 'path']);
  });
  await db.schema.createTable('counters', table => {
    table.text('name').primary();
    table.double('value').notNullable();
  });
  await db('counters').insert([
    { name: 'applied', value: 0 },
    { name: 'fencing', value: 0 },
  ]);
}

async function createRuns(db: Knex): Promise<void> {
  await db.schema.createTable('runs', table => {
    table.text('run_id').primary();
    table.text('command').notNullable();
    table.text('status').notNullable().index();
    table.text('started_at').notNullable().index();
    table.text('finished_at');
    table.integer('pid').notNullable();
    table.text('host').notNullable();
  });
  const stepColumns = (table: Knex.CreateTableBuilder): void => {
    table.text('run_id').notNullable();
    table.text('asset').notNullable();
    table.text('status').notNullable();
    table.text('started_at').notNullable();
    table.text('finished_at').notNullable();
    table.integer('cells').notNullable();
    table.double('row_count').notNullable();
    table.text('message');
  };
  await db.schema.createTable('steps', table => {
    stepColumns(table);
    table.primary(['run_id', 'asset']);
  });
  // Beside `steps`, so that the history may be cut without forgetting what each asset's last step came to.
  await db.schema.createTable('last_steps', table => {
    stepColumns(table);
    table.primary(['asset']);
  });
}

/** A cell refers to its publication: code version, run and time are kept once, not 100,000 times. Only the referred ones stay. */
async function createPublished(db: Knex): Promise<void> {
  await db.schema.createTable('publications', table => {
    table.double('sequence').primary();
    table.text('asset').notNullable().index();
    table.text('run_id').notNullable();
    table.text('code_version').notNullable();
    table.text('made_at').notNullable();
  });
  await db.schema.createTable('cells', table => {
    table.text('asset').notNullable();
    table.text('cell').notNullable();
    table.text('data_version').notNullable();
    table.double('row_count').notNullable();
    table.double('sequence').notNullable();
    table.primary(['asset', 'cell']);
  });
  await db.schema.createTable('builds', table => {
    table.text('asset').primary();
    table.double('sequence').notNullable();
    table.text('note').notNullable();
    table.integer('cells').notNullable();
    table.double('row_count').notNullable();
  });
  await db.schema.createTable('marks', table => {
    table.text('asset').notNullable();
    table.text('cell').notNullable();
    table.text('cause').notNullable();
    table.text('run_id').notNullable();
    table.primary(['asset', 'cell', 'cause']);
  });
}
