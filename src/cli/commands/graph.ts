// pulse graph: the lineage of a selection in one of six formats, on standard output or into a file.

import type { CompileResult } from '../../compile/compile.ts';
import { EXIT, must, PulseError } from '../../errors.ts';
import type { Drawing, DrawingDetails, DrawnNode } from '../../graph/draw/drawing.ts';
import { GRAPH_FORMATS, type GraphFormat } from '../../graph/draw/format.ts';
import type { Project } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { type SelectionArgs, selectIn, withSelection } from '../selection.ts';

export const graphCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'draw')
      .option('format', { choices: GRAPH_FORMATS, describe: 'How to draw it (default: text)' })
      .option('json', { type: 'boolean', describe: 'Short for --format json' })
      .option('only', { type: 'boolean', describe: 'The selection alone, where it would be drawn with its upstream' })
      .option('out', { alias: 'o', type: 'string', requiresArg: true, describe: 'Write it to this file' })
      .epilogue('A selection without + and @ is drawn with everything upstream of it (--only: without).')
      .example('$0 graph', 'the whole project as a tree')
      .example('$0 graph fact_orders', 'what fact_orders is made of')
      .example('$0 graph 1+fact_orders+1', 'its neighbours')
      .example('$0 graph --format html --out lineage.html', 'a page to click through'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const format = args.json === true ? 'json' : (args.format ?? project.options.graphFormat ?? 'text');
      const names = await namesOf(project, args);
      const { drawingOf } = await import('../../graph/draw/drawing.ts');
      const drawing = drawingOf(project.graph, names, {
        title: `Lineage of ${project.config.name ?? 'this project'}`,
        ...(format === 'html' ? await pageTexts(project, names, io) : {}),
      });
      const text = await drawn(drawing, { format, args, io });
      if (args.out === undefined) io.out.write(text);
      else await writeOut(args.out, text, io);
      return EXIT.done;
    }),
});

async function namesOf(
  project: Project,
  args: SelectionArgs & { readonly only?: boolean | undefined },
): Promise<readonly string[]> {
  const names = await selectIn(project, { selection: args.selection, exclude: [] });
  const { selection = [], exclude = [] } = args;
  const isBare = selection.length > 0 && !selection.some(word => /[+@]/.test(word));
  const grown =
    isBare && !(args.only ?? project.options.only ?? false)
      ? names.flatMap(name => [name, ...project.graph.ancestors(name)])
      : names;
  if (exclude.length === 0) return grown;
  const excluded = new Set(await selectIn(project, { selection: exclude }));
  return grown.filter(name => !excluded.has(name));
}

interface Drawer {
  readonly format: GraphFormat;
  readonly args: { readonly out?: string | undefined; readonly color: boolean | undefined };
  readonly io: Io;
}

async function drawn(drawing: Drawing, { format, args, io }: Drawer): Promise<string> {
  if (format === 'text') {
    const { drawText } = await import('../../graph/draw/text.ts');
    const colors = colorsFor(io.out, io, args.out === undefined ? args.color : false);
    return drawText(drawing, { name: colors.bold, faint: colors.dim });
  }
  const { DRAW } = await import('../../graph/draw/draw.ts');
  return DRAW[format](drawing);
}

async function writeOut(path: string, text: string, io: Io): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  const { makeFolder } = await import('../../folder.ts');
  const { dirname, resolve } = await import('node:path');
  const absolute = resolve(io.cwd, path);
  try {
    const made = await makeFolder(dirname(absolute));
    if (made !== undefined) io.err.write(`Made the folder ${dirname(path)}.\n`);
    await writeFile(absolute, text);
  } catch (error) {
    throw new PulseError('USAGE', `${path} can't be written: ${(error as Error).message}`, {
      hint: 'Name a file in a folder that may be written to.',
      cause: error,
    });
  }
  io.err.write(`Wrote ${path}.\n`);
}

/** What the page tells of each asset beside its declaration: its SQL, and where its columns come from. */
async function pageTexts(
  project: Project,
  names: readonly string[],
  io: Io,
): Promise<Pick<DrawingDetails, 'sqlOf' | 'lineage'>> {
  const models = names.filter(name => must(project.graph.assets, name).kind === 'model');
  const compiled = await compiledModels(project, models, io);
  return { sqlOf: await sqlTexts(project, models, compiled), lineage: await lineageOf(project, names, compiled) };
}

async function lineageOf(
  project: Project,
  names: readonly string[],
  compiled: CompileResult['models'],
): Promise<Drawing['lineage']> {
  const { neighbours } = await import('../../compile/column-graph.ts');
  const world = { graph: project.graph, factsOf: (asset: string) => compiled.get(asset)?.facts };
  return new Map(
    names.map(name => {
      const asset = must(project.graph.assets, name);
      const made = compiled.get(name)?.facts?.lineage ?? [];
      const columns = made.length > 0 ? made.map(one => one.column) : asset.columns.map(one => one.name);
      const drawn = columns.map(column => ({
        column,
        expression: made.find(one => one.column === column)?.expression ?? null,
        ...neighbours({ asset: name, column }, world),
      }));
      return [name, drawn];
    }),
  );
}

/** The template of each model and, where it compiles, what becomes of it. A broken model shows its template alone. */
async function sqlTexts(
  project: Project,
  names: readonly string[],
  compiled: CompileResult['models'],
): Promise<(asset: string) => DrawnNode['sql']> {
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const models = names.map(name => must(project.graph.assets, name)).filter(asset => asset.kind === 'model');
  const texts = new Map<string, DrawnNode['sql']>();
  for (const { name, model } of models) {
    const template = await readFile(join(project.root, 'models', model), 'utf8').catch(() => undefined);
    const result = compiled.get(name);
    texts.set(name, [
      ...(template === undefined ? [] : [{ title: 'Template', text: template }]),
      ...(result === undefined ? [] : [{ title: 'BigQuery', text: result.sql }]),
      ...(result?.duckdb.kind === 'translated' ? [{ title: 'DuckDB', text: result.duckdb.sql }] : []),
    ]);
  }
  return asset => texts.get(asset) ?? [];
}

/** A lineage can be drawn without an analyzer and of broken models too: what is missing is said, not refused. */
async function compiledModels(project: Project, names: readonly string[], io: Io): Promise<CompileResult['models']> {
  try {
    const { models, errors } = await project.compile(names);
    if (errors.size > 0)
      io.err.write(`${[...errors.keys()].join(', ')} without compiled SQL: see \`pulse compile\`.\n`);
    return models;
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    io.err.write(`Without compiled SQL: ${error.message}\n`);
    return new Map();
  }
}
