// pulse list: the assets of a selection, one a line, as dbt ls has it.

import type { Asset } from '../../asset/asset.ts';
import { hintClosest } from '../../closest.ts';
import { EXIT, must, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { withProject } from '../open.ts';
import { selectIn, withSelection } from '../selection.ts';

type Keyed = Readonly<Record<string, (asset: Asset, project: Project) => unknown>>;

/** What --output-keys may name, and what it gives. */
const KEYS: Keyed = {
  name: asset => asset.name,
  kind: asset => asset.kind,
  description: asset => asset.description,
  owner: asset => asset.owner ?? null,
  tags: asset => asset.tags,
  file: (asset, { graph }) => must(graph.files, asset.name),
  model: asset => (asset.kind === 'model' ? `models/${asset.model}` : null),
  partition: asset => ('partition' in asset ? asset.partition : null),
  deps: asset => asset.deps.map(dep => dep.asset),
  readers: (asset, { graph }) => graph.downstream(asset.name),
  columns: asset => asset.columns.map(column => column.name),
};

export const listCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'list')
      .option('output', {
        choices: ['name', 'path', 'json'] as const,
        describe: 'What a line holds (default: name)',
      })
      .option('output-keys', {
        type: 'string',
        requiresArg: true,
        describe: `Keys of the JSON, by comma: ${Object.keys(KEYS).join(', ')}`,
      })
      .option('json', { type: 'boolean', describe: 'One JSON array (--output json: an object a line)' })
      .example('$0 list', 'every asset')
      .example('$0 list +fact_orders --output path', 'the files that fact_orders is made of')
      .example('$0 list status:stale', 'what a materialize would make')
      .example('$0 list tag:marts --json --output-keys name,deps', 'for another program'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const keys = keysOf(args.outputKeys?.split(/[\s,]+/) ?? project.options.outputKeys);
      const output = args.output ?? project.options.listOutput ?? 'name';
      const assets = (await selectIn(project, args)).map(name => must(project.graph.assets, name));
      const objects = (): object[] =>
        assets.map(asset => Object.fromEntries(keys.map(key => [key, must(BY_KEY, key)(asset, project)])));
      if (args.json === true) io.out.write(`${JSON.stringify(objects(), null, 2)}\n`);
      else if (output === 'json')
        io.out.write(
          objects()
            .map(one => `${JSON.stringify(one)}\n`)
            .join(''),
        );
      else {
        const path = (asset: Asset): string => must(project.graph.files, asset.name);
        io.out.write(assets.map(asset => `${output === 'path' ? path(asset) : asset.name}\n`).join(''));
      }
      return EXIT.done;
    }),
});

const BY_KEY = new Map(Object.entries(KEYS));

function keysOf(named: readonly string[] | undefined): readonly string[] {
  if (named === undefined) return [...BY_KEY.keys()].filter(key => key !== 'columns');
  const keys = named.filter(key => key !== '');
  for (const key of keys) {
    if (BY_KEY.has(key)) continue;
    throw new PulseError('USAGE', `--output-keys has no key "${key}".`, {
      hint: hintClosest(key, BY_KEY.keys(), `Keys: ${[...BY_KEY.keys()].join(', ')}.`),
    });
  }
  return keys;
}
