// Whole numbers as decimal digits into bytes, without a string each. Gives where they end.

const NINE_DIGITS = 1e9;

/** @param number from 0 to 2^53 */
export function writeNumber(out: Uint8Array, at: number, number: number): number {
  if (number < NINE_DIGITS) {
    let count = 1;
    for (let power = 10; number >= power; power *= 10) count++;
    return writeDigits(out, at, { number, count });
  }
  const upper = Math.floor(number / NINE_DIGITS);
  return writeDigits(out, writeNumber(out, at, upper), { number: number - upper * NINE_DIGITS, count: 9 });
}

/** With zeros before it; below 2^31. */
export function writeDigits(
  out: Uint8Array,
  at: number,
  { number, count }: { readonly number: number; readonly count: number },
): number {
  let rest = number | 0;
  for (let i = at + count - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    out[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + count;
}
