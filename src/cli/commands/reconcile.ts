// pulse reconcile: orders against payments, refunds and shipments, the differences by class; or one order's story.

import { EXIT, PulseError } from '../../errors.ts';
import type { ResultSet, Value } from '../../googlesql/value.ts';
import type { Project } from '../../project.ts';
import { originText } from '../../run/provenance.ts';
import type { Chapter, Reconciliation } from '../../run/reconcile.ts';
import { defineCommand, type ExitCode } from '../command.ts';
import { checkDays, checkLimit } from '../days.ts';
import { exactJson } from '../exact-json.ts';
import { type Colors, colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { resultText, visible } from '../result-text.ts';
import { tableText } from '../table.ts';
import { number } from '../wording.ts';

const FORMATS = ['table', 'json', 'csv'] as const;

interface Args {
  readonly vendor?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly order?: string | undefined;
  readonly format?: (typeof FORMATS)[number] | undefined;
  readonly json?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly color?: boolean | undefined;
}

export const reconcileCommand = defineCommand({
  build: yargs =>
    yargs
      .option('vendor', { type: 'string', requiresArg: true, describe: 'Orders of this vendor only' })
      .option('from', { type: 'string', requiresArg: true, describe: 'First day of the orders (UTC)' })
      .option('to', { type: 'string', requiresArg: true, describe: 'Last day of the orders (UTC)' })
      .option('order', {
        type: 'string',
        requiresArg: true,
        describe: "One order's whole story, down to files and lines",
      })
      .option('format', { choices: FORMATS, describe: 'How to print (default: table; csv has every order)' })
      .option('json', { type: 'boolean', describe: 'Short for --format json' })
      .option('limit', { type: 'number', requiresArg: true, describe: 'Orders in the table, at most (default: 20)' })
      .conflicts('order', ['vendor', 'from', 'to', 'limit'])
      .check(checkLimit)
      .example('$0 reconcile --from 2025-01-15 --to 2025-01-15', 'one day')
      .example('$0 reconcile --vendor vendor_a --format csv', 'every order of a vendor, for a spreadsheet')
      .example('$0 reconcile --order ORD-0000317', 'what happened to one order'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      checkDays(args);
      return args.order === undefined ? all(project, args, io) : story(project, { ...args, order: args.order }, io);
    }),
});

const formatOf = ({ json, format }: Args) => (json === true ? 'json' : (format ?? 'table'));

async function all(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { reconcile } = await import('../../run/reconcile.ts');
  const { rowsOf } = await import('../../run/ask.ts');
  const found = await reconcile(project, args);
  const format = formatOf(args);
  if (format === 'json') io.out.write(`${exactJson({ totals: found.totals, orders: rowsOf(found.orders) })}\n`);
  else if (format === 'csv')
    io.out.write(resultText(found.orders, 'csv', { colors: colorsFor(io.out, io, false), isCut: false }));
  else io.out.write(text(found, { colors: colorsFor(io.out, io, args.color), limit: args.limit ?? 20 }));
  return EXIT.done;
}

const SHOWN = [
  'order_id',
  'date',
  'vendor',
  'class',
  'currency',
  'ordered',
  'paid',
  'refunded',
  'shipped',
  'gross_ngn',
  'net_ngn',
];

function text(
  { orders, totals }: Reconciliation,
  { colors, limit }: { readonly colors: Colors; readonly limit: number },
): string {
  const indexes = SHOWN.map(name => orders.columns.findIndex(column => column.name === name));
  const rows = orders.rows
    .slice(0, limit)
    .map(row => indexes.map(at => (row[at] === null ? '' : visible(String(row[at])))));
  const more =
    orders.rows.length > limit ? `${number(orders.rows.length - limit)} more: --limit, or --format csv\n` : '';
  return `${tableText(SHOWN, rows, { colors, right: [5, 9, 10] })}${more}\n${bridge(totals, colors)}`;
}

/** From gross to net, step by step. */
const STEPS = [
  ['−', 'unpaid', 'not paid at all'],
  ['−', 'partially_paid', 'paid in part: what is missing'],
  ['−', 'overpaid', 'paid too much (negative)'],
  ['−', 'rounding', 'paid, within half a percent'],
  ['−', 'total_not_known', 'orders without a total in NGN: what was paid (negative)'],
  ['−', 'refund', 'refunded, up to what was paid'],
  ['−', 'over_refunded', 'refunded beyond what was paid'],
  ['−', 'refund_without_payment', 'refunded though nothing was paid'],
] as const;
const OUTSIDE = [
  ['+', 'payment_without_order', 'paid for orders nobody knows'],
  ['−', 'refund_without_order', 'refunded for orders nobody knows'],
] as const;

function bridge(totals: Readonly<Record<string, Value>>, colors: Colors): string {
  const ngn = (name: string): string => money(totals[`${name}_ngn`]);
  const line = ([sign, name, said]: readonly [string, string, string]): string[] => [
    sign,
    said,
    String(totals[name] ?? 0),
    ngn(name),
  ];
  const rows = [
    ['', colors.bold('gross'), String(totals.orders ?? 0), colors.bold(ngn('gross'))],
    ...STEPS.map(line),
    ['=', colors.bold('net'), '', colors.bold(ngn('net'))],
    ...OUTSIDE.map(line),
    ['=', colors.bold('all money'), '', colors.bold(ngn('all_money'))],
  ];
  return `${tableText(['', '', 'orders', 'NGN'], rows, { colors, right: [2, 3] })}${number(Number(totals.currency_corrected ?? 0))} of them hold an amount whose currency was corrected.\n`;
}

const money = (value: Value | undefined): string => String(value ?? 0).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');

async function story(project: Project, args: Args & { readonly order: string }, io: Io): Promise<ExitCode> {
  const { storyOf } = await import('../../run/reconcile.ts');
  const chapters = await storyOf(project, args.order);
  if (chapters.length === 0) {
    throw new PulseError('USAGE', `No event names the order "${args.order}".`, {
      hint: 'pulse query "SELECT order_id FROM fact_orders LIMIT 10" shows how they are written.',
    });
  }
  const format = formatOf(args);
  if (format === 'json') io.out.write(`${JSON.stringify(chapters, null, 2)}\n`);
  else if (format === 'csv')
    io.out.write(resultText(asResult(chapters), 'csv', { colors: colorsFor(io.out, io, false), isCut: false }));
  else
    io.out.write(
      tableText(
        HEADS,
        chapters.map(one => cellsOf(one).map(visible)),
        { colors: colorsFor(io.out, io, args.color), right: [3] },
      ),
    );
  return EXIT.done;
}

const HEADS = ['at', 'what', 'said', 'NGN', 'counts', 'vendor', 'event', 'file:line', 'batch'];

const asResult = (chapters: readonly Chapter[]): ResultSet => ({
  columns: HEADS.map(name => ({ name, type: { kind: 'STRING' } })),
  rows: chapters.map(cellsOf),
});

const cellsOf = (one: Chapter): readonly string[] => [
  one.at,
  one.what,
  one.said,
  one.ngn ?? '',
  one.counted,
  one.vendor ?? '',
  one.eventId,
  one.origin === null ? '' : originText(one.origin),
  one.origin?.batchId ?? '',
];
