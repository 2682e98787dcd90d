// Where events came from: batch, source, and the line of the file, found by reading the file again. Reads only.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { must } from '../errors.ts';
import type { ScalarKind } from '../googlesql/type.ts';
import type { Project } from '../project.ts';
import type { Spelling } from '../quality/spelling.ts';
import { eventAt } from '../raw/event-pack.ts';
import { fileAt, hashFile } from '../raw/files.ts';
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
  /** Line from 1, of the file as it is now; null where the file is gone or does not hold it. */
  readonly line: number | null;
  /** Why there is no line, or why it may not be the one that was ingested; null where the file is as it was. */
  readonly note: string | null;
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
  const byId = new Map(origins.map(one => [one.eventId, { ...one, ...(lines.get(one.eventId) ?? NOWHERE) }]));
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

type Found = Pick<EventOrigin, 'line' | 'note'>;
/** Of what came by the API, a URL, or from nobody knows where. */
const NOWHERE: Found = { line: null, note: null };
const GONE: Found = { line: null, note: 'the file is gone' };
const MISSING: Found = { line: null, note: 'the file does not hold it any more' };
const CHANGED = 'the file has changed since';

/** Where each event is, as ingestion would read the files now: the same reading gives the same ids. */
async function linesOf(
  project: Project,
  origins: readonly { readonly eventId: string; readonly source: string | null }[],
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const bySource = new Map<string, Set<string>>();
  for (const { eventId, source } of origins) {
    if (source !== null && source !== 'api' && !source.includes('://'))
      bySource.set(source, (bySource.get(source) ?? new Set()).add(eventId));
  }
  for (const [source, wanted] of bySource) {
    const path = resolve(project.root, source);
    if (!existsSync(path)) {
      for (const id of wanted) found.set(id, GONE);
      continue;
    }
    const lines = await linesIn(path, wanted, project);
    const note = (await isChanged(path, project)) ? CHANGED : null;
    for (const id of wanted) {
      const line = lines.get(id);
      found.set(id, line === undefined ? MISSING : { line, note });
    }
  }
  return found;
}

/** The first line with each event; the file is read until all are found. */
async function linesIn(
  path: string,
  wanted: ReadonlySet<string>,
  project: Project,
): Promise<ReadonlyMap<string, number>> {
  const lines = new Map<string, number>();
  const now = project.now().toISOString();
  const options = { parcelEvents: PARCEL_EVENTS, maxEventBytes: LARGEST_EVENT, now };
  for await (const { events } of readInline([fileAt(path, project.root)], options)) {
    for (let at = 0; at < events.count; at++) {
      const { eventId, line } = eventAt(events, at);
      if (line !== null && wanted.has(eventId) && !lines.has(eventId)) lines.set(eventId, line);
    }
    if (lines.size === wanted.size) break;
  }
  return lines;
}

/** Whether the file is not the one that was ingested last; false where that is not known. */
async function isChanged(path: string, project: Project): Promise<boolean> {
  const { files } = await (await project.state()).snapshot();
  const taken = files.find(file => join(project.dataDir, file.path) === path)?.takenHash ?? null;
  return taken !== null && (await hashFile(path)) !== taken;
}

/** `data/live_events/2025-01-15/events.jsonl:1234`, and in brackets why that may not be so. */
export const originText = ({ source, line, note }: EventOrigin): string =>
  `${source ?? 'source not known'}${line === null ? '' : `:${line}`}${note === null ? '' : ` (${note})`}`;
