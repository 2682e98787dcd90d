// One file being written, in chunks of bounded size; .gz where the name says so.
// Gzip members hold stored (uncompressed) blocks: what deflate makes differs between builds of zlib and between processors,
// and the generator promises the same bytes everywhere.

import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { PulseError } from '../errors.ts';
import { makeFolder } from '../folder.ts';

const CHUNK_BYTES = 512 * 1024;
/** Longest text that may be added at once, in UTF-16 units, each of which takes 3 bytes at most in UTF-8. */
const MAX_TEXT_UNITS = 32_768;
const FULL_BYTES = CHUNK_BYTES - 3 * MAX_TEXT_UNITS;
const STORED_BLOCK_BYTES = 65_535;

export class Sink {
  bytes = 0;
  private readonly file: FileHandle;
  private readonly isGzip: boolean;
  private readonly chunks: [Buffer, Buffer] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  private used = 0;
  private writing: Promise<unknown> = Promise.resolve();
  private crc = 0;
  private plainBytes = 0;

  private constructor(file: FileHandle, isGzip: boolean) {
    this.file = file;
    this.isGzip = isGzip;
  }

  /** @throws {PulseError} USAGE where the place cannot be written. */
  static async create(path: string): Promise<Sink> {
    const file = await makeFolder(dirname(path))
      .then(() => open(path, 'w'))
      .catch((cause: unknown) => {
        throw writeError(path, cause);
      });
    const sink = new Sink(file, path.endsWith('.gz'));
    if (sink.isGzip) sink.write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]));
    return sink;
  }

  /** Adds `text`; true when a chunk is full and must be flushed before the next one. A text has 32,768 units at most. */
  add(text: string): boolean {
    this.used += this.chunks[0].write(text, this.used);
    return this.used > FULL_BYTES;
  }

  /** Hands the chunk to the disk and goes on with the other one, once that is free. */
  async flush(): Promise<void> {
    await this.writing;
    const [full, free] = this.chunks;
    const part = full.subarray(0, this.used);
    this.plainBytes += part.length;
    this.used = 0;
    this.chunks[0] = free;
    this.chunks[1] = full;
    if (!this.isGzip) this.write(part);
    else {
      this.crc = crc32(part, this.crc);
      for (let at = 0; at < part.length; at += STORED_BLOCK_BYTES)
        this.write(stored(part.subarray(at, at + STORED_BLOCK_BYTES)));
    }
  }

  /** Writes the rest and closes. */
  async end(): Promise<void> {
    await this.flush();
    if (this.isGzip) {
      const tail = Buffer.alloc(13);
      tail.writeUInt8(1, 0);
      tail.writeUInt16LE(0, 1);
      tail.writeUInt16LE(0xffff, 3);
      tail.writeUInt32LE(this.crc, 5);
      tail.writeUInt32LE(this.plainBytes % 2 ** 32, 9);
      this.write(tail);
    }
    await this.writing;
    await this.file.close();
  }

  /** Closes after a failure: what was written stays, and the manifest says that it is not whole. */
  async abandon(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.file.close();
  }

  private write(part: Buffer): void {
    this.bytes += part.length;
    this.writing = this.writing.then(() => this.file.appendFile(part));
    // Whoever flushes or ends next awaits it; until then a failure must not count as unhandled.
    this.writing.catch(() => undefined);
  }
}

/** A stored block of RFC 1951, 3.2.4; never the last one. */
function stored(part: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(part.length, 1);
  head.writeUInt16LE(part.length ^ 0xffff, 3);
  return Buffer.concat([head, part]);
}

/** What a person can do about a failed write. */
export function writeError(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC') {
    return new PulseError('DISK_FULL', `The disk is full while writing ${path}.`, {
      hint: 'Make room, or ask for fewer events.',
      cause,
    });
  }
  if (
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'ENOTDIR' ||
    code === 'EISDIR' ||
    code === 'EPERM' ||
    code === 'ENOENT' ||
    code === 'EEXIST'
  ) {
    return new PulseError('USAGE', `${path} cannot be written (${code}).`, {
      hint: 'Choose another output folder.',
      cause,
    });
  }
  return cause;
}
