// pulse show: all about one asset.

import { type Asset, isTable } from '../../asset/asset.ts';
import { EXIT, must } from '../../errors.ts';
import { checkWords, mappingWords, partitionWords } from '../../graph/draw/words.ts';
import type { Project } from '../../project.ts';
import type { AssetStatus } from '../../run/status.ts';
import { defineCommand } from '../command.ts';
import { type Colors, colorsFor } from '../io.ts';
import { withProject } from '../open.ts';
import { tableText } from '../table.ts';
import { ago, number, plural } from '../wording.ts';
import { becauseOf, statusJson, statusWord } from './status.ts';

interface Sql {
  readonly googlesql: string;
  /** Null where the model is not translated. */
  readonly duckdb: string | null;
}

export const showCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('asset', { type: 'string', demandOption: true, describe: 'Name of the asset' })
      .option('sql', { type: 'boolean', describe: 'With the compiled SQL of both engines' })
      .option('failed', { type: 'boolean', describe: 'What a blocking check refused, and is kept aside' })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 show fact_orders', 'what it is, its columns and checks')
      .example('$0 show fact_orders --failed', 'the rows that its checks refused')
      .example('$0 show fact_orders --sql', 'with the SQL that BigQuery and DuckDB run'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { assetNamed } = await import('../../graph/select.ts');
      const { judged, statusOf } = await import('../../run/status.ts');
      const asset = assetNamed(project.graph, args.asset);
      if (args.failed === true) {
        const { showRefused } = await import('../refused.ts');
        return showRefused(project, asset, { args, io });
      }
      const status = must(statusOf(project, await judged(project)), asset.name);
      const sql = args.sql === true ? await sqlOf(asset, project) : undefined;
      if (args.json === true) io.out.write(`${JSON.stringify(showJson({ asset, status, project, sql }), null, 2)}\n`);
      else
        io.out.write(
          showText({ asset, status, project, sql }, { colors: colorsFor(io.out, io, args.color), now: io.now() }),
        );
      return EXIT.done;
    }),
});

/** @throws {PulseError} what is wrong with the model. */
async function sqlOf(asset: Asset, project: Project): Promise<Sql | undefined> {
  if (asset.kind !== 'model') return undefined;
  const { models, errors } = await project.compile([asset.name]);
  const model = models.get(asset.name);
  if (model === undefined) {
    const { PulseErrors } = await import('../../errors.ts');
    throw new PulseErrors(`${asset.name} does not compile.`, [...errors.values()].flat());
  }
  return { googlesql: model.sql, duckdb: model.duckdb.kind === 'translated' ? model.duckdb.sql : null };
}

interface Shown {
  readonly asset: Asset;
  readonly status: AssetStatus;
  readonly project: Project;
  readonly sql: Sql | undefined;
}

function showJson({ asset, status, project, sql }: Shown) {
  return {
    ...asset,
    owner: asset.owner ?? null,
    file: must(project.graph.files, asset.name),
    readers: project.graph.downstream(asset.name),
    status: statusJson(status),
    ...(sql === undefined ? {} : { sql }),
  };
}

function showText(shown: Shown, style: { readonly colors: Colors; readonly now: Date }): string {
  const { asset, project, sql } = shown;
  const { colors } = style;
  const heading = (text: string): string => `\n${colors.bold(text)}\n`;
  const columns =
    asset.columns.length === 0
      ? ''
      : heading(plural(asset.columns.length, 'column')) +
        tableText(
          ['name', 'type', '', 'meaning'],
          asset.columns.map(one => [one.name, one.type, one.mode === 'REQUIRED' ? 'required' : '', one.description]),
          { colors },
        );
  const checks = asset.checks.map(
    check => `${checkWords(check)}${check.severity === 'warn' ? colors.dim(' (warns)') : ''}\n`,
  );
  const reads = asset.deps.map(
    dep =>
      `${dep.asset}${isTable(asset) ? colors.dim(`  ${mappingWords({ mapping: dep.mapping, isIndirect: false })}`) : ''}\n`,
  );
  const readers = project.graph.downstream(asset.name).map(name => `${name}\n`);
  return [
    `${colors.bold(asset.name)}\n${asset.description}\n\n`,
    factsText(shown, style),
    reads.length === 0 ? '' : heading('reads') + reads.join(''),
    readers.length === 0 ? '' : heading('read by') + readers.join(''),
    columns,
    checks.length === 0 ? '' : heading(plural(checks.length, 'check')) + checks.join(''),
    sql === undefined
      ? ''
      : `${heading('GoogleSQL')}${sql.googlesql.trimEnd()}\n${heading('DuckDB')}${sql.duckdb?.trimEnd() ?? 'not translated'}\n`,
  ].join('');
}

function factsText(
  { asset, status, project }: Shown,
  { colors, now }: { readonly colors: Colors; readonly now: Date },
): string {
  const { build, freshness } = status;
  const because = becauseOf(status);
  const facts: [string, string][] = [
    ['kind', asset.kind],
    ['file', must(project.graph.files, asset.name)],
    ['model', asset.kind === 'model' ? `models/${asset.model}` : ''],
    ['files', asset.kind === 'source' ? asset.files.join(', ') : ''],
    ['partition', 'partition' in asset ? partitionWords(asset.partition) : ''],
    ['owner', asset.owner ?? ''],
    ['tags', asset.tags.join(', ')],
    ['status', statusWord(status) + (because === '' ? '' : ` (${because})`)],
    [
      'made',
      build === undefined || freshness.status === 'missing'
        ? ''
        : `${ago(build.madeAt, now)}, ${plural(build.cells, 'cell')}, ${number(build.rows)} rows, run ${build.runId}`,
    ],
  ];
  const told = facts.filter(([, value]) => value !== '');
  return told.map(([name, value]) => `${colors.dim(name.padEnd(10))}${value}\n`).join('');
}
