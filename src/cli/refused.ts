// What a blocking check refused of a table, as a person reads it, or as JSON.

import { type Asset, isTable } from '../asset/asset.ts';
import { EXIT, PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { Refused } from '../run/refused.ts';
import type { ExitCode } from './command.ts';
import { valueText } from './differences.ts';
import { type Colors, colorsFor, type Io } from './io.ts';
import { tableText } from './table.ts';
import { ago, number, plural } from './wording.ts';

/** Cells that are listed. */
const CELLS_SHOWN = 20;

interface Showing {
  readonly args: { readonly json?: boolean | undefined; readonly color?: boolean | undefined };
  readonly io: Io;
}

/** @throws {PulseError} USAGE where the asset is no table. */
export async function showRefused(project: Project, asset: Asset, { args, io }: Showing): Promise<ExitCode> {
  if (!isTable(asset)) {
    throw new PulseError('USAGE', `${asset.name} is ${asset.kind}: no check keeps anything of it aside.`, {
      hint: 'Name a table: pulse show fact_orders --failed',
    });
  }
  const { refusedOf } = await import('../run/refused.ts');
  const refused = await refusedOf(project, asset);
  if (args.json === true) io.out.write(`${JSON.stringify(refused ?? null, null, 2)}\n`);
  else if (refused === undefined) io.out.write(`Nothing of ${asset.name} was refused since it was last published.\n`);
  else io.out.write(refusedText(refused, { colors: colorsFor(io.out, io, args.color), now: io.now() }));
  return EXIT.done;
}

function refusedText(one: Refused, { colors, now }: { readonly colors: Colors; readonly now: Date }): string {
  const { asset, runId, message, cells, published, checks } = one;
  const shown = cells.slice(0, CELLS_SHOWN);
  const rows = shown.map(({ cell, refusedRows, publishedRows }) => [
    cell === '' ? 'the table' : cell,
    number(refusedRows),
    number(publishedRows),
  ]);
  const more = cells.length - shown.length;
  const kept =
    published === null
      ? 'nothing is published'
      : `what run ${published.runId} made ${ago(published.madeAt, now)} is published still`;
  return [
    `${colors.bold(asset)}: made by run ${runId}, ${colors.red('not published')}; ${kept}.\n`,
    message === null ? '' : `${message.split('\n')[0]}\n`,
    `\n${tableText(['cell', 'rows refused', 'published'], rows, { colors, right: [1, 2] })}`,
    more > 0 ? `and ${plural(more, 'more cell')} (--json has all)\n` : '',
    ...checks.map(check => {
      const sample = check.sample.map(row => row.map(valueText));
      const head = `\n${colors.bold(check.name)} fails for ${plural(check.failedRows, 'row')}\n`;
      return head + tableText(check.sampleColumns, sample, { colors });
    }),
  ].join('');
}
