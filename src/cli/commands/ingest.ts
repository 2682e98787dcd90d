// pulse ingest: files, folders and URLs into the raw store, and what became of every event.

import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { IngestOutcome } from '../../run/ingest.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { jsonLine } from '../reporter/json.ts';
import { interruptionTold, openReporter } from '../reporter/open-reporter.ts';
import { troubleText } from '../trouble.ts';
import { countsText, plural } from '../wording.ts';

interface Args extends Globals {
  readonly path?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const ingestCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('path', {
        type: 'string',
        array: true,
        describe: 'Files, folders, or URLs; none: the data directory',
      })
      .option('follow', {
        type: 'boolean',
        describe: 'Take what other programs write into MongoDB as it comes, until Ctrl-C',
      })
      .option('json', { type: 'boolean', describe: 'Every event of the ingestion as a line of JSON, the counts last' })
      .epilogue('What is known already is counted as duplicates: ingesting twice changes nothing.')
      .example('$0 ingest', 'everything in the data directory')
      .example('$0 ingest data/live_events/2025-01-15', 'one folder')
      .check(({ follow, path }) => {
        if (follow !== true || (path ?? []).length === 0) return true;
        throw new Error('--follow takes no files: it watches the collection events_raw');
      })
      .example('$0 ingest --follow', 'a batch every few seconds of what is written into events_raw')
      .example('$0 ingest http://127.0.0.1:8080/v1/events', 'what a URL answers'),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  if (args.follow === true) return follow(project, args, io);
  const { ingest } = await import('../../run/ingest.ts');
  const { resolve } = await import('node:path');
  const paths = (args.path ?? []).map(path => (/^https?:\/\//i.test(path) ? path : resolve(io.cwd, path)));
  const reporter = await openReporter(args, io);
  const signal = interruptionTold(io, reporter);
  let outcome: IngestOutcome;
  try {
    outcome = await ingest(project, { paths, signal, thread: io.thread }, reporter.emit);
  } finally {
    reporter.close();
  }
  if (args.json === true) io.out.write(jsonLine({ kind: 'ingest-finished', ...outcome }));
  else print(outcome, args, io);
  if (signal.aborted) return EXIT.interrupted;
  return outcome.sources.some(source => source.error !== null) ? EXIT.failed : EXIT.done;
}

/** Ends by Ctrl-C alone, which is no failure. */
async function follow(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { followIngest } = await import('../../run/ingest.ts');
  const signal = io.interruption();
  const counts = await followIngest(project, { signal }, receipt => {
    const { batchId, finishedAt } = receipt;
    if (args.json === true) io.out.write(jsonLine({ kind: 'batch-closed', ...receipt }));
    else io.out.write(`${finishedAt ?? ''}  ${batchId}  ${countsText(receipt)}\n`);
  });
  if (args.json === true) io.out.write(jsonLine({ kind: 'ingest-finished', sources: [], counts }));
  else io.out.write(`${countsText(counts)}\n`);
  return EXIT.done;
}

function print({ sources, counts }: IngestOutcome, args: Args, io: Io): void {
  const colors = colorsFor(io.err, io, args.color);
  for (const { error } of sources) {
    if (error !== null) io.err.write(troubleText(error, { colors, isDebug: args.debug === true }));
  }
  io.out.write(`${plural(sources.length, 'source')}: ${countsText(counts)}\n`);
  const { dim } = colorsFor(io.out, io, args.color);
  if (counts.rejected + counts.conflicts > 0)
    io.out.write(`Rejected and conflicting events are in events_quarantine, with file, line and reason.\n`);
  io.out.write(`${dim('Next:')} npx pulse materialize\n`);
}
