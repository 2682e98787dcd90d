// The shape of a command: what it says of itself, its options, and the one verb it calls.

import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Io } from './io.ts';

/** Options that every command has. */
export interface Globals {
  readonly target: string | undefined;
  readonly projectDir: string | undefined;
  readonly dataDir: string | undefined;
  readonly home: string | undefined;
  readonly color: boolean | undefined;
  readonly quiet: boolean | undefined;
  readonly verbose: boolean | undefined;
  readonly debug: boolean | undefined;
}

export type ExitCode = 0 | 1 | 2 | 130;

/** A command as its file in commands/ exports it. */
export interface Command {
  /** Adds positionals, options, examples and notes. */
  build(yargs: Argv): Argv;
  /** @throws {PulseError} for trouble that a person can act on; main prints it and picks the exit code. */
  run(args: Globals, io: Io): Promise<ExitCode>;
}

interface TypedCommand<Options> {
  build(yargs: Argv): Argv<Options>;
  run(args: ArgumentsCamelCase<Options> & Globals, io: Io): Promise<ExitCode>;
}

/** Types `run` by what `build` declares. The words come from the parser that `build` made, so they are what it says. */
export function defineCommand<Options>(command: TypedCommand<Options>): Command {
  return command as unknown as Command;
}
