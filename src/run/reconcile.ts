// Orders against payments, refunds and shipments, and one order's whole story. Asks sql/reconcile; reads only.

import type { ParameterValues } from '../compile/bind-parameters.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { FIRST_DAY, LAST_DAY } from '../quality/day.ts';
import { askFile, openAsking, rowsOf, span } from './ask.ts';
import { type EventOrigin, originsOf } from './provenance.ts';

export interface ReconcileOptions {
  readonly vendor?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface Reconciliation {
  readonly orders: ResultSet;
  /** Counts and NGN by class. */
  readonly totals: Readonly<Record<string, Value>>;
}

export async function reconcile(
  project: Project,
  { vendor = '', from = FIRST_DAY, to = LAST_DAY }: ReconcileOptions,
): Promise<Reconciliation> {
  const asking = await openAsking(project);
  const values: ParameterValues = { ...span(from, to), vendor: { kind: 'STRING', value: vendor } };
  const orders = await askFile(project, asking, { name: 'reconcile.orders', values });
  const [totals = {}] = rowsOf(await askFile(project, asking, { name: 'reconcile.totals', values }));
  return { orders, totals };
}

/** An event of an order's story, with where it came from. */
export interface Chapter {
  readonly at: string;
  readonly what: string;
  readonly said: string;
  readonly ngn: string | null;
  readonly counted: string;
  readonly eventId: string;
  readonly vendor: string | null;
  readonly origin: EventOrigin | null;
}

/** Every event that names an order, in time order; none where nobody knows it. */
export async function storyOf(project: Project, orderId: string): Promise<readonly Chapter[]> {
  const asking = await openAsking(project);
  const values: ParameterValues = { order_id: { kind: 'STRING', value: orderId } };
  const rows = rowsOf(await askFile(project, asking, { name: 'reconcile.story', values }));
  const text = (value: Value | undefined): string => String(value ?? '');
  const ids = [...new Set(rows.map(row => text(row.event_id)))];
  const origins = new Map((await originsOf(project, asking, ids)).map(origin => [origin.eventId, origin]));
  return rows.map(row => ({
    at: text(row.happened_at),
    what: text(row.what),
    said: text(row.said),
    ngn: row.ngn === null ? null : text(row.ngn),
    counted: text(row.counted),
    eventId: text(row.event_id),
    vendor: row.vendor === null ? null : text(row.vendor),
    origin: origins.get(text(row.event_id)) ?? null,
  }));
}
