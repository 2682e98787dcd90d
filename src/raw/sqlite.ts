// The raw store in a SQLite file: what runs where no MongoDB is configured. Several processes may write at once.
// Each write is one transaction with its counts, so a killed process leaves an open batch whose receipt is right.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { must, PulseError } from '../errors.ts';
import { conflictReason, conflictText } from './conflict.ts';
import { addCounts, addDays, NO_COUNTS, sumDays } from './counts.ts';
import { type EventColumns, eventsOfColumns } from './event-columns.ts';
import { type EventPack, FIELD, STRIDE } from './event-pack.ts';
import { IdsHash } from './ids-hash.ts';
import type { StoredEvent } from './raw-event.ts';
import type {
  Counts,
  OpenBatch,
  QuarantineEntry,
  RawStore,
  Receipt,
  Redaction,
  RedactionOutcome,
  Rejected,
  Share,
} from './raw-store.ts';
import { rawText } from './split.ts';
import { type Connection, SqliteFile, sqliteTrouble } from './sqlite-file.ts';
import { SeenIds } from './sqlite-ids.ts';
import { readChunk, rowsOfChunk } from './sqlite-read.ts';
import { hasTombstones, redactEvents, scrub, tombstonesAfter, withoutRedacted } from './sqlite-redact.ts';
import { BATCH_SEQS, migrate } from './sqlite-tables.ts';
import { type Different, insertPack, type Refusals } from './sqlite-write.ts';
import { timeOfDate } from './time.ts';

interface BatchRow extends Counts {
  readonly batch_no: number;
  readonly batch_id: string;
  readonly source: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly status: 'open' | 'closed';
  readonly days: string;
  readonly ids_hash: string;
  readonly redacted: number;
  readonly redacted_hash: string;
  readonly owner_host: string;
  readonly owner_pid: number;
}

type QuarantineRow = [
  string,
  string,
  number | null,
  'conflict' | 'rejected',
  string,
  string | null,
  string,
  number,
  string,
];

interface BatchUnderWay {
  readonly batchNo: number;
  readonly batchId: string;
  readonly source: string;
  /** Each write takes as many seqs as its pack has events, whether they are the batch's or not. */
  nextSeq: number;
}

interface Conflict {
  readonly index: number;
  readonly event: Different['event'];
  readonly reason: string;
}

/** What became of a pack. */
interface Written {
  readonly refused: Int32Array;
  readonly conflicts: readonly Conflict[];
  readonly now: string;
}

interface Recorded {
  readonly share: Share;
  readonly batch: BatchUnderWay;
  readonly row: BatchRow;
  readonly events: EventPack;
  readonly written: Written;
  /** Of the share: what may be kept. */
  readonly rejected: readonly Rejected[];
}

/**
 * Opens (and makes, where it is not there) the raw store in the file `path`, or in memory for ':memory:'. The folder must be there.
 *
 * @param options.busyTimeoutMs how long to wait for another process's write, or for a redaction's last reader. Default 30 s.
 *
 * @throws {PulseError} STATE_NEWER, RAW_STORE_UNREACHABLE, RAW_STORE_FAILED, DISK_FULL
 */
export async function openSqliteRawStore(
  path: string,
  options: { readonly now: () => Date; readonly busyTimeoutMs?: number },
): Promise<RawStore> {
  const file = new SqliteFile(path, options);
  try {
    await migrate(file, path);
  } catch (error) {
    await file.close();
    throw sqliteTrouble(error, path);
  }
  return new SqliteRawStore(file, { path, now: options.now });
}

class SqliteRawStore implements RawStore {
  private readonly file: SqliteFile;
  private readonly path: string;
  private readonly now: () => Date;
  /** Batches of this store that are under way, by their ids. */
  private readonly underWay = new Map<string, BatchUnderWay>();
  /** null before the first write. */
  private seen: SeenIds | undefined | null = null;

  constructor(file: SqliteFile, options: { readonly path: string; readonly now: () => Date }) {
    this.file = file;
    this.path = options.path;
    this.now = options.now;
  }

  async recover(): Promise<readonly Receipt[]> {
    return this.guarded(async () => {
      // What a redaction that was killed left half done.
      await this.file.withConnection(scrub);
      const open: BatchRow[] = await this.file.db('ingest_batches').where({ status: 'open' }).orderBy('batch_no');
      const orphans = open.filter(row => !this.underWay.has(row.batch_id) && !isElsewhere(row));
      const receipts: Receipt[] = [];
      for (const row of orphans) receipts.push(await this.closeBatch(row.batch_no));
      return receipts;
    });
  }

  /** Only pulse writes into a file. */
  async hasStrays(): Promise<boolean> {
    return false;
  }

  // biome-ignore lint/correctness/useYield: nothing ever comes.
  async *follow(): AsyncGenerator<Receipt> {
    throw new PulseError('CONFIG_INVALID', 'Raw events are in a SQLite file, into which no other program writes.', {
      hint: 'Only a MongoDB can be followed: name one in MONGO_URI or in the target.',
    });
  }

  async openBatch(source: string): Promise<OpenBatch> {
    return this.guarded(async () => {
      const now = this.now();
      // Ids sort by time of opening, and need no counter, so any store can make them.
      const batchId = `${timeOfDate(now).replace(/\D/g, '').padEnd(20, '0').slice(0, 17)}-${randomUUID().slice(0, 8)}`;
      const [inserted] = await this.file
        .db('ingest_batches')
        .insert({
          batch_id: batchId,
          source,
          started_at: timeOfDate(now),
          status: 'open',
          owner_host: hostname(),
          owner_pid: process.pid,
        })
        .returning('batch_no');
      const batchNo: number = inserted.batch_no;
      this.underWay.set(batchId, { batchNo, batchId, source, nextSeq: batchNo * BATCH_SEQS });
      const batch: OpenBatch = {
        batchId,
        write: async (events, rejected) => {
          const whole = { batch, source: 0, from: 0, to: events.count, rejected, isLast: false };
          const [counts] = await this.write(events, [whole]);
          return counts ?? NO_COUNTS;
        },
        close: () =>
          this.guarded(async () => {
            const receipt = await this.closeBatch(batchNo);
            this.underWay.delete(batchId);
            return receipt;
          }),
      };
      return batch;
    });
  }

  async write(events: EventPack, shares: readonly Share[]): Promise<readonly Counts[]> {
    const takers = shares.map(share => ({ share, batch: must(this.underWay, share.batch.batchId) }));
    const counts = await this.guarded(() =>
      this.file.inTransaction(connection => {
        const rows = takers.map(({ batch }) => openRow(connection, batch.batchNo));
        const places = takers.map(({ share, batch }) => {
          return { source: share.source, batchId: batch.batchId, firstSeq: batch.nextSeq };
        });
        const hasRedacted = hasTombstones(connection);
        const written = this.outcomeOf(
          insertPack(connection, events, { places, hasRedacted, seen: this.seenIds(connection) }),
        );
        return takers.map((taker, index) =>
          this.record(connection, {
            ...taker,
            events,
            written,
            row: rows[index] as BatchRow,
            rejected: hasRedacted ? withoutRedacted(connection, taker.share.rejected) : taker.share.rejected,
          }),
        );
      }),
    );
    for (const { share, batch } of takers) {
      batch.nextSeq += events.count;
      if (share.isLast) this.underWay.delete(batch.batchId);
    }
    return counts;
  }

  async receipts(): Promise<readonly Receipt[]> {
    return this.guarded(async () => {
      const rows: BatchRow[] = await this.file.db('ingest_batches').orderBy('batch_no');
      return rows.map(receiptOf);
    });
  }

  async *readBatch(batchId: string): AsyncGenerator<readonly StoredEvent[]> {
    for await (const columns of this.readColumns(batchId)) yield eventsOfColumns(columns, batchId);
  }

  async *readColumns(batchId: string): AsyncGenerator<EventColumns> {
    const row = await this.closedBatch(batchId);
    const range = { from: row.batch_no * BATCH_SEQS, to: (row.batch_no + 1) * BATCH_SEQS };
    const limit = await this.reading(connection => rowsOfChunk(connection, range));
    for (;;) {
      const { events, lastSeq } = await this.reading(connection => readChunk(connection, { ...range, limit }));
      if (events === undefined) return;
      yield events;
      range.from = lastSeq + 1;
    }
  }

  async *readQuarantine(batchId: string): AsyncGenerator<readonly QuarantineEntry[]> {
    for (let after = -1; ; ) {
      const rows = await this.guarded(() =>
        this.file
          .db('events_quarantine')
          .where({ batch_id: batchId })
          .where('seq', '>', after)
          .orderBy('seq')
          .limit(500)
          .select('*', this.file.db.raw('CAST(raw AS BLOB) AS raw_bytes')),
      );
      if (rows.length === 0) return;
      after = rows.at(-1).seq;
      yield rows.map(row => ({
        batchId,
        source: row.source,
        line: row.line,
        kind: row.kind,
        reason: row.reason,
        eventId: row.event_id,
        // As bytes: the driver ends a text at its first NUL.
        raw: Buffer.from(row.raw_bytes).toString(),
        isCut: row.is_cut === 1,
        quarantinedAt: row.quarantined_at,
      }));
    }
  }

  async countEvents(): Promise<number> {
    const [row] = await this.guarded(() => this.file.db('events_raw').count({ events: '*' }));
    return Number(row?.events ?? 0);
  }

  async redact(
    eventIds: readonly string[],
    options: { readonly reason: string; readonly redactedAt: string },
  ): Promise<RedactionOutcome> {
    return this.guarded(async () => {
      const outcome = await this.file.inTransaction(connection => redactEvents(connection, { eventIds, ...options }));
      if (await this.file.withConnection(scrub)) return outcome;
      throw new PulseError(
        'RAW_STORE_UNREACHABLE',
        `The events are redacted, but another process reads the raw store in ${this.path}, so their bytes are still in its log.`,
        { hint: 'Run it again once that process is done.', transient: true },
      );
    });
  }

  async redactions(afterSequence: number): Promise<readonly Redaction[]> {
    return this.reading(connection => tombstonesAfter(connection, afterSequence));
  }

  tidy(): Promise<void> {
    return this.guarded(() => this.file.emptyLog());
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Of a store that only this one has written into. */
  private seenIds(connection: Connection): SeenIds | undefined {
    if (this.seen === null) this.seen = SeenIds.ofNone(connection);
    // Never again: what others wrote is not known here.
    if (this.seen?.isAll(connection) === false) this.seen = undefined;
    return this.seen;
  }

  private outcomeOf({ refused, different }: Refusals): Written {
    const now = timeOfDate(this.now());
    return { refused, conflicts: different.flatMap(one => conflictOf(one)), now };
  }

  /** Quarantine and counts of one share, and the end of its batch where this is its last. */
  private record(connection: Connection, what: Recorded): Counts {
    const { share, batch, row, events, written, rejected } = what;
    const isMine = (index: number): boolean => index >= share.from && index < share.to;
    const conflicts = written.conflicts.filter(({ index }) => isMine(index));
    const refused = written.refused.filter(isMine);
    const entries = entriesOf(batch, { rejected, conflicts, now: written.now });
    if (entries.length > 0) connection.run(QUARANTINE, [JSON.stringify(entries)]);
    const days = daysOf(events, {
      share,
      refused,
      rejected: rejected.length,
      conflicts: new Set(conflicts.map(({ index }) => index)),
      today: written.now.slice(0, 10),
    });
    const counts = sumDays(days);
    count(connection, batch.batchNo, {
      ...addCounts(row, counts),
      days: addDays(JSON.parse(row.days), days),
      idsHash: idsHashOf(events, { before: row.ids_hash, share, refused }),
    });
    if (share.isLast) this.closeRow(connection, batch.batchNo);
    return counts;
  }

  private closeBatch(batchNo: number): Promise<Receipt> {
    return this.file.inTransaction(connection => this.closeRow(connection, batchNo));
  }

  private closeRow(connection: Connection, batchNo: number): Receipt {
    const row = batchRow(connection, batchNo);
    if (row.status === 'closed') return receiptOf(row);
    const range = [batchNo * BATCH_SEQS, (batchNo + 1) * BATCH_SEQS];
    const [[stored] = []] = connection.rows(RECOUNT, range) as [number][];
    const expected = row.inserted - row.redacted;
    if (stored !== expected) {
      throw new PulseError(
        'RECEIPT_MISMATCH',
        `Batch ${row.batch_id} (${row.source}) counted ${expected} events, but ${stored} are stored.`,
        { hint: 'Something else wrote to the raw store. Restore it, or move it away and ingest again.' },
      );
    }
    const finishedAt = timeOfDate(this.now());
    connection.run(CLOSE, [finishedAt, batchNo]);
    return receiptOf({ ...row, status: 'closed', finished_at: finishedAt });
  }

  private async closedBatch(batchId: string): Promise<BatchRow> {
    const row: BatchRow | undefined = await this.guarded(() =>
      this.file.db('ingest_batches').where({ batch_id: batchId }).first(),
    );
    if (row?.status === 'closed') return row;
    throw new PulseError(
      'RAW_STORE_FAILED',
      `Batch ${batchId} is ${row === undefined ? 'not in the raw store' : 'still open'}.`,
      {
        hint: 'Run `pulse ingest` to its end, then try again.',
      },
    );
  }

  private reading<T>(work: (connection: Connection) => T): Promise<T> {
    return this.guarded(() => this.file.withConnection(work));
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sqliteTrouble(error, this.path);
    }
  }
}

const QUARANTINE = `INSERT INTO events_quarantine (batch_id, source, line, kind, reason, event_id, raw, is_cut, quarantined_at)
  SELECT ${Array.from({ length: 9 }, (_, n) => `value ->> ${n}`).join(', ')} FROM json_each(?)`;

const RECOUNT = 'SELECT count(*) FROM events_raw WHERE seq >= ?1 AND seq < ?2';
const CLOSE = `UPDATE ingest_batches SET status = 'closed', finished_at = ?1 WHERE batch_no = ?2`;
const COUNT = `UPDATE ingest_batches
  SET received = ?1, inserted = ?2, duplicates = ?3, conflicts = ?4, rejected = ?5, days = ?6, ids_hash = ?7 WHERE batch_no = ?8`;

function batchRow(connection: Connection, batchNo: number): BatchRow {
  const [row] = connection.objects('SELECT * FROM ingest_batches WHERE batch_no = ?', [batchNo]) as BatchRow[];
  if (row === undefined) throw new PulseError('RAW_STORE_FAILED', `Batch ${batchNo} is gone from the raw store.`);
  return row;
}

function count(connection: Connection, batchNo: number, to: Pick<Receipt, keyof Counts | 'days' | 'idsHash'>): void {
  const { received, inserted, duplicates, conflicts, rejected } = to;
  const texts = [JSON.stringify(to.days), to.idsHash];
  connection.run(COUNT, [received, inserted, duplicates, conflicts, rejected, ...texts, batchNo]);
}

function openRow(connection: Connection, batchNo: number): BatchRow {
  const row = batchRow(connection, batchNo);
  if (row.status === 'open') return row;
  throw new PulseError(
    'BATCH_CLOSED',
    `Batch ${row.batch_id} is closed already: another pulse took this one for dead.`,
    {
      hint: 'Run it again: what was written stays, the rest is added.',
      transient: true,
    },
  );
}

function entriesOf(
  { batchId, source }: BatchUnderWay,
  what: { readonly rejected: readonly Rejected[]; readonly conflicts: readonly Conflict[]; readonly now: string },
): readonly QuarantineRow[] {
  const rejected = what.rejected.map((one): QuarantineRow => {
    return [batchId, source, one.line, 'rejected', one.reason, null, one.raw, one.isCut ? 1 : 0, what.now];
  });
  const conflicts = what.conflicts.map(({ event, reason }): QuarantineRow => {
    const text = Buffer.from(conflictText(event));
    const { raw, isCut } = rawText(text, 0, { to: text.length });
    return [batchId, source, event.line, 'conflict', reason, event.eventId, raw, isCut ? 1 : 0, what.now];
  });
  return [...rejected, ...conflicts];
}

/** Whether another process that lives is writing the batch. One that only got the number of the dead one keeps it open a while longer. */
function isElsewhere(row: BatchRow): boolean {
  // SQLite files are not shared between hosts: another host was this one under another name.
  if (row.owner_host !== hostname() || row.owner_pid === process.pid) return false;
  try {
    process.kill(row.owner_pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function receiptOf(row: BatchRow): Receipt {
  const { received, inserted, duplicates, conflicts, rejected } = row;
  return {
    batchId: row.batch_id,
    source: row.source,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    received,
    inserted,
    duplicates,
    conflicts,
    rejected,
    days: JSON.parse(row.days),
    idsHash: row.ids_hash,
    redacted: row.redacted,
    redactedHash: row.redacted_hash,
  };
}

/** The refused event with the reason, where it is not the same as the stored one. */
function conflictOf({ index, event, stored }: Different): Conflict[] {
  const reason = conflictReason(event, stored);
  return reason === null ? [] : [{ index, event, reason }];
}

interface Outcome {
  readonly share: Share;
  /** Indexes of its events that were there already. */
  readonly refused: Int32Array;
  /** How many of what it rejects are kept; the others name redacted events. */
  readonly rejected: number;
  /** Those of the refused that differ. */
  readonly conflicts: ReadonlySet<number>;
  /** The day under which counts what has no ingested_at. */
  readonly today: string;
}

function daysOf(events: EventPack, { share, refused, rejected, conflicts, today }: Outcome): Record<string, Counts> {
  const received = new Int32Array(events.days.length);
  for (let index = share.from; index < share.to; index++) {
    const day = events.fields[index * STRIDE + FIELD.day] as number;
    received[day] = (received[day] as number) + 1;
  }
  let days: Record<string, Counts> = {};
  for (const [index, day] of events.days.entries()) {
    const count = received[index] as number;
    if (count > 0) days[day] = { ...NO_COUNTS, received: count, inserted: count };
  }
  for (const index of refused) {
    const day = events.days[events.fields[index * STRIDE + FIELD.day] as number] as string;
    const isConflict = conflicts.has(index);
    const change = { ...NO_COUNTS, inserted: -1, duplicates: isConflict ? 0 : 1, conflicts: isConflict ? 1 : 0 };
    days[day] = addCounts(days[day] ?? NO_COUNTS, change);
  }
  const faults = share.rejected.length;
  if (faults > 0)
    days = addDays(days, {
      [today]: { ...NO_COUNTS, received: faults, rejected, duplicates: faults - rejected },
    });
  return days;
}

function idsHashOf(
  { fields }: EventPack,
  change: { readonly before: string; readonly share: Share; readonly refused: Int32Array },
): string {
  const ids = IdsHash.parse(change.before);
  const add = (index: number): void =>
    ids.addBits(fields[index * STRIDE + FIELD.hashHigh] as number, fields[index * STRIDE + FIELD.hashLow] as number);
  for (let index = change.share.from; index < change.share.to; index++) add(index);
  // XOR undoes itself: what was refused comes out again.
  for (const index of change.refused) add(index);
  return ids.toString();
}
