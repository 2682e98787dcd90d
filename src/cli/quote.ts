// What a plan would bill, as a table or as JSON, against the budget of pulse.config.ts.

import { EXIT } from '../errors.ts';
import type { Project } from '../project.ts';
import type { MaterializeOptions } from '../run/materialize.ts';
import type { AssetQuote, RunQuote } from '../run/remote-quote.ts';
import type { ExitCode } from './command.ts';
import { colorsFor, type Io } from './io.ts';
import { bytes, plural, someOf, usd } from './wording.ts';

interface Printing {
  readonly args: { readonly json?: boolean | undefined; readonly color?: boolean | undefined };
  readonly io: Io;
}

/** Exit code 1 where BigQuery refuses a model, or the budget would not do. */
export async function printQuote(
  project: Project,
  options: MaterializeOptions,
  { args, io }: Printing,
): Promise<ExitCode> {
  const { prepare } = await import('../run/materialize.ts');
  const { quoteRun } = await import('../run/remote-quote.ts');
  const quote = await quoteRun(project, await prepare(project, options));
  const over = overBudget(quote, project);
  const isRefused = quote.assets.some(one => one.error !== undefined);
  if (args.json === true) {
    const { troubleJson } = await import('./trouble.ts');
    const assets = quote.assets.map(one => ({
      ...one,
      error: one.error === undefined ? null : troubleJson(one.error),
    }));
    io.out.write(`${JSON.stringify({ ...quote, assets, overBudget: over }, null, 2)}\n`);
  } else {
    io.out.write(await quoteText(quote, { args, io }));
    for (const text of over) io.err.write(`error: ${text}\n`);
  }
  return over.length > 0 || isRefused ? EXIT.failed : EXIT.done;
}

async function quoteText({ assets, ...all }: RunQuote, { args, io }: Printing): Promise<string> {
  if (assets.length === 0) return 'Nothing to do: no model would be made.\n';
  const { tableText } = await import('./table.ts');
  const colors = colorsFor(io.out, io, args.color);
  const table = tableText(
    ['asset', 'reads', 'price', ''],
    [
      ...assets.map(one => [one.asset, bytes(one.bytes), usd(one.priceUsd), noteOf(one)]),
      ['all', bytes(all.bytes), usd(all.priceUsd), ''],
    ],
    { colors, right: [1, 2] },
  );
  const unknown = new Set(assets.flatMap(one => one.unknown));
  const missing =
    unknown.size === 0
      ? ''
      : ` Not in it: ${plural(unknown.size, 'table')} that are not there yet (${someOf([...unknown])}).`;
  return `${table}\nAt most; checks and publishing read what is made.${missing} Nothing was done.\n`;
}

function noteOf({ isCertain, unknown, error }: AssetQuote): string {
  if (error !== undefined) return `refused: ${error.message}`;
  const notes = [
    ...(isCertain ? [] : ['if changed']),
    ...(unknown.length === 0 ? [] : [`without ${someOf(unknown, 3)}`]),
  ];
  return notes.join('; ');
}

/** What of the budget would not do, in sentences. */
function overBudget({ assets, bytes: all }: RunQuote, { config: { budget = {} } }: Project): string[] {
  const { bytesPerQuery = Number.POSITIVE_INFINITY, bytesPerRun = Number.POSITIVE_INFINITY } = budget;
  return [
    ...assets
      .filter(one => one.bytes > bytesPerQuery)
      .map(one => `${one.asset} would read ${bytes(one.bytes)}, and a query may bill ${bytes(bytesPerQuery)}.`),
    ...(all > bytesPerRun ? [`All would read ${bytes(all)}, and a run may bill ${bytes(bytesPerRun)}.`] : []),
  ];
}
