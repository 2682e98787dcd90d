// pulse compile: renders and types the models and writes their SQL of both engines below target/compiled.

import type { CompileResult } from '../../compile/compile.ts';
import { EXIT, type PulseError, PulseErrors } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { Compilation } from '../../run/compile.ts';
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
      .option('check', {
        type: 'boolean',
        describe: 'Write nothing; compile anew and fail where models/.translated is not what it would be now',
      })
      .option('json', { type: 'boolean', describe: 'What was found, as JSON' })
      .example('$0 compile', 'type-check every model; exit 1 if one is wrong')
      .example('$0 compile fact_orders', 'one model, and what it reads')
      .example('$0 compile --check', 'for CI: are the committed translations current?'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { selectIn } = await import('../selection.ts');
      const names = await selectIn(project, args);
      const { compileProject } = await import('../../run/compile.ts');
      const compilation = await compileProject(project, names, { check: args.check === true });
      const faults = faultsOf(compilation.result, project);
      if (args.json === true) io.out.write(`${JSON.stringify(resultJson(compilation, faults), null, 2)}\n`);
      else print(compilation, faults, { io, isColored: args.color, isDebug: args.debug === true });
      const isWrong = faults.length + compilation.result.notChecked.size + compilation.outdated.length > 0;
      return isWrong ? EXIT.failed : EXIT.done;
    }),
});

/** What is wrong; on a target without BigQuery also what DuckDB cannot be told. */
function faultsOf({ errors, models }: CompileResult, project: Project): readonly PulseError[] {
  const refused = [...models.values()].flatMap(model => (model.duckdb.kind === 'refused' ? [model.duckdb.error] : []));
  return [...[...errors.values()].flat(), ...(project.target.bigquery === undefined ? refused : [])];
}

const resultJson = ({ result: { models, notChecked }, outdated }: Compilation, faults: readonly PulseError[]) => ({
  models: [...models.values()].map(({ asset, columns, codeVersion, duckdb }) => ({
    asset,
    columns,
    codeVersion,
    duckdb: duckdb.kind,
  })),
  errors: faults.map(troubleJson),
  notChecked: Object.fromEntries(notChecked),
  outdated,
});

interface Printing {
  readonly io: Io;
  readonly isColored: boolean | undefined;
  readonly isDebug: boolean;
}

function print(
  { result, outdated, written }: Compilation,
  faults: readonly PulseError[],
  { io, isColored, isDebug }: Printing,
): void {
  const { models, errors, notChecked } = result;
  if (faults.length > 0) {
    const trouble = new PulseErrors(`${plural(faults.length, 'thing')} wrong in the models.`, faults);
    io.err.write(troubleText(trouble, { colors: colorsFor(io.err, io, isColored), isDebug }));
  }
  const skipped =
    notChecked.size === 0 ? '' : ` Not checked, for what they read is wrong: ${someOf([...notChecked.keys()], 12)}.`;
  const wrong = errors.size === 0 ? '' : `, ${errors.size} wrong`;
  const where = written.length === 0 ? '' : ` SQL of both engines is in ${OUT}.`;
  io.out.write(`${plural(models.size, 'model')} right${wrong}.${skipped}${where}\n`);
  if (outdated.length === 0) return;
  const list = someOf([...outdated], 12);
  io.err.write(
    `error: models/.translated is not current: ${list}.\nhint: Run \`pulse compile\` and commit what it writes.\n`,
  );
}
