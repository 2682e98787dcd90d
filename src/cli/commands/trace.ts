// pulse trace: from a row of a table back to its events, batches, files and lines, and the run that made it.

import { EXIT } from '../../errors.ts';
import { originText } from '../../run/provenance.ts';
import type { Traced } from '../../run/trace.ts';
import { defineCommand } from '../command.ts';
import { checkLimit } from '../days.ts';
import { type Colors, colorsFor } from '../io.ts';
import { withProject } from '../open.ts';
import { visible } from '../result-text.ts';
import { tableText } from '../table.ts';
import { number, plural } from '../wording.ts';

const MOST_EVENTS = 100;

export const traceCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('asset', { type: 'string', demandOption: true, describe: 'A table' })
      .option('key', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'The key of a row: values of the columns of its unique check, in their order',
      })
      .option('limit', { type: 'number', requiresArg: true, describe: `Events, at most (default: ${MOST_EVENTS})` })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(checkLimit)
      .example('$0 trace fact_orders --key ORD-0000317', 'all events of an order')
      .example('$0 trace fact_order_daily --key 2025-01-15 vendor_a', 'a key of two columns'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { traceRow } = await import('../../run/trace.ts');
      const key = args.key.map(String);
      const traced = await traceRow(project, args.asset, { key, limit: args.limit ?? MOST_EVENTS });
      const text =
        args.json === true
          ? `${JSON.stringify(traced, null, 2)}\n`
          : tracedText(traced, colorsFor(io.out, io, args.color));
      io.out.write(text);
      return EXIT.done;
    }),
});

function tracedText({ asset, row, cell, events, eventsCount }: Traced, colors: Colors): string {
  const columns = Object.entries(row).map(([name, value]) => [
    name,
    value === null ? colors.dim('NULL') : visible(String(value)),
  ]);
  const made =
    cell === null
      ? 'The state does not know the cell it is in.\n'
      : `Made by run ${cell.runId} at ${cell.madeAt}${cell.cell === '' ? '' : `, in the cell ${cell.cell}`}, by code ${cell.codeVersion.slice(0, 12)}.\n`;
  const lines = events.map(one => [
    one.eventTime,
    one.eventType,
    one.vendor ?? '',
    one.eventId,
    originText(one),
    one.ingestedAt,
    one.batchId,
  ]);
  const left = eventsCount > events.length ? `${number(eventsCount - events.length)} more: --limit\n` : '';
  const heads = ['at', 'event', 'vendor', 'id', 'file:line', 'ingested', 'batch'];
  return `${colors.bold(asset)}\n${tableText(['column', 'value'], columns, { colors })}\n${made}\n${colors.bold(plural(eventsCount, 'event'))}\n${
    eventsCount === 0
      ? ''
      : tableText(
          heads,
          lines.map(line => line.map(visible)),
          { colors },
        )
  }${left}`;
}
