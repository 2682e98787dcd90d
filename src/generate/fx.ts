// The exchange rates of a year: a slow random walk of naira for a dollar, the first days and one in twelve others missing.

import { dayNumber, dayText } from './calendar.ts';
import { decimal } from './money.ts';
import { Draw, STREAM } from './random.ts';

export const fxPath = (year: number): string => `fx_rates_${year}.csv`;

/** The file's lines, header first. */
export function fxLines(seed: number, year: number): readonly string[] {
  const draw = new Draw(seed, STREAM.fx, year);
  const [first, next] = [dayNumber(`${year}-01-01`), dayNumber(`${year + 1}-01-01`)];
  const lines = ['date,USDNGN'];
  let rateMinor = 88_000 + draw.below(4_000);
  for (let day = first; day < next; day += 1) {
    rateMinor += draw.below(1_401) - 700;
    if (day >= first + 2 && !draw.chance(1 / 12)) {
      lines.push(`${dayText(day)},${decimal(draw.chance(0.5) ? rateMinor - (rateMinor % 100) : rateMinor)}`);
    }
  }
  return lines;
}
