// Bytes that grow: the scanner writes a value behind the end, and whoever keeps it moves the end.

export class Arena {
  bytes: Buffer;
  /** What lies before it is kept; what lies behind it may be written over. */
  end = 0;
  /** Bytes that the scanner leaves free between the end and a value. */
  readonly lead: number;

  constructor(size: number, options: { readonly lead: number } = { lead: 0 }) {
    this.lead = options.lead;
    // Slow: of its own, never a slice of Node's shared pool, so that it can be moved to another thread.
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `more` bytes behind `from`; keeps everything before it. */
  reserve(more: number, from: number = this.end): void {
    if (from + more <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow((from + more) * 2);
    this.bytes.copy(bytes, 0, 0, from);
    this.bytes = bytes;
  }
}

/** Buffers of one kind that were read out, to be filled again: new ones for every pack would pile up faster than the garbage collector looks. */
export class Spares {
  private readonly buffers: ArrayBufferLike[] = [];

  give(buffer: ArrayBufferLike): void {
    if (this.buffers.push(buffer) > MOST_SPARES) this.buffers.shift();
  }

  /** A buffer of at least `size` bytes, with anything in it. */
  take(size: number): ArrayBufferLike {
    const at = this.buffers.findIndex(one => one.byteLength >= size);
    const [found] = at < 0 ? [] : this.buffers.splice(at, 1);
    return found ?? Buffer.allocUnsafeSlow(size).buffer;
  }
}

/** As many as are under way at most; the oldest, and so the smallest, go first. */
const MOST_SPARES = 4;
