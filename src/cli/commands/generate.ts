// pulse generate: made-up events in all shapes of the data contract, for trying out and for measuring.

import { relative, resolve } from 'node:path';
import type { GenerateDefaults } from '../../asset/config.ts';
import { EXIT, PulseError } from '../../errors.ts';
import type { GenerateOptions } from '../../generate/options.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withDefaults } from '../open.ts';
import { shellWord } from '../shell-word.ts';
import { duration, number, plural } from '../wording.ts';

interface Args extends Globals {
  readonly events?: string | undefined;
  readonly seed?: string | undefined;
  readonly vendors?: string | undefined;
  readonly days?: string | undefined;
  readonly out?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const generateCommand = defineCommand({
  build: yargs =>
    yargs
      .option('events', { type: 'string', requiresArg: true, describe: 'Lines and records to write' })
      .option('seed', {
        type: 'string',
        requiresArg: true,
        describe: 'The same seed gives the same bytes (default: 1)',
      })
      .option('vendors', {
        type: 'string',
        requiresArg: true,
        describe: 'By comma: vendor_a,vendor_b,vendor_c (default: all)',
      })
      .option('days', { type: 'string', requiresArg: true, describe: 'Live days: how many, or 2025-01-15..2025-01-31' })
      .option('out', { type: 'string', requiresArg: true, describe: 'Folder to write to (default: data)' })
      .option('overwrite', { type: 'boolean', describe: 'Replace sources there that the generator did not write' })
      .option('json', { type: 'boolean', describe: 'What was written, as JSON' })
      .example('$0 generate --events 5000 --seed 7 --out /tmp/shop', 'a small shop')
      .example('$0 generate --events 1000000 --days 2025-01-01..2025-03-31', 'three busy months'),
  run: async (typed, io) => {
    const { findConfig } = await import('../../project.ts');
    const cwd = typed.projectDir === undefined ? io.cwd : resolve(io.cwd, typed.projectDir);
    const found = await findConfig({ cwd, env: io.env, ...(typed.home === undefined ? {} : { home: typed.home }) });
    const options = found?.config.options ?? {};
    const args = withDefaults(typed, options);
    return write(args, { io, wish: wishOf(args, { io, root: found?.root, defaults: options.generate ?? {} }) });
  },
});

interface Wish {
  readonly options: GenerateOptions;
  /** The folder as a person would type it. */
  readonly out: string;
}

async function write(args: Args, { io, wish: { options, out } }: { io: Io; wish: Wish }): Promise<ExitCode> {
  const { generate } = await import('../../generate/generate.ts');
  const startedAt = io.now().getTime();
  const onProgress = args.json === true || args.quiet === true ? undefined : progressOn(io);
  const summary = await generate(options, {
    signal: io.interruption(),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (args.json === true) {
    io.out.write(`${JSON.stringify(summary, null, 2)}\n`);
    return EXIT.done;
  }
  const colors = colorsFor(io.out, io, args.color);
  const took = duration(io.now().getTime() - startedAt);
  const files = plural(summary.files.length, 'file');
  const bytes = summary.files.reduce((sum, file) => sum + file.bytes, 0);
  if (io.err.isTty) io.err.write('\r\u001b[K');
  io.out.write(
    `Wrote ${plural(options.events, 'event')} in ${files} (${number(Math.ceil(bytes / 1024))} KiB) to ${out} in ${took}.\n`,
  );
  io.out.write(
    `${colors.dim('Next:')} npx pulse materialize${out === 'data' ? '' : ` --data-dir ${shellWord(out)}`}\n`,
  );
  return EXIT.done;
}

interface Wishing {
  readonly io: Io;
  /** Of the project, whose folder `defaults` are written in. */
  readonly root: string | undefined;
  readonly defaults: GenerateDefaults;
}

/** @throws {PulseError} USAGE */
function wishOf(args: Args, { io, root, defaults }: Wishing): Wish {
  const configured = root === undefined || defaults.out === undefined ? undefined : resolve(root, defaults.out);
  const out = args.out ?? (configured === undefined ? 'data' : relative(io.cwd, configured) || '.');
  // Names are checked by the generator, which says which there are.
  const vendors = args.vendors === undefined ? defaults.vendors : (args.vendors.split(/[\s,]+/) as Vendors);
  const days = args.days ?? defaults.days;
  const events = wholeNumber('events', args.events) ?? defaults.events;
  if (events === undefined) {
    throw new PulseError('USAGE', 'How many events is not said.', { hint: 'For example: --events 5000.' });
  }
  const options = {
    events,
    seed: wholeNumber('seed', args.seed) ?? defaults.seed ?? 1,
    outDir: resolve(io.cwd, out),
    overwrite: args.overwrite === true,
    ...(vendors === undefined ? {} : { vendors }),
    ...(days === undefined ? {} : { days: daysOf(String(days)) }),
  };
  return { options, out };
}

type Vendors = NonNullable<GenerateOptions['vendors']>;

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^-?\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new PulseError('USAGE', `--${name} "${text}" is not a whole number.`, { hint: `For example: --${name} 5000.` });
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
    io.err.write(`\r\u001b[K${number(written)} of ${plural(events, 'event')}  ${path}`.slice(0, io.err.columns() + 3));
  };
}
