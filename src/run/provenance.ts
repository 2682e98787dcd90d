// Where events came from: batch, source, and the line of the file, found by reading the file again. Reads only.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { must } from '../errors.ts';
import type { ScalarKind } from '../googlesql/type.ts';
import type { Project } from '../project.ts';
import type { Spelling } from '../quality/spelling.ts';
import { eventAt } from '../raw/event-pack.ts';
import { fileAt } from '../raw/files.ts';
import { readInline } from '../raw/read-inline.ts';
import { type Asking, ownQuery, rowsOf } from './ask.ts';

export interface EventOrigin {
  readonly eventId: string;
  readonly eventType: string;
  readonly vendor: string | null;
  readonly eventTime: string;
  readonly ingestedAt: string;
  readonly batchId: string;
  /** File relative to the project, URL, or api; null where the batch's receipt is not in the warehouse. */
  readonly source: string | null;
  /** Line (of an array: position of the record), from 1, of the file as it is now; null where the file is gone or does not hold it. */
  readonly line: number | null;
}

/** The extract that copies a collection of the raw store. */
const extractOf = ({ graph }: Project, from: string): string | undefined =>
  graph.order.find(name => {
    const asset = must(graph.assets, name);
    return asset.kind === 'extract' && asset.from === from;
  });

/** What a document of the raw store holds at most. */
const LARGEST_EVENT = 16 * 1024 * 1024;
const PARCEL_EVENTS = 10_000;

/** Where each of `ids` came from, in their order; ids that are no event of the warehouse are left out. */
export async function originsOf(
  project: Project,
  asking: Asking,
  ids: readonly string[],
): Promise<readonly EventOrigin[]> {
  const [events, batches] = [extractOf(project, 'events_raw'), extractOf(project, 'ingest_batches')];
  if (events === undefined || ids.length === 0) return [];
  const reads = [events, ...(batches === undefined ? [] : [batches])].sort();
  const query = ownQuery('origins', {
    columns: ORIGIN_COLUMNS.map(([name, kind]) => ({ name, type: { kind } })),
    reads,
    write: spelling => originSql(ids, { events, batches, spelling }),
  });
  const found = rowsOf(await asking.ask(query, {}));
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const origins = found.map(row => ({
    eventId: text(row.event_id) ?? '',
    eventType: text(row.event_type) ?? '',
    vendor: text(row.vendor),
    eventTime: text(row.event_time) ?? '',
    ingestedAt: text(row.ingested_at) ?? '',
    batchId: text(row.batch_id) ?? '',
    source: text(row.source),
  }));
  const lines = await linesOf(project, origins);
  const byId = new Map(origins.map(one => [one.eventId, { ...one, line: lines.get(one.eventId) ?? null }]));
  return ids.flatMap(id => byId.get(id) ?? []);
}

const ORIGIN_COLUMNS: readonly (readonly [name: string, kind: ScalarKind])[] = [
  ['event_id', 'STRING'],
  ['event_type', 'STRING'],
  ['vendor', 'STRING'],
  ['event_time', 'TIMESTAMP'],
  ['ingested_at', 'TIMESTAMP'],
  ['batch_id', 'STRING'],
  ['source', 'STRING'],
];

interface OriginTables {
  readonly events: string;
  readonly batches: string | undefined;
  readonly spelling: Spelling;
}

function originSql(
  ids: readonly string[],
  { events, batches, spelling: { name, text, engine } }: OriginTables,
): string {
  const join = batches === undefined ? '' : ` LEFT JOIN ${name(batches)} AS batch ON batch.batch_id = event.batch_id`;
  const none = `CAST(NULL AS ${engine === 'duckdb' ? 'VARCHAR' : 'STRING'})`;
  const columns = ORIGIN_COLUMNS.filter(([column]) => column !== 'source').map(([column]) => `event.${name(column)}`);
  return `SELECT ${columns.join(', ')}, ${batches === undefined ? none : 'batch.source'} AS source FROM ${name(events)} AS event${join} WHERE event.event_id IN (${ids.map(text).join(', ')})`;
}

/** The first line with each event, as ingestion would read the files now: the same reading gives the same ids. */
async function linesOf(
  project: Project,
  origins: readonly { readonly eventId: string; readonly source: string | null }[],
): Promise<ReadonlyMap<string, number>> {
  const lines = new Map<string, number>();
  const bySource = new Map<string, Set<string>>();
  for (const { eventId, source } of origins) {
    if (source !== null) bySource.set(source, (bySource.get(source) ?? new Set()).add(eventId));
  }
  for (const [source, wanted] of bySource) {
    const path = resolve(project.root, source);
    if (!existsSync(path)) continue;
    const file = fileAt(path, project.root);
    const now = project.now().toISOString();
    const options = { parcelEvents: PARCEL_EVENTS, maxEventBytes: LARGEST_EVENT, now };
    for await (const { events } of readInline([file], options)) {
      for (let at = 0; at < events.count; at++) {
        const { eventId, line } = eventAt(events, at);
        if (line !== null && wanted.has(eventId) && !lines.has(eventId)) lines.set(eventId, line);
      }
    }
  }
  return lines;
}

/** `data/live_events/2025-01-15/events.jsonl:1234` */
export const originText = ({ source, line }: EventOrigin): string =>
  `${source ?? 'source not known'}${line === null ? '' : `:${line}`}`;
