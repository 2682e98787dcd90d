// Events by column: each field's texts as one (text-columns.ts), which is what an extraction moves. Values only.

import { joinRows, splitRows, type TextColumns } from '../text-columns.ts';
import type { StoredEvent } from './raw-event.ts';

/** The columns of EventColumns, in their order. */
export const EVENT_FIELDS = ['event_id', 'event_type', 'event_time', 'vendor', 'payload', 'ingested_at'] as const;

/** Events of one batch: a column each for EVENT_FIELDS. Only `vendor` may be NULL. */
export type EventColumns = TextColumns;

/** One or more events. */
export const columnsOfEvents = (events: readonly StoredEvent[]): EventColumns =>
  joinRows(
    events.map(one => [one.eventId, one.eventType, one.eventTime, one.vendor, one.payload, one.ingestedAt]),
    EVENT_FIELDS.length,
  );

export function eventsOfColumns(columns: EventColumns, batchId: string): StoredEvent[] {
  return splitRows(columns).map(([eventId, eventType, eventTime, vendor, payload, ingestedAt]) => ({
    eventId: eventId ?? '',
    eventType: eventType ?? '',
    eventTime: eventTime ?? '',
    vendor: vendor ?? null,
    payload: payload ?? '',
    ingestedAt: ingestedAt ?? '',
    batchId,
  }));
}
