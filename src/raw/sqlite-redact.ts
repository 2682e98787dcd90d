// Takes events out of the raw store's SQLite file for good, and leaves a tombstone for each id: it keeps the event from coming back.
// Runs inside the caller's transaction, `scrub` apart; knows no files and no ingestion.

import { IdsHash } from './ids-hash.ts';
import { idsNamedIn } from './named-ids.ts';
import type { Redaction, RedactionOutcome, Rejected } from './raw-store.ts';
import type { Connection } from './sqlite-file.ts';
import { idHash } from './sqlite-ids.ts';
import { BATCH_SEQS } from './sqlite-tables.ts';

/** Why and when, beside the ids that are to go: as JSON, each once. */
export interface RedactionOrder {
  readonly eventIds: readonly string[];
  readonly reason: string;
  readonly redactedAt: string;
}

/** Removes events and what quarantine entries name them. Call `scrub` once this is committed. */
export function redactEvents(
  connection: Connection,
  { eventIds, reason, redactedAt }: RedactionOrder,
): RedactionOutcome {
  const ids = [...new Set(eventIds)];
  const found = find(connection, ids);
  const tombstones = connection.run(TOMBSTONES, [JSON.stringify(tombstonesOf(ids, found)), redactedAt, reason]);
  for (const [batchNo, taken] of byBatch(found)) countTaken(connection, batchNo, taken);
  connection.run(DELETE_IDS, [JSON.stringify(found.map(({ seq, eventId }) => [idHash(eventId), seq]))]);
  const events = connection.run(DELETE_EVENTS, [JSON.stringify(found.map(({ seq }) => seq))]);
  const conflicts = connection.run(DELETE_CONFLICTS, [JSON.stringify(ids)]);
  return { tombstones, events, quarantined: conflicts + deleteRejected(connection, new Set(ids)) };
}

interface Found {
  readonly seq: number;
  readonly eventId: string;
  readonly batchId: string;
  readonly eventType: string;
  readonly eventDate: string;
}

function find(connection: Connection, eventIds: readonly string[]): readonly Found[] {
  const hashed = JSON.stringify(eventIds.map(id => [idHash(id), id]));
  const rows = connection.rows(FIND, [hashed]) as [number, string, string, string, string][];
  return rows.map(([seq, eventId, batchId, eventType, eventDate]) => ({ seq, eventId, batchId, eventType, eventDate }));
}

/** Id, batch, type and date of each, as TOMBSTONES takes them. */
function tombstonesOf(
  eventIds: readonly string[],
  found: readonly Found[],
): readonly (readonly (string | undefined)[])[] {
  const byId = new Map(found.map(one => [one.eventId, one]));
  return eventIds.map(id => {
    const one = byId.get(id);
    return [id, one?.batchId, one?.eventType, one?.eventDate];
  });
}

/**
 * Rids the file of what SQLite still keeps of deleted rows: in pages that were split, and in the write-ahead log. It copies the whole
 * file, so it only does so where a redaction asked for it. False where a reader keeps the log alive: then it is to be called again.
 */
export function scrub(connection: Connection): boolean {
  const [[pending] = []] = connection.rows(UNSCRUBBED, []) as [number][];
  if (pending === 0) return true;
  // In memory the copy would be as large as the file.
  connection.exec('PRAGMA temp_store = FILE');
  try {
    connection.exec('VACUUM');
  } finally {
    connection.exec('PRAGMA temp_store = MEMORY');
  }
  if (!truncateLog(connection)) return false;
  connection.run('UPDATE event_redactions SET is_scrubbed = 1 WHERE is_scrubbed = 0', []);
  return true;
}

function truncateLog(connection: Connection): boolean {
  const [[isBusy] = []] = connection.rows('PRAGMA wal_checkpoint(TRUNCATE)', []) as [number][];
  return isBusy !== 1;
}

/** Tombstones behind a sequence, in their order. */
export function tombstonesAfter(connection: Connection, sequence: number): readonly Redaction[] {
  const rows = connection.rows(AFTER, [sequence]) as TombstoneRow[];
  return rows.map(([at, eventId, redactedAt, reason, batchId, eventType, eventDate]) => {
    return { sequence: at, eventId, redactedAt, reason, batchId, eventType, eventDate };
  });
}

export function hasTombstones(connection: Connection): boolean {
  return connection.rows('SELECT 1 FROM event_redactions LIMIT 1', []).length > 0;
}

/** What may go to the quarantine of what cannot be an event: all but what names an id with a tombstone. */
export function withoutRedacted(connection: Connection, rejected: readonly Rejected[]): readonly Rejected[] {
  const named = rejected.map(({ raw }) => idsNamedIn(raw));
  const rows = connection.rows(AMONG, [JSON.stringify(named.flat())]) as [string][];
  const redacted = new Set(rows.map(([eventId]) => eventId));
  return rejected.filter((_, index) => named[index]?.every(id => !redacted.has(id)));
}

function deleteRejected(connection: Connection, eventIds: ReadonlySet<string>): number {
  let deleted = 0;
  for (let after = 0; ; ) {
    const rows = connection.rows(REJECTED, [after]) as [seq: number, raw: string][];
    const last = rows.at(-1);
    if (last === undefined) return deleted;
    const named = rows.filter(([, raw]) => idsNamedIn(raw).some(id => eventIds.has(id))).map(([seq]) => seq);
    if (named.length > 0) deleted += connection.run(DELETE_REJECTED, [JSON.stringify(named)]);
    [after] = last;
  }
}

/** What is taken out of a batch. */
interface Taken {
  count: number;
  readonly ids: IdsHash;
}

function byBatch(found: readonly Found[]): ReadonlyMap<number, Taken> {
  const batches = new Map<number, Taken>();
  for (const { seq, eventId } of found) {
    const batchNo = Math.floor(seq / BATCH_SEQS);
    const taken = batches.get(batchNo) ?? { count: 0, ids: new IdsHash() };
    taken.count++;
    taken.ids.add(eventId);
    batches.set(batchNo, taken);
  }
  return batches;
}

function countTaken(connection: Connection, batchNo: number, { count, ids }: Taken): void {
  const [[before = ''] = []] = connection.rows(TAKEN_BEFORE, [batchNo]) as [string][];
  const hash = IdsHash.parse(before);
  hash.addBits(ids.high, ids.low);
  connection.run(TAKE, [count, hash.toString(), batchNo]);
}

type TombstoneRow = [number, string, string, string, string | null, string | null, string | null];

const VALUES = '(SELECT value FROM json_each(?1))';
const FIND = `SELECT e.seq, e.event_id, e.batch_id, e.event_type, substr(e.event_time, 1, 10)
  FROM json_each(?1) AS j CROSS JOIN event_ids AS i ON i.hash = (j.value ->> 0) CROSS JOIN events_raw AS e ON e.seq = i.seq
  WHERE e.event_id = (j.value ->> 1)`;
const TOMBSTONES = `INSERT INTO event_redactions (event_id, batch_id, event_type, event_date, redacted_at, reason)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, ?3 FROM json_each(?1)
  WHERE true
  ON CONFLICT (event_id) DO NOTHING`;
const DELETE_IDS = `DELETE FROM event_ids
  WHERE (hash, seq) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`;
const TAKEN_BEFORE = 'SELECT redacted_hash FROM ingest_batches WHERE batch_no = ?1';
const TAKE = 'UPDATE ingest_batches SET redacted = redacted + ?1, redacted_hash = ?2 WHERE batch_no = ?3';
const DELETE_EVENTS = `DELETE FROM events_raw WHERE seq IN ${VALUES}`;
const DELETE_CONFLICTS = `DELETE FROM events_quarantine WHERE event_id IN ${VALUES}`;
// In chunks: a raw text has 64 KiB at most.
const REJECTED = `SELECT seq, raw FROM events_quarantine WHERE seq > ?1 AND event_id IS NULL ORDER BY seq LIMIT 500`;
const DELETE_REJECTED = `DELETE FROM events_quarantine WHERE seq IN ${VALUES}`;
const UNSCRUBBED = 'SELECT count(*) FROM event_redactions WHERE is_scrubbed = 0';
const AFTER = `SELECT sequence, event_id, redacted_at, reason, batch_id, event_type, event_date
  FROM event_redactions WHERE sequence > ?1 ORDER BY sequence`;
const AMONG = `SELECT event_id FROM event_redactions WHERE event_id IN ${VALUES}`;
