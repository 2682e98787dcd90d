// Words of the command line to one command: parses, refuses what it does not know, calls, and turns trouble into
// text and an exit code. Knows no verb of pulse.

import yargs, { type Argv } from 'yargs';
import { hintClosest } from '../closest.ts';
import { PulseError } from '../errors.ts';
import type { ExitCode, Globals } from './command.ts';
import { COMMANDS, type ListedCommand } from './command-list.ts';
import { colorsFor, type Io } from './io.ts';
import { shielded, unshielded } from './shield.ts';
import { exitCodeOf, troubleJson, troubleText } from './trouble.ts';
import { VERSION } from './version.ts';

const NOTES = `Exit codes: 0 done, 1 a step or check failed, 2 cannot start, 130 interrupted.
Environment: PULSE_TARGET, PULSE_DATA_DIR, PULSE_HOME, MONGO_URI, MONGO_DB, NO_COLOR; a .env beside pulse.config.ts is read.
With --json, an error is also {"error":{"code","message","hint","place"}} on standard output.`;

/** A wrong command line; `command` is the one whose help says more. */
class UsageError extends PulseError {
  readonly command: string;

  constructor(message: string, { hint, command }: { hint?: string; command: string }) {
    super('USAGE', message, hint === undefined || hint === '' ? {} : { hint });
    this.name = 'UsageError';
    this.command = command;
  }
}

function withGlobals(parser: Argv): Argv {
  return parser
    .option('target', { type: 'string', requiresArg: true, describe: 'Target of pulse.config.ts (default: local)' })
    .option('project-dir', {
      type: 'string',
      requiresArg: true,
      describe: 'Where to look for pulse.config.ts, upwards',
    })
    .option('data-dir', { type: 'string', requiresArg: true, describe: 'Where the source files are (default: data)' })
    .option('home', { type: 'string', requiresArg: true, describe: 'Where local state is kept (default: .pulse)' })
    .option('color', { type: 'boolean', describe: 'Colours, in a pipe too; --no-color for none' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'Only results, warnings and errors' })
    .option('verbose', { alias: 'v', type: 'boolean', describe: 'More of what is going on' })
    .option('debug', { type: 'boolean', describe: 'Stacks of errors', hidden: true })
    .group(
      ['target', 'project-dir', 'data-dir', 'home', 'color', 'quiet', 'verbose', 'help', 'version'],
      'Everywhere:',
    );
}

/** `pulse graph`, or `pulse` where no command is meant. */
function commandOf(argv: readonly string[]): string {
  const known = new Set(COMMANDS.flatMap(({ usage, aliases = [] }) => [usage.split(' ')[0], ...aliases]));
  const word = argv.find(one => known.has(one));
  return word === undefined ? 'pulse' : `pulse ${word}`;
}

/** What yargs says is wrong, in our words, with the nearest right one. */
function usageError(said: string, { parser, argv }: { parser: Argv; argv: readonly string[] }): UsageError {
  const command = commandOf(argv);
  const unknown = /^Unknown (?:argument|command)s?: (.+)$/.exec(said)?.[1]?.split(', ')[0];
  const choice = /^Invalid values:\s+Argument: ([\w-]+), Given: "(.*)", Choices: (.+)$/.exec(said);
  if (choice !== null) return choiceError(choice, command);
  if (said.startsWith('Not enough non-option arguments')) return incompleteError(command);
  if (unknown === undefined) return new UsageError(said.replace(/\.?$/, '.'), { command });
  const flag = argv.find(word => word.replace(/^--?(?:no-)?/, '').split('=')[0] === unknown && word.startsWith('-'));
  if (flag === undefined && command === 'pulse') {
    const names = COMMANDS.flatMap(({ usage, aliases = [] }) => [usage.split(' ')[0] ?? '', ...aliases]);
    return new UsageError(`"${unknown}" is not a command of pulse.`, {
      hint: hintClosest(unknown, names, ''),
      command,
    });
  }
  if (flag === undefined) return new UsageError(`"${unknown}" is one word too many.`, { command });
  // @ts-expect-error yargs has getOptions(), its types do not: the flags that are known where the mistake was made.
  const known = Object.keys(parser.getOptions().key as Record<string, unknown>).filter(key => key.length > 1);
  return new UsageError(`There is no option ${flag.split('=')[0]}.`, {
    hint: hintClosest(unknown, known, '').replace(/"([^"]+)"/g, '--$1'),
    command,
  });
}

function incompleteError(command: string): UsageError {
  const { usage = '' } = COMMANDS.find(one => `pulse ${one.usage.split(' ')[0]}` === command) ?? {};
  const needed = wordsIn(usage, /<(\w+)>/g);
  return new UsageError(`${command} wants ${needed.map(name => `<${name}>`).join(' and ')}.`, {
    hint: `It is written: pulse ${usage}`,
    command,
  });
}

function choiceError([, name = '', given = '', choices = '']: readonly string[], command: string): UsageError {
  const known = choices.replaceAll('"', '').split(', ');
  return new UsageError(`--${name} "${given}" is none of ${known.join(', ')}.`, {
    hint: hintClosest(given, known, ''),
    command,
  });
}

/** --json is the format json in short: what else is asked for in the same words would be lost in silence. */
function refuseTwoFormats(args: Readonly<Record<string, unknown>>): true {
  for (const name of ['format', 'output']) {
    const wanted = args[name];
    if (args.json !== true || typeof wanted !== 'string' || wanted === 'json') continue;
    throw new Error(`--json and --${name} ${wanted} ask for two formats: leave one of them out`);
  }
  return true;
}

/** An option that takes one value and was given several: the last word would win in silence. `lists`: those that take more. */
function refuseRepeats(args: Readonly<Record<string, unknown>>, lists: ReadonlySet<string>): true {
  for (const [name, value] of Object.entries(args)) {
    const word = name.replace(/[A-Z]/g, sign => `-${sign.toLowerCase()}`);
    if (Array.isArray(value) && !lists.has(word)) throw new Error(`--${word} is given more than once`);
  }
  return true;
}

/** `<asset>` of `show <asset>`, and with its dots the `selection` of `status [selection..]`. */
const wordsIn = (usage: string, pattern: RegExp): readonly string[] =>
  [...usage.matchAll(pattern)].map(([, name = '']) => name);

/** A command with its options; the words of one that takes one are checked. */
async function build(inner: Argv, { usage, load }: ListedCommand): Promise<Argv> {
  const built = (await load()).build(inner);
  // @ts-expect-error yargs has getOptions(), its types do not.
  const { array } = built.getOptions() as { readonly array: readonly string[] };
  const lists = new Set(['_', ...array, ...wordsIn(usage, /\[(\w+)\.\.\]/g)]);
  return built.check(args => refuseRepeats(args, lists) && refuseTwoFormats(args));
}

interface Call {
  readonly args: Globals;
  readonly listed: ListedCommand;
}

function parserOf(argv: readonly string[], onCall: (call: Call) => void): Argv {
  const parser = withGlobals(yargs(shielded(argv)))
    .scriptName('pulse')
    .locale('en')
    .usage('$0 <command>\n\nKeeps a graph of tables up to date.')
    // Greedy: --exclude takes words until the next option, as dbt's does.
    .parserConfiguration({ 'greedy-arrays': true, 'dot-notation': false })
    .strict()
    .demandCommand(1, 1, 'Name a command')
    .exitProcess(false)
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .epilogue(NOTES);
  for (const listed of COMMANDS) {
    parser.command(
      [listed.usage, ...(listed.aliases ?? [])],
      listed.summary,
      inner => build(inner, listed),
      // What the words are is known to the command that declared them.
      args => onCall({ args: unshielded(args) as unknown as Globals, listed }),
    );
  }
  // yargs writes out the help of a command that it calls, should its handler print it: ours run later, and never do.
  // @ts-expect-error yargs has getInternalMethods(), its types do not.
  parser.getInternalMethods().getUsageInstance().cacheHelpMessage = () => undefined;
  return parser.completion('completion', 'Print the script of shell completion');
}

const wantsJson = (argv: readonly string[]): boolean =>
  / --json(?: |$)| --format[= ]json(?: |$)/.test(` ${argv.join(' ')}`);

/** What the words say of colours, before and where they can't be parsed. */
function coloredBy(argv: readonly string[]): boolean | undefined {
  const last = argv.findLast(word => /^--(?:no-)?color(?:=|$)/.test(word));
  return last === undefined ? undefined : last === '--color' || last === '--color=true';
}

/** Runs the command line `argv` (without node and script) and gives its exit code; throws nothing. */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await parseAndRun(argv, io);
  } catch (error) {
    return sayTrouble(error, argv, { io });
  }
}

/** Says what has stopped the command line `argv`, as text and where it wants JSON as that; gives the exit code of it. */
export function sayTrouble(error: unknown, argv: readonly string[], { io }: { readonly io: Io }): ExitCode {
  const colors = colorsFor(io.err, io, coloredBy(argv));
  io.err.write(troubleText(error, { colors, isDebug: argv.includes('--debug') }));
  if (error instanceof UsageError) io.err.write(`${error.command} --help says more.\n`);
  if (wantsJson(argv)) io.out.write(`${JSON.stringify({ error: troubleJson(error) })}\n`);
  return exitCodeOf(error);
}

async function parseAndRun(argv: readonly string[], io: Io): Promise<ExitCode> {
  let call: Call | undefined;
  const parser = parserOf(argv, given => {
    call = given;
  });
  parser.wrap(Math.min(110, io.out.columns()));
  parser.fail((said, error) => {
    if (error instanceof PulseError) throw error;
    throw usageError(said ?? error.message, { parser, argv });
  });
  if (argv.length === 0) {
    io.out.write(`${await parser.getHelp()}\n`);
    return 0;
  }
  let printed = '';
  try {
    await parser.parseAsync(shielded(argv), {}, (_error, _args, output) => {
      printed = output;
    });
  } catch (error) {
    // What a builder that loads its command finds wrong does not go through fail().
    if (!(error instanceof Error) || error.name !== 'YError') throw error;
    throw new UsageError(error.message.replace(/\.?$/, '.'), { command: commandOf(argv) });
  }
  if (printed !== '') io.out.write(`${printed}\n`);
  if (call === undefined) return 0;
  const { args, listed } = call as Call;
  return (await listed.load()).run(args, io);
}
