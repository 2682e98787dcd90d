// The live feed: one file a day, one event a line, in no order. Payments, refunds, shipments and updates follow the orders
// through four pointers, so that a stream of any length needs no list of them.

import { DAY_SECONDS } from './calendar.ts';
import { UNKNOWN_TYPES, VENDORS } from './catalogue.ts';
import { liveDays, type Settings } from './options.ts';
import type { Pen } from './payload.ts';
import { Draw, STREAM } from './random.ts';
import { Recent } from './recent.ts';
import {
  type Occasion,
  orderPayload,
  paymentPayload,
  refundPayload,
  shipmentPayload,
  unknownPayload,
  updatePayload,
} from './records.ts';
import { countInserted } from './summary.ts';
import { liveTimes, type Order, type World } from './world.ts';

export interface Day {
  /** Relative to the output folder; .gz every fifth day. */
  readonly path: string;
  readonly lines: number;
  readonly texts: Iterable<string>;
}

interface LiveEvent {
  readonly id: string | undefined;
  readonly type: string;
  /** ISO 8601, as written. */
  readonly time: string;
  readonly vendor: string;
  /** JSON text. */
  readonly payload: string;
  /** Seconds. */
  readonly arrivedAt: number;
  readonly hasArrival: boolean;
}

/** Where a kind of follow-up has got to among the live orders. */
interface Pointer {
  next: number;
  step: number;
}

const LIVE_TYPES = [
  'order_created',
  'payment_succeeded',
  'refund_issued',
  'shipment_updated',
  'order_updated',
  'unknown',
] as const;
type LiveType = (typeof LIVE_TYPES)[number];
/** Of 1,000 live events. */
const WEIGHTS: Readonly<Record<LiveType, number>> = {
  order_created: 210,
  payment_succeeded: 325,
  refund_issued: 120,
  shipment_updated: 260,
  order_updated: 79,
  unknown: 6,
};
const HOUR = 3_600;

function fileOf(day: string, dayIndex: number): string {
  return `live_events/${day}/events.jsonl${dayIndex % 5 === 3 ? '.gz' : ''}`;
}

export function livePaths(settings: Settings): readonly string[] {
  return settings.live === 0 ? [] : liveDays(settings).map(fileOf);
}

export function* live(world: World, pen: Pen): Iterable<Day> {
  const { settings } = world;
  const feed = new Feed(world, pen);
  for (const [i, path] of livePaths(settings).entries()) {
    const days = settings.lastDay - settings.firstDay + 1;
    const from = Math.floor((settings.live * i) / days);
    const to = Math.floor((settings.live * (i + 1)) / days);
    world.openDay();
    yield { path, lines: to - from, texts: feed.lines((settings.firstDay + i) * DAY_SECONDS, from, to) };
  }
}

class Feed {
  private readonly world: World;
  private readonly pen: Pen;
  private readonly recent = new Recent<LiveEvent>();
  private readonly pointers = {
    payment_succeeded: { next: 0, step: 0 },
    refund_issued: { next: 0, step: 0 },
    shipment_updated: { next: 0, step: 0 },
    order_updated: { next: 0, step: 0 },
    unknown: { next: 0, step: 0 },
  };

  constructor(world: World, pen: Pen) {
    this.world = world;
    this.pen = pen;
  }

  /** The lines `from` to `to` of the whole feed, of the day that begins at `dayStart` seconds. */
  *lines(dayStart: number, from: number, to: number): Iterable<string> {
    for (let n = from; n < to; n += 1) {
      yield this.line(new Draw(this.world.settings.seed, STREAM.live, n), dayStart);
    }
  }

  private line(draw: Draw, dayStart: number): string {
    const { rates, tally } = this.pen;
    if (draw.chance(rates.broken)) {
      tally.rejected += 1;
      return this.broken(draw, dayStart);
    }
    const isRepeat = draw.chance(rates.duplicates);
    const isConflict = !isRepeat && draw.chance(rates.conflicts);
    const earlier = isRepeat || isConflict ? this.recent.pick(draw) : undefined;
    if (earlier !== undefined) {
      const changed = isConflict ? conflictOf(earlier, draw) : undefined;
      if (changed !== undefined) tally.conflicts += 1;
      else tally.duplicates += 1;
      return this.text(changed ?? repeatOf(earlier, draw));
    }
    const event = this.fresh(draw, dayStart);
    countInserted(tally, event.type);
    this.recent.remember(event, draw);
    return this.text(event);
  }

  private fresh(draw: Draw, dayStart: number): LiveEvent {
    const kind = typeOf(draw);
    const { type, occasion, arrivedAt, payload } =
      kind === 'order_created' ? this.order(draw) : this.followUp(draw, kind, dayStart);
    const { tally, times, rates } = this.pen;
    const hasId = !draw.chance(rates.dirt * 0.1);
    const hasArrival = !draw.chance(rates.dirt * 0.05);
    if (!hasId) tally.withoutEventId += 1;
    if (!hasArrival) tally.withoutIngestedAt += 1;
    else if (arrivedAt - occasion.at > DAY_SECONDS) tally.late += 1;
    return {
      id: hasId ? draw.hex() + draw.hex() : undefined,
      type,
      time: `${times.local(occasion.at)}${occasion.fraction}Z`,
      vendor: VENDORS[occasion.order.vendor] ?? VENDORS[0],
      payload,
      arrivedAt,
      hasArrival,
    };
  }

  private order(draw: Draw): { type: LiveType; occasion: Occasion; arrivedAt: number; payload: string } {
    const order = this.world.live(this.world.liveOrders);
    this.world.liveOrders += 1;
    const occasion = { order, at: order.at, fraction: fractionOf(draw), isHistorical: false };
    return {
      type: 'order_created',
      occasion,
      arrivedAt: order.arrivedAt,
      payload: orderPayload(this.pen, draw, occasion),
    };
  }

  private followUp(
    draw: Draw,
    kind: Exclude<LiveType, 'order_created'>,
    dayStart: number,
  ): { type: string; occasion: Occasion; arrivedAt: number; payload: string } {
    const pointer = this.pointers[kind];
    const order = this.orderFor(draw, kind, dayStart);
    const { step } = pointer;
    const { at, arrivedAt } = liveTimes(draw, {
      dayStart,
      earliest: draw.chance(0.03) ? order.at - 600 : order.at + 20,
      spread: kind === 'payment_succeeded' && draw.chance(0.7) ? HOUR / 2 : 20 * HOUR,
      lateShare: this.pen.rates.late,
    });
    const occasion = { order, at, fraction: fractionOf(draw), isHistorical: false };
    return {
      type: kind === 'unknown' ? draw.pick(UNKNOWN_TYPES) : kind,
      occasion,
      arrivedAt,
      payload: this.payload(draw, kind, { ...occasion, step }),
    };
  }

  private payload(
    draw: Draw,
    kind: Exclude<LiveType, 'order_created'>,
    occasion: Occasion & { readonly step: number },
  ): string {
    switch (kind) {
      case 'payment_succeeded':
        return paymentPayload(this.pen, draw, occasion);
      case 'refund_issued':
        return refundPayload(this.pen, draw, occasion);
      case 'shipment_updated':
        return shipmentPayload(this.pen, draw, { ...occasion, seed: this.world.settings.seed });
      case 'order_updated':
        return updatePayload(this.pen, draw, occasion);
      case 'unknown':
        return unknownPayload(this.pen, draw, occasion);
    }
  }

  /** The next order in line, or an older one, or a historical one, or nobody's. */
  private orderFor(draw: Draw, kind: Exclude<LiveType, 'order_created'>, dayStart: number): Order {
    const { world, pen } = this;
    if (kind !== 'unknown' && draw.chance(pen.rates.dirt * 0.5)) {
      pen.tally.unknownOrders += 1;
      return world.phantom(draw, dayStart);
    }
    if (world.historicalOrders > 0 && (world.liveOrders === 0 || draw.chance(0.12))) {
      return world.historical(draw.below(world.historicalOrders));
    }
    if (world.liveOrders === 0) {
      if (kind !== 'unknown') pen.tally.unknownOrders += 1;
      return world.phantom(draw, dayStart);
    }
    return world.live(advance(this.pointers[kind], kind, { draw, limit: world.liveOrders }));
  }

  private text(event: LiveEvent): string {
    const id = event.id === undefined ? '' : `"event_id":"${event.id}",`;
    const arrival = event.hasArrival ? `,"ingested_at":"${this.pen.times.local(event.arrivedAt)}Z"` : '';
    return `{${id}"event_type":"${event.type}","event_time":"${event.time}","vendor":"${event.vendor}","payload":${event.payload}${arrival}}`;
  }

  /** What cannot be an event: cut short, no object, no type, no time, no JSON at all. */
  private broken(draw: Draw, dayStart: number): string {
    const id = draw.hex() + draw.hex();
    const time = `${this.pen.times.local(dayStart + draw.below(DAY_SECONDS))}Z`;
    const payload = `{"orderRef":"ORD-${id}","amount":${draw.below(1_000)}.10}`;
    switch (draw.below(7)) {
      case 0:
        return `{"event_id":"${id}","event_type":"payment_succeeded","event_time":"${time}","vendor":"vendor_a","payl`;
      case 1:
        return `[${draw.below(100)},"${id}"]`;
      case 2:
        return `{"event_id":"${id}","event_time":"${time}","vendor":"vendor_b","payload":${payload}}`;
      case 3:
        return `{"event_id":"${id}","event_type":"refund_issued","vendor":"vendor_c","payload":${payload}}`;
      case 4:
        return `{"event_id":"${id}","event_type":"order_created","event_time":"last Tuesday","vendor":"vendor_a","payload":${payload}}`;
      case 5:
        return `{"event_id":"${id}","event_type":"payment_succeeded","event_time":"${time}","payload":{"amount":NaN}}`;
      default:
        return `upstream timeout, request ${id}`;
    }
  }
}

function typeOf(draw: Draw): LiveType {
  let left = draw.below(1_000);
  for (const type of LIVE_TYPES) {
    left -= WEIGHTS[type];
    if (left < 0) return type;
  }
  return 'unknown';
}

const fractionOf = (draw: Draw): string => (draw.chance(0.02) ? `.${100 + draw.below(900)}` : '');

/** How far a pointer jumps, so that it keeps up with the orders: every order is paid, fewer are shipped, refunded, updated. */
const STRIDES = { payment_succeeded: 1, refund_issued: 4, shipment_updated: 3, order_updated: 7, unknown: 50 } as const;

/** The order that a follow-up belongs to, among `limit` live ones; any of them once the pointer has caught up. */
function advance(
  pointer: Pointer,
  kind: Exclude<LiveType, 'order_created'>,
  { draw, limit }: { draw: Draw; limit: number },
): number {
  if (pointer.next >= limit) return draw.below(limit);
  const order = pointer.next;
  const stays = kind === 'shipment_updated' ? pointer.step < 3 && draw.chance(0.35) : draw.chance(0.12);
  pointer.step = stays ? pointer.step + 1 : 0;
  if (!stays) pointer.next += 1 + draw.below(STRIDES[kind]);
  return order;
}

/** The same event once more; half of the time delivered later. */
function repeatOf(event: LiveEvent, draw: Draw): LiveEvent {
  return draw.chance(0.5) ? event : { ...event, arrivedAt: event.arrivedAt + 60 + draw.below(36 * HOUR) };
}

/** The same id with another content; undefined where the event has no id of its own. */
function conflictOf(event: LiveEvent, draw: Draw): LiveEvent | undefined {
  if (event.id === undefined) return undefined;
  switch (draw.below(4)) {
    case 0:
      return { ...event, type: event.type === 'order_updated' ? 'shipment_updated' : 'order_updated' };
    case 1:
      return { ...event, vendor: event.vendor === 'vendor_a' ? 'vendor_b' : 'vendor_a' };
    case 2:
      return { ...event, time: `20${event.time.slice(2, 4) === '20' ? '21' : '20'}${event.time.slice(4)}` };
    default:
      return { ...event, payload: `${event.payload.slice(0, -1)},"revision":2}` };
  }
}
