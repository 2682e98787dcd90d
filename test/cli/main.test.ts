// The built program as a process of its own: how fast it starts, broken pipes, Ctrl-C.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeShop, type Shop } from './shop.ts';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
let dist: string;
let cli: string;
let shop: Shop;

beforeAll(async () => {
  // Below node_modules, so that the program finds its libraries; not dist/, which belongs to who runs it.
  dist = await mkdtemp(join(root, 'node_modules', '.pulse-test-'));
  cli = join(dist, 'cli.js');
  const [made] = await Promise.all([makeShop(), execute('npx', ['tsdown', '--out-dir', dist], { cwd: root })]);
  shop = made;
});
afterAll(() => Promise.all([shop.remove(), rm(dist, { recursive: true, force: true })]));

/** The files that a command line loads, of the program and its libraries; what node itself loads is left out. */
async function loaded(args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pulse-loaded-'));
  try {
    await execute(process.execPath, args, { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    const reports = await Promise.all((await readdir(folder)).map(name => readFile(join(folder, name), 'utf8')));
    const scripts = reports.flatMap(report => (JSON.parse(report) as { result: { url: string }[] }).result);
    return scripts.map(({ url }) => url).filter(url => url.startsWith('file:'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('--version loads three files: it takes little longer than node itself', async () => {
  expect(await loaded([cli, '--version'])).toEqual([
    expect.stringMatching(/\/cli\.js$/),
    expect.stringMatching(/\/chunk-[^/]+\.js$/),
    expect.stringMatching(/\/code-cache-[^/]+\.js$/),
  ]);
});

test('what others import of the build runs no command line', async () => {
  const loading = "for (const name of ['index', 'raw']) await import(process.argv[1] + '/' + name + '.js')";
  const args = ['--input-type=module', '--eval', loading, dist];
  expect(await execute(process.execPath, args)).toEqual({ stdout: '', stderr: '' });
});

describe('compiled code that is kept beside the program', () => {
  const PRELOADED = `const { Script } = require('node:vm');
    require('node:vm').Script = class extends Script {
      constructor(text, options) {
        super(text, options);
        process.stderr.write(options.filename.split('/').at(-1).replace(/-.*/, '') + ' ' + this.cachedDataRejected + '\\n');
      }
    };`;

  test('is taken by V8, for what every command loads, and never refused', async () => {
    const spy = join(dist, 'spy.cjs');
    await writeFile(spy, PRELOADED);
    const { stderr } = await execute(process.execPath, ['--require', spy, cli, 'status'], { cwd: shop.root });
    const files = stderr.trimEnd().split('\n');
    expect(files).toContain('program false');
    expect(files).toContain('project false');
    expect(files.filter(line => line.endsWith(' true'))).toEqual([]);
  });

  test('may be missing, cut off or of another Node: the program does the same', async () => {
    const kept = join(dist, 'code-cache.bin');
    const list = async () => (await execute(process.execPath, [cli, 'list'], { cwd: shop.root })).stdout;
    const [bytes, said] = [await readFile(kept), await list()];
    const other = Buffer.from(
      bytes.toString('latin1').replace(process.version, 'v1.2.3'.padEnd(process.version.length)),
      'latin1',
    );
    try {
      for (const wrong of [other, bytes.subarray(0, -1), bytes.subarray(0, 2000), Buffer.alloc(0)]) {
        await writeFile(kept, wrong);
        expect(await list()).toBe(said);
      }
      await rm(kept);
      expect(await list()).toBe(said);
    } finally {
      await writeFile(kept, bytes);
    }
  });

  test('leaves lines and columns of a stack as they are in the file', async () => {
    const failed = await execute(process.execPath, [cli, 'lisst', '--debug'], { cwd: shop.root }).catch(error => error);
    const [, file = '', line = '', column = ''] = /at usageError \((.+):(\d+):(\d+)\)/.exec(failed.stderr) ?? [];
    const text = (await readFile(file, 'utf8')).split('\n')[Number(line) - 1] ?? '';
    expect(text.slice(Number(column) - 1)).toMatch(/^new UsageError\(/);
  });
});

test('a reader that goes away is no trouble', async () => {
  const { stdout, stderr } = await execute('sh', ['-c', `node ${cli} list --output json | head -n 1`], {
    cwd: shop.root,
  });
  expect({ lines: stdout.trimEnd().split('\n').length, stderr }).toEqual({ lines: 1, stderr: '' });
});

test.skipIf(!existsSync('/dev/full'))('output that cannot be written is said in a line, and is no bug', async () => {
  const failed = await execute('sh', ['-c', `node ${cli} list > /dev/full`], { cwd: shop.root }).catch(error => error);
  expect(failed).toMatchObject({ code: 1, stderr: 'error: What this prints cannot be written (ENOSPC).\n' });
});

test('an error goes to standard error, and its code to the shell', async () => {
  const failed = await execute(process.execPath, [cli, 'lisst'], { cwd: shop.root }).catch(error => error);
  expect(failed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean "list"?') });
});

describe("a project's own files", () => {
  /** What `argv` does with a line above what a file exports. */
  async function ranWith(line: string, argv: readonly string[], file = 'assets/added.ts') {
    const path = join(shop.root, file);
    const before = existsSync(path) ? await readFile(path, 'utf8') : undefined;
    const added = "import { model } from 'pulse';\nexport default model({ name: 'added' });\n";
    await writeFile(path, (before ?? added).replace('export default', `${line}\nexport default`));
    try {
      const ran = await execute(process.execPath, [cli, ...argv], { cwd: shop.root }).catch(error => error);
      return { code: ran.code ?? 0, stdout: ran.stdout as string, stderr: ran.stderr as string };
    } finally {
      if (before === undefined) await rm(path);
      else await writeFile(path, before);
    }
  }
  const CONFIG = 'pulse.config.ts';
  const NEVER = 'await new Promise(() => {});';

  test.each([
    [NEVER, 'what it awaits never comes.'],
    ['process.exit(0);', 'it calls process.exit(), which would end the command too.'],
  ])('that would end the command in silence are an error with its place: %s', async (line, said) => {
    const asset = await ranWith(line, ['list']);
    expect(asset).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
    expect(asset.stderr).toContain('at assets/added.ts:2:1');
    const config = await ranWith(line, ['list', '--json'], CONFIG);
    expect(config).toMatchObject({ code: 2, stderr: expect.stringContaining(`at ${CONFIG}:`) });
    expect(JSON.parse(config.stdout)).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining(said), place: { file: CONFIG } },
    });
  });

  test('of which two never load are two errors', async () => {
    const path = join(shop.root, 'assets/another.ts');
    await writeFile(path, `${NEVER}\nexport default {};\n`);
    try {
      const { code, stderr } = await ranWith(NEVER, ['list']);
      expect({ code, files: stderr.match(/assets\/\w+\.ts does not load/g) }).toEqual({
        code: 2,
        files: ['assets/added.ts does not load', 'assets/another.ts does not load'],
      });
    } finally {
      await rm(path);
    }
  });

  test('that end the process later leave it red, with a word on standard error', async () => {
    // Before the first folder of assets is read: no file is being loaded then.
    const ran = await ranWith('setImmediate(() => process.exit(0));', ['list'], CONFIG);
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: The command ended before/),
    });
  });

  test('print on standard error, never into what the command prints', async () => {
    const { code, stdout, stderr } = await ranWith(
      "console.log('hi'); process.stdout.write('ho\\n');",
      ['list', '--json'],
      CONFIG,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'hi\nho\n' });
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });

  test('that fail after they have been loaded are named, with the line', async () => {
    const ran = await ranWith("Promise.reject(new Error('late'));", ['list', '--json'], CONFIG);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('fails after it has been loaded: late') });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code: 'CONFIG_INVALID', place: { file: CONFIG, line: expect.any(Number) } },
    });
  });
});

describe('Ctrl-C', () => {
  let data: string;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'pulse-data-'));
    await execute(process.execPath, [cli, 'generate', '--events', '60000', '--out', data, '--overwrite']);
  });
  afterAll(() => rm(data, { recursive: true, force: true }));

  /** Interrupts a run when its first step starts, `times` times; gives its exit code and last event. */
  async function interrupted(times: number): Promise<{ code: number | null; last: string }> {
    const child = spawn(process.execPath, [cli, 'materialize', 'raw_events', '--json', '--data-dir', data], {
      cwd: shop.root,
    });
    let last = '';
    for await (const line of createInterface({ input: child.stdout })) {
      last = (JSON.parse(line) as { kind: string }).kind;
      if (last === 'step-started') for (let n = 0; n < times; n++) child.kill('SIGINT');
      if (last === 'notice' && times > 1) child.kill('SIGINT');
    }
    const code = child.exitCode ?? (await new Promise<number | null>(done => child.on('exit', done)));
    return { code, last };
  }

  test('once: stops safely, says so, exits 130; the next run goes on from there', async () => {
    expect(await interrupted(1)).toEqual({ code: 130, last: 'run-finished' });
    const { stdout } = await execute(process.execPath, [cli, 'materialize', 'raw_events', '--data-dir', data], {
      cwd: shop.root,
    });
    expect(stdout).toMatch(/^raw_events +made /m);
  });

  test('twice: stops at once, exits 130', async () => {
    await shop.pulse(['clean', '--yes']);
    const { code, last } = await interrupted(2);
    expect({ code, last }).toEqual({ code: 130, last: expect.not.stringMatching('run-finished') });
  });
});
