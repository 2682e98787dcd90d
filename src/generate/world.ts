// The shop as pure functions of a number: order 7 is the same order whenever it is asked for, so nothing has to be kept.
// What does grow is one number for each live day: where its orders begin.

import { DAY_SECONDS, dayNumber, dayText } from './calendar.ts';
import { CUSTOMERS_PER_1000_ORDERS, PRICES, PRODUCTS } from './catalogue.ts';
import type { Settings } from './options.ts';
import { Draw, STREAM } from './random.ts';

interface Line {
  readonly sku: string;
  readonly quantity: number;
  /** NGN kobo. */
  readonly priceMinor: number;
}

export interface Order {
  /** The order_id's characters; all digits where `isNumeric`. */
  readonly id: string;
  readonly isNumeric: boolean;
  /** It takes the id of an order created before it. */
  readonly isRecreation: boolean;
  /** 0 vendor_a, 1 vendor_b, 2 vendor_c. */
  readonly vendor: number;
  /** When it was placed, in seconds. */
  readonly at: number;
  /** Live: when it arrived. */
  readonly arrivedAt: number;
  readonly customer: number;
  readonly lines: readonly Line[];
  /** NGN kobo. */
  readonly totalMinor: number;
  /** For what is drawn once an order: its parcel's tracking code. */
  readonly key: number;
}

/** A year's exports: how many records each file holds, and where its orders begin among all historical ones. */
export interface YearSlice {
  readonly year: number;
  /** Seconds. */
  readonly startsAt: number;
  readonly seconds: number;
  readonly firstOrder: number;
  readonly orders: number;
  readonly payments: number;
  readonly refunds: number;
  readonly shipments: number;
}

/** Live orders count on from here, so that their draws differ from historical ones. */
const LIVE_KEYS = 2 ** 50;
const RECREATED_SHARE = 0.015;
const SKUS = Array.from({ length: PRODUCTS }, (_, n) => `PLS-${digits(n, 4)}`);

/** As in the exports that shops really send: more than a third orders, nearly one payment for each of them. */
function yearSlices(settings: Settings): readonly YearSlice[] {
  const count = settings.years.length;
  let firstOrder = 0;
  return settings.years.map((year, i) => {
    const records = Math.floor((settings.historical * (i + 1)) / count) - Math.floor((settings.historical * i) / count);
    const [orders, payments, refunds] = [0.345, 0.317, 0.062].map(share => Math.round(records * share)) as [
      number,
      number,
      number,
    ];
    const [firstDay, nextDay] = [dayNumber(`${year}-01-01`), dayNumber(`${year + 1}-01-01`)];
    const span = { startsAt: firstDay * DAY_SECONDS, seconds: (nextDay - firstDay) * DAY_SECONDS };
    const slice = {
      year,
      ...span,
      firstOrder,
      orders,
      payments,
      refunds,
      shipments: records - orders - payments - refunds,
    };
    firstOrder += orders;
    return slice;
  });
}

/** Money times quantity over the lines, and a delivery fee now and then. */
function totalOf(draw: Draw, lines: readonly Line[]): number {
  const goods = lines.reduce((sum, line) => sum + line.quantity * line.priceMinor, 0);
  return draw.chance(0.1) ? goods + 150_000 : goods;
}

function line(draw: Draw): Line {
  const product = draw.below(PRODUCTS);
  const price = (PRICES[(product * 7) % PRICES.length] ?? PRICES[0]) * 100;
  return {
    sku: SKUS[product] ?? '',
    quantity: 1 + draw.below(3),
    priceMinor: draw.chance(0.04) ? Math.floor(price * 0.85) + 10 : price,
  };
}

export class World {
  readonly settings: Settings;
  readonly slices: readonly YearSlice[];
  readonly historicalOrders: number;
  /** How many live orders have been created so far. */
  liveOrders = 0;
  private readonly customers: number;
  /** For each live day begun: the first of its orders. */
  private readonly dayStarts: number[] = [];
  /** Each begun day's part of its order ids: 250115. */
  private readonly dayLabels: string[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
    this.slices = yearSlices(settings);
    this.historicalOrders = this.slices.reduce((sum, slice) => sum + slice.orders, 0);
    this.customers = Math.ceil((settings.events * 0.3 * CUSTOMERS_PER_1000_ORDERS) / 1000) + 1;
  }

  /** Begins the next live day. */
  openDay(): void {
    const day = dayText(this.settings.firstDay + this.dayStarts.length);
    this.dayLabels.push(day.slice(2).replaceAll('-', ''));
    this.dayStarts.push(this.liveOrders);
  }

  /** The historical order `index`, from 0. */
  historical(index: number): Order {
    const slice = this.sliceOf(index);
    const draw = new Draw(this.settings.seed, STREAM.order, index);
    const id = this.idOf(index, draw);
    const at = slice.startsAt + draw.below(slice.seconds);
    const earlier = index > 0 && draw.chance(RECREATED_SHARE) ? draw.below(index) : undefined;
    return this.order(draw, {
      id: earlier === undefined ? id : this.idOf(earlier),
      isRecreation: earlier !== undefined,
      at,
      arrivedAt: at,
      key: index,
    });
  }

  /** The live order `n`, from 0, of a day begun. */
  live(n: number): Order {
    const key = LIVE_KEYS + n;
    const draw = new Draw(this.settings.seed, STREAM.order, key);
    const id = this.idOf(key, draw);
    const dayStart = (this.settings.firstDay + this.dayOf(n)) * DAY_SECONDS;
    const { at, arrivedAt } = liveTimes(draw, {
      dayStart,
      earliest: dayStart,
      spread: DAY_SECONDS,
      lateShare: this.settings.rates.late,
    });
    const earlier = draw.chance(RECREATED_SHARE * 1.5) ? this.anyKeyBefore(draw, n) : undefined;
    return this.order(draw, {
      id: earlier === undefined ? id : this.idOf(earlier),
      isRecreation: earlier !== undefined,
      at,
      arrivedAt,
      key,
    });
  }

  /** An order that nobody created. */
  phantom(draw: Draw, at: number): Order {
    const id = `ORD-999999-${digits(draw.below(100_000_000), 8)}`;
    return this.order(draw, { id, isRecreation: false, at, arrivedAt: at, key: draw.next() });
  }

  private anyKeyBefore(draw: Draw, n: number): number | undefined {
    const isLive = draw.chance(0.6);
    if (isLive && n > 0) return LIVE_KEYS + draw.below(n);
    return this.historicalOrders > 0 ? draw.below(this.historicalOrders) : undefined;
  }

  private order(
    draw: Draw,
    known: Pick<Order, 'isRecreation' | 'at' | 'arrivedAt' | 'key'> & { readonly id: string },
  ): Order {
    const lines: Line[] = [];
    const count = draw.chance(0.01) ? 0 : 1 + draw.below(5);
    const isFree = draw.chance(0.003);
    for (let i = 0; i < count; i += 1) lines.push(isFree ? { ...line(draw), priceMinor: 0 } : line(draw));
    const vendor = draw.pick(this.settings.vendors);
    // Field by field: a spread here took a quarter of the whole generation.
    return {
      id: known.id,
      isNumeric: !known.id.startsWith('ORD'),
      isRecreation: known.isRecreation,
      vendor: vendor === 'vendor_a' ? 0 : vendor === 'vendor_b' ? 1 : 2,
      at: known.at,
      arrivedAt: known.arrivedAt,
      customer: draw.below(this.customers),
      lines,
      totalMinor: lines.length === 0 || isFree ? 450_000 : totalOf(draw, lines),
      key: known.key,
    };
  }

  /** ORD-0000012, ORD-250115-00012, or now and then 19 digits below 2^63. `draw` is at the beginning of the order's series. */
  private idOf(key: number, draw = new Draw(this.settings.seed, STREAM.order, key)): string {
    const isLong = draw.chance(this.settings.rates.dirt * 0.3);
    const middle = draw.below(1_000_000_000);
    if (key < LIVE_KEYS) {
      return isLong ? `4${digits(middle, 9)}${digits(key, 9)}` : `ORD-${digits(key + 1, 7)}`;
    }
    const n = key - LIVE_KEYS;
    if (isLong) return `5${digits(middle, 9)}${digits(n, 9)}`;
    const day = this.dayOf(n);
    return `ORD-${this.dayLabels[day]}-${digits(n - (this.dayStarts[day] ?? 0) + 1, 5)}`;
  }

  /** Which live day order `n` belongs to, from 0: the last one that begins at or before it. */
  private dayOf(n: number): number {
    let day = this.dayStarts.length - 1;
    while (day > 0 && (this.dayStarts[day] ?? 0) > n) day -= 1;
    return day;
  }

  private sliceOf(index: number): YearSlice {
    const slice = this.slices.find(one => index < one.firstOrder + one.orders);
    if (slice === undefined) throw new Error(`no historical order ${index}`);
    return slice;
  }
}

function digits(n: number, width: number): string {
  return String(n).padStart(width, '0');
}

/**
 * When a live event happens and when it arrives, both in seconds, for the day that begins at `dayStart`.
 * Late ones arrive within the day, 24 hours (a twentieth of them to the second, so not late) to 8 days after they happened.
 */
export function liveTimes(
  draw: Draw,
  span: { readonly dayStart: number; readonly earliest: number; readonly spread: number; readonly lateShare: number },
): { readonly at: number; readonly arrivedAt: number } {
  const { dayStart } = span;
  if (draw.chance(span.lateShare)) {
    const arrivedAt = dayStart + draw.below(DAY_SECONDS);
    const delay = draw.chance(0.05) ? DAY_SECONDS : DAY_SECONDS + 1 + draw.below(7 * DAY_SECONDS);
    return { at: arrivedAt - delay, arrivedAt };
  }
  const wanted = Math.max(span.earliest, dayStart) + draw.below(span.spread);
  const at = wanted < dayStart + DAY_SECONDS ? wanted : dayStart + DAY_SECONDS - 1 - draw.below(900);
  return { at, arrivedAt: at + 30 + draw.below(7_200) };
}
