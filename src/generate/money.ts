// An amount and its currency as a source would send them: naira, real dollars, naira labelled dollars, digits in a string, rubbish.
// Integers only; amounts are kobo and cents.

import type { Pen } from './payload.ts';
import type { Draw } from './random.ts';

export interface Money {
  /** JSON text. */
  readonly amount: string;
  /** JSON text; undefined where the source names none. */
  readonly currency: string | undefined;
}

const KOBO_A_CENT = 917;
const UNPARSABLE = ['"N/A"', '"12,000.50"', '"twelve"', '"#REF!"', '""', 'null'] as const;
const MESSY_NGN = ['"ngn"', '" NGN "', '"Ngn"'] as const;
const FOREIGN = ['"GBP"', '"EUR"', '"XOF"'] as const;

/** 40000 or 63.10: whole where it is whole, else two digits. */
export function decimal(minor: number): string {
  const cents = minor % 100;
  const whole = String((minor - cents) / 100);
  return cents === 0 ? whole : `${whole}.${cents < 10 ? '0' : ''}${cents}`;
}

/** @param minor NGN kobo, 0 or more. */
export function moneyOf(pen: Pen, draw: Draw, minor: number): Money {
  const { rates } = pen;
  if (draw.chance(rates.mislabelled)) {
    if (minor > 100_000) pen.tally.mislabelledAmounts += 1;
    return { amount: amountOf(pen, draw, minor), currency: '"USD"' };
  }
  if (draw.chance(0.15)) {
    const currency = draw.chance(rates.dirt) ? '" usd"' : '"USD"';
    return { amount: amountOf(pen, draw, Math.max(1, Math.floor(minor / KOBO_A_CENT))), currency };
  }
  return { amount: amountOf(pen, draw, minor), currency: currencyOf(pen, draw) };
}

function currencyOf(pen: Pen, draw: Draw): string | undefined {
  if (!draw.chance(pen.rates.dirt)) return '"NGN"';
  const kind = draw.below(10);
  if (kind < 6) return draw.pick(MESSY_NGN);
  if (kind < 8) {
    pen.tally.foreignCurrencies += 1;
    return draw.pick(FOREIGN);
  }
  pen.tally.missingCurrencies += 1;
  return kind === 8 ? undefined : 'null';
}

function amountOf(pen: Pen, draw: Draw, minor: number): string {
  if (!draw.chance(pen.rates.dirt)) return decimal(minor);
  const kind = draw.below(10);
  if (kind < 5) return `"${decimal(minor)}"`;
  if (kind < 7) return `${decimal(minor - (minor % 100) + 10)}`;
  if (kind === 7) return `${Math.floor(minor / 100)}.${100 + draw.below(900)}`;
  if (kind === 8) return `${Math.floor(minor / 100)}.00`;
  pen.tally.unparsableAmounts += 1;
  return draw.pick(UNPARSABLE);
}
