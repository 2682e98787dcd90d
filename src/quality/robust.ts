// Median and MAD: what is usual, and how far a value is from it, whatever single days did. Pure.

/** The middle one, or the mean of the two in the middle; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** Median absolute deviation from the median. */
export function mad(values: readonly number[], middle: number): number {
  return median(values.map(value => Math.abs(value - middle))) ?? 0;
}

/** For normally distributed values 1.4826 × MAD is the standard deviation. */
const TO_DEVIATION = 1.4826;

export interface Usual {
  readonly median: number;
  /** What one deviation is. */
  readonly scale: number;
}

/**
 * What is usual. The scale is 1.4826 × MAD, and never below a tenth of the median or `floor`: a history that hardly moves
 * would call every change an anomaly.
 */
export function usualOf(values: readonly number[], floor: number): Usual | undefined {
  const middle = median(values);
  if (middle === undefined) return undefined;
  return { median: middle, scale: Math.max(TO_DEVIATION * mad(values, middle), Math.abs(middle) / 10, floor) };
}

/** (value − median) ÷ scale. */
export const scoreOf = (value: number, usual: Usual): number => (value - usual.median) / usual.scale;
