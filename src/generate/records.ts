// The payload of each kind of record, from the order it belongs to. Pure but for the pen's tally.

import {
  CARRIERS,
  CHANGES,
  CITIES,
  MAIL_HOSTS,
  METHODS,
  NAMES,
  NOTES,
  REASONS,
  SHIPMENT_STATUSES,
  STREETS,
  VENDORS,
} from './catalogue.ts';
import { type Field, field, ORDER, PAYMENT, REFUND, SHIPMENT, UPDATE } from './fields.ts';
import { decimal, moneyOf } from './money.ts';
import { Payload, type Pen, timeJson } from './payload.ts';
import { Draw, STREAM } from './random.ts';
import type { Order } from './world.ts';

/** What a record is about and when it happened. */
export interface Occasion {
  readonly order: Order;
  /** Seconds. */
  readonly at: number;
  /** "" or the fraction of a second, ".250". */
  readonly fraction: string;
  /** Historical records live by their own time, so it stays usable, and their vendor shows in the name of the order id. */
  readonly isHistorical: boolean;
}

const quoted = (text: string): string => `"${text}"`;

function begin(pen: Pen, draw: Draw, occasion: Occasion): Payload {
  return new Payload(pen, draw, occasion.order.vendor);
}

/** An order id of digits is a JSON number half the time, as exporters of 64-bit ids do it. */
function putOrderId(payload: Payload, field: Field, occasion: Occasion, { pen, draw }: { pen: Pen; draw: Draw }): void {
  if (draw.chance(pen.rates.dirt * 0.12)) {
    pen.tally.missingOrderIds += 1;
    if (!occasion.isHistorical && draw.chance(0.5)) payload.putOwn(field, 'null');
    return;
  }
  const { id, isNumeric } = occasion.order;
  const json = isNumeric && draw.chance(0.5) ? id : quoted(id);
  if (occasion.isHistorical) payload.putOwn(field, json);
  else payload.put(field, json);
}

function putTime(payload: Payload, field: Field, occasion: Occasion, { pen, draw }: { pen: Pen; draw: Draw }): void {
  if (!occasion.isHistorical && draw.chance(pen.rates.dirt * 0.15)) {
    pen.tally.unusableTimes += 1;
    const kind = draw.below(4);
    if (kind < 3) payload.putOwn(field, ['null', '"soon"', '"2025-13-45T99:00:00Z"'][kind] ?? 'null');
    return;
  }
  payload.putTime(field, occasion.at, occasion.fraction);
}

function putMoney(
  payload: Payload,
  fields: { amount: Field; currency: Field },
  minor: number,
  { pen, draw }: { pen: Pen; draw: Draw },
): void {
  const money = moneyOf(pen, draw, minor);
  payload.put(fields.amount, money.amount);
  if (money.currency !== undefined) payload.put(fields.currency, money.currency);
}

/** Email, phone and id, each missing now and then: some customers have nothing but one of them, some nothing at all. */
function putCustomer(payload: Payload, draw: Draw, customer: number): void {
  const number = String(customer);
  const email = `buyer${number}@${MAIL_HOSTS[customer % MAIL_HOSTS.length]}`;
  const missing = draw.below(100);
  if (missing >= 9) payload.put(ORDER.email, quoted(draw.chance(0.03) ? ` ${email.toUpperCase()} ` : email));
  else if (missing < 2) payload.put(ORDER.email, '""');
  if (missing >= 3 && draw.chance(0.85)) payload.put(ORDER.phone, quoted(`+23480${String(10_000_000 + customer * 7)}`));
  if (missing >= 1 && missing !== 4)
    payload.put(ORDER.customerId, draw.chance(0.15) ? 'null' : quoted(`BUYER-${number.padStart(6, '0')}`));
}

function addressJson(draw: Draw): string {
  const kind = draw.below(10);
  if (kind === 0) return 'null';
  const line1 = `${1 + draw.below(250)} ${draw.pick(STREETS)}`;
  const city = draw.pick(CITIES);
  if (kind < 4) return `"${line1}, ${city}"`;
  return `{"line1":"${line1}","city":${kind === 4 ? 'null' : quoted(city)},"country":"NG"}`;
}

/** What stands around the values of an order's line. vendor_a: sku, qty, price; vendor_b: sku, quantity, unit_price; vendor_c: productSku, qty, price. */
const LINE_STYLES = [
  ['{"sku":"', '","qty":', ',"price":'],
  ['{"sku":"', '","quantity":', ',"unit_price":'],
  ['{"productSku":"', '","qty":', ',"price":'],
] as const;

/** In the vendor's style; with drift in any of them. */
function itemsJson(pen: Pen, draw: Draw, order: Order): string {
  const [sku, quantity, price] =
    LINE_STYLES[draw.chance(pen.rates.drift) ? draw.below(3) : order.vendor] ?? LINE_STYLES[0];
  let text = '[';
  for (const line of order.lines) {
    if (text !== '[') text += ',';
    text += `${sku + line.sku + quantity + line.quantity + price + decimal(line.priceMinor)}}`;
  }
  return `${text}]`;
}

function putItems(payload: Payload, pen: Pen, draw: Draw, order: Order): void {
  if (order.lines.length > 0) payload.put(ORDER.items, itemsJson(pen, draw, order));
  else if (draw.chance(0.6)) payload.put(ORDER.items, draw.chance(0.5) ? '[]' : 'null');
}

export function orderPayload(pen: Pen, draw: Draw, occasion: Occasion): string {
  const { order } = occasion;
  if (order.isRecreation) pen.tally.recreatedOrders += 1;
  const payload = begin(pen, draw, occasion);
  const tools = { pen, draw };
  putOrderId(payload, ORDER.orderId, occasion, tools);
  putTime(payload, ORDER.orderedAt, occasion, tools);
  putCustomer(payload, draw, order.customer);
  putItems(payload, pen, draw, order);
  putMoney(payload, { amount: ORDER.total, currency: ORDER.currency }, order.totalMinor, tools);
  if (!draw.chance(0.02)) payload.put(ORDER.region, quoted(draw.pick(CITIES)));
  if (!draw.chance(0.05)) payload.put(ORDER.address, addressJson(draw));
  if (draw.chance(0.05)) payload.put(EXTRA_NAME, quoted(draw.pick(NAMES)));
  return payload.text();
}

/** Fields that the contract does not list, as real exports have them. */
const EXTRA_NAME: Field = field([0, 0, 0], 'recipientName');

export function paymentPayload(pen: Pen, draw: Draw, occasion: Occasion): string {
  const payload = begin(pen, draw, occasion);
  const tools = { pen, draw };
  const { order } = occasion;
  putOrderId(payload, PAYMENT.orderId, occasion, tools);
  putTime(payload, PAYMENT.paidAt, occasion, tools);
  payload.put(PAYMENT.status, paymentStatus(draw, occasion.isHistorical ? 0.12 : 0.03));
  const minor = draw.chance(0.08) ? Math.ceil(order.totalMinor / (2 + draw.below(2))) : order.totalMinor;
  putMoney(payload, { amount: PAYMENT.amount, currency: PAYMENT.currency }, minor, tools);
  payload.put(PAYMENT.method, quoted(draw.pick(METHODS)));
  if (!draw.chance(0.01))
    payload.put(PAYMENT.txnId, quoted(`${['PA', 'PB', 'PC'][order.vendor]}-${draw.hex()}${draw.hex().slice(0, 4)}`));
  return payload.text();
}

function paymentStatus(draw: Draw, failedShare: number): string {
  if (draw.chance(failedShare)) return draw.chance(0.2) ? '"PENDING"' : '"FAILED"';
  if (draw.chance(0.02)) return '" success "';
  return draw.chance(0.003) ? 'null' : '"SUCCESS"';
}

/** A full refund has null items; a partial one lists lines; one in thirty gives back more than the order cost. */
export function refundPayload(pen: Pen, draw: Draw, occasion: Occasion): string {
  const payload = begin(pen, draw, occasion);
  const tools = { pen, draw };
  const { order } = occasion;
  putOrderId(payload, REFUND.orderId, occasion, tools);
  putTime(payload, REFUND.refundedAt, occasion, tools);
  const part =
    order.lines.length > 0 && draw.chance(0.55) ? order.lines.slice(0, 1 + draw.below(order.lines.length)) : [];
  const partMinor = part.reduce((sum, line) => sum + line.quantity * line.priceMinor, 0);
  const minor = draw.chance(0.03) ? order.totalMinor * 2 : part.length > 0 ? partMinor : order.totalMinor;
  putMoney(payload, { amount: REFUND.amount, currency: REFUND.currency }, minor, tools);
  if (!draw.chance(0.03)) payload.put(REFUND.reason, quoted(draw.pick(REASONS)));
  payload.put(REFUND.items, part.length > 0 ? refundItems(part) : draw.chance(0.05) ? '[]' : 'null');
  return payload.text();
}

function refundItems(lines: Order['lines']): string {
  return `[${lines.map(line => `{"sku":"${line.sku}","qty":${line.quantity},"amount":${decimal(line.quantity * line.priceMinor)}}`).join(',')}]`;
}

/** @param seed of the whole generation: the parcel is drawn by the order, not by the event. */
function putParcel(payload: Payload, order: Order, { seed, hasCarrier }: { seed: number; hasCarrier: boolean }): void {
  const draw = new Draw(seed, STREAM.tracking, order.key);
  const carrier = draw.pick(CARRIERS);
  if (!draw.chance(0.01))
    payload.put(SHIPMENT.tracking, quoted(`${['WB', 'TN', 'PX'][order.vendor]}${draw.hex().toUpperCase()}`));
  if (hasCarrier) payload.put(SHIPMENT.carrier, quoted(carrier));
}

const statusAt = (step: number): string => SHIPMENT_STATUSES[step] ?? 'DELIVERED';

export function shipmentPayload(
  pen: Pen,
  draw: Draw,
  occasion: Occasion & { readonly seed: number; readonly step: number },
): string {
  const payload = begin(pen, draw, occasion);
  const tools = { pen, draw };
  putOrderId(payload, SHIPMENT.orderId, occasion, tools);
  putParcel(payload, occasion.order, { seed: occasion.seed, hasCarrier: draw.chance(0.5) });
  const status = statusAt(occasion.step);
  payload.put(SHIPMENT.status, quoted(draw.chance(0.02) ? `${status.toLowerCase()} ` : status));
  putTime(payload, SHIPMENT.statusAt, occasion, tools);
  return payload.text();
}

export function historicalShipmentPayload(
  pen: Pen,
  draw: Draw,
  occasion: Occasion & { readonly seed: number },
): string {
  const payload = begin(pen, draw, occasion);
  putOrderId(payload, SHIPMENT.orderId, occasion, { pen, draw });
  putParcel(payload, occasion.order, { seed: occasion.seed, hasCarrier: !draw.chance(0.02) });
  payload.put(SHIPMENT.statuses, timeline(pen, draw, occasion.at));
  return payload.text();
}

function timeline(pen: Pen, draw: Draw, from: number): string {
  const count = 1 + draw.below(SHIPMENT_STATUSES.length);
  let seconds = from;
  let text = '';
  for (let step = 0; step < count; step += 1) {
    const isUnusable = step > 0 && draw.chance(pen.rates.dirt * 0.1);
    if (isUnusable) pen.tally.unusableTimes += 1;
    const format = draw.chance(0.15) ? 'minute' : 'iso';
    const time = isUnusable ? 'null' : timeJson(pen.times, { format, seconds, fraction: '' });
    text += `${step === 0 ? '' : ','}{"status":"${statusAt(step)}","time":${time}}`;
    seconds += 3_600 + draw.below(172_800);
  }
  return `[${text}]`;
}

export function updatePayload(pen: Pen, draw: Draw, occasion: Occasion): string {
  const payload = begin(pen, draw, occasion);
  const tools = { pen, draw };
  putOrderId(payload, UPDATE.orderId, occasion, tools);
  putTime(payload, UPDATE.updatedAt, occasion, tools);
  payload.put(UPDATE.change, quoted(draw.pick(CHANGES)));
  if (draw.chance(0.7)) payload.put(UPDATE.notes, quoted(draw.pick(NOTES)));
  return payload.text();
}

/** Something that the contract does not know, as a schema-flexible store must take it. */
export function unknownPayload(pen: Pen, draw: Draw, occasion: Occasion): string {
  pen.tally.unknownTypes += 1;
  const score = `${draw.below(5)}.${draw.below(10)}0`;
  return `{"source":"${VENDORS[occasion.order.vendor]}","customer":${occasion.order.customer},"score":${score},"tags":["ọjà",null,true],"id":${9_007_199_254}${String(draw.below(1_000_000_000)).padStart(9, '0')}}`;
}
