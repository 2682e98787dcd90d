// Events as documents of the collection events_raw, and back (data contract, section 1). Knows no connection.
// Dates have milliseconds: what an event's time has beyond them stands beside it, in event_time_us or ingested_at_us.

import { ObjectId } from 'mongodb';
import type { Arena } from './arena.ts';
import { type EventPack, FIELD, HEAD_BYTES, STRIDE, type Word } from './event-pack.ts';
import { BsonWriter, setInt32, setInt64 } from './mongo-bson.ts';
import { BSON_TYPE, dateText, fieldsOf, jsonOfValue, type RawField, sizeOfValue, textAt } from './mongo-text.ts';
import type { StoredEvent } from './raw-event.ts';
import { millisOfTime, timeOfText } from './time.ts';

const nameOf = (name: string): Buffer => Buffer.from(`${name}\0`);
const head = (type: number, name: string): Buffer => Buffer.concat([Buffer.of(type), nameOf(name)]);

const ID = head(BSON_TYPE.objectId, '_id');
const EVENT_ID = head(BSON_TYPE.string, 'event_id');
const EVENT_TIME = head(BSON_TYPE.date, 'event_time');
const EVENT_MICROS = head(BSON_TYPE.int32, 'event_time_us');
const PAYLOAD = nameOf('payload');
const INGESTED_AT = head(BSON_TYPE.date, 'ingested_at');
const INGESTED_MICROS = head(BSON_TYPE.int32, 'ingested_at_us');
/** The fields but for their texts and the payload. */
const FIXED_BYTES = 256;
/** Behind the length of a document and its _id. */
const HEAD_END = 4 + ID.length + 12;

/** A whole element that is a text, or null. */
export function textElement(name: string, text: string | null): Buffer {
  if (text === null) return head(BSON_TYPE.null, name);
  const bytes = Buffer.from(text);
  const element = Buffer.alloc(name.length + 2 + 4 + bytes.length + 1);
  const at = head(BSON_TYPE.string, name).copy(element);
  element.writeInt32LE(bytes.length + 1, at);
  bytes.copy(element, at + 4);
  return element;
}

/** Writes events of a pack as documents, one behind the other, into an arena. */
export class DocumentWriter {
  private readonly arena: Arena;
  private readonly pack: EventPack;
  private readonly values: BsonWriter;
  /** By word. */
  private readonly types: readonly Buffer[];
  private readonly vendors: readonly Buffer[];

  constructor(pack: EventPack, { arena, hasDecimal128 }: { readonly arena: Arena; readonly hasDecimal128: boolean }) {
    this.arena = arena;
    this.pack = pack;
    this.values = new BsonWriter(arena, { hasDecimal128 });
    this.types = pack.words.map(({ eventType }: Word) => textElement('event_type', eventType));
    this.vendors = pack.words.map(({ vendor }: Word) => textElement('vendor', vendor));
  }

  /**
   * Appends event `index`; gives where its payload ends. Where it throws, what is behind the arena's end is of no use.
   *
   * @param batch the element batch_id
   * @throws {InexactNumber} {BsonFault}
   */
  put(index: number, batch: Buffer): number {
    const { arena, pack } = this;
    const { bytes, fields } = pack;
    const at = index * STRIDE;
    const word = fields[at + FIELD.word] as number;
    const payloadFrom = (fields[at + FIELD.start] as number) + HEAD_BYTES;
    const idFrom = payloadFrom + (fields[at + FIELD.payloadBytes] as number);
    const timeFrom = idFrom + (fields[at + FIELD.idBytes] as number);
    const ingestedFrom = timeFrom + (fields[at + FIELD.timeBytes] as number);
    const ingestedTo = ingestedFrom + (fields[at + FIELD.ingestedBytes] as number);
    const type = this.types[word] as Buffer;
    const vendor = this.vendors[word] as Buffer;
    const start = arena.end;
    arena.reserve(FIXED_BYTES + timeFrom - idFrom + type.length + vendor.length);
    const out = arena.bytes;
    let w = append(out, start + 4, ID);
    // Not set(): for so few bytes a loop is faster.
    w = append(out, w, ObjectId.generate());
    w = append(out, w, EVENT_ID);
    setInt32(out, w, timeFrom - idFrom + 1);
    w += 4;
    for (let i = idFrom; i < timeFrom; i++) out[w++] = bytes[i] as number;
    out[w++] = 0;
    w = append(out, w, type);
    w = appendTime(out, append(out, w, EVENT_TIME), { bytes, from: timeFrom });
    arena.end = append(out, w, vendor);
    this.values.element(PAYLOAD, bytes, { from: payloadFrom, to: idFrom });
    const payloadEnd = arena.end;
    this.finish(start, batch, { bytes, timeFrom, ingestedFrom, ingestedTo });
    return payloadEnd;
  }

  /** What stands behind the payload. */
  private finish(start: number, batch: Buffer, { bytes, timeFrom, ingestedFrom, ingestedTo }: Times): void {
    const { arena } = this;
    arena.reserve(FIXED_BYTES + batch.length);
    const out = arena.bytes;
    let w = append(out, arena.end, INGESTED_AT);
    w = append(out, appendTime(out, w, { bytes, from: ingestedFrom }), batch);
    w = appendMicros(out, w, { head: EVENT_MICROS, bytes, from: timeFrom, to: ingestedFrom });
    w = appendMicros(out, w, { head: INGESTED_MICROS, bytes, from: ingestedFrom, to: ingestedTo });
    out[w++] = 0;
    setInt32(out, start, w - start);
    arena.end = w;
  }
}

interface Times {
  readonly bytes: Uint8Array;
  readonly timeFrom: number;
  readonly ingestedFrom: number;
  readonly ingestedTo: number;
}

function append(out: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i] as number;
  return at + bytes.length;
}

/** A canonical time as milliseconds, what is beyond them cut off. */
function appendTime(out: Uint8Array, at: number, { bytes, from }: { bytes: Uint8Array; from: number }): number {
  setInt64(out, at, millisOfTime(bytes, from));
  return at + 8;
}

/** The microseconds beyond the milliseconds, where there are any: hardly ever. */
function appendMicros(out: Uint8Array, at: number, time: MicrosOfTime): number {
  let micros = 0;
  // 2025-01-15T09:43:48.123456Z: digits 4 to 6, zeros at the end left out.
  for (let i = 23; i < 26; i++) {
    const isThere = time.from + i < time.to - 1;
    micros = micros * 10 + (isThere ? (time.bytes[time.from + i] as number) - 0x30 : 0);
  }
  if (micros === 0) return at;
  const w = append(out, at, time.head);
  setInt32(out, w, micros);
  return w + 4;
}

interface MicrosOfTime {
  readonly head: Buffer;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** A document as a DocumentWriter wrote it, in its arena's bytes. */
export interface OwnDocument {
  readonly bytes: Buffer;
  /** Where it begins, where its payload ends, and where it ends. */
  readonly start: number;
  readonly payloadEnd: number;
  readonly end: number;
}

/** Whether a stored document is this very one. */
export function isOwn(stored: Buffer, { bytes, start }: OwnDocument): boolean {
  return bytes.compare(stored, 4, HEAD_END, start + 4, start + HEAD_END) === 0;
}

/** Whether a stored document says what this one says but for _id, batch and time of ingestion, told by its bytes: false where it is spelt otherwise. */
export function isSame(stored: Buffer, { bytes, start, payloadEnd, end }: OwnDocument): boolean {
  const storedEnd = payloadEnd - start;
  return (
    stored.length > storedEnd &&
    bytes.compare(stored, HEAD_END, storedEnd, start + HEAD_END, payloadEnd) === 0 &&
    !bytes.subarray(payloadEnd, end).includes(EVENT_MICROS) &&
    stored.indexOf(EVENT_MICROS, storedEnd) < 0
  );
}

/** What a document that another program wrote lacks; null where it is an event. */
export function faultOf(bytes: Buffer): string | null {
  const fields = fieldsOf(bytes);
  if (typeof text(bytes, fields.get('event_id')) !== 'string') return 'no event_id that is a text';
  if (!text(bytes, fields.get('event_type'))) return 'no event_type';
  if (time(bytes, fields, 'event_time') === null) return 'no usable event_time';
  return fields.has('payload') ? null : 'no payload';
}

/** A stored document as an event; `faultOf` has found nothing wrong with it. */
export function eventOf(bytes: Buffer): StoredEvent & { readonly id: string } {
  const fields = fieldsOf(bytes);
  const id = fields.get('_id');
  const eventTime = time(bytes, fields, 'event_time') ?? '';
  const payload = fields.get('payload');
  return {
    id: id === undefined ? '' : jsonOfValue(bytes, id.type, id.at),
    eventId: text(bytes, fields.get('event_id')) ?? '',
    eventType: text(bytes, fields.get('event_type')) ?? '',
    eventTime,
    vendor: text(bytes, fields.get('vendor')),
    payload: payload === undefined ? 'null' : jsonOfValue(bytes, payload.type, payload.at),
    // Documents of another program may have none: then the event's own time is all that is known.
    ingestedAt: time(bytes, fields, 'ingested_at') ?? eventTime,
    batchId: text(bytes, fields.get('batch_id')) ?? '',
  };
}

/** The event_id alone. */
export function idOf(bytes: Buffer): string {
  for (let at = 4; bytes[at] !== 0; ) {
    const type = bytes[at] as number;
    const end = bytes.indexOf(0, at + 1);
    const isIt = end - at === 9 && bytes.toString('latin1', at + 1, end) === 'event_id';
    if (isIt) return text(bytes, { type, at: end + 1 }) ?? '';
    at = end + 1 + sizeOfValue(bytes, type, end + 1);
  }
  return '';
}

function text(bytes: Buffer, field: RawField | undefined): string | null {
  return field?.type === BSON_TYPE.string ? textAt(bytes, field.at) : null;
}

function time(bytes: Buffer, fields: ReadonlyMap<string, RawField>, name: string): string | null {
  const field = fields.get(name);
  if (field?.type === BSON_TYPE.string) return timeOfText(textAt(bytes, field.at).trim());
  if (field?.type !== BSON_TYPE.date) return null;
  const micros = fields.get(`${name}_us`);
  const beyond = micros?.type === BSON_TYPE.int32 ? String(bytes.readInt32LE(micros.at)).padStart(3, '0') : '';
  return timeOfText(dateText(bytes, field.at).replace('Z', `${beyond}Z`));
}
