// The files of a data directory (data contract, section 2): which they are, how each is to be read, their bytes and their hash.
// Reads no JSON: that is read-source.ts.

import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { createGunzip, type Gunzip } from 'node:zlib';
import { PulseError } from '../errors.ts';
import type { HistoricalType, Shape } from './event.ts';

const CHUNK_BYTES = 1 << 20;

/** A file of events or records, and how to read it. */
export interface SourceFile {
  readonly path: string;
  /** Its name in receipts and messages: relative to the project, with /. */
  readonly source: string;
  /** Null where its name does not say: then it is refused by whoever reads it. */
  readonly shape: Shape | null;
  readonly layout: 'lines' | 'array';
  readonly isGzip: boolean;
}

/** The words that say what a historical export holds, in the contract's order. */
const HISTORICAL: readonly (readonly [word: string, type: HistoricalType])[] = [
  ['order', 'historical_order'],
  ['payment', 'historical_payment'],
  ['refund', 'historical_refund'],
  ['shipment', 'historical_shipment'],
];

/**
 * Says how a file is to be read, by its name alone.
 *
 * @param root what `source` is relative to: the project.
 * @throws {PulseError} SOURCE_INVALID where the name says nothing.
 */
export function sourceFile(path: string, root: string): SourceFile {
  const file = fileAt(path, root);
  if (file.shape === null) throw nameless(file.source);
  return file;
}

/** The same for one of many: where the name says nothing its shape is null, and it fails by itself. */
export function fileAt(path: string, root: string): SourceFile {
  const name = basename(path).toLowerCase();
  const isGzip = name.endsWith('.gz');
  const plain = isGzip ? name.slice(0, -3) : name;
  const source = projectPath(path, root);
  if (/\.(jsonl|ndjson)$/.test(plain)) return { path, source, shape: 'live', layout: 'lines', isGzip };
  const historical = HISTORICAL.find(([word]) => plain.includes(word));
  const shape = plain.endsWith('.json') && historical !== undefined ? historical[1] : null;
  return { path, source, shape, layout: 'array', isGzip };
}

export function nameless(source: string): PulseError {
  return new PulseError('SOURCE_INVALID', `${source}: its name does not say what it holds.`, {
    hint: 'Name exports *.json with order, payment, refund or shipment in the name, and live events *.jsonl or *.jsonl.gz.',
    place: { file: source },
  });
}

/** A path relative to the project, with /; one outside of it stays absolute. */
function projectPath(path: string, root: string): string {
  const inside = relative(root, path);
  return (inside.startsWith('..') || inside === '' ? path : inside).split(sep).join('/');
}

/**
 * The files to ingest at a path, sorted by name: the file itself, or those of a folder. A folder with bootstrap/ or live_events/
 * in it is a data directory, where only these two count; in any other every *.json, *.jsonl and *.jsonl.gz does.
 * @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_INVALID
 */
export async function findFiles(path: string, root: string): Promise<readonly SourceFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(cause, projectPath(path, root));
  });
  if (!found.isDirectory() && !found.isFile()) throw noFile(projectPath(path, root));
  if (!found.isDirectory()) return [sourceFile(path, root)];
  const inside = await readdir(path, { withFileTypes: true });
  const folders = inside.filter(one => one.isDirectory() && (one.name === 'bootstrap' || one.name === 'live_events'));
  const roots = folders.length > 0 ? folders.map(one => join(path, one.name)) : [path];
  const files: string[] = [];
  for (const one of roots) {
    for (const entry of await readdir(one, { withFileTypes: true, recursive: true })) {
      const isData = /\.(json|jsonl|ndjson)(\.gz)?$/i.test(entry.name) && !entry.name.startsWith('.');
      if (isData && !entry.isDirectory()) files.push(join(entry.parentPath ?? entry.path, entry.name));
    }
  }
  return files.sort().map(file => fileAt(file, root));
}

/** A file's bytes, unpacked. A chunk is valid until the next one is asked for; `onChunk` sees each as it lies on disk. */
export async function* readBytes(
  file: Pick<SourceFile, 'path' | 'source' | 'isGzip'>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const found = await stat(file.path);
    // Opened, a pipe would wait for a writer for ever.
    if (!found.isFile() && !found.isDirectory()) throw noFile(file.source);
    if (file.isGzip) yield* unpacked(file.path, onChunk);
    else yield* plain(file.path, onChunk);
  } catch (cause) {
    if (isZlibError(cause) || cause instanceof PulseError) throw cause;
    throw unreadable(cause, file.source);
  }
}

/** Into one buffer for the whole file: a new one a chunk keeps the garbage collector busier than the reader. */
async function* plain(path: string, onChunk: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const handle = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      const chunk = buffer.subarray(0, bytesRead);
      onChunk(chunk);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

/**
 * What can be unpacked before the data breaks (or something else follows its end) comes all the same; then the break is thrown. zlib drops
 * what a piece gave before the place where it broke: so the file is unpacked again, in ever smaller pieces around that place.
 */
async function* unpacked(path: string, onChunk: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const done: Progress = { safe: 0, given: 0 };
  let broken: unknown;
  for (const pieceBytes of PIECES) {
    try {
      yield* unpackedFrom(path, done, { pieceBytes, onChunk: broken === undefined ? onChunk : () => undefined });
      return;
    } catch (error) {
      if (!isZlibError(error)) throw error;
      broken = error;
    }
  }
  throw broken;
}

/** Small enough that no piece unpacks to more than memory holds, whatever it is. */
const PIECES = [1 << 16, 1 << 10, 1 << 5, 1];

interface Progress {
  /** Bytes of the file that were unpacked without trouble. */
  safe: number;
  /** Bytes that came out and were handed on. */
  given: number;
}

async function* unpackedFrom(
  path: string,
  done: Progress,
  { pieceBytes, onChunk }: { readonly pieceBytes: number; readonly onChunk: (chunk: Uint8Array) => void },
): AsyncGenerator<Uint8Array> {
  const handle = await open(path);
  const unzip = createGunzip({ chunkSize: PIECES[0] as number });
  let out: Buffer[] = [];
  let skip = done.given;
  unzip.on('data', (chunk: Buffer) => out.push(chunk)).on('error', () => undefined);
  const buffer = Buffer.allocUnsafeSlow(PIECES[0] as number);
  try {
    for (let at = 0; ; ) {
      const want = at < done.safe ? Math.min(buffer.length, done.safe - at) : pieceBytes;
      const { bytesRead } = await handle.read(buffer, 0, want, at);
      const piece = buffer.subarray(0, bytesRead);
      if (bytesRead > 0) onChunk(piece);
      await fed(unzip, piece);
      for (const chunk of out.splice(0)) {
        const rest = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - rest.length;
        done.given += rest.length;
        if (rest.length > 0) yield rest;
      }
      if (bytesRead === 0) return;
      at += bytesRead;
      done.safe = Math.max(done.safe, at);
    }
  } finally {
    out = [];
    unzip.destroy();
    await handle.close();
  }
}

/** Gives the unzipper a piece, or (an empty one) the end. */
function fed(unzip: Gunzip, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    unzip.once('error', reject);
    const next = (): void => {
      unzip.off('error', reject);
      resolve();
    };
    if (piece.length > 0) unzip.write(piece, error => (error ? reject(error) : next()));
    // Padding behind the data has ended it already.
    else if (unzip.readableEnded) next();
    else unzip.once('end', next).end();
  });
}

export function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

/** SHA-256 of a file's content, hex. @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE */
export async function hashFile(path: string, source: string = path): Promise<string> {
  const hash = createHash('sha256');
  for await (const _ of readBytes({ path, source, isGzip: false }, chunk => hash.update(chunk)));
  return hash.digest('hex');
}

function noFile(source: string): PulseError {
  return new PulseError('SOURCE_INVALID', `${source} is a pipe or a device, not a file.`, {
    hint: 'Write what comes out of it to a file named *.jsonl, and ingest that.',
    place: { file: source },
  });
}

function unreadable(cause: unknown, source: string): PulseError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const place = { file: source };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new PulseError('SOURCE_NOT_FOUND', `${source} is not there.`, {
      hint: 'Check the path; `pulse generate` writes sample data into data/.',
      place,
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PulseError('SOURCE_UNREADABLE', `${source} cannot be read: ${reason}`, {
    hint: 'Check that it is a file and that you may read it.',
    place,
    cause,
  });
}
