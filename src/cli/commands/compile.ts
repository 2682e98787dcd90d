// pulse compile: renders and types the models and writes their SQL of both engines below target/compiled.

import type { CompileResult } from '../../compile/compile.ts';
import { EXIT, must, type PulseError, PulseErrors } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { withSelection } from '../selection.ts';
import { troubleJson, troubleText } from '../trouble.ts';
import { plural, someOf } from '../wording.ts';

const OUT = 'target/compiled';

export const compileCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'compile')
      .option('json', { type: 'boolean', describe: 'What was found, as JSON' })
      .example('$0 compile', 'type-check every model; exit 1 if one is wrong')
      .example('$0 compile fact_orders', 'one model, and what it reads'),
  run: (args, io) =>
    withProject(args, io, async project => {
      const { selectIn } = await import('../selection.ts');
      const names = await selectIn(project, args);
      const result = await project.compile(names);
      const faults = faultsOf(result, project);
      await writeCompiled(project, result);
      if (args.json === true) io.out.write(`${JSON.stringify(resultJson(result, faults), null, 2)}\n`);
      else print(result, faults, { io, isColored: args.color, isDebug: args.debug === true });
      return faults.length > 0 || result.notChecked.size > 0 ? EXIT.failed : EXIT.done;
    }),
});

/** What is wrong; on a target without BigQuery also what DuckDB cannot be told. */
function faultsOf({ errors, models }: CompileResult, project: Project): readonly PulseError[] {
  const refused = [...models.values()].flatMap(model => (model.duckdb.kind === 'refused' ? [model.duckdb.error] : []));
  return [...[...errors.values()].flat(), ...(project.target.bigquery === undefined ? refused : [])];
}

async function writeCompiled(project: Project, { models }: CompileResult): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  for (const model of models.values()) {
    const asset = must(project.graph.assets, model.asset);
    if (asset.kind !== 'model') continue;
    const texts = [
      { engine: 'bigquery', sql: model.sql, cellsSql: model.cellsSql },
      ...(model.duckdb.kind === 'translated' ? [{ engine: 'duckdb', ...model.duckdb }] : []),
    ];
    for (const { engine, sql, cellsSql } of texts) {
      const path = join(project.root, OUT, engine, asset.model);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${sql.trimEnd()}\n`);
      if (cellsSql !== sql) await writeFile(path.replace(/\.sql$/, '.cells.sql'), `${cellsSql.trimEnd()}\n`);
    }
  }
}

const resultJson = ({ models, notChecked }: CompileResult, faults: readonly PulseError[]) => ({
  models: [...models.values()].map(({ asset, columns, codeVersion, duckdb }) => ({
    asset,
    columns,
    codeVersion,
    duckdb: duckdb.kind,
  })),
  errors: faults.map(troubleJson),
  notChecked: Object.fromEntries(notChecked),
});

interface Printing {
  readonly io: Io;
  readonly isColored: boolean | undefined;
  readonly isDebug: boolean;
}

function print(result: CompileResult, faults: readonly PulseError[], { io, isColored, isDebug }: Printing): void {
  const { models, errors, notChecked } = result;
  if (faults.length > 0) {
    const trouble = new PulseErrors(`${plural(faults.length, 'thing')} wrong in the models.`, faults);
    io.err.write(troubleText(trouble, { colors: colorsFor(io.err, io, isColored), isDebug }));
  }
  const skipped =
    notChecked.size === 0 ? '' : ` Not checked, for what they read is wrong: ${someOf([...notChecked.keys()], 12)}.`;
  const wrong = errors.size === 0 ? '' : `, ${errors.size} wrong`;
  io.out.write(`${plural(models.size, 'model')} right${wrong}.${skipped} SQL of both engines is in ${OUT}.\n`);
}
