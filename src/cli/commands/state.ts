// pulse state export|import: the state from one engine to another, by way of a file.

import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import type { Io } from '../io.ts';
import { withSoundProject } from '../open.ts';
import { plural } from '../wording.ts';

interface Args extends Globals {
  readonly action?: 'export' | 'import' | undefined;
  readonly file?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const stateCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('action', { choices: ['export', 'import'] as const, describe: 'Which way' })
      .positional('file', { type: 'string', describe: 'Where to, or where from' })
      .option('overwrite', { type: 'boolean', describe: 'Of import: lose the state that is there' })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 state export state.jsonl', 'the state of this target, all of one moment')
      .example('$0 state import state.jsonl --target production', 'into the Postgres of another target')
      .epilogue(
        'All or nothing. The tables and raw events are not moved: the new target is over the same ones, or is made anew.',
      ),
  run: (typed, io) => withSoundProject<Args, ExitCode>(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, { action, file = '', overwrite = false, json }: Args, io: Io): Promise<ExitCode> {
  const { exportState, importState } = await import('../../run/move-state.ts');
  const { resolve } = await import('node:path');
  const path = resolve(io.cwd, file);
  const rows = await (action === 'export' ? exportState(project, path) : importState(project, path, { overwrite }));
  const what = `${plural(rows, 'row')} ${action === 'export' ? `written to ${file}` : `taken from ${file}`}.`;
  io.out.write(json === true ? `${JSON.stringify({ action, file, rows })}\n` : `${what}\n`);
  return EXIT.done;
}
