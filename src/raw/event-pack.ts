// Many events as a few flat buffers: what the reader hands to the raw store, through a thread's wall at no cost.
// Holds events and nothing else: reading them is files.ts, storing them an adapter.

import { Arena, Spares } from './arena.ts';
import { writeDigits } from './digits.ts';
import { hashId } from './ids-hash.ts';
import type { IncomingEvent } from './raw-event.ts';

/**
 * Ints of one event in `fields`. Its record in `bytes`, from `start` on, is a head of HEAD_BYTES digits, then payload, event_id,
 * event_time and ingested_at, one after the other. The head says in decimal digits what an engine needs to cut the record
 * by itself: bytes of payload (8) and id (8), of event_time (2) and ingested_at (2), and the word (5).
 */
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
  /** The id's part in the batch's IdsHash: two ints side by side. */
  hashHigh: 8,
  hashLow: 9,
} as const;
export const STRIDE = 10;
export const HEAD_BYTES = 25;

export interface Word {
  /** Which of the pack's sources, in the order of its events: from 0. */
  readonly source: number;
  readonly eventType: string;
  readonly vendor: string | null;
}

export interface EventPack {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly fields: Int32Array;
  /** The distinct event types and vendors of each source. */
  readonly words: readonly Word[];
  /** The distinct DATE(ingested_at). */
  readonly days: readonly string[];
}

/** Event `index` of a pack, as an object. */
export function eventAt(pack: EventPack, index: number): IncomingEvent {
  const field = (name: number): number => pack.fields[index * STRIDE + name] as number;
  const bytes = Buffer.from(pack.bytes.buffer, pack.bytes.byteOffset, pack.bytes.byteLength);
  let at = field(FIELD.start) + HEAD_BYTES;
  const text = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const payload = text(field(FIELD.payloadBytes));
  const eventId = text(field(FIELD.idBytes));
  const eventTime = text(field(FIELD.timeBytes));
  const ingestedAt = text(field(FIELD.ingestedBytes));
  const { eventType, vendor } = pack.words[field(FIELD.word)] as Word;
  return { eventId, eventType, eventTime, vendor, payload, ingestedAt, line: field(FIELD.line) || null };
}

/** The id of event `index` alone. */
export function idAt(pack: EventPack, index: number): string {
  const { bytes } = pack;
  const from = idStart(pack, index);
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, idSize(pack, index)).toString('utf8');
}

/** Whether two events have the same id: by its hash, then byte by byte, which for so few is faster than a call out of JavaScript. */
export function hasSameId(pack: EventPack, left: number, right: number): boolean {
  const { bytes, fields } = pack;
  const one = left * STRIDE;
  const other = right * STRIDE;
  if (fields[one + FIELD.hashLow] !== fields[other + FIELD.hashLow]) return false;
  if (fields[one + FIELD.hashHigh] !== fields[other + FIELD.hashHigh]) return false;
  const size = idSize(pack, left);
  if (size !== idSize(pack, right)) return false;
  const from = idStart(pack, left);
  const at = idStart(pack, right);
  for (let i = 0; i < size; i++) if (bytes[from + i] !== bytes[at + i]) return false;
  return true;
}

const idSize = ({ fields }: EventPack, index: number): number => fields[index * STRIDE + FIELD.idBytes] as number;

function idStart({ fields }: EventPack, index: number): number {
  const at = index * STRIDE;
  return (fields[at + FIELD.start] as number) + HEAD_BYTES + (fields[at + FIELD.payloadBytes] as number);
}

/** A pack of events that are objects already (the event API, tests). */
export function packEvents(events: readonly IncomingEvent[]): EventPack {
  const arena = packArena(1 << 16);
  const builder = new PackBuilder(arena);
  for (const event of events) {
    const payloadFrom = arena.end + HEAD_BYTES;
    arena.reserve(HEAD_BYTES + event.payload.length * 3);
    const payloadTo = payloadFrom + arena.bytes.write(event.payload, payloadFrom, 'utf8');
    builder.text(FIELD.idBytes, event.eventId);
    builder.text(FIELD.timeBytes, event.eventTime);
    builder.text(FIELD.ingestedBytes, event.ingestedAt);
    builder.put({ ...event, payloadFrom, payloadTo, line: event.line ?? 0 });
  }
  return builder.take();
}

/** An arena that packs are built in. */
export function packArena(size: number): Arena {
  return new Arena(size, { lead: HEAD_BYTES });
}

/** The parts of a record that stand behind its payload, in this order. */
type TailField = typeof FIELD.idBytes | typeof FIELD.timeBytes | typeof FIELD.ingestedBytes;

export interface Put {
  /** Bytes of the arena, at or behind the place for the next payload. */
  readonly payloadFrom: number;
  readonly payloadTo: number;
  readonly eventType: string;
  readonly vendor: string | null;
  readonly line: number;
}

/** The two buffers of a pack, which can be moved to another thread and back. */
export type PackBuffers = readonly [bytes: ArrayBuffer, fields: ArrayBuffer];

export function buffersOf(pack: EventPack): PackBuffers {
  return [pack.bytes.buffer as ArrayBuffer, pack.fields.buffer as ArrayBuffer];
}

/** Where whoever is done with a pack puts its buffers. */
export class PackSpares {
  readonly bytes = new Spares();
  readonly fields = new Spares();

  give([bytes, fields]: PackBuffers): void {
    this.bytes.give(bytes);
    this.fields.give(fields);
  }
}

/** Collects events in an arena; `take` gives the pack and starts the next. */
export class PackBuilder {
  count = 0;
  private readonly arena: Arena;
  private readonly spares: PackSpares;
  private fields: Int32Array = new Int32Array(STRIDE * 1024);
  private words = new Map<string | null, Map<string, number>>();
  private wordList: Word[] = [];
  private source = 0;
  private days = new Map<number, number>();
  private dayList: string[] = [];
  /** id, time and ingested_at of the event under way. */
  private readonly tail = new Arena(256);

  constructor(arena: Arena, spares: PackSpares = new PackSpares()) {
    this.arena = arena;
    this.spares = spares;
  }

  /** The events from here on are of the pack's next source. */
  nextSource(): void {
    this.source++;
    this.words = new Map();
  }

  /** Gives the next part of the event under way: first its id, then event_time, then ingested_at. */
  text(field: TailField, text: string): void {
    const { tail } = this;
    if (field === FIELD.idBytes) this.begin();
    tail.reserve(text.length * 3);
    const length = writeShort(tail.bytes, tail.end, text);
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

  /** The same from bytes of the caller's. */
  bytes(field: TailField, source: Uint8Array): void {
    const { tail } = this;
    if (field === FIELD.idBytes) this.begin();
    tail.reserve(source.length);
    for (let i = 0; i < source.length; i++) tail.bytes[tail.end + i] = source[i] as number;
    tail.end += source.length;
    this.fields[this.count * STRIDE + field] = source.length;
  }

  /** Ends the event under way with its payload, which moves to the arena's end. */
  put(event: Put): void {
    const { arena, tail, fields } = this;
    const { payloadFrom, payloadTo } = event;
    const at = this.count * STRIDE;
    const length = payloadTo - payloadFrom;
    const start = arena.end;
    arena.reserve(HEAD_BYTES + length + tail.end);
    if (payloadFrom !== start + HEAD_BYTES) arena.bytes.copyWithin(start + HEAD_BYTES, payloadFrom, payloadTo);
    const word = this.word(event.eventType, event.vendor);
    const idBytes = fields[at + FIELD.idBytes] as number;
    const timeBytes = fields[at + FIELD.timeBytes] as number;
    fields[at + FIELD.start] = start;
    fields[at + FIELD.payloadBytes] = length;
    fields[at + FIELD.word] = word;
    fields[at + FIELD.line] = event.line;
    fields[at + FIELD.day] = this.day(idBytes + timeBytes);
    hashId(tail.bytes, idBytes, { bits: fields, at: at + FIELD.hashHigh });
    writeDigits(arena.bytes, start, { number: length, count: 8 });
    writeDigits(arena.bytes, start + 8, { number: idBytes, count: 8 });
    const lengths = timeBytes * 100 + (fields[at + FIELD.ingestedBytes] as number);
    writeDigits(arena.bytes, start + 16, { number: lengths * 100_000 + word, count: 9 });
    arena.end = start + HEAD_BYTES + length;
    append(arena, tail);
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
    arena.bytes = Buffer.from(this.spares.bytes.take(arena.bytes.length));
    arena.end = 0;
    this.fields = new Int32Array(this.spares.fields.take(this.fields.byteLength));
    this.words = new Map();
    this.wordList = [];
    this.source = 0;
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
      index = this.wordList.push({ source: this.source, eventType, vendor }) - 1;
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

/** Ids and times are short and ASCII: a loop is faster than a call out of JavaScript. Gives the bytes written. */
function writeShort(bytes: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0x7f) return bytes.write(text, at, 'utf8');
    bytes[at + i] = c;
  }
  return text.length;
}

function append(arena: Arena, tail: Arena): void {
  const target = arena.bytes;
  const source = tail.bytes;
  const size = tail.end;
  const end = arena.end;
  for (let i = 0; i < size; i++) target[end + i] = source[i] as number;
  arena.end = end + size;
}
