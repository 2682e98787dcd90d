// Many events as a few flat buffers: what the reader hands to the raw store, through a thread's wall at no cost.
// Holds events and nothing else: reading them is files.ts, storing them an adapter.

import { hash } from 'node:crypto';
import { highBits, lowBits } from './ids-hash.ts';
import type { IncomingEvent } from './raw-store.ts';

/** Ints of one event in `fields`. The record in `bytes` is payload, event_id, event_time, ingested_at, one after the other. */
export const FIELD = {
  start: 0,
  payloadBytes: 1,
  idBytes: 2,
  timeBytes: 3,
  ingestedBytes: 4,
  /** Index into `words`. */
  word: 5,
  /** Index into `days`. */
  day: 6,
  /** 0: none can be named. */
  line: 7,
  /** First 60 bits of SHA-256(event_id), 30 each. */
  hashHigh: 8,
  hashLow: 9,
} as const;
export const STRIDE = 10;

export interface EventPack {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly fields: Int32Array;
  /** The distinct pairs of event type and vendor. */
  readonly words: readonly { readonly eventType: string; readonly vendor: string | null }[];
  /** The distinct DATE(ingested_at). */
  readonly days: readonly string[];
}

/** What an event is made of, as bytes somewhere. */
export interface EventParts {
  readonly source: Buffer;
  readonly payloadFrom: number;
  readonly payloadTo: number;
  readonly eventId: string;
  readonly eventTime: string;
  readonly ingestedAt: string;
  readonly eventType: string;
  readonly vendor: string | null;
  readonly line: number;
}

/** Event `index` of a pack, as an object. */
export function eventAt(pack: EventPack, index: number): IncomingEvent {
  const field = (name: number): number => pack.fields[index * STRIDE + name] as number;
  const bytes = Buffer.from(pack.bytes.buffer, pack.bytes.byteOffset, pack.bytes.byteLength);
  let at = field(FIELD.start);
  const text = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const payload = text(field(FIELD.payloadBytes));
  const eventId = text(field(FIELD.idBytes));
  const eventTime = text(field(FIELD.timeBytes));
  const ingestedAt = text(field(FIELD.ingestedBytes));
  const { eventType, vendor } = pack.words[field(FIELD.word)] as EventPack['words'][number];
  return { eventId, eventType, eventTime, vendor, payload, ingestedAt, line: field(FIELD.line) || null };
}

/** A pack of events that are objects already (the event API, tests). */
export function packEvents(events: readonly IncomingEvent[]): EventPack {
  const builder = new PackBuilder();
  for (const event of events) {
    const source = Buffer.from(event.payload);
    builder.add({ ...event, source, payloadFrom: 0, payloadTo: source.length, line: event.line ?? 0 });
  }
  return builder.take();
}

/** Collects events; `take` gives the pack and starts the next. */
export class PackBuilder {
  count = 0;
  size = 0;
  private bytes: Buffer = Buffer.allocUnsafeSlow(1 << 20);
  private fields: Int32Array = new Int32Array(STRIDE * 1024);
  private words = new Map<string, number>();
  private wordList: { eventType: string; vendor: string | null }[] = [];
  private days = new Map<string, number>();

  add(parts: EventParts): void {
    this.reserve(parts);
    const { bytes, fields } = this;
    const at = this.count * STRIDE;
    fields[at + FIELD.start] = this.size;
    let end = this.size + parts.source.copy(bytes, this.size, parts.payloadFrom, parts.payloadTo);
    fields[at + FIELD.payloadBytes] = parts.payloadTo - parts.payloadFrom;
    end += fields[at + FIELD.idBytes] = bytes.write(parts.eventId, end, 'utf8');
    end += fields[at + FIELD.timeBytes] = bytes.write(parts.eventTime, end, 'latin1');
    end += fields[at + FIELD.ingestedBytes] = bytes.write(parts.ingestedAt, end, 'latin1');
    fields[at + FIELD.word] = this.word(parts.eventType, parts.vendor);
    fields[at + FIELD.day] = this.day(parts.ingestedAt);
    fields[at + FIELD.line] = parts.line;
    const digest = hash('sha256', parts.eventId, 'hex');
    fields[at + FIELD.hashHigh] = highBits(digest);
    fields[at + FIELD.hashLow] = lowBits(digest);
    this.size = end;
    this.count++;
  }

  take(): EventPack {
    const pack = {
      count: this.count,
      bytes: this.bytes.subarray(0, this.size),
      fields: this.fields.subarray(0, this.count * STRIDE),
      words: this.wordList,
      days: [...this.days.keys()],
    };
    this.bytes = Buffer.allocUnsafeSlow(Math.max(1 << 20, this.size));
    this.fields = new Int32Array(Math.max(STRIDE * 1024, this.count * STRIDE));
    this.words = new Map();
    this.wordList = [];
    this.days = new Map();
    this.count = 0;
    this.size = 0;
    return pack;
  }

  private reserve(parts: EventParts): void {
    const end = this.size + (parts.payloadTo - parts.payloadFrom) + parts.eventId.length * 3 + 64;
    if (end > this.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(end * 2);
      this.bytes.copy(bytes, 0, 0, this.size);
      this.bytes = bytes;
    }
    if ((this.count + 1) * STRIDE > this.fields.length) {
      const fields = new Int32Array(this.fields.length * 2);
      fields.set(this.fields);
      this.fields = fields;
    }
  }

  private word(eventType: string, vendor: string | null): number {
    // The length keeps the pair apart, whatever the two are made of.
    const key = `${eventType.length}:${eventType}${vendor === null ? '' : `:${vendor}`}`;
    let index = this.words.get(key);
    if (index === undefined) {
      index = this.wordList.push({ eventType, vendor }) - 1;
      this.words.set(key, index);
    }
    return index;
  }

  private day(ingestedAt: string): number {
    const day = ingestedAt.slice(0, 10);
    let index = this.days.get(day);
    if (index === undefined) {
      index = this.days.size;
      this.days.set(day, index);
    }
    return index;
  }
}
