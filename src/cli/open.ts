// Opens the project that a command line means.

import type { OptionDefaults } from '../asset/config.ts';
import type { OpenOptions, Project } from '../project.ts';
import type { Globals } from './command.ts';
import type { Io } from './io.ts';

/** What was typed, and for what was not the options of pulse.config.ts: those of every command, and the command's own. */
export function withDefaults<Args extends Globals>(args: Args, options: OptionDefaults): Args {
  const typed = new Map<string, unknown>(Object.entries(args));
  // A form that was typed is meant, whatever JSON the config wants.
  const isFormTyped = typed.get('format') !== undefined || typed.get('output') !== undefined;
  const { quiet, verbose, color } = options;
  const json = isFormTyped ? undefined : options.json;
  const own = Object.entries(options.commands ?? {}).find(([name]) => name === commandOf(args))?.[1];
  // JSON for every command outdoes a format that one command has by default: both were two formats.
  const { format, ...rest } = { format: undefined, ...own };
  const ownFormat = json === true ? undefined : format;
  const missing = Object.entries({ quiet, verbose, color, json, ...rest, format: ownFormat }).filter(
    ([name, value]) => value !== undefined && typed.get(name) === undefined,
  );
  return { ...args, ...Object.fromEntries(missing) };
}

/** The command that was typed: the parser keeps its name in front of its words. */
const commandOf = (args: object): unknown => ('_' in args && Array.isArray(args._) ? args._[0] : undefined);

/** Opens the project, hands it and the completed options to `use`, and closes it whatever happens. */
export async function withProject<Args extends Globals, T>(
  args: Args,
  io: Io,
  use: (project: Project, args: Args) => Promise<T>,
): Promise<T> {
  return using(await openFor(args, io), args, use);
}

/** The same, with what is wrong with its assets left out instead of refused: `project.faults` has it. */
export async function withSoundProject<Args extends Globals, T>(
  args: Args,
  io: Io,
  use: (project: Project, args: Args) => Promise<T>,
): Promise<T> {
  return using(await openFor(args, io, { lenient: true }), args, use);
}

async function using<Args extends Globals, T>(
  project: Project,
  args: Args,
  use: (project: Project, args: Args) => Promise<T>,
): Promise<T> {
  try {
    return await use(project, withDefaults(args, project.options));
  } finally {
    await project.close();
  }
}

/** Opens the project that a command line means. */
export async function openFor(
  args: Globals,
  io: Io,
  { lenient = false, analyzer, overlay }: Pick<OpenOptions, 'lenient' | 'analyzer' | 'overlay'> = {},
): Promise<Project> {
  const { openProject } = await import('../project.ts');
  const { resolve } = await import('node:path');
  return openProject({
    cwd: args.projectDir === undefined ? io.cwd : resolve(io.cwd, args.projectDir),
    env: io.env,
    now: io.now,
    lenient,
    ...(analyzer === undefined ? {} : { analyzer }),
    ...(overlay === undefined ? {} : { overlay }),
    ...(args.target === undefined ? {} : { target: args.target }),
    ...(args.dataDir === undefined ? {} : { dataDir: resolve(io.cwd, args.dataDir) }),
    ...(args.home === undefined ? {} : { home: resolve(io.cwd, args.home) }),
  });
}
