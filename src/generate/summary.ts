// What a generation wrote, counted while writing. `tally` is the one value here that grows; the summary is its frozen end.

/** Counts of what was put in on purpose. All of them count a record once: its duplicates and conflicts stand apart. */
interface Oddities {
  /** Live events whose ingested_at − event_time exceeds 24 hours. */
  late: number;
  withoutEventId: number;
  withoutIngestedAt: number;
  /** Creation events of an order_id that was created before: the order moves. */
  recreatedOrders: number;
  missingOrderIds: number;
  /** Payments, refunds, shipments and updates of an order that nobody created. */
  unknownOrders: number;
  /** Fields under another name than the vendor's own. */
  driftedFields: number;
  /** Fields given twice: a null under an earlier name, or a false value under a later one. */
  decoys: number;
  mislabelledAmounts: number;
  missingCurrencies: number;
  foreignCurrencies: number;
  /** Amounts that are no number, or absent. */
  unparsableAmounts: number;
  /** Times in a payload that are absent or do not parse: event_time stands in. */
  unusableTimes: number;
  unknownTypes: number;
}

export interface Tally extends Oddities {
  byType: Map<string, number>;
  inserted: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
}

/** events = inserted + duplicates + conflicts + rejected, when the files are read in the order of `files`. */
export interface Summary {
  readonly events: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
  readonly historical: number;
  readonly live: number;
  /** Of the inserted ones, by event_type, sorted by name. */
  readonly byType: Readonly<Record<string, number>>;
  readonly oddities: Readonly<Oddities>;
  readonly bytes: number;
  readonly files: readonly FileSummary[];
}

export interface FileSummary {
  /** Relative to the output folder, with /. */
  readonly path: string;
  /** Lines or records; rates for a CSV. */
  readonly rows: number;
  readonly bytes: number;
}

export function emptyTally(): Tally {
  return {
    byType: new Map(),
    inserted: 0,
    duplicates: 0,
    conflicts: 0,
    rejected: 0,
    late: 0,
    withoutEventId: 0,
    withoutIngestedAt: 0,
    recreatedOrders: 0,
    missingOrderIds: 0,
    unknownOrders: 0,
    driftedFields: 0,
    decoys: 0,
    mislabelledAmounts: 0,
    missingCurrencies: 0,
    foreignCurrencies: 0,
    unparsableAmounts: 0,
    unusableTimes: 0,
    unknownTypes: 0,
  };
}

export function countInserted(tally: Tally, eventType: string): void {
  tally.inserted += 1;
  tally.byType.set(eventType, (tally.byType.get(eventType) ?? 0) + 1);
}

export function summaryOf(
  tally: Tally,
  totals: { readonly historical: number; readonly live: number; readonly files: readonly FileSummary[] },
): Summary {
  const { byType, inserted, duplicates, conflicts, rejected, ...oddities } = tally;
  return {
    events: inserted + duplicates + conflicts + rejected,
    inserted,
    duplicates,
    conflicts,
    rejected,
    historical: totals.historical,
    live: totals.live,
    byType: Object.fromEntries([...byType].sort(([a], [b]) => (a < b ? -1 : 1))),
    oddities,
    bytes: totals.files.reduce((sum, file) => sum + file.bytes, 0),
    files: totals.files,
  };
}
