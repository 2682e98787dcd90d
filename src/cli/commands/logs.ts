// pulse logs: what a run said, line by line, as it was shown then.

import { type ErrorCode, EXIT, PulseError } from '../../errors.ts';
import type { RunEvent } from '../../run/events.ts';
import type { LoggedEvent } from '../../state/state-store.ts';
import { defineCommand } from '../command.ts';
import { colorsFor, type Outlet } from '../io.ts';
import { withProject } from '../open.ts';
import { plainReporter } from '../reporter/plain.ts';
import { troubleText } from '../trouble.ts';

export const logsCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('run', {
        type: 'string',
        default: 'last',
        describe: 'The id of a run, the beginning of one, or last',
      })
      .option('json', { type: 'boolean', describe: 'Every event as a line of JSON' })
      .example('$0 logs', 'what the last run said')
      .example('$0 logs 20250115-1032', 'the run whose id begins so'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { runNamed } = await import('../../run/history.ts');
      const run = await runNamed(project, args.run);
      const events = await (await project.state()).events(run.runId);
      if (args.json === true) {
        for (const { loggedAt, body } of events) {
          io.out.write(`${JSON.stringify({ loggedAt, ...(JSON.parse(body) as object) })}\n`);
        }
        return EXIT.done;
      }
      const colors = colorsFor(io.out, io, args.color);
      for (const event of events) io.out.write(eventText(event, io.out, colors));
      if (events.length === 0) io.out.write(`Run ${run.runId} (${run.status}) said nothing.\n`);
      return EXIT.done;
    }),
});

/** The lines that the plain reporter had for it, each behind its time. */
function eventText({ loggedAt, body }: LoggedEvent, out: Outlet, colors: ReturnType<typeof colorsFor>): string {
  const event = revived(JSON.parse(body) as Saved);
  let text = '';
  const kept: Outlet = {
    ...out,
    write(part) {
      text += part;
    },
    columns: () => Math.max(40, out.columns() - 14),
  };
  if (event.kind === 'run-finished') text = `run ended  ${(JSON.parse(body) as { status: string }).status}\n`;
  else plainReporter(kept, { colors, isQuiet: false, isVerbose: false }).emit(event);
  if (event.kind === 'step-finished' && event.error !== undefined)
    text += troubleText(event.error, { colors, isDebug: false });
  const time = colors.dim(loggedAt.slice(11, 23));
  return text === ''
    ? ''
    : `${text
        .trimEnd()
        .split('\n')
        .map(line => `${time}  ${line}\n`)
        .join('')}`;
}

interface SavedError {
  readonly code: ErrorCode | 'INTERNAL';
  readonly message: string;
  readonly hint: string | null;
  readonly place: PulseError['place'] | null;
}

type Saved = RunEvent & { readonly error?: SavedError };

/** Errors were kept as values. */
function revived(saved: Saved): RunEvent {
  const { error } = saved;
  if (saved.kind !== 'step-finished' || error === undefined) return saved;
  const { code, message, hint, place } = error as unknown as SavedError;
  if (code === 'INTERNAL') return { ...saved, error: new Error(message) };
  const options = { ...(hint === null ? {} : { hint }), ...(place === null || place === undefined ? {} : { place }) };
  return { ...saved, error: new PulseError(code, message, options) };
}
