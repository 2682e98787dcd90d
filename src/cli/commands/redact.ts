// pulse redact: takes events out for good (a customer asks to be forgotten), after asking.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { isAgreed } from '../ask.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import type { Io } from '../io.ts';
import { withProject } from '../open.ts';
import { jsonLine } from '../reporter/json.ts';
import { plural } from '../wording.ts';

interface Args extends Globals {
  readonly eventId?: readonly string[] | undefined;
  readonly where?: string | undefined;
  readonly reason?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly wait?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const redactCommand = defineCommand({
  build: yargs =>
    yargs
      .option('event-id', { type: 'string', array: true, requiresArg: true, describe: 'Ids of events, stored or not' })
      .option('where', { type: 'string', requiresArg: true, describe: 'A GoogleSQL condition on raw_events' })
      .option('reason', {
        type: 'string',
        requiresArg: true,
        describe: 'Kept with the tombstones; no personal data (default: "on request")',
      })
      .option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask' })
      .option('wait', {
        type: 'boolean',
        describe: 'Wait for a run to end; --no-wait ends with exit code 2',
      })
      .option('json', { type: 'boolean', describe: 'What was removed, as JSON' })
      .example('$0 redact --event-id 5f3c…', 'one event')
      .example(
        `$0 redact --where "JSON_VALUE(payload, '$.customer.id') = 'C-17'" --reason 'ticket 4711'`,
        'all of one customer',
      )
      .epilogue(
        'What is left is a tombstone without data, which keeps the event from coming back with its file. The next `pulse materialize` takes it out of every table. Files are yours: the ones events came from, and reports written before, still have what was in them.',
      ),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { eventsWhere, redact } = await import('../../run/redact.ts');
  if ((args.eventId === undefined) === (args.where === undefined)) {
    throw new PulseError('USAGE', 'Say which events: by --event-id or by --where.', {
      hint: `For example: pulse redact --where "vendor = 'vendor_a' AND event_date = '2023-01-05'"`,
    });
  }
  const ids = args.eventId ?? (await eventsWhere(project, args.where ?? ''));
  if (ids.length === 0) {
    io.out.write(
      args.json === true
        ? jsonLine({ events: 0, tombstones: 0, quarantined: 0, tables: [] })
        : 'No event is meant: nothing was removed.\n',
    );
    return EXIT.done;
  }
  if (
    args.yes !== true &&
    !(await isAgreed(`This removes ${plural(ids.length, 'event')} for good.\n`, { verb: 'redact', io }))
  ) {
    io.out.write('Nothing was removed.\n');
    return EXIT.done;
  }
  const outcome = await redact(project, ids, {
    reason: args.reason ?? 'on request',
    noWait: args.wait === false,
    signal: io.interruption(),
    emit: event => {
      if (event.kind === 'notice') io.err.write(`${event.text}\n`);
    },
  });
  if (args.json === true) {
    io.out.write(jsonLine(outcome));
    return EXIT.done;
  }
  io.out.write(
    `Removed ${plural(outcome.events, 'event')} (${plural(outcome.tombstones, 'new tombstone')}, ${plural(outcome.quarantined, 'quarantine entry', 'quarantine entries')}).\n`,
  );
  io.out.write('Source files, and reports written before, are yours: they are left as they are.\n');
  if (outcome.tables.length > 0) io.out.write('Next: npx pulse materialize, which takes them out of every table.\n');
  return EXIT.done;
}
