// A folder and those above it are made, or it is said why not.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../src/folder.ts';
import { run } from './cli/fake-io.ts';

const root = await mkdtemp(join(tmpdir(), 'pulse-folder-'));
afterAll(() => rm(root, { recursive: true }));

test('what is missing above is made too, and the first of it is told; what is there is left', async () => {
  expect(await makeFolder(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
  expect(await makeFolder(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
  expect(await makeFolder(join(root, 'a', 'b', 'd'))).toBeUndefined();
  expect(existsSync(join(root, 'a', 'b', 'c'))).toBe(true);
});

test('several at once make it together', async () => {
  const path = join(root, 'x', 'y', 'z');
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
  expect(existsSync(path)).toBe(true);
});

test('a file in the way is said', async () => {
  await writeFile(join(root, 'file'), '');
  await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  // Which of the two depends on the Node.
  const code = expect.stringMatching(/^(?:ENOTDIR|EEXIST)$/);
  await expect(makeFolder(join(root, 'file', 'below'))).rejects.toMatchObject({ code });
});

// Node's own recursive mkdir goes round for ever there.
test.runIf(existsSync('/proc/self'))('a parent that takes no folder and says ENOENT ends it', async () => {
  await expect(makeFolder('/proc/pulse/b')).rejects.toMatchObject({ code: 'ENOENT' });
});

test.runIf(existsSync('/proc/self'))('pulse generate and pulse init say which folder cannot be made', async () => {
  for (const argv of [
    ['generate', '--events', '10', '--out', '/proc/pulse'],
    ['init', '/proc/pulse'],
  ]) {
    const { code, err } = await run(argv, { cwd: root });
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^error: \/proc\/pulse can.?not be written|^error: \/proc\/pulse can't be written/),
    });
    expect(err).toContain('hint: ');
  }
});
