// pulse query: GoogleSQL against the warehouse, one query or a batch of them.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { QUERY_FORMATS, type QueryFormat, resultText } from '../result-text.ts';

interface Args extends Globals {
  readonly sql?: string | undefined;
  readonly file?: string | undefined;
  readonly format?: QueryFormat | undefined;
  readonly json?: boolean | undefined;
  readonly batch?: boolean | undefined;
  readonly timeout?: string | undefined;
}

const BATCH_TIMEOUT_MS = 60_000;

export const queryCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('sql', { type: 'string', describe: 'The query, or - to read it from standard input' })
      .option('file', { alias: 'f', type: 'string', requiresArg: true, describe: 'Read the query from this file' })
      .option('format', { choices: QUERY_FORMATS, describe: 'How to print the rows (default: table)' })
      .option('json', { type: 'boolean', describe: 'Short for --format json' })
      .option('batch', {
        type: 'boolean',
        describe:
          'NDJSON {"id","sql"} on standard input, NDJSON answers in order: rows, or an error (exit 0 all the same)',
      })
      .option('timeout', {
        type: 'string',
        requiresArg: true,
        describe:
          'Longest time of one query, which then fails (exit 1): 30 (seconds), 500ms, 2m (default: none; in a batch 60)',
      })
      .example("$0 query 'SELECT COUNT(*) FROM fact_orders'", 'one number')
      .example('$0 query --file revenue.sql --format csv', 'for a spreadsheet')
      .example("echo 'SELECT 1' | $0 query - --json", 'from a pipe'),
  run: (typed, io) =>
    withProject(typed, io, (project, args) =>
      args.batch === true ? batch(project, args, io) : single(project, args, io),
    ),
});

async function single(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { openQuerying } = await import('../../run/query.ts');
  const format = args.json === true ? 'json' : (args.format ?? project.options.queryFormat ?? 'table');
  const timeoutMs = timeoutOf(args.timeout) ?? project.options.timeoutMs;
  const sql = await readSql(args, io);
  const querying = await openQuerying(project);
  const signal = io.interruption();
  const result = await querying
    .query(sql, {
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(args.file === undefined ? {} : { file: args.file }),
    })
    .catch(error => {
      throw signal.aborted ? new PulseError('RUN_INTERRUPTED', 'The query was stopped.', { cause: error }) : error;
    });
  io.out.write(resultText(result, format, { colors: colorsFor(io.out, io, args.color), isCut: io.out.isTty }));
  return EXIT.done;
}

async function batch(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { openQuerying } = await import('../../run/query.ts');
  const { runBatch } = await import('../batch.ts');
  if (args.sql !== undefined || args.file !== undefined) {
    throw new PulseError(
      'USAGE',
      'A batch is read from standard input: it takes no query as an argument or by --file.',
      {
        hint: 'Leave out the query, or --batch.',
      },
    );
  }
  const timeoutMs = timeoutOf(args.timeout) ?? project.options.timeoutMs ?? BATCH_TIMEOUT_MS;
  const signal = io.interruption();
  const querying = await openQuerying(project);
  await runBatch(io.in, sql => querying.query(sql, { timeoutMs, signal }), {
    write: text => io.out.write(text),
    signal,
  });
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws {PulseError} USAGE */
function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const timeoutMs = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (timeoutMs >= 1) return timeoutMs;
  throw new PulseError('USAGE', `--timeout "${text}" is no time.`, {
    hint: 'For example: --timeout 30 (seconds), 500ms, 2m.',
  });
}

async function readSql({ sql, file }: Args, io: Io): Promise<string> {
  if (sql !== undefined && file !== undefined) {
    throw new PulseError('USAGE', 'A query is given twice: as an argument and by --file.', {
      hint: 'Leave one of them out.',
    });
  }
  const text =
    file !== undefined
      ? await readQueryFile(file, io)
      : sql === undefined || sql === '-'
        ? await readInput(sql, io)
        : sql;
  const query = text.replace(/^\uFEFF/, '');
  if (query.trim() !== '') return query;
  throw new PulseError('USAGE', 'There is no query.', {
    hint: "Give it as one argument: pulse query 'SELECT 1', or by --file, or on standard input with -.",
  });
}

async function readQueryFile(file: string, io: Io): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const { resolve } = await import('node:path');
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new PulseError('USAGE', `${file} can't be read: ${(error as Error).message}`, {
      hint: 'Name a file of SQL.',
      cause: error,
    });
  }
}

async function readInput(sql: string | undefined, io: Io): Promise<string> {
  if (sql === undefined && io.in.isTTY === true) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of io.in) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
