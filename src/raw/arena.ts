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
