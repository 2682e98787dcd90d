// One plain event, as many tests need it.
import type { IncomingEvent } from '../../src/raw/raw-event.ts';

export const NOW = new Date('2025-01-16T12:00:00Z');

export function event(id: string, more: Partial<IncomingEvent> = {}): IncomingEvent {
  return {
    eventId: id,
    eventType: 'order_created',
    eventTime: '2025-01-15T09:43:48Z',
    vendor: 'vendor_a',
    payload: '{"total":63.10}',
    ingestedAt: '2025-01-15T10:00:00Z',
    line: 1,
    ...more,
  };
}
