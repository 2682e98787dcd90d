// pulse status: fresh, missing or stale, why, and what was last made.

import { EXIT, must } from '../../errors.ts';
import type { AssetStatus } from '../../run/status.ts';
import { defineCommand } from '../command.ts';
import { type Colors, colorsFor } from '../io.ts';
import { withProject } from '../open.ts';
import { withSelection } from '../selection.ts';
import { ago, causesText, number, plural, someOf } from '../wording.ts';

export const statusCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'judge')
      .option('explain', { type: 'boolean', describe: 'Each cause on a line of its own, with the cells it is of' })
      .option('json', { type: 'boolean', describe: 'As a JSON array' })
      .example('$0 status', 'every asset')
      .example('$0 status +fact_orders', 'fact_orders and what it needs')
      .example('$0 status status:stale', 'only what is stale')
      .example('$0 status fact_orders --explain', 'every cause, and which cells'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { selectIn } = await import('../selection.ts');
      const { judged, statusOf } = await import('../../run/status.ts');
      const known = await judged(project);
      const all = statusOf(project, known);
      const chosen = (await selectIn(project, args)).map(name => must(all, name));
      const { warehouseTrouble } = await import('../../run/warehouse-file.ts');
      const { lost } = known.gathered;
      for (const text of [await warehouseTrouble(project), lost && `${lost.text} ${lost.next}`])
        if (text !== undefined) io.err.write(`warning: ${text}\n`);
      if (args.json === true) {
        io.out.write(`${JSON.stringify(chosen.map(statusJson), null, 2)}\n`);
        return EXIT.done;
      }
      const colors = colorsFor(io.out, io, args.color);
      if (args.explain === true) {
        io.out.write(`${chosen.map(one => explained(one, colors)).join('\n')}\n`);
        return EXIT.done;
      }
      const { tableText } = await import('../table.ts');
      const now = io.now();
      const rows = chosen.map(one => statusRow(one, { colors, now }));
      io.out.write(tableText(['asset', 'status', 'made', 'cells', 'rows', 'because'], rows, { colors, right: [3, 4] }));
      io.out.write(`\n${tally(chosen, all)}\n`);
      return EXIT.done;
    }),
});

/** The asset with every cause on a line, and the cells that are to be made because of it. */
export function explained(one: AssetStatus, colors: Colors): string {
  const { freshness } = one;
  if (isElsewhere(one)) return `${one.asset}: elsewhere\n  ${becauseOf(one)}`;
  const trouble = one.trouble === undefined ? [] : [`  ${one.trouble.text} ${one.trouble.next}`];
  if (freshness.status === 'fresh')
    return [`${one.asset}: ${colors.green('fresh')}`, ...trouble, ...refusedText(one)].join('\n');
  const lines = freshness.causes.map(({ text, cells }) => {
    const which = cells === undefined ? '' : `: ${someOf(cells, 12)}`;
    return `  ${text}${which}`;
  });
  const failed = isFailed(one)
    ? [
        `  ${colors.red('last run failed')}: ${one.last?.message ?? 'no reason was told'}`,
        ...olderText(one).map(text => `  ${text}`),
      ]
    : [];
  return [`${one.asset}: ${colors.yellow(freshness.status)}`, ...lines, ...trouble, ...failed].join('\n');
}

/** A making that was asked for, or a change that was taken back: what is published needs none, and it failed all the same. */
function refusedText({ last }: AssetStatus): string[] {
  if (last?.status !== 'failed') return [];
  const reason = last.message?.split('\n')[0] ?? 'no reason was told';
  return [`  what is published is as it should be; another making of it failed in run ${last.runId}: ${reason}`];
}

/** Its last run failed and it needs another; what was mended since (the change was taken back) has not failed. */
const isFailed = ({ freshness, last }: AssetStatus): boolean =>
  freshness.status !== 'fresh' && last?.status === 'failed';

/** That what is published is older than what failed. */
function olderText({ build, freshness }: AssetStatus): string[] {
  return build === undefined || freshness.status === 'missing'
    ? []
    : [`the published one is older: of run ${build.runId}`];
}

/** Not there, and not to be made on this target; what an earlier run left is judged as any other. */
const isElsewhere = ({ elsewhere, freshness }: AssetStatus): boolean =>
  elsewhere !== undefined && freshness.status === 'missing';

/** `elsewhere` beside the words of a freshness. */
export const statusWord = (one: AssetStatus): string => (isElsewhere(one) ? 'elsewhere' : one.freshness.status);

/** Why it is not fresh, what no run mends, that its last run failed, and that it is overdue by its policy; '' where there is nothing to say. */
export function becauseOf(one: AssetStatus): string {
  const { freshness, last, elsewhere } = one;
  if (elsewhere !== undefined && isElsewhere(one)) {
    const why = 'marked for another engine (engines in its asset)';
    return elsewhere === one.asset ? why : `reads ${elsewhere}, which is ${why}`;
  }
  const causes = freshness.status === 'fresh' ? [] : [causesText(freshness.causes)];
  const failed = isFailed(one)
    ? [`last run failed: ${last?.message?.split('\n')[0] ?? 'no reason was told'}`, ...olderText(one)]
    : [];
  const overdue = one.policy?.status === 'overdue' ? [`overdue: ${one.policy.text}`] : [];
  const trouble = one.trouble === undefined ? [] : ['its raw store is another one'];
  return [...causes, ...trouble, ...failed, ...overdue].join('; ');
}

/** When it was made; undefined for what is not there: a run under way may have made it and not published it. */
function madeAtOf({ build, freshness, last }: AssetStatus): string | Date | undefined {
  if (freshness.status === 'missing') return undefined;
  return build?.madeAt ?? (last?.status === 'failed' ? undefined : last?.finishedAt);
}

export function statusJson(one: AssetStatus) {
  const { build, freshness } = one;
  return {
    asset: one.asset,
    status: freshness.status,
    causes: freshness.status === 'fresh' ? [] : freshness.causes,
    madeAt: build?.madeAt ?? null,
    runId: build?.runId ?? null,
    cells: build?.cells ?? null,
    rows: build?.rows ?? null,
    lastStep: one.last ?? null,
    policy: one.policy ?? null,
    elsewhere: one.elsewhere ?? null,
    trouble: one.trouble ?? null,
  };
}

export function statusRow(
  one: AssetStatus,
  { colors, now }: { readonly colors: Colors; readonly now: Date },
): string[] {
  const { freshness } = one;
  const build = freshness.status === 'missing' ? undefined : one.build;
  const color = { fresh: colors.green, stale: colors.yellow, missing: colors.red }[freshness.status];
  const madeAt = madeAtOf(one);
  return [
    one.asset,
    (isElsewhere(one) ? colors.dim : color)(statusWord(one)) + (isFailed(one) ? colors.red(', failed') : ''),
    madeAt === undefined ? '' : ago(madeAt, now),
    build === undefined ? '' : number(build.cells),
    build === undefined ? '' : number(build.rows),
    becauseOf(one),
  ];
}

function tally(statuses: readonly AssetStatus[], all: ReadonlyMap<string, AssetStatus>): string {
  const here = statuses.filter(one => !isElsewhere(one));
  const count = (status: string): number => here.filter(one => one.freshness.status === status).length;
  const parts = (['fresh', 'stale', 'missing'] as const).map(status => `${number(count(status))} ${status}`);
  if (here.length < statuses.length) parts.push(`${number(statuses.length - here.length)} elsewhere`);
  return `${plural(statuses.length, 'asset')}: ${parts.join(', ')}.${nextText(here, all)}`;
}

/** What a run leaves alone is not what to do next. */
function nextText(here: readonly AssetStatus[], all: ReadonlyMap<string, AssetStatus>): string {
  const waiting = here.filter(({ freshness }) => freshness.status !== 'fresh');
  if (waiting.length === 0) return '';
  const holds = new Set(waiting.flatMap(one => heldAbove(one, all) ?? []));
  if (waiting.some(one => heldAbove(one, all) === undefined)) {
    return ' Next: npx pulse materialize (--plan to look first)';
  }
  const names = [...holds];
  const which = names.length === 1 ? `${names[0]} is held` : `${someOf(names)} are held`;
  return ` A run makes none of them: ${which}. Next: mend ${names.length === 1 ? 'its' : 'their'} SQL, or npx pulse materialize ${names.join(' ')} --full-refresh`;
}

/** The held tables that alone keep it from being fresh, itself or upstream; undefined where a run has something to make of it. */
function heldAbove(one: AssetStatus, all: ReadonlyMap<string, AssetStatus>): readonly string[] | undefined {
  const { freshness } = one;
  if (freshness.status === 'stale' && freshness.isHeld === true) return [one.asset];
  if (freshness.status !== 'stale') return undefined;
  const above = freshness.causes.map(({ kind, asset }) => {
    const upstream = kind === 'upstream-stale' && asset !== undefined ? all.get(asset) : undefined;
    return upstream === undefined ? undefined : heldAbove(upstream, all);
  });
  return above.every(names => names !== undefined) ? above.flat() : undefined;
}
