// pulse clean: removes what pulse itself made locally, after asking. Never touches data/, servers, or what it does not know.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { isAgreed } from '../ask.ts';
import { defineCommand, type ExitCode } from '../command.ts';
import type { Io } from '../io.ts';
import { withProject } from '../open.ts';
import { number } from '../wording.ts';

/** What pulse writes below its home directory; -wal and -shm are SQLite's, .wal and .tmp DuckDB's. */
const OURS =
  /^(?:raw\.sqlite|state\.sqlite|warehouse\.duckdb)(?:[-.](?:wal|shm|journal|tmp|cut-off|new(?:\.wal)?))?$|^warehouse\.sock$|^aside-\d+$|^cache$/;

interface Found {
  readonly path: string;
  readonly bytes: number;
}

export const cleanCommand = defineCommand({
  build: yargs =>
    yargs
      .option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask' })
      .option('json', { type: 'boolean', describe: 'What was removed, as JSON' })
      .example('$0 clean', 'look, ask, remove')
      .example('$0 clean --yes && $0 materialize', 'from nothing'),
  run: (typed, io) => withProject(typed, io, (project, args) => clean(project, args, io)),
});

async function clean(
  project: Project,
  args: { readonly yes?: boolean | undefined; readonly json?: boolean | undefined },
  io: Io,
): Promise<ExitCode> {
  const all = await findOurs(project);
  // Opening the project fills its cache anew each time: alone it is nothing.
  const found = all.every(({ path }) => path.endsWith('cache')) ? [] : all;
  const shown = found.map(({ path, bytes }) => ({ path: project.pathOf(path), bytes }));
  const say = (text: string): void => (args.json === true ? undefined : io.out.write(text));
  if (found.length === 0) {
    if (args.json === true) io.out.write(`${JSON.stringify({ removed: [] })}\n`);
    say(`Nothing to remove in ${project.pathOf(project.home)}.\n`);
    return EXIT.done;
  }
  if (args.yes !== true) {
    const list = shown.map(({ path, bytes }) => `  ${path}  ${size(bytes)}\n`).join('');
    if (!(await isAgreed(`This removes the local state; source files stay.\n${list}`, { verb: 'clean', io }))) {
      say('Nothing was removed.\n');
      return EXIT.done;
    }
  }
  await refuseDuringRun(project, io);
  await project.close();
  const { rm } = await import('node:fs/promises');
  // Looked for again: the look for a run opened the state, and its log must not outlive it.
  for (const { path } of await findOurs(project)) await rm(path, { recursive: true, force: true });
  if (args.json === true) io.out.write(`${JSON.stringify({ removed: shown })}\n`);
  say(shown.map(({ path, bytes }) => `Removed ${path} (${size(bytes)}).\n`).join(''));
  if (project.target.mongo !== undefined || project.target.bigquery !== undefined) {
    say(`Servers of target ${project.targetName} were not touched.\n`);
  }
  return EXIT.done;
}

/** @throws {PulseError} WAREHOUSE_BUSY where a run is at work: it would go on in files that are gone. */
async function refuseDuringRun(project: Project, io: Io): Promise<void> {
  const { claim } = await import('../../run/claim.ts');
  const wanted = { runId: `clean-${process.pid}`, command: 'clean', noWait: true, signal: io.interruption() };
  try {
    await (await claim(project, { ...wanted, emit: () => undefined })).release();
  } catch (error) {
    // A state that cannot be read is a reason to clean, not one against it.
    if (error instanceof PulseError && error.code === 'WAREHOUSE_BUSY') throw error;
  }
}

async function findOurs(project: Project): Promise<Found[]> {
  const { readdir, stat } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const names = await readdir(project.home).catch(() => []);
  const paths = [
    ...names.filter(name => OURS.test(name)).map(name => join(project.home, name)),
    join(project.root, 'target', 'compiled'),
  ];
  const found: Found[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) found.push({ path, bytes: info.isDirectory() ? await bytesBelow(path) : info.size });
  }
  return found;
}

async function bytesBelow(folder: string): Promise<number> {
  const { readdir, stat } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter(entry => entry.isFile()).map(entry => stat(join(entry.parentPath, entry.name))),
  );
  return sizes.reduce((sum, { size: bytes }) => sum + bytes, 0);
}

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${number(Math.ceil(bytes / 1024))} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
