// The part of a stream of bytes that is not read yet: chunks come in at the end, readers take from the front.

export class Window {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** No more bytes will come. */
  isLast = false;

  get size(): number {
    return this.end - this.start;
  }

  push(chunk: Uint8Array): void {
    const more = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.size === 0) {
      this.bytes = more;
      this.start = 0;
      this.end = more.length;
      return;
    }
    const size = this.size;
    // Twice the room, so that a value of many chunks is not copied once a chunk.
    const target =
      this.end + more.length <= this.bytes.length ? this.bytes : Buffer.allocUnsafe((size + more.length) * 2);
    if (target !== this.bytes) {
      this.bytes.copy(target, 0, this.start, this.end);
      this.start = 0;
      this.end = size;
      this.bytes = target;
    }
    more.copy(this.bytes, this.end);
    this.end += more.length;
  }
}
