// pulse doctor: is everything that the target names there, and as it must be; and what to do where it is not.

import type { Diagnosis, Verdict } from '../../diagnosis.ts';
import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { type Colors, colorsFor, type Io } from '../io.ts';
import { withSoundProject } from '../open.ts';

interface Args extends Globals {
  readonly json?: boolean | undefined;
}

export const doctorCommand = defineCommand({
  build: yargs =>
    yargs
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 doctor', 'the servers of the target: reachable, version, rights, indexes, clock')
      .example('$0 doctor --target production', 'before the first run there')
      .epilogue('Exit code 2 where something must be mended before a run. Nothing is left of what it tries.'),
  run: (typed, io) => withSoundProject<Args, ExitCode>(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { diagnose } = await import('../../run/doctor.ts');
  const found = await diagnose(project);
  const isWell = found.every(({ findings }) => findings.every(({ verdict }) => verdict !== 'fail'));
  if (args.json === true)
    io.out.write(`${JSON.stringify({ target: project.targetName, isWell, servers: found }, null, 2)}\n`);
  else io.out.write(found.map(one => diagnosisText(one, colorsFor(io.out, io, args.color))).join('\n'));
  return isWell ? EXIT.done : EXIT.cannotStart;
}

function diagnosisText({ server, place, findings }: Diagnosis, colors: Colors): string {
  const lines = findings.flatMap(({ what, verdict, text, hint }) => [
    `  ${mark(verdict, colors)} ${what}: ${text}`,
    ...(hint === undefined ? [] : [`    ${colors.cyan('hint:')} ${hint}`]),
  ]);
  return `${colors.bold(server)}  ${place}\n${lines.join('\n')}\n`;
}

function mark(verdict: Verdict, colors: Colors): string {
  if (verdict === 'ok') return colors.green('ok  ');
  return verdict === 'warn' ? colors.yellow('warn') : colors.red('fail');
}
