// pulse generate: made-up events in all shapes of the data contract, for trying out and for measuring.

import { EXIT, PulseError } from '../../errors.ts';
import type { GenerateOptions } from '../../generate/options.ts';
import { defineCommand } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { duration, number, plural } from '../wording.ts';

interface Args {
  readonly events: number;
  readonly seed: number;
  readonly vendors?: string | undefined;
  readonly days?: string | undefined;
  readonly out: string;
  readonly overwrite?: boolean | undefined;
}

export const generateCommand = defineCommand({
  build: yargs =>
    yargs
      .option('events', {
        type: 'number',
        demandOption: true,
        requiresArg: true,
        describe: 'Lines and records to write',
      })
      .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'The same seed gives the same bytes' })
      .option('vendors', {
        type: 'string',
        requiresArg: true,
        describe: 'By comma: vendor_a,vendor_b,vendor_c (default: all)',
      })
      .option('days', { type: 'string', requiresArg: true, describe: 'Live days: how many, or 2025-01-15..2025-01-31' })
      .option('out', { type: 'string', requiresArg: true, default: 'data', describe: 'Folder to write to' })
      .option('overwrite', { type: 'boolean', describe: 'Replace sources there that the generator did not write' })
      .option('json', { type: 'boolean', describe: 'What was written, as JSON' })
      .example('$0 generate --events 5000 --seed 7 --out /tmp/shop', 'a small shop')
      .example('$0 generate --events 1000000 --days 2025-01-01..2025-03-31', 'three busy months'),
  run: async (args, io) => {
    const { generate } = await import('../../generate/generate.ts');
    const { resolve } = await import('node:path');
    const startedAt = io.now().getTime();
    const onProgress = args.json === true || args.quiet === true ? undefined : progressOn(io);
    const summary = await generate(optionsOf(args, resolve(io.cwd, args.out)), {
      signal: io.interruption(),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (args.json === true) io.out.write(`${JSON.stringify(summary, null, 2)}\n`);
    else {
      const colors = colorsFor(io.out, io, args.color);
      const took = duration(io.now().getTime() - startedAt);
      const files = plural(summary.files.length, 'file');
      const bytes = summary.files.reduce((sum, file) => sum + file.bytes, 0);
      if (io.err.isTty) io.err.write('\r\u001b[K');
      io.out.write(
        `Wrote ${number(args.events)} events in ${files} (${number(Math.ceil(bytes / 1024))} KiB) to ${args.out} in ${took}.\n`,
      );
      io.out.write(`${colors.dim('Next:')} pulse materialize${args.out === 'data' ? '' : ` --data-dir ${args.out}`}\n`);
    }
    return EXIT.done;
  },
});

function optionsOf(args: Args, outDir: string): GenerateOptions {
  return {
    events: args.events,
    seed: args.seed,
    outDir,
    overwrite: args.overwrite === true,
    // Names are checked by the generator, which says which there are.
    ...(args.vendors === undefined
      ? {}
      : { vendors: args.vendors.split(/[\s,]+/) as NonNullable<GenerateOptions['vendors']> }),
    ...(args.days === undefined ? {} : { days: daysOf(args.days) }),
  };
}

function daysOf(text: string): number | { readonly from: string; readonly to: string } {
  if (/^\d+$/.test(text)) return Number(text);
  const [, from, to] = /^(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?$/.exec(text) ?? [];
  if (from === undefined) {
    throw new PulseError('USAGE', `--days "${text}" is neither a number of days nor a span of them.`, {
      hint: 'For example: --days 30, or --days 2025-01-15..2025-01-31.',
    });
  }
  return { from, to: to ?? from };
}

/** One line that is drawn over on a terminal; nothing elsewhere, for the end says it all. */
function progressOn(io: Io): ((progress: { written: number; events: number; path: string }) => void) | undefined {
  if (!io.err.isTty) return undefined;
  let shownAt = 0;
  return ({ written, events, path }) => {
    const now = io.now().getTime();
    if (now - shownAt < 100) return;
    shownAt = now;
    io.err.write(`\r\u001b[K${number(written)} of ${number(events)} events  ${path}`.slice(0, io.err.columns() + 3));
  };
}
