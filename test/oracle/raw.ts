// From files to the raw store (contract, sections 1 and 2): what is stored, what is a duplicate or a conflict, what is rejected.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { first } from './fields.ts';
import { dayOf, instantOf, type Micros } from './instant.ts';
import {
  identity,
  isObject,
  type Json,
  JsonError,
  type JsonObject,
  jcs,
  NumberText,
  parse,
  readValue,
  skipSpace,
} from './json.ts';

export interface Event {
  eventId: string;
  eventType: string;
  eventTime: Micros;
  vendor: string | null;
  payload: Json;
  ingestedAt: Micros;
}

interface TurnedAway {
  /** Relative to the data folder. */
  source: string;
  /** Line of a .jsonl file, position in an array; from 1. */
  line: number;
  reason: string;
  eventId: string | null;
  /** The day it counts under: of its ingested_at, or of the ingestion where it has none. */
  day: string;
}

export interface Raw {
  received: number;
  events: Event[];
  duplicates: TurnedAway[];
  conflicts: TurnedAway[];
  rejected: TurnedAway[];
}

class Rejected extends Error {}

export interface RawOptions {
  now: Micros;
  maxEventBytes: number;
}

/** Bootstrap files first, then the live days; each by the order of their names. */
export function readRaw(dataDir: string, options: RawOptions): Raw {
  const raw: Raw = { received: 0, events: [], duplicates: [], conflicts: [], rejected: [] };
  const stored = new Map<string, Event>();
  for (const candidate of candidates(dataDir, options)) {
    raw.received += 1;
    const { source, line } = candidate;
    if (candidate.event === undefined) {
      raw.rejected.push({ source, line, reason: candidate.reason ?? '', eventId: null, day: dayOf(options.now) });
      continue;
    }
    const { event } = candidate;
    const earlier = stored.get(event.eventId);
    if (earlier === undefined) {
      stored.set(event.eventId, event);
      raw.events.push(event);
    } else if (sameContent(earlier, event)) {
      raw.duplicates.push({ source, line, reason: 'duplicate', eventId: event.eventId, day: dayOf(event.ingestedAt) });
    } else {
      raw.conflicts.push({ source, line, reason: 'conflict', eventId: event.eventId, day: dayOf(event.ingestedAt) });
    }
  }
  return raw;
}

function sameContent(a: Event, b: Event): boolean {
  return (
    a.eventType === b.eventType &&
    a.vendor === b.vendor &&
    a.eventTime === b.eventTime &&
    identity(a.payload) === identity(b.payload)
  );
}

interface Candidate {
  source: string;
  line: number;
  event?: Event;
  reason?: string;
}

function* candidates(dataDir: string, options: RawOptions): Iterable<Candidate> {
  for (const name of filesIn(join(dataDir, 'bootstrap'))) {
    if (!name.endsWith('.json')) continue;
    yield* fromArray(`bootstrap/${name}`, readFileSync(join(dataDir, 'bootstrap', name)), {
      type: historicalType(name),
      ...options,
    });
  }
  for (const day of filesIn(join(dataDir, 'live_events'))) {
    const folder = join(dataDir, 'live_events', day);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !statSync(folder).isDirectory()) continue;
    for (const name of filesIn(folder)) {
      const bytes = readFileSync(join(folder, name));
      if (name.endsWith('.jsonl')) yield* fromLines(`live_events/${day}/${name}`, bytes, options);
      if (name.endsWith('.jsonl.gz')) yield* fromLines(`live_events/${day}/${name}`, gunzipSync(bytes), options);
    }
  }
}

function filesIn(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) : [];
}

/** The file name says the type. */
function historicalType(name: string): string {
  for (const word of ['order', 'payment', 'refund', 'shipment']) if (name.includes(word)) return `historical_${word}`;
  throw new Error(`${name} does not say what it holds`);
}

/** Every attempt to make an event of something, with its failure as a reason. */
function attempt(source: string, line: number, make: () => Event): Candidate {
  try {
    return { source, line, event: make() };
  } catch (error) {
    if (error instanceof Rejected || error instanceof JsonError) return { source, line, reason: error.message };
    throw error;
  }
}

/** The elements of an array; where it breaks, one more is rejected and the rest is lost. */
function* fromArray(source: string, bytes: Buffer, options: RawOptions & { type: string }): Iterable<Candidate> {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  let at = skipSpace(text, 0);
  if (text[at] !== '[') {
    yield { source, line: 1, reason: 'not an array' };
    return;
  }
  at = skipSpace(text, at + 1);
  if (text[at] === ']') return;
  for (let position = 1; ; position += 1) {
    let end: number;
    let value: Json;
    try {
      ({ end, value } = readValue(text, at));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      yield { source, line: position, reason: error.message };
      return;
    }
    yield attempt(source, position, () => historicalEvent(value, options));
    at = skipSpace(text, end);
    if (text[at] === ']') return;
    if (text[at] !== ',') {
      yield { source, line: position + 1, reason: 'the array does not end' };
      return;
    }
    at += 1;
  }
}

function* fromLines(source: string, bytes: Buffer, options: RawOptions): Iterable<Candidate> {
  let start = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    const part = bytes.subarray(start, end);
    start = end + 1;
    if (part.toString('utf8').trim() === '') continue;
    yield attempt(source, line, () => liveEvent(part, options));
  }
}

function liveEvent(line: Buffer, options: RawOptions): Event {
  if (line.length > options.maxEventBytes) throw new Rejected('larger than the limit');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    throw new Rejected('not UTF-8');
  }
  const value = parse(text);
  if (!isObject(value)) throw new Rejected('not an object');
  const eventType = value.get('event_type');
  if (typeof eventType !== 'string' || eventType === '') throw new Rejected('no event_type');
  const eventTime = instantOf(value.get('event_time'));
  if (eventTime === null) throw new Rejected('no usable event_time');
  const vendor = value.get('vendor');
  const payload = value.get('payload') ?? null;
  const content = { eventType, vendor: typeof vendor === 'string' ? vendor : null, payload };
  return {
    ...content,
    eventId: givenId(value) ?? derivedId(content),
    eventTime,
    ingestedAt: instantOf(value.get('ingested_at')) ?? options.now,
  };
}

function givenId(event: JsonObject): string | undefined {
  const id = event.get('event_id');
  if (id instanceof NumberText) return id.text;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function derivedId(content: { eventType: string; vendor: string | null; payload: Json }): string {
  const whole: JsonObject = new Map<string, Json>([
    ['event_type', content.eventType],
    ['payload', content.payload],
    ['vendor', content.vendor],
  ]);
  return createHash('sha256').update(jcs(whole)).digest('hex');
}

function historicalEvent(payload: Json, options: RawOptions & { type: string }): Event {
  if (!isObject(payload)) throw new Rejected('not an object');
  const eventType = options.type;
  const vendor = payload.has('orderRef') ? 'vendor_a' : payload.has('order_id') ? 'vendor_b' : 'vendor_c';
  const eventTime = historicalTime(eventType, payload);
  if (eventTime === null) throw new Rejected('no usable time');
  const content = { eventType, vendor, payload };
  return { ...content, eventId: derivedId(content), eventTime, ingestedAt: options.now };
}

/** The record's own time; of a shipment that of its first status. */
function historicalTime(eventType: string, payload: JsonObject): Micros | null {
  if (eventType === 'historical_order') return instantOf(first(payload, 'created', 'created_at', 'order.ts'));
  if (eventType === 'historical_payment') return instantOf(first(payload, 'paidAt', 'paid_at', 'timestamp'));
  if (eventType === 'historical_refund') return instantOf(first(payload, 'refundedAt', 'refunded_at', 'ts'));
  const statuses = first(payload, 'updates', 'status_history', 'timeline');
  const status = Array.isArray(statuses) ? statuses[0] : undefined;
  return isObject(status) ? instantOf(status.get('time')) : null;
}
