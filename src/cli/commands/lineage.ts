// pulse lineage: where a column comes from, or what it goes into, with the expression at each hop.

import { isTable } from '../../asset/asset.ts';
import type { ColumnNode } from '../../compile/column-graph.ts';
import { EXIT, PulseErrors } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { type Colors, colorsFor } from '../io.ts';
import { withProject } from '../open.ts';
import { placeText } from '../trouble.ts';
import { plural } from '../wording.ts';

export const lineageCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('column', {
        type: 'string',
        demandOption: true,
        describe: 'ASSET.COLUMN, or ASSET.COLUMN.FIELD of a STRUCT',
      })
      .option('downstream', {
        type: 'boolean',
        describe: 'What it goes into, and what dropping it would hit (default: where it comes from)',
      })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 lineage fact_orders.net_amount_ngn', 'what it is made of, down to the raw tables')
      .example('$0 lineage stg_payments.amount --downstream', 'what would dropping it hit?')
      .epilogue(
        'Lineage is of values. Downstream, a model that needs the column in a filter, a join or a window is listed without a column.',
      ),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { columnNamed, columnOrigins, columnUses, impactOf } = await import('../../compile/column-graph.ts');
      const world = await columnWorld(project);
      const start = columnNamed(args.column, world);
      const tree = args.downstream === true ? columnUses(start, world) : columnOrigins(start, world);
      const impact = args.downstream === true ? impactOf(tree) : undefined;
      const hit = new Map([[start.asset, [start.column]], ...(impact ?? [])]);
      const exposures = impact === undefined ? [] : exposuresHit(project, hit);
      const queries = impact === undefined ? [] : await queriesHit(project, hit);
      if (args.json === true) {
        const told = impact === undefined ? {} : { impact: Object.fromEntries(impact), queries, exposures };
        io.out.write(`${JSON.stringify({ ...tree, ...told }, null, 2)}\n`);
        return EXIT.done;
      }
      io.out.write(treeText(tree, colorsFor(io.out, io, args.color)));
      if (impact !== undefined) io.out.write(impactText(impact, { queries, exposures }));
      return EXIT.done;
    }),
});

/** @throws {PulseErrors} what is wrong with the models: lineage of half a graph would be wrong in silence. */
async function columnWorld(project: Project) {
  const { models, errors } = await project.compile(project.graph.order);
  if (errors.size > 0) {
    const names = [...errors.keys()].join(', ');
    throw new PulseErrors(`Lineage is told of models that are right; wrong: ${names}.`, [...errors.values()].flat(), {
      hint: '`pulse compile` shows each at its place in the SQL.',
    });
  }
  const { declaredTable } = await import('../../compile/compile.ts');
  return {
    graph: project.graph,
    factsOf: (asset: string) => models.get(asset)?.facts,
    columnsOf: (name: string) => {
      const asset = project.graph.assets.get(name);
      return models.get(name)?.columns ?? (asset !== undefined && isTable(asset) ? declaredTable(asset).columns : []);
    },
  };
}

/** Files below sql/ that need one of the columns. */
async function queriesHit(project: Project, hit: ReadonlyMap<string, readonly string[]>): Promise<readonly string[]> {
  const { queryUses } = await import('../../run/query-uses.ts');
  const uses = await queryUses(project, new Set(hit.keys()));
  const isHit = (asset: string, column: string): boolean =>
    hit.get(asset)?.some(one => one.toLowerCase() === column.toLowerCase()) === true;
  return [...uses].filter(([, used]) => used.some(one => isHit(one.asset, one.column))).map(([file]) => file);
}

function exposuresHit(project: Project, hit: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return Object.entries(project.config.exposures ?? {})
    .filter(([, { reads }]) =>
      reads.some(read => {
        const [table = '', column] = read.split('.');
        const columns = hit.get(table);
        return columns !== undefined && (column === undefined || columns.includes(column));
      }),
    )
    .map(([name]) => name)
    .sort();
}

/** A tree, each column with how it is made and where that is written. */
function treeText(node: ColumnNode, colors: Colors, indent = { first: '', rest: '' }): string {
  const name =
    node.column === null
      ? `${node.asset} ${colors.dim(node.expression ?? '(needs it in a filter, join or window)')}`
      : colors.bold([node.asset, node.column, ...(node.field === undefined ? [] : [node.field])].join('.'));
  const made =
    node.expression === null || node.column === null
      ? ''
      : `  ${node.expression
          .replace(/--[^\n]*/g, '')
          .replace(/\s+/g, ' ')
          .trim()}`;
  const place = node.place === null ? '' : colors.dim(`  ${placeText(node.place)}`);
  const lines = node.next.map((next, at) => {
    const isLast = at === node.next.length - 1;
    return treeText(next, colors, {
      first: `${indent.rest}${isLast ? '└─ ' : '├─ '}`,
      rest: `${indent.rest}${isLast ? '   ' : '│  '}`,
    });
  });
  const repeated = node.isRepeated ? colors.dim('  (see above)') : '';
  return `${indent.first}${name}${made}${place}${repeated}\n${lines.join('')}`;
}

function impactText(
  impact: ReadonlyMap<string, readonly string[]>,
  { queries, exposures }: { readonly queries: readonly string[]; readonly exposures: readonly string[] },
): string {
  if (impact.size + queries.length + exposures.length === 0) return '\nNothing reads it: dropping it hits nobody.\n';
  const columns = [...impact.values()].reduce((sum, names) => sum + names.length, 0);
  const asked =
    queries.length === 0 ? '' : ` Asked for by ${plural(queries.length, 'query', 'queries')}: ${queries.join(', ')}.`;
  const exposed = exposures.length === 0 ? '' : ` Exposed to ${exposures.join(', ')}.`;
  const list = impact.size === 0 ? '' : `: ${[...impact.keys()].join(', ')}`;
  return `\nDropping it hits ${plural(columns, 'column')} of ${plural(impact.size, 'asset')}${list}.${asked}${exposed}\n`;
}
