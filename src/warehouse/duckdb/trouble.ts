// DuckDB's error texts -> PulseError. DuckDB tells errors apart by text alone, so this is the one place that reads it.

import { PulseError } from '../../errors.ts';

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

type Reading = readonly [pattern: RegExp, read: (found: RegExpExecArray, cause: unknown) => PulseError];

/** The first that matches counts. */
const READINGS: readonly Reading[] = [
  [
    /Could not set lock on file "([^"]*)"(?:.*\(PID (\d+)\))?/,
    ([, file, pid], cause) =>
      new PulseError(
        'WAREHOUSE_BUSY',
        `${file} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}.`,
        {
          hint: 'One process at a time writes the embedded warehouse: wait for the other to end, then try again.',
          transient: true,
          cause,
        },
      ),
  ],
  [
    /No space left on device|max_temp_directory_size|Disk quota exceeded/i,
    (_, cause) =>
      new PulseError('DISK_FULL', `DuckDB ran out of disk space: ${messageOf(cause)}`, {
        hint: 'Free some space; nothing that was published before is harmed.',
        cause,
      }),
  ],
  [
    /^Out of Memory Error|std::bad_alloc|could not allocate/i,
    (_, cause) =>
      new PulseError('WAREHOUSE_QUERY_FAILED', messageOf(cause), {
        hint: 'The query needs more memory than DuckDB may use: lower --concurrency, or make fewer cells at once.',
        cause,
      }),
  ],
  [
    /database file with version number/,
    (_, cause) =>
      new PulseError('WAREHOUSE_UNREACHABLE', messageOf(cause), {
        hint: 'The file was written by another version of DuckDB: use that version of pulse, or move it and its .wal aside and run `pulse materialize`: every table is made again from the raw store.',
        cause,
      }),
  ],
  [
    /not a valid DuckDB database file|Could not read enough bytes|^Serialization Error|[Cc]orrupt|checksum|^FATAL Error|invalidated/,
    (_, cause) =>
      new PulseError('WAREHOUSE_UNREACHABLE', `The warehouse file cannot be read: ${messageOf(cause)}`, {
        hint: 'Put a backup in its place, or move it and its .wal aside and run `pulse materialize`: every table is made again from the raw store.',
        cause,
      }),
  ],
  [
    /different configuration/,
    (_, cause) =>
      new PulseError('WAREHOUSE_BUSY', 'The warehouse file is open in this process already, for reading.', {
        hint: 'Open it for writing first, or close the reader.',
        transient: true,
        cause,
      }),
  ],
  [
    /^INTERRUPT/,
    (_, cause) =>
      new PulseError('RUN_INTERRUPTED', 'The warehouse was closed while it was at work.', {
        hint: 'Nothing half-made is published. Run again to go on.',
        cause,
      }),
  ],
  [
    /^Catalog Error: Table with name (.*?) does not exist/,
    ([, table], cause) =>
      new PulseError('WAREHOUSE_TABLE_MISSING', `The warehouse has no table "${table}".`, {
        hint: `Make it: pulse materialize ${table}`,
        cause,
      }),
  ],
  [
    /^TransactionContext Error|write-write conflict|[Cc]onflict on (?:tuple|update|delete)/,
    (_, cause) => new PulseError('WAREHOUSE_BUSY', messageOf(cause), { transient: true, cause }),
  ],
];

/** The first line of DuckDB's message; what follows is a drawing of the SQL. */
function messageOf(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error));
}

/** Whether the query ended because it was told to. */
export const isInterrupt = (error: unknown): boolean => messageOf(error).startsWith('INTERRUPT');

/** Whether this process has the file open with other settings. */
export const isOtherwiseOpen = (error: unknown): boolean => messageOf(error).includes('different configuration');

/** Whether the file's beginning is not that of a database, or not the whole of it. */
export const isNoDatabase = (error: unknown): boolean =>
  /not a valid DuckDB database file|Could not read enough bytes/.test(messageOf(error));

/** What DuckDB threw, as an error a person can act on. A PulseError stays what it is. */
export function toPulseError(error: unknown): PulseError {
  if (error instanceof PulseError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // What translated SQL raises by a cast that can't succeed (see raise in the translator's functions): GoogleSQL's own words.
  const raised = /'GoogleSQL: ([\s\S]*)' to BOOL/.exec(text);
  if (raised !== null) return new PulseError('WAREHOUSE_QUERY_FAILED', raised[1] ?? text, { cause: error });
  for (const [pattern, read] of READINGS) {
    const found = pattern.exec(text);
    if (found !== null) return read(found, error);
  }
  return new PulseError('WAREHOUSE_QUERY_FAILED', messageOf(error), { cause: error });
}
