// The names that the vendors give to each field, in the contract's order (section 3), and how each name writes its times.
// Constants only. The contract is the source; a test holds that generated data reads back by it.

export type TimeFormat = 'minute' | 'slash' | 'local' | 'iso' | 'epoch';

export interface Name {
  readonly head: string;
  /** The second part of a nested name: `id` of `order.id`. */
  readonly tail: string | undefined;
  readonly format: TimeFormat;
  /** The key as JSON, ready to be followed by a value: `"ts":`, and `,"ts":` behind another one. */
  readonly key: string;
  readonly nextKey: string;
}

export interface Field {
  /** In the contract's order: the first non-null one counts. */
  readonly names: readonly Name[];
  /** Which of them vendor_a, vendor_b and vendor_c use when nothing drifts. */
  readonly own: readonly [number, number, number];
}

function name(path: string): Name {
  const [spelled = '', format = 'iso'] = path.split(' ');
  const [head = '', tail] = spelled.split('.');
  if (format !== 'iso' && format !== 'minute' && format !== 'slash' && format !== 'local' && format !== 'epoch') {
    throw new Error(`no such time format: ${format}`);
  }
  const key = `"${tail ?? head}":`;
  return { head, tail, format, key, nextKey: `,${key}` };
}

/** `paths` are names, each with its time format after a space where it holds a time (iso when it says none). */
export function field(own: Field['own'], ...paths: readonly string[]): Field {
  return { names: paths.map(name), own };
}

const CURRENCY = field([0, 1, 2], 'currency', 'currencyCode', 'ccy');

export const ORDER = {
  orderId: field([0, 1, 2], 'orderRef', 'order_id', 'order.id'),
  orderedAt: field([0, 1, 2], 'created minute', 'created_at iso', 'order.ts epoch'),
  email: field([0, 2, 3], 'customer.email', 'buyer.email', 'buyerEmail', 'email'),
  phone: field([0, 2, 3], 'customer.phone', 'buyer.phone', 'buyerPhone', 'phone'),
  customerId: field([0, 2, 3], 'customer.id', 'buyer.id', 'customerId', 'cust_id'),
  total: field([0, 1, 2], 'total', 'totalAmount', 'amount'),
  currency: CURRENCY,
  region: field([0, 1, 2], 'region', 'state', 'geo.region'),
  address: field([0, 1, 2], 'shippingAddress', 'address', 'shipping.address'),
  items: field([0, 1, 0], 'items', 'line_items'),
} as const;

export const PAYMENT = {
  orderId: field([0, 1, 2], 'orderRef', 'order_id', 'order'),
  paidAt: field([0, 1, 2], 'paidAt slash', 'paid_at iso', 'timestamp epoch'),
  status: field([0, 1, 2], 'status', 'payment_status', 'state', 'payment_state'),
  amount: field([0, 1, 3], 'amount', 'amountPaid', 'amount_paid', 'amt'),
  currency: CURRENCY,
  method: field([0, 1, 2], 'method', 'channel', 'paymentMethod'),
  txnId: field([0, 1, 2], 'txRef', 'transaction_id', 'txn'),
} as const;

export const REFUND = {
  orderId: field([0, 1, 2], 'orderRef', 'order_id', 'order'),
  refundedAt: field([0, 1, 2], 'refundedAt local', 'refunded_at iso', 'ts epoch'),
  amount: field([0, 1, 2], 'amount', 'refundAmount', 'amt'),
  currency: CURRENCY,
  reason: field([0, 1, 0], 'reason', 'refund_reason'),
  items: field([0, 1, 2], 'items', 'refunded_items', 'items_refunded'),
} as const;

export const SHIPMENT = {
  orderId: field([0, 1, 2], 'orderRef', 'order_id', 'order.id'),
  tracking: field([0, 1, 0], 'tracking', 'tracking_code'),
  carrier: field([0, 1, 0], 'carrier', 'logistics_partner'),
  status: field([0, 1, 2], 'status', 'shipment_status', 'state'),
  statusAt: field([0, 2, 3], 'updateTime iso', 'update_time iso', 'time iso', 'ts epoch'),
  statuses: field([0, 1, 2], 'updates', 'status_history', 'timeline'),
} as const;

export const UPDATE = {
  orderId: field([0, 1, 2], 'orderRef', 'order_id', 'order'),
  updatedAt: field([0, 1, 2], 'updatedAt iso', 'updated_at iso', 'ts epoch'),
  change: field([0, 1, 0], 'change', 'change_type'),
  notes: field([0, 1, 0], 'notes', 'note'),
} as const;
