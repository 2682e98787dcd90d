// From a scanned JSON value to an event of the data contract (sections 1 to 3): a live event as it came, a record of a
// historical export as an event of its own. Judges, and says why not; stores nothing.

import type { EventParts } from './event-pack.ts';
import { JcsFault, JcsWriter } from './jcs.ts';
import { KIND, NODE, type Scanner } from './scan.ts';
import { isPlainTime, timeOfEpoch, timeOfText } from './time.ts';

/** How the values of a source are to be read. */
export type Shape = 'live' | HistoricalType;
export type HistoricalType = 'historical_order' | 'historical_payment' | 'historical_refund' | 'historical_shipment';

const names = (...texts: readonly string[]): readonly Uint8Array[] => texts.map(text => new TextEncoder().encode(text));
const path = (dotted: string): readonly Uint8Array[] => names(...dotted.split('.'));

const [EVENT_ID, EVENT_TYPE, EVENT_TIME, VENDOR, PAYLOAD, INGESTED_AT, ORDER_REF, ORDER_ID, TIME] = names(
  'event_id',
  'event_type',
  'event_time',
  'vendor',
  'payload',
  'ingested_at',
  'orderRef',
  'order_id',
  'time',
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** Where a record keeps its own time, names in order (data contract, section 3); a shipment's are its lists of statuses. */
const OWN_TIME: Readonly<Record<HistoricalType, readonly (readonly Uint8Array[])[]>> = {
  historical_order: ['created', 'created_at', 'order.ts'].map(path),
  historical_payment: ['paidAt', 'paid_at', 'timestamp'].map(path),
  historical_refund: ['refundedAt', 'refunded_at', 'ts'].map(path),
  historical_shipment: ['updates', 'status_history', 'timeline'].map(path),
};

/** What an event is, or in one sentence why there is none. */
export type Judged = EventParts | string;

/** Reads what lies on a scanner's tape; `now` (canonical UTC text) is the time of ingestion. */
export class EventReader {
  private readonly scanner: Scanner;
  private readonly now: string;
  private readonly jcs = new JcsWriter();

  constructor(scanner: Scanner, now: string) {
    this.scanner = scanner;
    this.now = now;
  }

  read(shape: Shape, line: number): Judged {
    if (this.scanner.kind(0) !== KIND.object) return `${this.kindName(0)}, not an object`;
    try {
      return shape === 'live' ? this.live(line) : this.historical(shape, line);
    } catch (error) {
      if (error instanceof JcsFault) return error.message;
      throw error;
    }
  }

  private live(line: number): Judged {
    const { scanner } = this;
    const nodes = this.liveNodes();
    const eventType = this.textOf(nodes.eventType);
    if (eventType === null || eventType === '') return `no event_type (${this.found(nodes.eventType)})`;
    const eventTime = this.timeOf(nodes.eventTime);
    if (eventTime === null) return `no usable event_time (${this.found(nodes.eventTime)})`;
    if (nodes.payload < 0) return 'no payload';
    if (scanner.kind(nodes.payload) !== KIND.object) return `payload is ${this.kindName(nodes.payload)}, not an object`;
    const vendor = this.textOf(nodes.vendor);
    if (vendor === null && !this.isNothing(nodes.vendor))
      return `vendor is ${this.kindName(nodes.vendor)}, not a string`;
    const given = this.textOf(nodes.eventId);
    if (given === null && !this.isNothing(nodes.eventId))
      return `event_id is ${this.kindName(nodes.eventId)}, not a string`;
    return {
      source: scanner.out,
      payloadFrom: scanner.tape[nodes.payload + 1] as number,
      payloadTo: scanner.tape[nodes.payload + 2] as number,
      // An empty id would make all events without one the same event.
      eventId: given || this.jcs.eventId(scanner, nodes.payload, { eventType, vendor }),
      eventTime,
      // What does not parse counts as absent: it is not among what keeps an event out.
      ingestedAt: this.timeOf(nodes.ingestedAt) ?? this.now,
      eventType,
      vendor,
      line,
    };
  }

  private historical(eventType: HistoricalType, line: number): Judged {
    const { scanner } = this;
    const time = this.ownTime(eventType);
    const eventTime = this.timeOf(time);
    if (eventTime === null) return `no usable time of its own (${this.found(time)})`;
    const vendor =
      scanner.member(0, ORDER_REF) >= 0 ? 'vendor_a' : scanner.member(0, ORDER_ID) >= 0 ? 'vendor_b' : 'vendor_c';
    return {
      source: scanner.out,
      payloadFrom: 0,
      payloadTo: scanner.outEnd,
      eventId: this.jcs.eventId(scanner, 0, { eventType, vendor }),
      eventTime,
      ingestedAt: this.now,
      eventType,
      vendor,
      line,
    };
  }

  /** The first non-null of the type's names; of a shipment, the time of the first status in it. */
  private ownTime(eventType: HistoricalType): number {
    const { scanner } = this;
    for (const keys of OWN_TIME[eventType]) {
      let node = 0;
      for (const key of keys) node = node < 0 ? -1 : scanner.member(node, key);
      if (this.isNothing(node)) continue;
      if (eventType !== 'historical_shipment') return node;
      const isEmpty = scanner.kind(node) !== KIND.array || (scanner.tape[node + 3] as number) === node + NODE;
      return isEmpty ? -1 : scanner.member(node + NODE, TIME);
    }
    return -1;
  }

  private liveNodes(): Record<'eventId' | 'eventType' | 'eventTime' | 'vendor' | 'payload' | 'ingestedAt', number> {
    const { scanner } = this;
    const nodes = { eventId: -1, eventType: -1, eventTime: -1, vendor: -1, payload: -1, ingestedAt: -1 };
    const end = scanner.tapeEnd;
    for (let key = NODE; key < end; key = scanner.tape[key + NODE + 3] as number) {
      const value = key + NODE;
      if (scanner.isKey(key, EVENT_ID)) nodes.eventId = value;
      else if (scanner.isKey(key, EVENT_TYPE)) nodes.eventType = value;
      else if (scanner.isKey(key, EVENT_TIME)) nodes.eventTime = value;
      else if (scanner.isKey(key, VENDOR)) nodes.vendor = value;
      else if (scanner.isKey(key, PAYLOAD)) nodes.payload = value;
      else if (scanner.isKey(key, INGESTED_AT)) nodes.ingestedAt = value;
    }
    return nodes;
  }

  private isNothing(node: number): boolean {
    return node < 0 || this.scanner.kind(node) === KIND.null;
  }

  private textOf(node: number): string | null {
    if (node < 0) return null;
    const kind = this.scanner.kind(node);
    return kind === KIND.string || kind === KIND.escapedString ? this.scanner.string(node) : null;
  }

  private timeOf(node: number): string | null {
    if (node < 0) return null;
    const { out, tape } = this.scanner;
    const from = tape[node + 1] as number;
    const to = tape[node + 2] as number;
    if (tape[node] === KIND.number) return timeOfEpoch(out.toString('latin1', from, to));
    if (tape[node] === KIND.string && to - from === 22 && isPlainTime(out, from + 1))
      return out.toString('latin1', from + 1, to - 1);
    const text = this.textOf(node);
    return text === null ? null : timeOfText(text);
  }

  /** What stands where something else was needed, for the reason. */
  private found(node: number): string {
    if (node < 0) return 'absent';
    const text = this.scanner.text(node);
    return text.length > 60 ? `${this.kindName(node)}` : text;
  }

  private kindName(node: number): string {
    const kind = this.scanner.kind(node);
    if (kind === KIND.object) return 'an object';
    if (kind === KIND.array) return 'an array';
    if (kind === KIND.string || kind === KIND.escapedString) return 'a string';
    return kind === KIND.number ? 'a number' : this.scanner.text(node);
  }
}
