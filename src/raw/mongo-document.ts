// Events as documents of the collection events_raw, and back (data contract, section 1). Knows no connection.
// Dates have milliseconds: what an event's time has beyond them stands beside it, in event_time_us or ingested_at_us.

import { ObjectId } from 'mongodb';
import { valueOfJson } from './mongo-json.ts';
import { BSON_TYPE, dateText, fieldsOf, jsonOfValue, type RawField, sizeOfValue, textAt } from './mongo-text.ts';
import type { RawEvent, StoredEvent } from './raw-event.ts';
import { timeOfText } from './time.ts';

export interface EventDocument {
  readonly _id: ObjectId;
  readonly event_id: string;
  readonly event_type: string;
  readonly event_time: Date;
  /** Microseconds beyond the Date's milliseconds; absent: 0. */
  readonly event_time_us?: number;
  readonly vendor: string | null;
  readonly payload: unknown;
  readonly ingested_at: Date;
  readonly ingested_at_us?: number;
  /** Absent where another program wrote the document. */
  readonly batch_id?: string;
}

/** @throws {InexactNumber} */
export function documentOf(
  event: RawEvent,
  options: { readonly batchId: string; readonly hasDecimal128: boolean },
): EventDocument {
  const { eventTime, ingestedAt } = event;
  const eventMicros = microsOf(eventTime);
  const ingestedMicros = microsOf(ingestedAt);
  const document = {
    _id: new ObjectId(),
    event_id: event.eventId,
    event_type: event.eventType,
    event_time: dateOf(eventTime),
    vendor: event.vendor,
    payload: valueOfJson(event.payload, options),
    ingested_at: dateOf(ingestedAt),
    batch_id: options.batchId,
  };
  // Hardly ever: no second object a document for it.
  if (eventMicros + ingestedMicros === 0) return document;
  return {
    ...document,
    ...(eventMicros !== 0 && { event_time_us: eventMicros }),
    ...(ingestedMicros !== 0 && { ingested_at_us: ingestedMicros }),
  };
}

/** Canonical UTC text as a Date, whose milliseconds are cut off. */
const dateOf = (text: string): Date => new Date(text.length > 24 ? `${text.slice(0, 23)}Z` : text);

/** The microseconds beyond the milliseconds of a canonical text. */
const microsOf = (text: string): number => (text.length > 24 ? Number(text.slice(23, -1).padEnd(3, '0')) : 0);

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
