// pulse compile: renders and types the models and writes their SQL of both engines below target/compiled.

import type { CompiledModel } from '../../compile/compile.ts';
import { changeText } from '../../compile/contract-changes.ts';
import { EXIT, type Place, PulseError, PulseErrors } from '../../errors.ts';
import type { Analyzer } from '../../googlesql/analyzer.ts';
import type { Project } from '../../project.ts';
import type { ChangeHit } from '../../run/against.ts';
import type { Compilation } from '../../run/compile.ts';
import type { RemoteVerdict, Verdict } from '../../run/compile-remote.ts';
import type { FileWriter } from '../../writing/file-writer.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import {
  errorFinding,
  FINDING_FORMATS,
  type Finding,
  type FindingFormat,
  type findingJson,
  withoutRepeats,
} from '../findings.ts';
import { colorsFor, type Io } from '../io.ts';
import { withSoundProject } from '../open.ts';
import { type SelectionArgs, withSelection } from '../selection.ts';
import { plural, someOf } from '../wording.ts';

const OUT = 'target/compiled';

interface Args extends Globals, SelectionArgs {
  readonly check?: boolean | undefined;
  readonly remote?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly format?: FindingFormat | undefined;
  readonly changedSince?: string | undefined;
  readonly against?: string | undefined;
  readonly allowBreaking?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

export const compileCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'compile')
      .option('check', {
        type: 'boolean',
        describe: 'Write nothing; compile anew and fail where a committed translation is not what it would be now',
      })
      .option('remote', {
        type: 'boolean',
        describe: 'Ask BigQuery too (a dry run): its verdict beside the offline one; exit 1 where they differ',
      })
      .option('changed-since', {
        type: 'string',
        requiresArg: true,
        describe: 'Only what differs from this commit of git, and its readers, queries of sql/ included',
      })
      .option('against', {
        type: 'string',
        requiresArg: true,
        describe: 'Say what differs from the tables of this commit of git; exit 1 where it breaks who reads them',
      })
      .option('allow-breaking', { type: 'boolean', describe: 'With --against: say breaking changes, exit 0' })
      .option('watch', { type: 'boolean', describe: 'Stay, and compile again whenever a file of the project is saved' })
      .option('format', {
        choices: FINDING_FORMATS,
        describe: 'How to print what is wrong: text, json, github (annotations), sarif (2.1.0)',
      })
      .option('json', { type: 'boolean', describe: 'Short for --format json' })
      .example('$0 compile', 'type-check every model and query; exit 1 if one is wrong')
      .example('$0 compile fact_orders', 'one model, and what it reads')
      .example('$0 compile --changed-since origin/main --format github', 'for CI of a pull request')
      .example('$0 compile --against origin/main', 'does this branch break who reads its tables?')
      .example('$0 compile --watch', 'beside an editor')
      .example('$0 compile --remote', 'does BigQuery agree?')
      .example('$0 compile --check', 'for CI: are the committed translations current?'),
  run: async (typed, io) => {
    if (typed.watch === true) return watchAndCompile(typed, io);
    try {
      return await withSoundProject<Args, ExitCode>(typed, io, (project, args) => once(project, args, io));
    } catch (error) {
      await printUnopened(error, typed, io);
      throw error;
    }
  },
});

/** A project that does not open is annotated too; as text and as JSON it is said as for every command. */
async function printUnopened(error: unknown, { format, projectDir }: Args, io: Io): Promise<void> {
  if (!(error instanceof PulseError) || (format !== 'github' && format !== 'sarif')) return;
  const { githubText, sarifOf } = await import('../findings.ts');
  const { resolve } = await import('node:path');
  const { rootAbove } = await import('../../loading/config.ts');
  const { annotatedPaths } = await import('../annotated-paths.ts');
  const cwd = projectDir === undefined ? io.cwd : resolve(io.cwd, projectDir);
  const pathOf = annotatedPaths(rootAbove(cwd) ?? cwd, io);
  const errors = error instanceof PulseErrors ? error.errors : [error];
  const findings = errors.map(one => ({ ...errorFinding(one), text: undefined }));
  io.out.write(
    format === 'github' ? githubText(findings, pathOf) : `${JSON.stringify(sarifOf(findings, pathOf), null, 2)}\n`,
  );
}

async function once(project: Project, args: Args, io: Io, writer?: FileWriter): Promise<ExitCode> {
  const compilation = await compiled(project, args, writer);
  const changes = args.against === undefined ? [] : await changesOf(project, args.against, io);
  const errors = withoutRepeats(compilation.errors.map(errorFinding));
  const found = [
    ...errors,
    ...compilation.ruled.map(({ rule, ...one }) => ({ ...one, code: rule })),
    ...(await Promise.all(changes.map(change => changeFinding(change, { project, args })))),
  ];
  const remote = args.remote === true ? await verdicts(compilation, project, args) : undefined;
  // Said last: what was found is found, whether or not it can be written.
  const unwritten = compilation.unwritten === undefined ? [] : [errorFinding(compilation.unwritten)];
  await print(
    { ...compilation, changes, remote, wrong: errors.length },
    await framed([...found, ...unwritten], project),
    {
      project,
      args,
      io,
    },
  );
  const isWrong = found.some(({ level }) => level === 'error') || remote?.some(({ isSame }) => !isSame) === true;
  if (isWrong || compilation.notChecked.size + compilation.outdated.length > 0) return EXIT.failed;
  return compilation.unwritten === undefined ? EXIT.done : EXIT.cannotStart;
}

async function verdicts({ result }: Compilation, project: Project, args: Args): Promise<readonly RemoteVerdict[]> {
  const { judgeRemotely } = await import('../../run/compile-remote.ts');
  const names = (await askedOf(project, args)).names ?? project.graph.order;
  return judgeRemotely(
    project,
    result,
    names.filter(name => project.graph.assets.get(name)?.kind === 'model'),
  );
}

async function changesOf(project: Project, ref: string, io: Io): Promise<readonly ChangeHit[]> {
  const { changesAgainst } = await import('../../run/against.ts');
  return changesAgainst(project, ref, { env: io.env, now: io.now });
}

/** Compiles, and again at each change, with one analyzer that stays; only Ctrl-C ends it, whatever was found last. */
async function watchAndCompile(args: Args, io: Io): Promise<ExitCode> {
  const { startAnalyzer } = await import('../../googlesql/analyzer.ts');
  const { watchProject } = await import('../watch.ts');
  const { findConfig } = await import('../../project.ts');
  const { resolve } = await import('node:path');
  const cwd = args.projectDir === undefined ? io.cwd : resolve(io.cwd, args.projectDir);
  const found = await findConfig({ cwd, env: io.env });
  if (found === undefined) return withSoundProject<Args, ExitCode>(args, io, (project, all) => once(project, all, io));
  const analyzer = startAnalyzer();
  const { openFileWriter } = await import('../../writing/file-writer.ts');
  // Its thread stays, so that no save waits for the disk: a file that takes another's place takes a disk a millisecond.
  const writer = openFileWriter({ aloneMax: 0 });
  const signal = io.interruption();
  const round = async (paths: readonly string[]): Promise<void> => {
    const startedAt = io.now().getTime();
    if (paths.length > 0) io.out.write(`\n${paths.join(', ')} changed.\n`);
    await openedRound({ args, io, analyzer, writer });
    io.out.write(`${io.now().getTime() - startedAt} ms. Waiting for the next change; Ctrl-C ends.\n`);
  };
  try {
    await watchProject(found.root, { signal, onChange: round });
  } finally {
    await writer.end();
    analyzer.close();
  }
  return EXIT.interrupted;
}

interface Round {
  readonly args: Args;
  readonly io: Io;
  readonly analyzer: Analyzer;
  readonly writer: FileWriter;
}

/** One compilation of the project as it stands. A project that does not open is said, and may open after the next change. */
async function openedRound({ args, io, analyzer, writer }: Round): Promise<void> {
  const { openFor, withDefaults } = await import('../open.ts');
  try {
    const project = await openFor(args, io, { lenient: true, analyzer });
    try {
      await once(project, withDefaults(args, project.options), io, writer);
    } finally {
      await project.close();
    }
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    const { troubleText } = await import('../trouble.ts');
    io.err.write(troubleText(error, { colors: colorsFor(io.err, io, args.color), isDebug: args.debug === true }));
  }
}

/** With the names of what was asked for, where that is not everything: what it is made from is compiled as well. */
async function compiled(
  project: Project,
  args: Args,
  writer: FileWriter | undefined,
): Promise<Compilation & { readonly asked: ReadonlySet<string> | undefined }> {
  const { compileProject } = await import('../../run/compile.ts');
  const { names, ...more } = await askedOf(project, args);
  const compilation = await compileProject(project, names, { check: args.check === true, ...more, writer });
  return { ...compilation, asked: names && new Set(names) };
}

interface Asked {
  /** Undefined where everything is meant, queries included. */
  readonly names: readonly string[] | undefined;
  /** Of the queries, each with the assets it may read; all where everything is meant. */
  readonly queries: ReadonlyMap<string, readonly string[]>;
  /** Files of SQL that differ, where that is asked, each with the assets it may read. */
  readonly files?: ReadonlyMap<string, readonly string[]>;
}

/** What differs and what is selected; both where both are said. */
async function askedOf(project: Project, args: Args): Promise<Asked> {
  const { selection = [], exclude = [] } = args;
  const isSelected = selection.length + exclude.length > 0;
  const selected = isSelected ? await (await import('../selection.ts')).selectIn(project, args) : undefined;
  if (args.changedSince === undefined) return { names: selected, queries: new Map() };
  const { changedSince } = await import('../../run/changed.ts');
  const changed = await changedSince(project, args.changedSince);
  if (selected === undefined) {
    return changed === undefined ? { names: undefined, queries: new Map() } : { ...changed, names: changed.assets };
  }
  const names = new Set(changed?.assets ?? project.graph.order);
  return { names: selected.filter(name => names.has(name)), queries: new Map() };
}

/** Each with the text of its file, for its frame. */
async function framed(found: readonly Omit<Finding, 'text'>[], project: Project): Promise<readonly Finding[]> {
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const texts = new Map<string, string | undefined>();
  for (const { place } of found) {
    if (place === undefined || texts.has(place.file)) continue;
    // A file that is named and not there is what the error is about: it has no frame.
    texts.set(place.file, await readFile(join(project.root, place.file), 'utf8').catch(() => undefined));
  }
  return found.map(one => ({ ...one, text: one.place === undefined ? undefined : texts.get(one.place.file) }));
}

/** What a change of a contract is for who reads it; breaking ones are errors unless they are allowed. */
async function changeFinding(
  change: ChangeHit,
  { project, args }: Pick<Printing, 'project' | 'args'>,
): Promise<Omit<Finding, 'text'>> {
  const readers = [...change.readers, ...change.queries];
  const hits = [
    readers.length === 0 ? '' : `It is read by ${someOf(readers, 12)}.`,
    change.exposures.length === 0 ? '' : `It is exposed to ${change.exposures.join(', ')}.`,
  ].filter(text => text !== '');
  return {
    level: change.isBreaking && args.allowBreaking !== true ? 'error' : 'warning',
    code: change.isBreaking ? 'CONTRACT_BREAKING' : 'CONTRACT_CHANGED',
    message: `${change.isBreaking ? 'Breaking: ' : ''}${changeText(change)}.`,
    hint: hits.length === 0 ? undefined : hits.join(' '),
    place: await placeOfChange(change, project),
  };
}

/** Where the table is declared as it is now; a column that went is missing among those that are there. */
async function placeOfChange(
  { kind, asset, column, to }: ChangeHit,
  { graph, root }: Project,
): Promise<Place | undefined> {
  const file = graph.files.get(asset);
  if (file === undefined) return undefined;
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { declaredPlace } = await import('../../graph/declared-place.ts');
  const declaring = { file, text: await readFile(join(root, file), 'utf8') };
  if (kind === 'partition-changed') return declaredPlace(declaring, 'partition');
  if (column === null) return { file };
  if (kind === 'column-removed') return declaredPlace(declaring, 'columns');
  return declaredPlace(declaring, 'columns', kind === 'column-renamed' && to !== null ? to : column);
}

interface Printing {
  readonly project: Project;
  readonly args: Args;
  readonly io: Io;
}

type Printed = Compilation & {
  readonly asked: ReadonlySet<string> | undefined;
  readonly changes: readonly ChangeHit[];
  readonly remote: readonly RemoteVerdict[] | undefined;
  /** How many things are, those that are said of many places once. */
  readonly wrong: number;
};

async function print(
  compilation: Printed,
  findings: readonly Finding[],
  { project, args, io }: Printing,
): Promise<void> {
  const { findingsText, findingJson, githubText, sarifOf } = await import('../findings.ts');
  const { annotatedPaths } = await import('../annotated-paths.ts');
  const pathOf = annotatedPaths(project.root, io);
  const format = args.json === true ? 'json' : (args.format ?? 'text');
  switch (format) {
    case 'json':
      io.out.write(`${JSON.stringify(resultJson(compilation, findings.map(findingJson)), null, 2)}\n`);
      return;
    case 'sarif':
      io.out.write(`${JSON.stringify(sarifOf(findings, pathOf), null, 2)}\n`);
      break;
    case 'github':
      io.out.write(githubText(findings, pathOf));
      break;
    case 'text':
      io.err.write(findingsText(findings, colorsFor(io.err, io, args.color)));
      io.out.write(summaryText(compilation));
      if (compilation.remote !== undefined) {
        const { tableText } = await import('../table.ts');
        const colors = colorsFor(io.out, io, args.color);
        io.out.write(
          remoteText(compilation.remote, rows => tableText(['model', 'offline', 'BigQuery', ''], rows, { colors })),
        );
      }
  }
  if (compilation.outdated.length === 0) return;
  const list = someOf([...compilation.outdated], 12);
  io.err.write(
    `error: models/.translated or sql/.translated is not current: ${list}.\nhint: Run \`pulse compile\` and commit what it writes.\n`,
  );
}

const modelsAsked = ({ result: { models }, asked }: Printed): readonly CompiledModel[] =>
  [...models.values()].filter(({ asset }) => asked?.has(asset) !== false);

const resultJson = (printed: Printed, findings: readonly ReturnType<typeof findingJson>[]) => ({
  models: modelsAsked(printed).map(({ asset, columns, codeVersion, duckdb }) => ({
    asset,
    columns,
    codeVersion,
    duckdb: duckdb.kind,
  })),
  queries: printed.queries?.checked ?? [],
  errors: findings.filter(({ level }) => level === 'error'),
  warnings: findings.filter(({ level }) => level === 'warning'),
  changes: printed.changes,
  ...(printed.remote !== undefined && { remote: printed.remote }),
  notChecked: Object.fromEntries(printed.notChecked),
  outdated: printed.outdated,
});

function remoteText(
  verdicts: readonly RemoteVerdict[],
  table: (rows: readonly (readonly string[])[]) => string,
): string {
  const differing = verdicts.filter(({ isSame }) => !isSame);
  const rows = verdicts.map(({ asset, offline, remote, isSame }) => [
    asset,
    verdictText(offline, isSame ? undefined : remote),
    verdictText(remote, isSame ? undefined : offline),
    isSame ? '' : 'DIFFER',
  ]);
  const end =
    differing.length === 0
      ? `BigQuery says the same of ${plural(verdicts.length, 'model')}.`
      : `BigQuery says otherwise of ${plural(differing.length, 'model')}.`;
  return `\n${table(rows)}\n${end}\n`;
}

/** What is wrong; or how many columns there are, and which the other one has otherwise. */
function verdictText(verdict: Verdict, other: Verdict | undefined): string {
  if ('wrong' in verdict) return verdict.wrong;
  const known = new Set(other === undefined || 'wrong' in other ? verdict.columns : other.columns);
  const differing = verdict.columns.filter(column => !known.has(column));
  const which = differing.length === 0 ? '' : `: ${someOf(differing, 3)}`;
  return `right, ${plural(verdict.columns.length, 'column')}${which}`;
}

function summaryText(printed: Printed): string {
  const { queries, wrong: count, notChecked, written } = printed;
  const right = [
    plural(modelsAsked(printed).length, 'model'),
    ...(queries === undefined || queries.checked.length === 0
      ? []
      : [plural(queries.checked.length, 'query', 'queries')]),
  ].join(' and ');
  const wrong = count === 0 ? '' : `, ${plural(count, 'thing')} wrong`;
  const skipped =
    notChecked.size === 0 ? '' : ` Not checked, for what they read is wrong: ${someOf([...notChecked.keys()], 12)}.`;
  const where = written.length === 0 ? '' : ` SQL of both engines is in ${OUT}.`;
  return `${right} right${wrong}.${skipped}${where}\n`;
}
