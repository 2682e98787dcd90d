-- A raw store as the first version made it, with one closed batch of two events (sqlite.test.ts).
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
PRAGMA user_version = 1;
INSERT INTO ingest_batches VALUES
  (1, '20250116120000000-aaaa', 'data/x.jsonl', '2025-01-16T12:00:00Z', '2025-01-16T12:00:00Z', 'closed', 2, 2, 0, 0, 0,
    '{"2025-01-15":{"received":2,"inserted":2,"duplicates":0,"conflicts":0,"rejected":0}}', '000000000000000', 'host', 1);
INSERT INTO events_raw VALUES
  (16777216, 'a', 'order_created', '2025-01-15T09:43:48Z', 'vendor_a', '{"total":63.10}', '2025-01-15T10:00:00Z', '20250116120000000-aaaa'),
  (16777217, 'b', 'order_created', '2025-01-15T09:43:48Z', 'vendor_a', '{"total":63.10}', '2025-01-15T10:00:00Z', '20250116120000000-aaaa');
