// Raw documents of events_raw as columns of text (event-columns.ts), byte by byte: a million events make neither objects nor strings
// of their own. What is not as pulse writes it goes the long way, through mongo-document.ts, which says the same.

import { USUAL_MARKS } from '../text-columns.ts';
import { writeDigits } from './digits.ts';
import { columnsOfEvents, EVENT_FIELDS, type EventColumns } from './event-columns.ts';
import { eventOf } from './mongo-document.ts';
import { BSON_TYPE, JsonWriter, sizeOfValue, writeAscii } from './mongo-text.ts';
import { timeOfSeconds } from './time.ts';

const SEPARATOR = USUAL_MARKS.separator.charCodeAt(0);
const NOTHING = USUAL_MARKS.nothing.charCodeAt(0);
/** Characters of a page that a column has room for at first; it grows. */
const FIRST_BYTES = 1 << 16;

/** One or more documents, each of which is an event (`faultOf`). */
export function columnsOfDocuments(documents: readonly Buffer[]): EventColumns {
  const page = new Page();
  const isPlain = documents.every(bytes => page.add(bytes));
  return isPlain ? page.columns() : columnsOfEvents(documents.map(eventOf));
}

/** The columns under way. */
class Page {
  private rows = 0;
  private readonly day = new Day();
  private readonly writers = EVENT_FIELDS.map(() => new JsonWriter(FIRST_BYTES));

  /** False where the document is not as pulse writes them, has a field twice, or a text holds a mark: then the page is of no use. */
  add(bytes: Buffer): boolean {
    const [id, type, time, vendor, payload, ingested] = this.writers as [W, W, W, W, W, W];
    if (this.rows++ > 0) for (const writer of this.writers) writer.byte(SEPARATOR);
    // Where the two times are, and their microseconds.
    let [timeAt, timeMicros, ingestedAt, ingestedMicros] = [-1, 0, -1, 0];
    let [hasId, hasType, hasVendor, hasPayload] = [false, false, false, false];
    for (let at = 4, nth = 0; ; nth++) {
      const kind = bytes[at++] as number;
      if (kind === 0) break;
      const usual = USUAL_FIELDS[nth];
      const isUsual = usual !== undefined && beginsWith(bytes, at, usual.bytes);
      const end = isUsual ? at + usual.bytes.length - 1 : bytes.indexOf(0, at);
      const value = end + 1;
      switch (isUsual ? usual.name : bytes.toString('latin1', at, end)) {
        case 'event_id':
          if (hasId) return false;
          hasId = kind === BSON_TYPE.string && plainText(id, bytes, value);
          break;
        case 'event_type':
          if (hasType) return false;
          hasType = kind === BSON_TYPE.string && plainText(type, bytes, value);
          break;
        case 'vendor':
          if (hasVendor) return false;
          hasVendor = kind === BSON_TYPE.string;
          if (hasVendor && !plainText(vendor, bytes, value)) return false;
          break;
        case 'payload':
          if (hasPayload) return false;
          payload.value(bytes, kind, value);
          hasPayload = true;
          break;
        case 'event_time':
          if (kind === BSON_TYPE.date) timeAt = value;
          break;
        case 'event_time_us':
          if (kind === BSON_TYPE.int32) timeMicros = bytes.readInt32LE(value);
          break;
        case 'ingested_at':
          if (kind === BSON_TYPE.date) ingestedAt = value;
          break;
        case 'ingested_at_us':
          if (kind === BSON_TYPE.int32) ingestedMicros = bytes.readInt32LE(value);
          break;
      }
      at = value + sizeOfValue(bytes, kind, value);
    }
    if (!hasVendor) vendor.byte(NOTHING);
    if (!hasId || !hasType || !hasPayload || timeAt < 0 || ingestedAt < 0) return false;
    if (!isMicros(timeMicros) || !isMicros(ingestedMicros)) return false;
    return (
      writeTime(time, this.day, { millis: millisAt(bytes, timeAt), micros: timeMicros }) &&
      writeTime(ingested, this.day, { millis: millisAt(bytes, ingestedAt), micros: ingestedMicros })
    );
  }

  columns(): EventColumns {
    const columns = this.writers.map(({ arena }) => arena.bytes.toString('utf8', 0, arena.end));
    return { rows: this.rows, marks: USUAL_MARKS, columns };
  }
}

type W = JsonWriter;

/** The fields in the order in which pulse writes them (mongo-document.ts): a name that is where it is expected is not read. */
const USUAL_FIELDS = [
  '_id',
  'event_id',
  'event_type',
  'event_time',
  'vendor',
  'payload',
  'ingested_at',
  'batch_id',
].map(name => ({ name, bytes: Buffer.from(`${name}\0`) }));

function beginsWith(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Copies a text that holds no mark. */
function plainText({ arena }: JsonWriter, bytes: Buffer, at: number): boolean {
  const to = at + 3 + bytes.readInt32LE(at);
  arena.reserve(to - at);
  const target = arena.bytes;
  let end = arena.end;
  for (let i = at + 4; i < to; i++) {
    const c = bytes[i] as number;
    if (c === SEPARATOR || c === NOTHING) return false;
    target[end++] = c;
  }
  arena.end = end;
  return true;
}

const isMicros = (micros: number): boolean => micros >= 0 && micros < 1000;

/** Milliseconds of a date; exact as far as a Date goes. */
const millisAt = (bytes: Buffer, at: number): number => bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);

/** The text of a day, made once for all of its times that come one behind the other. */
class Day {
  private days = Number.NaN;
  private text: string | null = null;

  /** Null outside of the years that a time may have. */
  of(days: number): string | null {
    if (days === this.days) return this.text;
    this.days = days;
    this.text = timeOfSeconds(days * DAY_SECONDS, '')?.slice(0, '2025-01-15'.length) ?? null;
    return this.text;
  }
}

const DAY_SECONDS = 86_400;
const LONGEST_TIME = '2025-01-15T09:43:48.123456Z'.length;

/** A time in canonical form. False where there is none. */
function writeTime({ arena }: JsonWriter, day: Day, { millis, micros }: Time): boolean {
  const seconds = Math.floor(millis / 1000);
  const days = Math.floor(seconds / DAY_SECONDS);
  const date = day.of(days);
  if (date === null) return false;
  arena.reserve(LONGEST_TIME);
  const out = arena.bytes;
  let w = writeAscii(out, arena.end, date);
  const rest = seconds - days * DAY_SECONDS;
  out[w++] = 0x54;
  w = writeDigits(out, w, { number: Math.floor(rest / 3600), count: 2 });
  out[w++] = 0x3a;
  w = writeDigits(out, w, { number: Math.floor(rest / 60) % 60, count: 2 });
  out[w++] = 0x3a;
  w = writeDigits(out, w, { number: rest % 60, count: 2 });
  const fraction = (millis - seconds * 1000) * 1000 + micros;
  if (fraction !== 0) {
    out[w++] = 0x2e;
    w = writeDigits(out, w, { number: fraction, count: 6 });
    while (out[w - 1] === 0x30) w--;
  }
  out[w++] = 0x5a;
  arena.end = w;
  return true;
}

interface Time {
  readonly millis: number;
  /** Beyond the milliseconds. */
  readonly micros: number;
}
