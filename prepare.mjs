// `npm ci` ends here: builds dist/. With --omit=optional npm leaves out every platform's binaries (it counts them as optional),
// not only the SQL analyzer: those of this machine are brought back first, at the versions of the lock file.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const ANALYZER = 'node_modules/@fivetrandevelopers/';

const isFor = (wanted, actual) => wanted === undefined || wanted.includes(actual);
const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;

/** The platform packages of the lock file that this machine needs and does not have. */
function missingBinaries() {
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) return [];
  return Object.entries(JSON.parse(readFileSync(lock, 'utf8')).packages)
    .filter(([path, held]) => held.optional === true && held.os !== undefined && !path.startsWith(ANALYZER))
    .filter(
      ([, { os, cpu, libc }]) =>
        isFor(os, process.platform) && isFor(cpu, process.arch) && isFor(libc, isMusl ? 'musl' : 'glibc'),
    )
    .filter(([path]) => path.lastIndexOf('node_modules/') === 0 && !existsSync(join(root, path)))
    .map(([path, { version }]) => `${path.slice('node_modules/'.length)}@${version}`);
}

const run = (command, args) =>
  execFileSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });

const missing = missingBinaries();
if (missing.length > 0) {
  run('npm', ['install', '--no-save', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', ...missing]);
}
run(process.execPath, [join(root, 'node_modules/tsdown/dist/run.mjs')]);
