// Short texts that come again and again, out of bytes, each made a string once.

/** Beyond this many the table is emptied: types and vendors are few, and what is not few gains nothing. */
const SLOTS = 256;

export class Interner {
  private readonly texts = new Map<number, { readonly bytes: Uint8Array; readonly text: string }>();

  /** The text of bytes [from, to). */
  text(bytes: Buffer, from: number, to: number): string {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const known = this.texts.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes, from, to)) return known.text;
    const text = bytes.toString('utf8', from, to);
    if (this.texts.size >= SLOTS) this.texts.clear();
    this.texts.set(hash, { bytes: Uint8Array.prototype.slice.call(bytes, from, to), text });
    return text;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = from; i < to; i++) if (known[i - from] !== bytes[i]) return false;
  return true;
}
