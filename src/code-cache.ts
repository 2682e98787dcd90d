// What V8 made of the program's files when it was built (code-cache.bin beside them), so that a command need not have them parsed
// again: a third of what a short one takes. Where there is none, or one of another Node, files are compiled as ever.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** What Node calls for each file of CommonJS: not in its types, and what every tool that compiles files by itself stands in for. */
interface Compiling {
  _compile(this: Pick<NodeModule, 'exports' | 'require'>, text: string, path: string, ...more: unknown[]): unknown;
}

/** Before the file's data: JSON of this, and its length in four bytes. */
interface Head {
  /** V8 takes code of its own version only, and so do we, before looking further. */
  readonly madeBy: string;
  readonly entries: readonly (readonly [name: string, from: number, to: number])[];
}

const FILE = 'code-cache.bin';
const MADE_BY = `${process.version} ${process.arch} ${process.platform}`;

/** From here on files beside `self` are compiled by what is kept of them. Files of libraries are left to Node. */
export function useCodeCache(self: string): void {
  const kept = read(join(dirname(self), FILE));
  if (kept.size > 0) compileBy(dirname(self), kept, () => undefined);
}

/** The same, and once the process ends keeps what V8 has made by then of files that are not kept yet, of functions that ran too. For the build. */
export function makeCodeCache(self: string): void {
  const path = join(dirname(self), FILE);
  const kept = read(path);
  const scripts = new Map<string, Script>();
  compileBy(dirname(self), kept, (name, script) => scripts.set(name, script));
  process.on('exit', () => {
    const more = [...scripts].filter(([name]) => !kept.has(name));
    write(path, new Map([...kept, ...more.map(([name, script]) => [name, script.createCachedData()] as const)]));
  });
}

/** Columns that what Node puts before a file's text takes of its first line. */
const BEFORE = Module.wrap('\n').indexOf('\n');

function compileBy(
  folder: string,
  kept: ReadonlyMap<string, Buffer>,
  onScript: (name: string, script: Script) => void,
): void {
  const prototype = Module.prototype as unknown as Compiling;
  const byNode = prototype._compile;
  prototype._compile = function (text, path, ...more) {
    if (dirname(path) !== folder) return byNode.call(this, text, path, ...more);
    const name = basename(path);
    // To the left, so that a stack names the file's own columns.
    const script = new Script(Module.wrap(text), {
      filename: path,
      columnOffset: -BEFORE,
      cachedData: kept.get(name),
    });
    onScript(name, script);
    // Without what else hangs on Node's own `require`: a bundle asks for files only.
    const require = (id: string): unknown => this.require(id);
    return script.runInThisContext().call(this.exports, this.exports, require, this, path, folder);
  };
}

function read(path: string): Map<string, Buffer> {
  try {
    const bytes = readFileSync(path);
    const from = 4 + bytes.readUInt32LE(0);
    const { madeBy, entries }: Head = JSON.parse(bytes.toString('latin1', 4, from));
    if (madeBy !== MADE_BY || from + (entries.at(-1)?.[2] ?? 0) !== bytes.length) return new Map();
    return new Map(entries.map(([name, start, end]) => [name, bytes.subarray(from + start, from + end)]));
  } catch {
    // None was made, it may not be read, or is cut off: then files are compiled.
    return new Map();
  }
}

function write(path: string, kept: ReadonlyMap<string, Buffer>): void {
  let end = 0;
  const entries = [...kept].map(([name, data]) => {
    end += data.length;
    return [name, end - data.length, end] as const;
  });
  const head = Buffer.from(JSON.stringify({ madeBy: MADE_BY, entries } satisfies Head), 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  // Whole or not at all, after a power cut too: V8 believes what it reads.
  writeFileSync(`${path}.new`, Buffer.concat([length, head, ...kept.values()]), { flush: true });
  renameSync(`${path}.new`, path);
}
