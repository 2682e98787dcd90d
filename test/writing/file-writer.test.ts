// Many small files, written inline and by the thread of the built program: the same files, the same troubles. Builds the room into a
// folder of its own.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as inline from '../../src/writing/file-writer.ts';
import { type BuiltRoom, buildRoom } from '../built-room.ts';

type Room = typeof inline;

let built: BuiltRoom;
const rooms: Record<string, Room> = { inline };
let root: string;

beforeAll(async () => {
  built = await buildRoom({
    'file-writer': 'src/writing/file-writer.ts',
    'file-worker': 'src/writing/worker-entry.ts',
  });
  rooms['by a thread'] = await built.load<Room>('file-writer');
});
afterAll(() => built.remove());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pulse-writing-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe.each(['inline', 'by a thread'])('%s', name => {
  const writing = async (work: (writer: inline.FileWriter) => Promise<void>): Promise<void> => {
    const writer = (rooms[name] as Room).openFileWriter({ aloneMax: 0 });
    try {
      await work(writer);
    } finally {
      await writer.end();
    }
  };

  test('what is waited for is there, whole, in folders that were not, and nothing is left beside it', async () => {
    const files = Array.from({ length: 100 }, (_, at) => [join(root, `a/${at % 7}/${at}.txt`), `é ${at}\n`] as const);
    await writing(async writer => void (await Promise.all(files.map(([path, text]) => writer.write(path, text)))));
    expect(files.map(([path]) => readFileSync(path, 'utf8'))).toEqual(files.map(([, text]) => text));
    const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter(one => one.isFile());
    expect(all).toHaveLength(100);
  });

  test('a file that holds the text already is left alone, another is replaced', async () => {
    const [same, other] = [join(root, 'same'), join(root, 'other')];
    for (const path of [same, other]) writeFileSync(path, 'old');
    const before = statSync(same);
    await writing(async writer => void (await Promise.all([writer.write(same, 'old'), writer.write(other, 'new')])));
    expect(statSync(same)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(readFileSync(other, 'utf8')).toBe('new');
  });

  test('what cannot be written says why, and the others are written', async () => {
    writeFileSync(join(root, 'file'), '');
    await writing(async writer => {
      const [bad, good] = [writer.write(join(root, 'file/x'), '1'), writer.write(join(root, 'y'), '2')];
      await expect(bad).rejects.toMatchObject({ code: 'ENOTDIR' });
      await good;
    });
    expect(readFileSync(join(root, 'y'), 'utf8')).toBe('2');
  });
});

test('a thread that has ended says so of what it did not write', async () => {
  const writer = (rooms['by a thread'] as Room).openFileWriter({ aloneMax: 0 });
  const write = writer.write(join(root, 'x'), '1');
  const said = expect(write).rejects.toThrow('ended before its files were written');
  await writer.end();
  await said;
});

test('after a thread that has ended another one writes', async () => {
  const writer = (rooms['by a thread'] as Room).openFileWriter({ aloneMax: 0 });
  await writer.write(join(root, 'x'), '1');
  await writer.end();
  await writer.write(join(root, 'y'), '2');
  await writer.end();
  expect(readFileSync(join(root, 'y'), 'utf8')).toBe('2');
});

test('a file that somebody else puts into the folder meanwhile is replaced', async () => {
  const writer = inline.openFileWriter();
  await writer.write(join(root, 'x'), '1');
  writeFileSync(join(root, 'y'), 'theirs');
  await writer.write(join(root, 'y'), 'ours');
  await writer.write(join(root, 'y'), 'ours');
  expect(readdirSync(root).sort()).toEqual(['x', 'y']);
  expect(readFileSync(join(root, 'y'), 'utf8')).toBe('ours');
});
