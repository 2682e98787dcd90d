// How a transaction that writes begins: with its lock, before it reads. knex only knows BEGIN.

import type { Knex } from 'knex';

interface Transaction {
  begin(connection: unknown): unknown;
  query(connection: unknown, sql: string): unknown;
}

interface Client {
  transaction(container: unknown, config?: { readonly readOnly?: boolean }, outer?: unknown): Transaction;
}

/** From now on each of the pool's transactions that are not read-only begins with these words. */
export function beginWritesWith(db: Knex, words: string): void {
  const client: Client = db.client;
  const start = client.transaction.bind(client);
  client.transaction = (container, config, outer) => {
    const transaction = start(container, config, outer);
    if (config?.readOnly !== true) transaction.begin = connection => transaction.query(connection, words);
    return transaction;
  };
}
