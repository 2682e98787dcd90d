// A clean project: eight weeks of live events without a flaw, so that every check holds before a test spoils something.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type SampleProject, sampleProject } from '../run/sample-project.ts';

/** The last of the days. */
export const LAST_DAY = '2025-05-30';
const DAYS = 56;
const ORDERS_A_DAY = 24;

const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Orders with one line, a payment and a shipment each; one in twelve is refunded in full. Amounts wobble a little, the same each time. */
function eventsOf(day: string, index: number): string {
  const lines: object[] = [];
  for (let n = 0; n < ORDERS_A_DAY; n++) {
    const id = `${day.replaceAll('-', '')}-${String(n).padStart(2, '0')}`;
    const order_id = `ORD-${id}`;
    const total = 10_000 + 100 * ((n * 7 + index * 5) % 23);
    const common = { vendor: `vendor_${'abc'[n % 3]}`, ingested_at: `${day}T20:00:00Z` };
    const at = (hour: number): string => `${day}T${String(hour).padStart(2, '0')}:${String(n).padStart(2, '0')}:00Z`;
    const event = (kind: string, event_type: string, hour: number, payload: object) =>
      lines.push({
        event_id: `${kind}-${id}`,
        event_type,
        event_time: at(hour),
        ...common,
        payload: { order_id, ...payload },
      });
    const currency = 'NGN';
    event('o', 'order_created', 8, {
      created_at: at(8),
      email: `${id}@example.com`,
      region: 'Lagos',
      total,
      currency,
      items: [{ sku: `SKU-${n % 5}`, qty: 1, price: total }],
    });
    event('p', 'payment_succeeded', 9, {
      paid_at: at(9),
      status: 'SUCCESS',
      amount: total,
      currency,
      method: 'card',
      txn: `T-${id}`,
    });
    event('s', 'shipment_updated', 12, {
      tracking_code: `TR-${id}`,
      carrier: 'GIG',
      status: 'DELIVERED',
      time: at(12),
    });
    if (n % 12 === 5)
      event('r', 'refund_issued', 15, { refunded_at: at(15), amount: total, currency, reason: 'damaged' });
  }
  return lines.map(line => `${JSON.stringify(line)}\n`).join('');
}

export interface CleanShop {
  readonly project: SampleProject;
  /** Runs SQL in the warehouse's own file, behind pulse's back. */
  spoil(sql: string): Promise<void>;
  /** The warehouse as it was made. */
  restore(): void;
}

export async function makeCleanShop(): Promise<CleanShop> {
  const project = sampleProject();
  project.write('data/fx_rates_2025.csv', 'date,USDNGN\n2025-04-01,1500\n');
  for (let index = 0; index < DAYS; index++) {
    const day = addDays(LAST_DAY, index - DAYS + 1);
    project.write(`data/live_events/${day}/events.jsonl`, eventsOf(day, index));
  }
  await project.materialize();
  const file = join(project.root, '.pulse/warehouse.duckdb');
  const kept = join(project.root, 'kept.duckdb');
  copyFileSync(file, kept);
  return {
    project,
    restore: () => copyFileSync(kept, file),
    async spoil(sql) {
      const instance = await DuckDBInstance.create(file);
      try {
        const connection = await instance.connect();
        await connection.run(sql);
        await connection.run('CHECKPOINT');
        connection.closeSync();
      } finally {
        instance.closeSync();
      }
    },
  };
}
