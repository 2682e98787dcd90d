// Takes events out of a MongoDB for good and leaves tombstones (collection event_redactions), which keep them from coming back.
// Not in one transaction: tombstones come first, each step may be made again, and `finish` makes what a killed process left.

import type { Collection, Db } from 'mongodb';
import { IdsHash } from './ids-hash.ts';
import { idsNamedIn } from './named-ids.ts';
import type { Redaction, RedactionOutcome } from './raw-store.ts';
import { timeOfDate } from './time.ts';

interface Tombstone {
  /** The event id. */
  readonly _id: string;
  readonly sequence: number;
  readonly redacted_at: string;
  readonly reason: string;
  readonly batch_id: string | null;
  readonly event_type: string | null;
  readonly event_date: string | null;
  /** Whether the event, and what names it, is gone. */
  readonly is_done: boolean;
}

interface Rejected {
  readonly _id: string;
  readonly raw: string;
}

const CHUNK = 1_000;

export class Tombstones {
  private readonly tombstones: Collection<Tombstone>;
  private readonly counters: Collection<{ _id: string; value: number }>;
  private readonly events: Collection;
  private readonly batches: Collection<{ _id: string }>;
  private readonly quarantine: Collection<Rejected>;
  private readonly retrying: <T>(call: () => Promise<T>) => Promise<T>;

  constructor(db: Db, options: { readonly retrying: <T>(call: () => Promise<T>) => Promise<T> }) {
    this.tombstones = db.collection('event_redactions');
    this.counters = db.collection('counters');
    this.events = db.collection('events_raw');
    this.batches = db.collection('ingest_batches');
    this.quarantine = db.collection('events_quarantine');
    this.retrying = options.retrying;
  }

  /** Which of these ids have a tombstone. */
  async among(eventIds: () => readonly string[]): Promise<ReadonlySet<string>> {
    // By far the most stores have none: then the ids need neither be made nor travel.
    if ((await this.tombstones.findOne({}, { projection: { _id: 1 } })) === null) return new Set();
    const found = await this.tombstones
      .find({ _id: { $in: [...new Set(eventIds())] } }, { projection: { _id: 1 } })
      .toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  async after(sequence: number): Promise<readonly Redaction[]> {
    const found = await this.tombstones
      .find({ sequence: { $gt: sequence } })
      .sort({ sequence: 1 })
      .toArray();
    return found.map(one => ({
      sequence: one.sequence,
      eventId: one._id,
      redactedAt: one.redacted_at,
      reason: one.reason,
      batchId: one.batch_id ?? null,
      eventType: one.event_type ?? null,
      eventDate: one.event_date ?? null,
    }));
  }

  async redact(
    eventIds: readonly string[],
    options: { readonly reason: string; readonly redactedAt: string },
  ): Promise<RedactionOutcome> {
    const ids = [...new Set(eventIds)];
    const outcome = { tombstones: 0, events: 0, quarantined: 0 };
    for (let at = 0; at < ids.length; at += CHUNK) {
      const chunk = ids.slice(at, at + CHUNK);
      outcome.tombstones += await this.retrying(() => this.put(chunk, options));
      const taken = await this.take(chunk);
      outcome.events += taken.events;
      outcome.quarantined += taken.quarantined;
    }
    return outcome;
  }

  /** Makes to its end what a killed process began. */
  async finish(): Promise<void> {
    const filter = { is_done: false };
    const open = await this.retrying(() => this.tombstones.find(filter, { projection: { _id: 1 } }).toArray());
    for (let at = 0; at < open.length; at += CHUNK) await this.take(open.slice(at, at + CHUNK).map(({ _id }) => _id));
  }

  /** New tombstones; ids that have one keep it. */
  private async put(
    ids: readonly string[],
    { reason, redactedAt }: { reason: string; redactedAt: string },
  ): Promise<number> {
    const known = new Set((await this.tombstones.find({ _id: { $in: [...ids] } }).toArray()).map(({ _id }) => _id));
    const fresh = ids.filter(id => !known.has(id));
    if (fresh.length === 0) return 0;
    const projection = { event_id: 1, batch_id: 1, event_type: 1, event_time: 1 };
    const events = await this.events.find({ event_id: { $in: fresh } }, { projection }).toArray();
    const stored = new Map(events.map(event => [String(event.event_id), event]));
    const counter = await this.counters.findOneAndUpdate(
      { _id: 'event_redactions' },
      { $inc: { value: fresh.length } },
      { upsert: true, returnDocument: 'after' },
    );
    const first = (counter?.value ?? fresh.length) - fresh.length + 1;
    await this.tombstones.bulkWrite(
      fresh.map((id, n) => {
        const event = stored.get(id);
        const date = event?.event_time instanceof Date ? timeOfDate(event.event_time) : event?.event_time;
        const tombstone: Omit<Tombstone, '_id'> = {
          sequence: first + n,
          redacted_at: redactedAt,
          reason,
          batch_id: event?.batch_id ?? null,
          event_type: event?.event_type ?? null,
          event_date: typeof date === 'string' ? date.slice(0, 10) : null,
          is_done: false,
        };
        return { updateOne: { filter: { _id: id }, update: { $setOnInsert: tombstone }, upsert: true } };
      }),
      { ordered: false },
    );
    return fresh.length;
  }

  private async take(ids: readonly string[]): Promise<{ readonly events: number; readonly quarantined: number }> {
    const filter = { _id: { $in: [...ids] } };
    const tombstones = await this.retrying(() => this.tombstones.find(filter).toArray());
    for (const batchId of new Set(tombstones.map(one => one.batch_id ?? null))) {
      if (batchId !== null) await this.retrying(() => this.count(batchId));
    }
    const { deletedCount: events } = await this.retrying(() => this.events.deleteMany({ event_id: { $in: [...ids] } }));
    const { deletedCount } = await this.retrying(() =>
      this.quarantine.deleteMany({ event_id: { $in: [...ids] } } as object),
    );
    const quarantined = deletedCount + (await this.takeRejected(new Set(ids)));
    await this.retrying(() => this.tombstones.updateMany(filter, { $set: { is_done: true } }));
    return { events, quarantined };
  }

  /** What a batch lost, counted from the tombstones: the same however often it is done. */
  private async count(batchId: string): Promise<void> {
    const taken = await this.tombstones.find({ batch_id: batchId }, { projection: { _id: 1 } }).toArray();
    const ids = new IdsHash();
    for (const { _id } of taken) ids.add(_id);
    await this.batches.updateOne({ _id: batchId }, { $set: { redacted: taken.length, redacted_hash: ids.toString() } });
  }

  private async takeRejected(ids: ReadonlySet<string>): Promise<number> {
    let taken = 0;
    for (let after = ''; ; ) {
      const filter = { kind: 'rejected', _id: { $gt: after } };
      const found = await this.retrying(() =>
        this.quarantine
          .find(filter as object)
          .sort({ _id: 1 })
          .limit(500)
          .toArray(),
      );
      const last = found.at(-1);
      if (last === undefined) return taken;
      after = last._id;
      const named = found.filter(({ raw }) => idsNamedIn(raw).some(id => ids.has(id))).map(({ _id }) => _id);
      if (named.length === 0) continue;
      taken += (await this.retrying(() => this.quarantine.deleteMany({ _id: { $in: named } }))).deletedCount;
    }
  }
}
