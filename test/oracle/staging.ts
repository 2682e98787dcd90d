// The six staging tables (contract, sections 3 and 5): one row an event, or a line or status of it; nothing deduplicated.

import { amount, first, firstText, integer, lower, text, upper } from './fields.ts';
import { dayOf, instantOf, type Micros } from './instant.ts';
import { isObject, type Json } from './json.ts';
import type { Numeric } from './numeric.ts';
import type { Event } from './raw.ts';

export interface Common {
  event_id: string;
  event_type: string;
  event_time: Micros;
  event_date: string;
  vendor: string | null;
  ingested_at: Micros;
  source: 'historical' | 'live';
  order_id: string | null;
}

export interface StgOrder extends Common {
  ordered_at: Micros;
  email: string | null;
  phone: string | null;
  customer_id: string | null;
  total: Numeric | null;
  currency: string | null;
  region: string | null;
  ship_line1: string | null;
  ship_city: string | null;
  ship_country: string | null;
  /** An amount (of a line: a quantity or price) was sent and is no number. */
  is_amount_unparsable: boolean;
  /** A time was sent and does not parse. */
  is_time_unparsable: boolean;
}

export interface StgOrderItem extends Common {
  line_number: number;
  sku: string | null;
  quantity: bigint | null;
  unit_price: Numeric | null;
  /** An amount (of a line: a quantity or price) was sent and is no number. */
  is_amount_unparsable: boolean;
}

interface StgOrderUpdate extends Common {
  updated_at: Micros;
  change: string | null;
  notes: string | null;
  /** A time was sent and does not parse. */
  is_time_unparsable: boolean;
}

interface StgPayment extends Common {
  paid_at: Micros;
  status: string | null;
  amount: Numeric | null;
  currency: string | null;
  method: string | null;
  txn_id: string | null;
  /** An amount (of a line: a quantity or price) was sent and is no number. */
  is_amount_unparsable: boolean;
  /** A time was sent and does not parse. */
  is_time_unparsable: boolean;
}

interface StgRefund extends Common {
  refunded_at: Micros;
  amount: Numeric | null;
  currency: string | null;
  reason: string | null;
  is_partial: boolean;
  item_count: number;
  /** An amount (of a line: a quantity or price) was sent and is no number. */
  is_amount_unparsable: boolean;
  /** A time was sent and does not parse. */
  is_time_unparsable: boolean;
}

interface StgShipment extends Common {
  /** From 1. */
  position: number;
  tracking_code: string | null;
  carrier: string | null;
  status: string | null;
  status_at: Micros;
  /** A time was sent and does not parse. */
  is_time_unparsable: boolean;
}

export interface Staging {
  orders: StgOrder[];
  items: StgOrderItem[];
  updates: StgOrderUpdate[];
  payments: StgPayment[];
  refunds: StgRefund[];
  shipments: StgShipment[];
}

export function stage(events: Event[]): Staging {
  const staging: Staging = { orders: [], items: [], updates: [], payments: [], refunds: [], shipments: [] };
  for (const event of events) {
    switch (event.eventType) {
      case 'order_created':
      case 'historical_order':
        staging.orders.push(order(event));
        staging.items.push(...items(event));
        break;
      case 'order_updated':
        staging.updates.push(update(event));
        break;
      case 'payment_succeeded':
      case 'historical_payment':
        staging.payments.push(payment(event));
        break;
      case 'refund_issued':
      case 'historical_refund':
        staging.refunds.push(refund(event));
        break;
      case 'shipment_updated':
        staging.shipments.push(shipment(event));
        break;
      case 'historical_shipment':
        staging.shipments.push(...historicalShipment(event));
        break;
    }
  }
  return staging;
}

function common(event: Event, ...orderIdNames: string[]): Common {
  return {
    event_id: event.eventId,
    event_type: event.eventType,
    event_time: event.eventTime,
    event_date: dayOf(event.eventTime),
    vendor: event.vendor,
    ingested_at: event.ingestedAt,
    source: event.eventType.startsWith('historical_') ? 'historical' : 'live',
    order_id: firstText(event.payload, ...orderIdNames),
  };
}

/** Absent or not to be parsed: the event's own time. */
function timeOf(event: Event, value: Json): Micros {
  return instantOf(value) ?? event.eventTime;
}

const lacksAmount = (sent: Json): boolean => sent !== null && amount(sent) === null;
const lacksTime = (sent: Json): boolean =>
  sent !== null && !(typeof sent === 'string' && sent.trim() === '') && instantOf(sent) === null;

const ORDER_ID = ['orderRef', 'order_id', 'order.id'];
const CURRENCY = ['currency', 'currencyCode', 'ccy'];

function order(event: Event): StgOrder {
  const { payload } = event;
  const address = first(payload, 'shippingAddress', 'address', 'shipping.address');
  return {
    ...common(event, ...ORDER_ID),
    ordered_at: timeOf(event, first(payload, 'created', 'created_at', 'order.ts')),
    email: lower(firstText(payload, 'customer.email', 'buyer.email', 'buyerEmail', 'email')),
    phone: firstText(payload, 'customer.phone', 'buyer.phone', 'buyerPhone', 'phone'),
    customer_id: firstText(payload, 'customer.id', 'buyer.id', 'customerId', 'cust_id'),
    total: amount(first(payload, 'total', 'totalAmount', 'amount')),
    currency: upper(firstText(payload, ...CURRENCY)),
    region: firstText(payload, 'region', 'state', 'geo.region'),
    ship_line1: isObject(address) ? text(address.get('line1') ?? null) : typeof address === 'string' ? address : null,
    ship_city: isObject(address) ? text(address.get('city') ?? null) : null,
    ship_country: isObject(address) ? text(address.get('country') ?? null) : null,
    is_time_unparsable: lacksTime(first(payload, 'created', 'created_at', 'order.ts')),
    is_amount_unparsable: lacksAmount(first(payload, 'total', 'totalAmount', 'amount')),
  };
}

function items(event: Event): StgOrderItem[] {
  const lines = first(event.payload, 'items', 'line_items');
  if (!Array.isArray(lines)) return [];
  return lines.map((line, i) => ({
    ...common(event, ...ORDER_ID),
    line_number: i + 1,
    sku: firstText(line, 'sku', 'productSku'),
    quantity: integer(first(line, 'qty', 'quantity')),
    unit_price: amount(first(line, 'price', 'unit_price')),
    is_amount_unparsable:
      (first(line, 'qty', 'quantity') !== null && integer(first(line, 'qty', 'quantity')) === null) ||
      lacksAmount(first(line, 'price', 'unit_price')),
  }));
}

function update(event: Event): StgOrderUpdate {
  const { payload } = event;
  return {
    ...common(event, 'orderRef', 'order_id', 'order'),
    updated_at: timeOf(event, first(payload, 'updatedAt', 'updated_at', 'ts')),
    change: firstText(payload, 'change', 'change_type'),
    notes: firstText(payload, 'notes', 'note'),
    is_time_unparsable: lacksTime(first(payload, 'updatedAt', 'updated_at', 'ts')),
  };
}

function payment(event: Event): StgPayment {
  const { payload } = event;
  return {
    ...common(event, 'orderRef', 'order_id', 'order'),
    paid_at: timeOf(event, first(payload, 'paidAt', 'paid_at', 'timestamp')),
    status: upper(firstText(payload, 'status', 'payment_status', 'state', 'payment_state')),
    amount: amount(first(payload, 'amount', 'amountPaid', 'amount_paid', 'amt')),
    currency: upper(firstText(payload, ...CURRENCY)),
    method: firstText(payload, 'method', 'channel', 'paymentMethod'),
    txn_id: firstText(payload, 'txRef', 'transaction_id', 'txn'),
    is_time_unparsable: lacksTime(first(payload, 'paidAt', 'paid_at', 'timestamp')),
    is_amount_unparsable: lacksAmount(first(payload, 'amount', 'amountPaid', 'amount_paid', 'amt')),
  };
}

function refund(event: Event): StgRefund {
  const { payload } = event;
  const lines = first(payload, 'items', 'refunded_items', 'items_refunded');
  const count = Array.isArray(lines) ? lines.length : 0;
  return {
    ...common(event, 'orderRef', 'order_id', 'order'),
    refunded_at: timeOf(event, first(payload, 'refundedAt', 'refunded_at', 'ts')),
    amount: amount(first(payload, 'amount', 'refundAmount', 'amt')),
    currency: upper(firstText(payload, ...CURRENCY)),
    reason: firstText(payload, 'reason', 'refund_reason'),
    is_partial: count > 0,
    item_count: count,
    is_time_unparsable: lacksTime(first(payload, 'refundedAt', 'refunded_at', 'ts')),
    is_amount_unparsable: lacksAmount(first(payload, 'amount', 'refundAmount', 'amt')),
  };
}

function parcel(event: Event): Common & Pick<StgShipment, 'tracking_code' | 'carrier'> {
  return {
    ...common(event, ...ORDER_ID),
    tracking_code: firstText(event.payload, 'tracking', 'tracking_code'),
    carrier: firstText(event.payload, 'carrier', 'logistics_partner'),
  };
}

function shipment(event: Event): StgShipment {
  return {
    ...parcel(event),
    position: 1,
    status: upper(firstText(event.payload, 'status', 'shipment_status', 'state')),
    status_at: timeOf(event, first(event.payload, 'updateTime', 'update_time', 'time', 'ts')),
    is_time_unparsable: lacksTime(first(event.payload, 'updateTime', 'update_time', 'time', 'ts')),
  };
}

function historicalShipment(event: Event): StgShipment[] {
  const statuses = first(event.payload, 'updates', 'status_history', 'timeline');
  if (!Array.isArray(statuses)) return [];
  return statuses.map((status, i) => ({
    ...parcel(event),
    position: i + 1,
    status: upper(firstText(status, 'status')),
    status_at: timeOf(event, first(status, 'time')),
    is_time_unparsable: lacksTime(first(status, 'time')),
  }));
}
