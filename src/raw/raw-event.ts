// An event of the data contract as the raw store holds it. Values only.

/** One document of `events_raw` (data contract, section 1). Times are UTC text: 2025-01-15T09:43:48Z, fraction digits (6 at most) as given. */
export interface RawEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly eventTime: string;
  readonly vendor: string | null;
  /** JSON text: values exactly as written (63.10, 19-digit ids), no white space between tokens. */
  readonly payload: string;
  readonly ingestedAt: string;
}

/** An event with the place it came from, ready to be written. */
export interface IncomingEvent extends RawEvent {
  readonly line: number | null;
}

/** An event as it was stored, with the batch that brought it. */
export interface StoredEvent extends RawEvent {
  readonly batchId: string;
}
