// The story of every number: orders against money, classes that add up to gross less net, and rows traced to lines of files.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as runCli } from '../cli/fake-io.ts';
import { numericOf, numericText } from '../oracle/numeric.ts';
import { type Answer, oracle } from '../oracle/oracle.ts';
import { NOW, SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';

let project: SampleProject;
let right: Answer;
const pulse = (...argv: string[]) => runCli(argv, { cwd: project.root });
const json = async (...argv: string[]) => JSON.parse((await pulse(...argv, '--json')).out);
beforeAll(async () => {
  project = sampleProject(SAMPLE_DATA);
  await project.materialize();
  right = oracle(SAMPLE_DATA, { now: NOW.toISOString() });
});
afterAll(() => project.remove());

const ngn = (value: unknown): bigint => numericOf(String(value)) ?? 0n;
const CLASSES = [
  'unpaid',
  'partially_paid',
  'overpaid',
  'rounding',
  'total_not_known',
  'refund',
  'over_refunded',
  'refund_without_payment',
];

interface Reconciled {
  totals: Record<string, string | number>;
  orders: Record<string, string | null>[];
}

function addUp({ totals, orders }: Reconciled): void {
  const classes = CLASSES.reduce((sum, name) => sum + ngn(totals[`${name}_ngn`]), 0n);
  expect(numericText(ngn(totals.gross_ngn) - classes)).toBe(totals.net_ngn);
  const outside = ngn(totals.payment_without_order_ngn) - ngn(totals.refund_without_order_ngn);
  expect(numericText(ngn(totals.net_ngn) + outside)).toBe(totals.all_money_ngn);
  for (const order of orders) {
    const parts = CLASSES.reduce((sum, name) => sum + ngn(order[`${name}_ngn`]), 0n);
    expect([order.order_id, numericText(ngn(order.gross_ngn) - parts)]).toEqual([order.order_id, order.net_ngn]);
  }
}

test('gross less the classes is net, for every order, vendor and span; both are those of the marts', async () => {
  const all: Reconciled = await json('reconcile');
  addUp(all);
  const { fact_orders, fact_payments, fact_refunds } = right.tables;
  const sum = (rows: Record<string, unknown>[], column: string) =>
    numericText(rows.reduce((total, row) => total + ngn(row[column] ?? 0), 0n));
  expect([all.totals.gross_ngn, all.totals.net_ngn]).toEqual([
    sum(fact_orders, 'order_total_ngn'),
    sum(fact_orders, 'net_amount_ngn'),
  ]);
  const paid = fact_payments.filter(row => row.status === 'SUCCESS');
  expect(all.totals.all_money_ngn).toBe(
    numericText(ngn(sum(paid, 'amount_ngn')) - ngn(sum(fact_refunds, 'amount_ngn'))),
  );
  const known = new Set(fact_orders.map(row => row.order_id));
  const strangers = new Set([...paid, ...fact_refunds].map(row => row.order_id).filter(id => !known.has(id ?? null)));
  expect([all.totals.orders, all.orders.length]).toEqual([known.size, known.size + strangers.size]);
  let gross = 0n;
  for (const vendor of ['vendor_a', 'vendor_b', 'vendor_c']) {
    const one: Reconciled = await json('reconcile', '--vendor', vendor, '--from', '2023-03-01', '--to', '2025-01-14');
    addUp(one);
    gross += ngn(one.totals.gross_ngn);
  }
  const span = fact_orders.filter(
    row => String(row.order_date) >= '2023-03-01' && String(row.order_date) <= '2025-01-14',
  );
  expect(numericText(gross)).toBe(sum(span, 'order_total_ngn'));
});

test('text of the data cannot steer a terminal, and money of an amount that is not known makes no order of a stranger', async () => {
  const shop = sampleProject();
  try {
    const id = '\u001b[2J\u001b]0;title\u0007RED';
    const event = (n: number, event_type: string, payload: object) =>
      JSON.stringify({
        event_id: `e${n}`,
        event_type,
        event_time: '2025-01-15T10:00:00Z',
        vendor: id,
        ingested_at: '2025-01-15T11:00:00Z',
        payload: { currency: 'NGN', ...payload },
      });
    const events = [
      event(1, 'order_created', { order_id: id, total: 10, items: [{ sku: id, qty: 1, price: 10 }] }),
      event(2, 'refund_issued', { order_id: id, amount: 50 }),
      event(3, 'payment_succeeded', { order_id: 'NOBODY', status: 'SUCCESS', amount: 50, currency: 'GBP' }),
    ];
    shop.write('data/live_events/2025-01-15/events.jsonl', events.map(line => `${line}\n`).join(''));
    await shop.materialize();
    const run = (...argv: string[]) => runCli(argv, { cwd: shop.root });
    for (const argv of [
      ['check', 'refund_reconciliation'],
      ['analyze'],
      ['reconcile'],
      ['reconcile', '--order', id],
      ['trace', 'fact_orders', '--key', id],
    ]) {
      const { code, out } = await run(...argv);
      expect([code, out.includes('\u001b'), out.includes('\u0007')]).toEqual([0, false, false]);
      expect(out).toContain('\\u001b[2J');
    }
    const { totals, orders }: Reconciled = JSON.parse((await run('reconcile', '--json')).out);
    expect([totals.orders, orders.length]).toEqual([1, 2]);
  } finally {
    shop.remove();
  }
});

test('a row is traced by each of its keys', async () => {
  const [payment] = right.tables.fact_payments;
  const [byKey, byEvent] = [
    await json('trace', 'fact_payments', '--key', String(payment?.payment_key)),
    await json('trace', 'fact_payments', '--key', String(payment?.event_id)),
  ];
  expect(byKey.events.length).toBeGreaterThan(0);
  expect(byKey).toEqual(byEvent);
});

test('an order without payments is unpaid, one refunded beyond its payments over-refunded, money without an order is said so', async () => {
  const { orders }: Reconciled = await json('reconcile');
  for (const order of right.tables.fact_orders) {
    const found = orders.find(one => one.order_id === order.order_id);
    expect(found?.class?.startsWith('unpaid')).toBe(
      Number(order.payment_count) === 0 && order.order_total_ngn !== null,
    );
    const isFree = Number(order.payment_count) === 0 && Number(order.refund_count) > 0;
    const isOver = !isFree && ngn(order.refund_amount_ngn) > ngn(order.paid_amount_ngn);
    expect(found?.class).toMatch(
      isFree ? /, refund without payment/ : isOver ? /, over-refunded/ : /^(?!.*(without payment|over-ref))/,
    );
  }
  expect(orders.some(one => one.class?.startsWith('payment without order'))).toBe(true);
});

test("an order's story is all its events in time order, each at the line of the file it came from", async () => {
  const [order] = right.tables.fact_orders.filter(
    row => Number(row.refund_count) > 0 && Number(row.payment_count) > 0 && row.source === 'live',
  );
  const id = String(order?.order_id);
  const chapters: {
    at: string;
    eventId: string;
    what: string;
    origin: { source: string; line: number; batchId: string };
  }[] = await json('reconcile', '--order', id);
  const staged = ['stg_orders', 'stg_order_updates', 'stg_payments', 'stg_refunds', 'stg_shipments'] as const;
  const ids = staged.flatMap(table =>
    right.tables[table].filter(row => row.order_id === id).map(row => String(row.event_id)),
  );
  expect(chapters.map(one => one.eventId).sort()).toEqual(ids.sort());
  expect(chapters.map(one => one.at)).toEqual(chapters.map(one => one.at).sort());
  for (const { eventId, origin } of chapters) {
    expect(origin.batchId).not.toBe('');
    if (!origin.source.endsWith('.jsonl')) continue;
    const line = readFileSync(join(project.root, origin.source), 'utf8').split('\n')[origin.line - 1] ?? '';
    expect(JSON.parse(line).event_id ?? eventId).toBe(eventId);
  }
  const text = (await pulse('reconcile', '--order', id)).out;
  expect(text).toContain(`events.jsonl:${chapters.find(one => one.origin.source.endsWith('.jsonl'))?.origin.line}`);
});

test('a row is traced to its events, its cell and the run that made it, from every mart', async () => {
  const first = <T extends keyof Answer['tables']>(table: T) => right.tables[table][0] ?? {};
  const [{ run_id } = { run_id: '' }] = [
    await project.run(async open => ({ run_id: (await (await open.state()).runs(1))[0]?.runId ?? '' })),
  ];
  const keys: readonly (readonly [string, readonly unknown[]])[] = [
    ['fact_orders', [first('fact_orders').order_id]],
    ['fact_order_items', [first('fact_order_items').order_id, first('fact_order_items').line_number]],
    ['fact_payments', [first('fact_payments').event_id]],
    ['fact_refunds', [first('fact_refunds').refund_key]],
    ['fact_shipments', [first('fact_shipments').shipment_key]],
    ['fact_order_daily', [first('fact_order_daily').order_date, first('fact_order_daily').vendor]],
    ['dim_customer', [first('dim_customer').customer_key]],
    ['dim_product', [first('dim_product').product_key]],
    ['stg_orders', [first('stg_orders').event_id]],
    ['raw_events', [first('events_raw').event_id]],
  ];
  for (const [table, key] of keys) {
    const traced = await json('trace', table, '--key', ...key.map(String));
    expect([
      table,
      traced.eventsCount > 0,
      traced.events.every((one: { line: number | null }) => (one.line ?? 0) > 0),
    ]).toEqual([table, true, true]);
    expect([table, traced.cell?.runId]).toEqual([table, run_id]);
  }
});

test('what is no row, no table or no key is said', async () => {
  expect(await pulse('trace', 'fact_orders', '--key', 'NOBODY')).toMatchObject({
    code: 2,
    err: expect.stringContaining('fact_orders has no row with order_id NOBODY'),
  });
  expect(await pulse('trace', 'fact_order_daily', '--key', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('order_date and vendor'),
  });
  expect(await pulse('trace', 'nothing', '--key', 'x')).toMatchObject({ code: 2 });
  expect(await pulse('reconcile', '--order', 'NOBODY')).toMatchObject({
    code: 2,
    err: expect.stringContaining('No event names the order'),
  });
});

test('what a file does not hold any more, a file that has changed and one that is gone are said', async () => {
  const path = join(project.root, 'data/live_events/2025-01-15/events.jsonl');
  const text = readFileSync(path, 'utf8');
  const lines = text.trimEnd().split('\n');
  const at = lines.findIndex(line => line.includes('"payment_succeeded"'));
  const { event_id } = JSON.parse(lines[at] ?? '');
  const origin = async (): Promise<unknown> =>
    (await json('trace', 'fact_payments', '--key', event_id)).events.map(
      ({ line, note }: { line: number | null; note: string | null }) => [line, note],
    );
  try {
    expect(await origin()).toEqual([[at + 1, null]]);
    project.write('data/live_events/2025-01-15/events.jsonl', `\n${text}`);
    expect(await origin()).toEqual([[at + 2, 'the file has changed since']]);
    const without = lines.filter(line => !line.includes(event_id)).join('\n');
    project.write('data/live_events/2025-01-15/events.jsonl', without);
    expect(await origin()).toEqual([[null, 'the file does not hold it any more']]);
    rmSync(path);
    expect(await origin()).toEqual([[null, 'the file is gone']]);
  } finally {
    project.write('data/live_events/2025-01-15/events.jsonl', text);
  }
});

test('what is wrong in what is asked is refused before anything is opened', async () => {
  for (const argv of [
    ['reconcile', '--limit', '-1'],
    ['reconcile', '--limit', 'many'],
    ['reconcile', '--from', '2025-01-16', '--to', '2025-01-15'],
    ['reconcile', '--order', 'ORD-000001', '--vendor', 'vendor_a'],
    ['trace', 'fact_orders', '--key', 'ORD-000001', '--limit', '0'],
    ['analyze', '1', '--limit', '2.5'],
    ['analyze', '1', '--from', '2025-01-16', '--to', '2025-01-15'],
    ['report', '--from', '2025-01-16', '--to', '2025-01-15'],
    ['check', 'revenue_drif'],
  ]) {
    const { code, err } = await pulse(...argv);
    expect([argv, code]).toEqual([argv, 2]);
    expect(err).not.toContain('Internal');
  }
  const { checks } = await json('check', '--exclude', 'revenue_drift', 'tag:marts', 'tag:staging', 'tag:raw');
  const names = checks.map((one: { name: string }) => one.name);
  expect(names).toContain('late_arriving_share');
  expect(names).not.toContain('revenue_drift');
});
