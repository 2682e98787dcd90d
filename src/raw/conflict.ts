// When a second event with a stored id is a duplicate, and when it is a conflict (data contract, section 1). Pure.

import { isSameJson } from './canonical.ts';
import type { RawEvent } from './raw-event.ts';

/** Why the newcomer is not the stored event again; null where it is: ingested_at may differ. */
export function conflictReason(
  event: RawEvent,
  stored: Pick<RawEvent, 'eventType' | 'vendor' | 'eventTime' | 'payload'>,
): string | null {
  const differs: string[] = [];
  if (event.eventType !== stored.eventType) differs.push(`event_type (stored: ${stored.eventType})`);
  if (event.vendor !== stored.vendor) differs.push(`vendor (stored: ${stored.vendor})`);
  if (event.eventTime !== stored.eventTime) differs.push(`event_time (stored: ${stored.eventTime})`);
  if (!isSameJson(event.payload, stored.payload)) differs.push('payload');
  if (differs.length === 0) return null;
  return `event_id ${event.eventId} is stored already, with another ${differs.join(', ')}`;
}

/** A conflicting event in the shape of a live one, for the quarantine: it has passed the reader, its own text is gone. */
export function conflictText({ eventId, eventType, eventTime, vendor, ingestedAt, payload }: RawEvent): string {
  const head = JSON.stringify({ event_id: eventId, event_type: eventType, event_time: eventTime, vendor });
  return `${head.slice(0, -1)},"payload":${payload},"ingested_at":${JSON.stringify(ingestedAt)}}`;
}
