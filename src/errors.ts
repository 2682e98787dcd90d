// Every trouble that a person can act on, by code. The ground floor: imports nothing of pulse.
// Three kinds of trouble: a person can act (PulseError), it may pass (the same with `transient`), it is a bug (a plain throw).

/** Where in a file something is wrong; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Line and column of an offset in a text, which is in UTF-16 units as the column is. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

export interface PulseErrorOptions {
  /** The next step, as one sentence a person can follow. */
  readonly hint?: string;
  /** True where the same call may succeed later: only these are retried. */
  readonly transient?: boolean;
  readonly place?: Place;
  /** The other place that it is about: of a contract the one side, where `place` is the other. */
  readonly also?: Place | undefined;
  readonly cause?: unknown;
}

/** The codes, one list for the whole project. A code names what is wrong, never where it was noticed. */
export type ErrorCode =
  // project and command line
  | 'USAGE'
  | 'PROJECT_NOT_FOUND'
  | 'PROJECT_BROKEN'
  | 'CONFIG_INVALID'
  | 'TARGET_UNKNOWN'
  | 'ASSET_INVALID'
  | 'ASSET_DUPLICATE'
  | 'ASSET_UNKNOWN'
  | 'GRAPH_CYCLE'
  | 'SELECTION_INVALID'
  | 'PARTITIONS_INVALID'
  // sources and the raw store
  | 'SOURCE_NOT_FOUND'
  | 'SOURCE_UNREADABLE'
  | 'SOURCE_INVALID'
  | 'RAW_STORE_UNREACHABLE'
  | 'RAW_STORE_FAILED'
  | 'RECEIPT_MISMATCH'
  | 'BATCH_CLOSED'
  // compile
  | 'TEMPLATE_INVALID'
  | 'SQL_INVALID'
  | 'SQL_TOO_NEW'
  | 'SQL_NOT_TRANSLATED'
  | 'CONTRACT_BROKEN'
  | 'UPSTREAM_BROKEN'
  | 'TEST_INVALID'
  | 'ANALYZER_MISSING'
  | 'ANALYZER_FAILED'
  | 'ANALYZER_TIMEOUT'
  // warehouse and state
  | 'WAREHOUSE_QUERY_FAILED'
  | 'WAREHOUSE_UNREACHABLE'
  | 'WAREHOUSE_BUSY'
  | 'WAREHOUSE_TABLE_MISSING'
  | 'WAREHOUSE_TABLE_CHANGED'
  | 'QUERY_TIMEOUT'
  | 'BUDGET_EXCEEDED'
  | 'PUBLICATION_REFUSED'
  | 'STATE_FAILED'
  | 'STATE_BUSY'
  | 'STATE_NEWER'
  // run
  | 'CHECK_FAILED'
  | 'NOT_FRESH'
  | 'RUN_UNKNOWN'
  | 'BACKFILL_UNKNOWN'
  | 'VERSION_GONE'
  | 'RUN_INTERRUPTED'
  | 'DISK_FULL';

export class PulseError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly transient: boolean;
  readonly place: Place | undefined;
  readonly also: Place | undefined;

  constructor(code: ErrorCode, message: string, options: PulseErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PulseError';
    this.code = code;
    this.hint = options.hint;
    this.transient = options.transient ?? false;
    this.place = options.place;
    this.also = options.also;
  }
}

/** Several troubles found together: a broken project shows all its faults at once. */
export class PulseErrors extends PulseError {
  readonly errors: readonly PulseError[];

  constructor(message: string, errors: readonly PulseError[], options: Pick<PulseErrorOptions, 'hint'> = {}) {
    super('PROJECT_BROKEN', message, options);
    this.errors = errors;
  }
}

/** 0 done, 1 a step or check failed, 2 cannot start, 130 interrupted. */
export const EXIT = { done: 0, failed: 1, cannotStart: 2, interrupted: 130 } as const;

/** `map.get(name)`, where a gap is a bug of ours and not a case to go on from. */
export function must<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no entry for ${String(key)}`);
  return value;
}
