// Many events as a few flat buffers: what the reader hands to the raw store, through a thread's wall at no cost.
// Holds events and nothing else: reading them is files.ts, storing them an adapter.

import { Arena } from './arena.ts';
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
  /** The id's part in the batch's IdsHash. */
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
  const arena = new Arena(1 << 16);
  const builder = new PackBuilder(arena);
  for (const event of events) {
    arena.reserve(event.payload.length * 3);
    const payloadTo = arena.end + arena.bytes.write(event.payload, arena.end, 'utf8');
    builder.text(FIELD.idBytes, event.eventId);
    builder.text(FIELD.timeBytes, event.eventTime);
    builder.text(FIELD.ingestedBytes, event.ingestedAt);
    builder.put({ ...event, payloadFrom: arena.end, payloadTo, line: event.line ?? 0 });
  }
  return builder.take();
}

/** The parts of a record that stand behind its payload, in this order. */
type TailField = typeof FIELD.idBytes | typeof FIELD.timeBytes | typeof FIELD.ingestedBytes;

export interface Put {
  /** Bytes of the arena, at or behind its end. */
  readonly payloadFrom: number;
  readonly payloadTo: number;
  readonly eventType: string;
  readonly vendor: string | null;
  readonly line: number;
}

/** Collects events in an arena; `take` gives the pack and starts the next. */
export class PackBuilder {
  count = 0;
  private readonly arena: Arena;
  private fields: Int32Array = new Int32Array(STRIDE * 1024);
  private words = new Map<string | null, Map<string, number>>();
  private wordList: { eventType: string; vendor: string | null }[] = [];
  private days = new Map<number, number>();
  private dayList: string[] = [];
  /** id, time and ingested_at of the event under way. */
  private readonly tail = new Arena(256);

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Gives the next part of the event under way: first its id, then event_time, then ingested_at. */
  text(field: TailField, text: string): void {
    const { tail } = this;
    if (field === FIELD.idBytes) this.begin();
    tail.reserve(text.length * 3);
    const length = tail.bytes.write(text, tail.end, 'utf8');
    tail.end += length;
    this.fields[this.count * STRIDE + field] = length;
  }

  /** The same from bytes [from, to) of the arena. */
  part(field: TailField, from: number, to: number): void {
    const { tail } = this;
    if (field === FIELD.idBytes) this.begin();
    tail.reserve(to - from);
    const source = this.arena.bytes;
    const target = tail.bytes;
    let end = tail.end;
    for (let i = from; i < to; i++) target[end++] = source[i] as number;
    tail.end = end;
    this.fields[this.count * STRIDE + field] = to - from;
  }

  /** Ends the event under way with its payload, which moves to the arena's end. */
  put(event: Put): void {
    const { arena, tail, fields } = this;
    const { payloadFrom, payloadTo } = event;
    const at = this.count * STRIDE;
    const length = payloadTo - payloadFrom;
    if (payloadFrom !== arena.end) arena.bytes.copyWithin(arena.end, payloadFrom, payloadTo);
    arena.reserve(tail.end, arena.end + length);
    fields[at + FIELD.start] = arena.end;
    fields[at + FIELD.payloadBytes] = length;
    fields[at + FIELD.word] = this.word(event.eventType, event.vendor);
    fields[at + FIELD.line] = event.line;
    const idBytes = fields[at + FIELD.idBytes] as number;
    fields[at + FIELD.day] = this.day(idBytes + (fields[at + FIELD.timeBytes] as number));
    fields[at + FIELD.hashHigh] = highBits(tail.bytes, 0, idBytes);
    fields[at + FIELD.hashLow] = lowBits(tail.bytes, 0, idBytes);
    const { bytes } = arena;
    let end = arena.end + length;
    for (let i = 0; i < tail.end; i++) bytes[end++] = tail.bytes[i] as number;
    arena.end = end;
    this.count++;
  }

  take(): EventPack {
    const { arena, count } = this;
    const pack = {
      count,
      bytes: arena.bytes.subarray(0, arena.end),
      fields: this.fields.subarray(0, count * STRIDE),
      words: this.wordList,
      days: this.dayList,
    };
    // The next pack is likely to be as large.
    arena.bytes = Buffer.allocUnsafeSlow(arena.bytes.length);
    arena.end = 0;
    this.fields = new Int32Array(this.fields.length);
    this.words = new Map();
    this.wordList = [];
    this.days = new Map();
    this.dayList = [];
    this.count = 0;
    return pack;
  }

  private begin(): void {
    this.tail.end = 0;
    if ((this.count + 1) * STRIDE <= this.fields.length) return;
    const fields = new Int32Array(this.fields.length * 2);
    fields.set(this.fields);
    this.fields = fields;
  }

  private word(eventType: string, vendor: string | null): number {
    let types = this.words.get(vendor);
    if (types === undefined) {
      types = new Map();
      this.words.set(vendor, types);
    }
    let index = types.get(eventType);
    if (index === undefined) {
      index = this.wordList.push({ eventType, vendor }) - 1;
      types.set(eventType, index);
    }
    return index;
  }

  /** Of the canonical time at `from` of the tail. */
  private day(from: number): number {
    const { bytes } = this.tail;
    let number = 0;
    for (let i = from; i < from + 10; i++) {
      const c = bytes[i] as number;
      if (c !== 0x2d) number = number * 10 + c - 0x30;
    }
    let index = this.days.get(number);
    if (index === undefined) {
      index = this.dayList.push(bytes.toString('latin1', from, from + 10)) - 1;
      this.days.set(number, index);
    }
    return index;
  }
}
