// From a scanned JSON value to an event of the data contract (sections 1 to 3): a live event as it came, a record of a
// historical export as an event of its own. Judges, and says why not; stores nothing.

import { FIELD, type PackBuilder } from './event-pack.ts';
import { Interner } from './interner.ts';
import { JcsFault, JcsWriter } from './jcs.ts';
import { type KeyName, KIND, keyName, NODE, type Scanner } from './scan.ts';
import { plainTimeBytes, TIME_BYTES, timeOfEpoch, timeOfText, writeEpoch, writeWallTime } from './time.ts';

/** How the values of a source are to be read. */
export type Shape = 'live' | HistoricalType;
export type HistoricalType = 'historical_order' | 'historical_payment' | 'historical_refund' | 'historical_shipment';

const path = (dotted: string): readonly KeyName[] => dotted.split('.').map(keyName);

const EVENT_ID = keyName('event_id');
const EVENT_TYPE = keyName('event_type');
const EVENT_TIME = keyName('event_time');
const VENDOR = keyName('vendor');
const PAYLOAD = keyName('payload');
const INGESTED_AT = keyName('ingested_at');
const ORDER_REF = keyName('orderRef');
const ORDER_ID = keyName('order_id');
const TIME = keyName('time');

/** Where a record keeps its own time, names in order (data contract, section 3); a shipment's are its lists of statuses. */
const OWN_TIME: Readonly<Record<HistoricalType, readonly (readonly KeyName[])[]>> = {
  historical_order: ['created', 'created_at', 'order.ts'].map(path),
  historical_payment: ['paidAt', 'paid_at', 'timestamp'].map(path),
  historical_refund: ['refundedAt', 'refunded_at', 'ts'].map(path),
  historical_shipment: ['updates', 'status_history', 'timeline'].map(path),
};

const EPOCH_TEXT = /^[+-]?\d+(\.\d+)?([eE]-?\d{1,2})?$/;

/** Instead of a node: the time is in `written`, until the next is asked for. */
const WRITTEN = -1;

/** Reads what lies on a scanner's tape into a pack; `now` (canonical UTC text) is the time of ingestion. */
export class EventReader {
  private readonly scanner: Scanner;
  private readonly builder: PackBuilder;
  private readonly now: string;
  private readonly jcs = new JcsWriter();
  private readonly interner = new Interner();
  /** The last time that was none of the source's own bytes, canonical. */
  private readonly written = new Uint8Array(TIME_BYTES);

  constructor(scanner: Scanner, builder: PackBuilder, options: { readonly now: string }) {
    this.scanner = scanner;
    this.builder = builder;
    this.now = options.now;
  }

  /** Puts the event into the pack; where there is none it says why, in a sentence. */
  read(shape: Shape, line: number): string | null {
    if (this.scanner.kind(0) !== KIND.object) return `${this.kindName(0)}, not an object`;
    try {
      return shape === 'live' ? this.live(line) : this.historical(shape, line);
    } catch (error) {
      if (error instanceof JcsFault) return error.message;
      throw error;
    }
  }

  private live(line: number): string | null {
    const { scanner, builder } = this;
    const nodes = this.liveNodes();
    const eventType = this.name(nodes.eventType);
    if (eventType === null || eventType === '') return `no event_type (${this.found(nodes.eventType)})`;
    const eventTime = this.time(nodes.eventTime);
    if (eventTime === null) return `no usable event_time (${this.found(nodes.eventTime)})`;
    if (nodes.payload < 0) return 'no payload';
    // A payload that is no object, and a vendor that is no string, are not among what keeps an event out: the payload stays as
    // it is (its fields are NULL in staging), the vendor is NULL.
    const vendor = this.name(nodes.vendor);
    this.putId(nodes.eventId, nodes.payload, { eventType, vendor });
    this.putTime(FIELD.timeBytes, eventTime);
    // What does not parse counts as absent: it is not among what keeps an event out.
    this.putTime(FIELD.ingestedBytes, this.time(nodes.ingestedAt) ?? this.now);
    const payloadFrom = scanner.tape[nodes.payload + 1] as number;
    const payloadTo = scanner.tape[nodes.payload + 2] as number;
    builder.put({ payloadFrom, payloadTo, eventType, vendor, line });
    return null;
  }

  private historical(eventType: HistoricalType, line: number): string | null {
    const { scanner, builder } = this;
    const node = this.ownTime(eventType);
    const eventTime = this.time(node);
    if (eventTime === null) return `no usable time of its own (${this.found(node)})`;
    const vendor =
      scanner.member(0, ORDER_REF) >= 0 ? 'vendor_a' : scanner.member(0, ORDER_ID) >= 0 ? 'vendor_b' : 'vendor_c';
    builder.text(FIELD.idBytes, this.jcs.eventId(scanner, 0, { eventType, vendor }));
    this.putTime(FIELD.timeBytes, eventTime);
    builder.text(FIELD.ingestedBytes, this.now);
    builder.put({ payloadFrom: scanner.outStart, payloadTo: scanner.outEnd, eventType, vendor, line });
    return null;
  }

  /** The event's own id, a number by its digits; where it has none (an empty one would make all of them one event) the contract's hash. */
  private putId(
    node: number,
    payload: number,
    names: { readonly eventType: string; readonly vendor: string | null },
  ): void {
    const { scanner, builder } = this;
    const kind = node < 0 ? KIND.null : scanner.kind(node);
    if (kind === KIND.string && (scanner.tape[node + 2] as number) - (scanner.tape[node + 1] as number) > 2) {
      builder.part(FIELD.idBytes, (scanner.tape[node + 1] as number) + 1, (scanner.tape[node + 2] as number) - 1);
    } else if (kind === KIND.escapedString) builder.text(FIELD.idBytes, scanner.string(node));
    else if (kind === KIND.number) {
      builder.part(FIELD.idBytes, scanner.tape[node + 1] as number, scanner.tape[node + 2] as number);
    } else builder.text(FIELD.idBytes, this.jcs.eventId(scanner, payload, names));
  }

  /** A canonical time: as text, as written here, or (already canonical) as the node it stands in. */
  private putTime(field: typeof FIELD.timeBytes | typeof FIELD.ingestedBytes, time: string | number): void {
    if (typeof time === 'string') this.builder.text(field, time);
    else if (time === WRITTEN) this.builder.bytes(field, this.written);
    else {
      const { tape } = this.scanner;
      this.builder.part(field, (tape[time + 1] as number) + 1, (tape[time + 2] as number) - 1);
    }
  }

  /** The first non-null of the type's names; of a shipment, the time of the first status in it. */
  private ownTime(eventType: HistoricalType): number {
    const { scanner } = this;
    for (const keys of OWN_TIME[eventType]) {
      let node = 0;
      for (const key of keys) node = node < 0 ? -1 : scanner.member(node, key);
      if (this.isNothing(node) || this.isBlank(node)) continue;
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

  /** Empty strings are NULL (data contract, section 3), so the next name is asked. */
  private isBlank(node: number): boolean {
    const { tape } = this.scanner;
    const isShort = (tape[node + 2] as number) - (tape[node + 1] as number) <= 8;
    return isShort && this.textOf(node)?.trim() === '';
  }

  private textOf(node: number): string | null {
    if (node < 0) return null;
    const kind = this.scanner.kind(node);
    return kind === KIND.string || kind === KIND.escapedString ? this.scanner.string(node) : null;
  }

  /** A type or vendor: of the few that there are, each is made a string once. */
  private name(node: number): string | null {
    if (node < 0 || this.scanner.kind(node) !== KIND.string) return this.textOf(node);
    const { out, tape } = this.scanner;
    return this.interner.text(out, (tape[node + 1] as number) + 1, (tape[node + 2] as number) - 1);
  }

  /** The canonical time of a node; the node itself where it is written so already; WRITTEN; null where it is no time. */
  private time(node: number): string | number | null {
    if (node < 0) return null;
    const { out, tape } = this.scanner;
    const from = tape[node + 1] as number;
    const to = tape[node + 2] as number;
    if (tape[node] === KIND.number) {
      if (writeEpoch(out, { from, to }, this.written)) return WRITTEN;
      return timeOfEpoch(out.toString('latin1', from, to));
    }
    const plain = tape[node] === KIND.string ? plainTimeBytes(out, from + 1, to - 1) : 0;
    if (plain > 0) return plain === to - from - 3 ? node : `${out.toString('latin1', from + 1, from + 1 + plain)}Z`;
    if (tape[node] === KIND.string && writeWallTime(out, { from: from + 1, to: to - 1 }, this.written)) return WRITTEN;
    const text = this.textOf(node)?.trim();
    if (text === undefined) return null;
    // Epoch seconds come as digits in a string, too.
    return EPOCH_TEXT.test(text) ? timeOfEpoch(text.replace('+', '')) : timeOfText(text);
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
