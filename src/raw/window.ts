// The part of a stream of bytes that is not read yet: chunks come in at the end, readers take from the front.
// Copies what comes in, so that whoever reads a file can use one buffer for all of it.

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
    const { size } = this;
    if (this.end + chunk.length > this.bytes.length) {
      // Twice the room, so that a value of many chunks is not copied once a chunk.
      const isTooSmall = size + chunk.length > this.bytes.length;
      const target = isTooSmall ? Buffer.allocUnsafe((size + chunk.length) * 2) : this.bytes;
      target.set(this.bytes.subarray(this.start, this.end));
      this.bytes = target;
      this.start = 0;
      this.end = size;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }
}
