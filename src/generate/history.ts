// The historical exports: four arrays a year. Every record is drawn by its number in its file; nothing is kept but the last few.

import type { Settings } from './options.ts';
import type { Pen } from './payload.ts';
import { Draw, STREAM } from './random.ts';
import { Recent } from './recent.ts';
import { historicalShipmentPayload, type Occasion, orderPayload, paymentPayload, refundPayload } from './records.ts';
import { countInserted } from './summary.ts';
import type { Order, World, YearSlice } from './world.ts';

export interface Export {
  /** Relative to the output folder. */
  readonly path: string;
  readonly records: number;
  /** The array's elements, as JSON text. */
  readonly texts: Iterable<string>;
}

type Kind = 'orders' | 'payments' | 'refunds' | 'shipments';
const KINDS: readonly Kind[] = ['orders', 'payments', 'refunds', 'shipments'];
const EVENT_TYPES: Readonly<Record<Kind, string>> = {
  orders: 'historical_order',
  payments: 'historical_payment',
  refunds: 'historical_refund',
  shipments: 'historical_shipment',
};
/** Primes: stepping by one of them visits every order once before any twice. */
const STEPS = [1_000_003, 1_000_033] as const;
const HOUR = 3_600;

export function historyPaths(settings: Settings): readonly string[] {
  return settings.years.flatMap(year => KINDS.map(kind => `bootstrap/${kind}_${year}.json`));
}

export function* history(world: World, pen: Pen): Iterable<Export> {
  for (const [yearNo, slice] of world.slices.entries()) {
    for (const [kindNo, kind] of KINDS.entries()) {
      const firstKey = (yearNo * KINDS.length + kindNo) * 2 ** 40;
      const records = slice[kind];
      yield {
        path: `bootstrap/${kind}_${slice.year}.json`,
        records,
        texts: texts({ world, pen, slice, kind, firstKey }),
      };
    }
  }
}

interface ExportOf {
  readonly world: World;
  readonly pen: Pen;
  readonly slice: YearSlice;
  readonly kind: Kind;
  readonly firstKey: number;
}

function* texts(of: ExportOf): Iterable<string> {
  const { world, pen, slice, kind } = of;
  const recent = new Recent<string>();
  for (let i = 0; i < slice[kind]; i += 1) {
    const draw = new Draw(world.settings.seed, STREAM.record, of.firstKey + i);
    if (draw.chance(pen.rates.broken / 2)) {
      pen.tally.rejected += 1;
      yield brokenRecord(draw);
      continue;
    }
    const again = draw.chance(pen.rates.duplicates / 5) ? recent.pick(draw) : undefined;
    if (again !== undefined) {
      pen.tally.duplicates += 1;
      yield again;
      continue;
    }
    const text = record(of, draw, i);
    countInserted(pen.tally, EVENT_TYPES[kind]);
    recent.remember(text, draw);
    yield text;
  }
}

/** No object, or no time that could be read: historical records have no other. */
function brokenRecord(draw: Draw): string {
  const id = `ORD-${draw.hex()}`;
  const kind = draw.below(4);
  if (kind === 0) return `"see attachment ${id}"`;
  if (kind === 1) return `{"orderRef":"${id}","currency":"NGN"}`;
  if (kind === 2)
    return `{"order_id":"${id}","created_at":"yesterday","paid_at":"yesterday","refunded_at":"yesterday","status_history":[]}`;
  return `{"order":null,"note":"${id}","amt":null}`;
}

function record(of: ExportOf, draw: Draw, i: number): string {
  const { world, pen, kind } = of;
  const fraction = draw.chance(0.01) ? '.500' : '';
  if (kind === 'orders') {
    const order = world.historical(of.slice.firstOrder + i);
    return orderPayload(pen, draw, { order, at: order.at, fraction, isHistorical: true });
  }
  const order = orderFor(of, draw, i);
  const occasion = (after: number): Occasion => ({ order, at: order.at + after, fraction, isHistorical: true });
  if (kind === 'payments') return paymentPayload(pen, draw, occasion(paymentDelay(draw)));
  if (kind === 'refunds') return refundPayload(pen, draw, occasion(draw.below(20 * 24 * HOUR)));
  return historicalShipmentPayload(pen, draw, { ...occasion(HOUR + draw.below(72 * HOUR)), seed: world.settings.seed });
}

/** Mostly within the hour, seldom days later, now and then a few minutes before the order (clocks differ). */
function paymentDelay(draw: Draw): number {
  if (draw.chance(0.02)) return -draw.below(HOUR);
  if (draw.chance(0.7)) return 30 + draw.below(HOUR);
  return draw.below(draw.chance(0.8) ? 12 * HOUR : 96 * HOUR);
}

/** Each of the year's orders in turn, scattered; some have a second payment or refund; some are nobody's order. */
function orderFor(of: ExportOf, draw: Draw, i: number): Order {
  const { world, slice, pen } = of;
  const anyTime = slice.orders > 0 ? world.historical(slice.firstOrder).at : 0;
  if (slice.orders === 0 || draw.chance(pen.rates.dirt * 0.4)) {
    pen.tally.unknownOrders += 1;
    return world.phantom(draw, anyTime);
  }
  const step = slice.orders % STEPS[0] === 0 ? STEPS[1] : STEPS[0];
  const index = draw.chance(0.06) ? draw.below(slice.orders) : (i * step) % slice.orders;
  return world.historical(slice.firstOrder + index);
}
