// The tables of the raw store's SQLite file, and the steps from each version to the next.

import { PulseError } from '../errors.ts';
import type { Connection, SqliteFile } from './sqlite-file.ts';
import { fillIds } from './sqlite-ids.ts';

/** Seqs of one batch: an event's `seq` is batch number × this + position, so a batch's events lie side by side. */
export const BATCH_SEQS = 2 ** 24;

const TABLES = `
  CREATE TABLE events_raw (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_time TEXT NOT NULL,
    vendor TEXT,
    payload TEXT NOT NULL,
    ingested_at TEXT NOT NULL,
    batch_id TEXT NOT NULL
  );
  CREATE UNIQUE INDEX events_raw_event_id ON events_raw (event_id);
  CREATE TABLE ingest_batches (
    batch_no INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    received INTEGER NOT NULL DEFAULT 0,
    inserted INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    conflicts INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    days TEXT NOT NULL DEFAULT '{}',
    ids_hash TEXT NOT NULL DEFAULT '000000000000000',
    owner_host TEXT NOT NULL,
    owner_pid INTEGER NOT NULL
  );
  CREATE INDEX ingest_batches_open ON ingest_batches (batch_no) WHERE status = 'open';
  CREATE TABLE events_quarantine (
    seq INTEGER PRIMARY KEY,
    batch_id TEXT NOT NULL,
    source TEXT NOT NULL,
    line INTEGER,
    kind TEXT NOT NULL CHECK (kind IN ('conflict', 'rejected')),
    reason TEXT NOT NULL,
    event_id TEXT,
    raw TEXT NOT NULL,
    is_cut INTEGER NOT NULL,
    quarantined_at TEXT NOT NULL
  );
  CREATE INDEX events_quarantine_batch ON events_quarantine (batch_id);
`;

// Sequences are never given twice, not even after the last tombstone.
const REDACTIONS = `
  CREATE TABLE event_redactions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    redacted_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    batch_id TEXT,
    event_type TEXT,
    event_date TEXT,
    is_scrubbed INTEGER NOT NULL DEFAULT 0
  );
  ALTER TABLE ingest_batches ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ingest_batches ADD COLUMN redacted_hash TEXT NOT NULL DEFAULT '000000000000000';
`;

// An index on the ids' texts would be several times as large, and each write touches nearly all of it.
const IDS = `
  CREATE TABLE event_ids (hash INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (hash, seq)) WITHOUT ROWID;
  DROP INDEX events_raw_event_id;
`;

/** Step n makes version n + 1 of version n; version 0 is an empty file. A step that was released is never changed. */
const STEPS: readonly ((connection: Connection) => void)[] = [
  connection => connection.exec(TABLES),
  connection => connection.exec(REDACTIONS),
  connection => {
    connection.exec(IDS);
    fillIds(connection);
  },
];
const VERSION = STEPS.length;

/** Brings the tables to this version. @throws {PulseError} STATE_NEWER where a later pulse made them. */
export async function migrate(file: SqliteFile, path: string): Promise<void> {
  if ((await file.withConnection(versionOf)) === VERSION) return;
  await file.inTransaction(connection => {
    const version = versionOf(connection);
    if (version > VERSION) {
      throw new PulseError('STATE_NEWER', `The raw store in ${path} was made by a later pulse.`, {
        hint: 'Update pulse, or point PULSE_HOME to another folder.',
      });
    }
    for (const step of STEPS.slice(version)) step(connection);
    connection.exec(`PRAGMA user_version = ${VERSION}`);
  });
}

function versionOf(connection: Connection): number {
  const [[version] = []] = connection.rows('PRAGMA user_version', []) as [number][];
  return version ?? 0;
}
