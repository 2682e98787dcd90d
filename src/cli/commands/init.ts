// pulse init: a minimal project in a new folder, that runs with the same two commands.

import { EXIT, PulseError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { shellWord } from '../shell-word.ts';

export const initCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('dir', { type: 'string', demandOption: true, describe: 'Folder to make; must be new or empty' })
      .example('$0 init shop', 'then: cd shop && npm ci && npx pulse materialize'),
  run: async (args, io) => {
    const { resolve } = await import('node:path');
    const root = resolve(io.cwd, args.dir);
    await refuseFull(root, args.dir);
    const files = await writeProject(root, io);
    const { dim } = colorsFor(io.out, io, args.color);
    io.out.write(`Made ${args.dir}:\n${files.map(file => `  ${file}\n`).join('')}\n`);
    io.out.write(`${dim('Next:')} cd ${shellWord(args.dir)} && npm ci && npx pulse materialize\n`);
    return EXIT.done;
  },
});

async function refuseFull(root: string, dir: string): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  let entries: readonly string[];
  try {
    entries = await readdir(root);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    const isFile = code === 'ENOTDIR';
    throw new PulseError('USAGE', isFile ? `${dir} is a file.` : `${dir} can't be read: ${message}`, {
      hint: 'Name a new folder.',
      cause: error,
    });
  }
  if (entries.length === 0) return;
  throw new PulseError('USAGE', `${dir} is not empty.`, {
    hint: 'Name a new folder: pulse init never writes over anything.',
  });
}

/** Writes the project and says which files it has. */
async function writeProject(root: string, io: Io): Promise<readonly string[]> {
  const { writeFile } = await import('node:fs/promises');
  const { makeFolder } = await import('../../folder.ts');
  const { basename, dirname, join } = await import('node:path');
  const { projectFiles } = await import('../init/template.ts');
  const { findInstallation, linkLock, linkPath } = await import('../init/installation.ts');
  const installation = await findInstallation();
  const name = packageName(basename(root));
  const project = { name, version: '0.1.0' };
  const path = linkPath(root, installation);
  const { isFromRegistry, manifest } = installation;
  const dependencies = { [manifest.name]: isFromRegistry ? manifest.version : `file:${path}` };
  const scripts = { materialize: 'pulse materialize', status: 'pulse status' };
  const files = new Map([
    [
      'package.json',
      `${JSON.stringify({ ...project, private: true, type: 'module', scripts, dependencies }, null, 2)}\n`,
    ],
    ...(isFromRegistry
      ? []
      : ([
          ['package-lock.json', linkLock(project, path, installation)],
          ['.npmrc', NPMRC],
        ] as const)),
    ...projectFiles(name),
  ]);
  try {
    for (const [file, text] of files) {
      await makeFolder(dirname(join(root, file)));
      await writeFile(join(root, file), text, { flag: 'wx' });
    }
  } catch (error) {
    throw new PulseError('USAGE', `${root} can't be written: ${(error as Error).message}`, {
      hint: 'Name a folder that may be written to.',
      cause: error,
    });
  }
  if (isFromRegistry) await npmLock(root, io);
  return [...files.keys(), ...(isFromRegistry ? ['package-lock.json'] : [])].sort();
}

const NPMRC = `# pulse is linked and built already: its own install script is not to run again from here.
ignore-scripts=true
`;

/** A folder's name as npm takes it for a package. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[-]+$/g, '');
  return name === '' || name === 'pulse' ? 'my-pulse' : name;
}

/** Lets npm write package-lock.json. @throws {PulseError} USAGE where it can't. */
async function npmLock(root: string, io: Io): Promise<void> {
  const { spawn } = await import('node:child_process');
  io.err.write('Asking npm for the versions that package-lock.json pins ...\n');
  const npm = spawn('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const outcome = await new Promise<string>(done => {
    npm.on('error', error => done(error.message));
    npm.on('exit', code => done(code === 0 ? 'done' : `exit ${code}`));
  });
  if (outcome === 'done') return;
  throw new PulseError('USAGE', `npm did not write package-lock.json (${outcome}).`, {
    hint: `Run \`npm install\` in ${root}; the rest is there.`,
  });
}
