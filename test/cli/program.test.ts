// The command line itself: help, versions, wrong words, how trouble is told, and what it exits with.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-list.ts';
import { run } from './fake-io.ts';

let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'pulse-cli-'));
});
afterAll(() => rm(empty, { recursive: true, force: true }));

describe('help', () => {
  test('without words: the commands, exit 0', async () => {
    const { code, out } = await run([]);
    expect(code).toBe(0);
    for (const { usage } of COMMANDS) expect(out).toContain(`pulse ${usage}`);
    expect(out).toContain('Exit codes: 0 done, 1 a step or check failed, 2 cannot start, 130 interrupted.');
  });

  test.each(COMMANDS.map(({ usage }) => usage.split(' ')[0] ?? ''))(
    'pulse %s --help: options, examples, exit 0',
    async name => {
      const { code, out, err } = await run([name, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`pulse ${name}`);
      expect(out).toContain('Examples:');
      expect(out).toContain('--project-dir');
    },
  );

  test('--version is the package version', async () => {
    const { default: pkg } = await import('../../package.json', { with: { type: 'json' } });
    expect((await run(['--version'])).out).toBe(`${pkg.version}\n`);
  });
});

describe('wrong words exit 2, with the nearest right one and where more is said', () => {
  test('a command nobody has', async () => {
    const { code, err } = await run(['materialise']);
    expect(code).toBe(2);
    expect(err).toBe(
      'error: "materialise" is not a command of pulse.\nhint: Did you mean "materialize"?\npulse --help says more.\n',
    );
  });

  test('an option nobody has', async () => {
    const { code, err } = await run(['materialize', '--full-refesh']);
    expect(code).toBe(2);
    expect(err).toBe(
      'error: There is no option --full-refesh.\nhint: Did you mean --full-refresh?\npulse materialize --help says more.\n',
    );
  });

  test.each([
    [['show'], 'pulse show wants <asset>.\nhint: It is written: pulse show <asset>'],
    [['state', 'export'], 'pulse state wants <action> and <file>.'],
    [
      ['materialize', 'a', '--partitions', '2023-01', '--partitions', '2023-02'],
      '--partitions is given more than once',
    ],
    [['backfill', 'a', '--chunk', '1d', '--chunk', '2d'], '--chunk is given more than once'],
    [['diff', 'a', '--against', 'x', '--against', 'y'], '--against is given more than once'],
    [['graph', '--format', 'pdf'], '--format "pdf" is none of text, json, mermaid, dot, svg, html.'],
    [['query', 'x', '--format', 'tabel'], 'hint: Did you mean "table"?'],
    [['materialize', '--concurrency', '0'], '--concurrency takes a whole number from 1 on'],
    [['materialize', '--concurrency', 'many'], '--concurrency takes a whole number from 1 on'],
    [['list', '--target', 'a', '--target', 'b'], '--target is given more than once'],
    [['list', '--target'], 'Not enough arguments following: target'],
    [['foo'], '"foo" is not a command of pulse.\npulse --help says more.'],
    [['list', '--only', 'x', 'y'], 'There is no option --only.'],
    [['graph', '--json', '--format', 'dot'], '--json and --format dot ask for two formats: leave one of them out.'],
    [['query', 'SELECT 1', '--json', '--format', 'csv'], '--json and --format csv ask for two formats'],
    [['list', '--json', '--output', 'path'], '--json and --output path ask for two formats'],
    [['generate'], 'How many events is not said.'],
  ])('%j', async (argv, said) => {
    const { code, err } = await run(argv);
    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(err.split('\n').length).toBeLessThanOrEqual(4);
  });
});

test.each([
  [['materialize', 'a', 'b', '--exclude', 'c', '--exclude', 'd']],
  [['status', 'a', 'b']],
  [['redact', '--event-id', 'a', '--event-id', 'b']],
  [['ingest', 'a', 'b']],
  [['list', '--plan', '--plan']],
])('%j may say more than one', async argv => {
  expect((await run(argv)).err).not.toContain('more than once');
});

describe('trouble', () => {
  test('outside a project: what, and what to do', async () => {
    const { code, out, err } = await run(['list'], { cwd: empty });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(
      `error: There is no pulse.config.ts in ${empty} or above it.\nhint: Change into a project, name it with --project-dir, or make one with \`pulse init DIR\`.\n`,
    );
  });

  test('with --json also as an object on standard output', async () => {
    const { code, out } = await run(['list', '--json'], { cwd: empty });
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: 'PROJECT_NOT_FOUND', place: null });
  });

  test('no colours where the output is no terminal', async () => {
    const { err } = await run(['list'], { cwd: empty });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the very thing looked for
    expect(err).not.toMatch(/\u001b/);
  });

  test('--color colours a pipe too, whatever the environment says; --no-color never', async () => {
    const red = '\u001b[31m';
    expect((await run(['list', '--color'], { cwd: empty, env: { NO_COLOR: '1' } })).err).toContain(red);
    expect((await run(['lisst', '--color'], { cwd: empty })).err).toContain(red);
    expect((await run(['list', '--no-color'], { cwd: empty, env: { FORCE_COLOR: '1' } })).err).not.toContain(red);
  });

  test('a configuration that does not load is told with its file', async () => {
    await writeFile(join(empty, 'pulse.config.ts'), 'export default {');
    const { code, err } = await run(['list'], { cwd: empty });
    await rm(join(empty, 'pulse.config.ts'));
    expect(code).toBe(2);
    expect(err).toContain('at pulse.config.ts');
    expect(err).not.toContain('Internal error');
  });
});
