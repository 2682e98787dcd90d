#!/usr/bin/env node
// Servers for the tests, on loopback only: MongoDB's protocol (FerretDB), Postgres, BigQuery's (local-bigquery).
//   node test/services/services.mjs start [mongo] [postgres] [bigquery]   installs what is missing, starts, waits, prints addresses
//   node test/services/services.mjs env                                    the addresses as lines for a shell: eval "$(… env)"
//   node test/services/services.mjs wait | stop [NAME…]
// What it builds and installs is kept in PULSE_SERVICES_DIR (default: ~/.cache/pulse-services); data go with `stop`.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIR = process.env.PULSE_SERVICES_DIR ?? join(homedir(), '.cache', 'pulse-services');
const IS_ROOT = process.getuid?.() === 0;
const READY_MS = 120_000;
/** More than all tests write. */
const ROOM_BYTES = 4 * 2 ** 30;

/** Versions of all Python packages, DuckDB's extensions among them. */
const PACKAGES = join(HERE, 'local-bigquery.txt');

// DuckDB's own host of extensions may be out of reach: the copies that pip brought are installed.
const EXTENSIONS = `
import duckdb, glob, site
c = duckdb.connect()
for folder in site.getsitepackages():
    for path in glob.glob(f"{folder}/duckdb_extension_*/extensions/v{duckdb.__version__}/*.duckdb_extension"):
        c.execute(f"INSTALL '{path}'")
        c.execute("LOAD " + path.split('/')[-1].split('.')[0])
`;

const SERVICES = {
  mongo: { variable: 'PULSE_TEST_MONGO_URI', install: buildFerret, start: startFerret, isReady: answersTcp },
  postgres: {
    variable: 'PULSE_TEST_POSTGRES_URL',
    install: findPostgres,
    start: startPostgres,
    isReady: answersPostgres,
  },
  bigquery: {
    variable: 'PULSE_TEST_BIGQUERY_ENDPOINT',
    install: installBigQuery,
    start: startBigQuery,
    isReady: answersBigQuery,
  },
};

const [command = 'help', ...names] = process.argv.slice(2);
const unknown = names.filter(name => !Object.hasOwn(SERVICES, name));
if (unknown.length > 0)
  fail(`There is no service ${unknown.join(', ')}. Services: ${Object.keys(SERVICES).join(', ')}.`);
const chosen = names.length > 0 ? names : Object.keys(SERVICES);

switch (command) {
  case 'start':
    for (const name of chosen) await start(name);
    printAddresses();
    break;
  case 'wait':
    for (const name of chosen) await wait(name);
    break;
  case 'env':
    printAddresses();
    break;
  case 'stop':
    for (const name of chosen) stop(name);
    break;
  default:
    fail('Usage: services.mjs start | wait | env | stop [mongo] [postgres] [bigquery]');
}

function fail(text) {
  console.error(text);
  process.exit(2);
}

function recordOf(name) {
  const path = join(DIR, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function isAlive({ pid }) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function start(name) {
  const known = recordOf(name);
  if (known !== undefined && isAlive(known)) return wait(name);
  mkdirSync(DIR, { recursive: true });
  const service = SERVICES[name];
  const installed = service.install();
  // Not below the home directory: root's is closed to the user that Postgres runs as.
  const data = mkdtempSync(join(folderOfData(), `pulse-${name}-`));
  const record = { data, ...(await service.start({ installed, data, log: join(DIR, `${name}.log`) })) };
  writeFileSync(join(DIR, `${name}.json`), JSON.stringify(record));
  await wait(name);
}

/** In memory, where the system has a folder of that kind with room in it: nothing of a test's server is kept. */
function folderOfData() {
  const inMemory = '/dev/shm';
  if (!existsSync(inMemory)) return tmpdir();
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize >= ROOM_BYTES ? inMemory : tmpdir();
}

async function wait(name) {
  const record = recordOf(name);
  if (record === undefined) fail(`${name} has not been started.`);
  for (const until = Date.now() + READY_MS; ; ) {
    if (await SERVICES[name].isReady(record)) return;
    if (!isAlive(record) || Date.now() > until) {
      console.error(readFileSync(join(DIR, `${name}.log`), 'utf8').slice(-3000));
      fail(`${name} does not answer at ${record.address}.`);
    }
    await setTimeout(100);
  }
}

function stop(name) {
  const record = recordOf(name);
  if (record === undefined) return;
  if (isAlive(record)) process.kill(record.pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
  rmSync(record.data, { recursive: true, force: true });
  rmSync(join(DIR, `${name}.json`));
}

function printAddresses() {
  for (const [name, { variable }] of Object.entries(SERVICES)) {
    const record = recordOf(name);
    if (record !== undefined && isAlive(record)) console.log(`export ${variable}='${record.address}'`);
  }
}

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Runs to its end; prints what it said where it fails. */
function run(file, args, options = {}) {
  const done = spawnSync(file, args, { encoding: 'utf8', ...options });
  if (done.status === 0) return done.stdout;
  console.error(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}`);
  return fail(`${[file, ...args].join(' ')} failed.`);
}

/** Starts a server that outlives this program. */
function launch(file, args, { log, ...options }) {
  const out = openSync(log, 'w');
  const child = spawn(file, args, { detached: true, stdio: ['ignore', out, out], ...options });
  child.unref();
  return child.pid;
}

// --- MongoDB's protocol: FerretDB with SQLite behind it, built once from test/services/ferretdb.

function buildFerret() {
  const source = join(HERE, 'ferretdb');
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(source, file)));
  const binary = join(DIR, `ferretdb-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(binary)) {
    console.error('Building FerretDB (once; about two minutes)…');
    const env = { ...process.env, CGO_ENABLED: '0' };
    run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', binary, '.'], { cwd: source, env });
  }
  return binary;
}

async function startFerret({ installed, data, log }) {
  const port = await freePort();
  const pid = launch(installed, [`127.0.0.1:${port}`, data], { log });
  return { pid, port, address: `mongodb://127.0.0.1:${port}/` };
}

function answersTcp({ port }) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

// --- Postgres from the system's packages. Root may not run it: then the user postgres does.

function findPostgres() {
  const root = '/usr/lib/postgresql';
  const versions = () =>
    existsSync(root) ? readdirSync(root).filter(one => existsSync(join(root, one, 'bin', 'initdb'))) : [];
  if (versions().length === 0 && IS_ROOT) {
    console.error('Installing Postgres…');
    run('apt-get', ['install', '-y', '-q', 'postgresql']);
  }
  const newest = versions().sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined
    ? fail('There is no Postgres here: install the package postgresql.')
    : join(root, newest, 'bin');
}

async function startPostgres({ installed, data, log }) {
  const options = { encoding: 'utf8' };
  if (IS_ROOT) {
    const uid = Number(run('id', ['-u', 'postgres']));
    const gid = Number(run('id', ['-g', 'postgres']));
    chownSync(data, uid, gid);
    Object.assign(options, { uid, gid, cwd: data });
  }
  run(join(installed, 'initdb'), ['-D', data, '-U', 'pulse', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${data}`,
    'fsync=off',
    'max_connections=200',
  ];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])];
  const pid = launch(join(installed, 'postgres'), args, { log, ...options });
  return { pid, port, installed, address: `postgres://pulse@127.0.0.1:${port}/postgres` };
}

function answersPostgres({ port, installed }) {
  return spawnSync(join(installed, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0;
}

// --- BigQuery's REST protocol: local-bigquery in a Python environment of its own.

function installBigQuery() {
  const venv = join(
    DIR,
    `local-bigquery-${createHash('sha256').update(readFileSync(PACKAGES)).digest('hex').slice(0, 12)}`,
  );
  const home = join(venv, 'home');
  const marker = join(venv, 'installed');
  if (!existsSync(marker)) {
    console.error('Installing local-bigquery (once; about 600 MB)…');
    rmSync(venv, { recursive: true, force: true });
    run(findPython(), ['-m', 'venv', venv]);
    run(join(venv, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', '-r', PACKAGES]);
    mkdirSync(home);
    run(join(venv, 'bin', 'python'), ['-c', EXTENSIONS], { env: { ...process.env, HOME: home } });
    writeFileSync(marker, '');
  }
  return venv;
}

function findPython() {
  // pyenv's commands on the PATH start the version that somebody chose, not the one they are named by.
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(pyenv) ? readdirSync(pyenv).filter(one => /^3\.13\./.test(one)) : [];
  const candidates = [...installed.map(one => join(pyenv, one, 'bin', 'python')), 'python3.13', 'python3'];
  const hasVersion = file =>
    spawnSync(file, ['-c', 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))']).status === 0;
  const found = candidates.find(hasVersion);
  if (found !== undefined) return found;
  if (!IS_ROOT) return fail('local-bigquery needs Python 3.13, with venv.');
  console.error('Installing Python 3.13…');
  run('apt-get', ['install', '-y', '-q', 'python3.13-venv']);
  return 'python3.13';
}

async function startBigQuery({ installed, data, log }) {
  const port = await freePort();
  const args = [
    join(HERE, 'local-bigquery.py'),
    '--host',
    '127.0.0.1',
    '--port',
    port,
    '--grpc-port',
    await freePort(),
    '--data-dir',
    data,
    '--project',
    'pulse',
  ];
  const env = { ...process.env, HOME: join(installed, 'home') };
  const pid = launch(join(installed, 'bin', 'python'), args.map(String), { log, env });
  return { pid, port, address: `http://127.0.0.1:${port}` };
}

async function answersBigQuery({ address }) {
  try {
    return (await fetch(`${address}/bigquery/v2/projects/pulse/datasets`)).status === 200;
  } catch {
    return false;
  }
}
