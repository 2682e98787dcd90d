// Numbers, times and counts as people read them. Pure.

import type { Counts } from '../raw/raw-store.ts';

/** 1551 -> `1,551`. Whole numbers without Intl, whose first use takes 10 ms. */
export const number = (value: number): string =>
  Number.isSafeInteger(value) ? String(value).replace(/\B(?=(?:\d{3})+$)/g, ',') : value.toLocaleString('en-US');

/** `1 asset`, `2 assets`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** `850 ms`, `1.2 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

/** `512 bytes`, `10.0 MiB`, `1.2 TiB`. */
export function bytes(count: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(Math.max(count, 1)) / 10));
  return power === 0 ? plural(count, 'byte') : `${(count / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `$0.0063`, `$12.50`. */
export const usd = (price: number): string => `$${price.toFixed(price > 0 && price < 1 ? 4 : 2)}`;

/** How long ago `at` (UTC text or Date) was: `just now`, `5 min ago`, `3 h ago`, `2 days ago`. */
export function ago(at: string | Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - new Date(at).getTime()) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${plural(Math.floor(seconds / 86_400), 'day')} ago`;
}

/** `a, b and 3 more` */
export function someOf(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${number(names.length - most)} more`;
}

/** `received 5 = inserted 2 + duplicates 1 + conflicts 1 + rejected 1` */
export function countsText(counts: Counts): string {
  const { received, inserted, duplicates, conflicts, rejected } = counts;
  return `received ${number(received)} = inserted ${number(inserted)} + duplicates ${number(duplicates)} + conflicts ${number(conflicts)} + rejected ${number(rejected)}`;
}

/** What stale causes say, those that say the same of several assets together: `a, b and 4 more are stale`. */
export function causesText(causes: readonly { readonly text: string; readonly asset?: string }[]): string {
  const subjects = new Map<string, string[]>();
  for (const { text, asset } of causes) {
    const isOf = asset !== undefined && text.startsWith(`${asset} `);
    const said = isOf ? text.slice(asset.length) : text;
    subjects.set(said, [...(subjects.get(said) ?? []), ...(isOf ? [asset] : [])]);
  }
  const parts = [...subjects].map(([said, assets]) => {
    if (assets.length === 0) return said;
    return someOf(assets, 3) + (assets.length > 1 ? said.replace(/^ is /, ' are ') : said);
  });
  return parts.join('; ');
}
