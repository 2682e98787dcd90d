// Where events came from: batch, source, and the line of the file, found by reading the file again. Reads only.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { QUERY_PARAMETERS } from '../compile/parameter.ts';
import { must } from '../errors.ts';
import type { Project } from '../project.ts';
import { eventAt } from '../raw/event-pack.ts';
import { fileAt } from '../raw/files.ts';
import { readInline } from '../raw/read-inline.ts';
import { type Asking, rowsOf } from './ask.ts';

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
  const sql = originSql(events, batches);
  const reads = [events, ...(batches === undefined ? [] : [batches])].sort();
  const name = 'origins';
  const source = { name, text: { kind: 'plain', file: 'origins', sql, reads }, parameters: QUERY_PARAMETERS } as const;
  const query = must(await asking.compile([source]), name);
  const found = rowsOf(await asking.ask(query, { key_1: { kind: 'STRING', value: ids.join('\n') } }));
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

function originSql(events: string, batches: string | undefined): string {
  const join = batches === undefined ? '' : ` LEFT JOIN \`${batches}\` AS batch ON batch.batch_id = event.batch_id`;
  const source = batches === undefined ? 'CAST(NULL AS STRING)' : 'batch.source';
  return `SELECT event.event_id, event.event_type, event.vendor, event.event_time, event.ingested_at, event.batch_id, ${source} AS source FROM \`${events}\` AS event${join} WHERE event.event_id IN UNNEST(SPLIT(@key_1, '\\n'))`;
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
