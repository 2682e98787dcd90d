// Time zones by name or offset: local time from an instant and back, by the zone data that JavaScript brings.
// Instants and local times are microseconds since 1970, local ones as if they were UTC. Keeps the transitions it has found.

const DAY_MS = 86_400_000;
const PROBE_MS = 7 * DAY_MS;
const MINUTE_MICROS = 60_000_000n;
const LARGEST_OFFSET_MINUTES = 14 * 60;

/** Milliseconds ahead of UTC from an instant on. */
interface Stretch {
  readonly fromMs: number;
  readonly offsetMs: number;
}

export interface Zone {
  /** Milliseconds ahead of UTC at an instant given in milliseconds. */
  readonly offsetAt: (instantMs: number) => number;
}

const ZERO = new Set(['UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'Zulu']);
/** Names that newer zone data give to cities with a past of their own. */
const ABBREVIATIONS: Readonly<Record<string, string>> = { EST: '-5', MST: '-7', HST: '-10' };

/** `+5`, `-08:00`, `UTC+0530`. */
function fixedZone(name: string): Zone | undefined {
  if (ZERO.has(name)) return { offsetAt: () => 0 };
  const match = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(ABBREVIATIONS[name] ?? name);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  if (Number(match[3] ?? 0) > 59 || minutes > LARGEST_OFFSET_MINUTES) return undefined;
  const offsetMs = (match[1] === '-' ? -minutes : minutes) * 60_000;
  return { offsetAt: () => offsetMs };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    // No zone of that name: the caller makes it the query's error.
    return undefined;
  }
}

/** From `GMT-04:56:02`; `GMT` alone is 0. */
function offsetBy(format: Intl.DateTimeFormat, instantMs: number): number {
  const name = format.formatToParts(instantMs).find(part => part.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
  if (!match) return 0;
  const seconds = (Number(match[2]) * 60 + Number(match[3])) * 60 + Number(match[4] ?? 0);
  return (match[1] === '-' ? -seconds : seconds) * 1000;
}

/** Names are spelt as the zone database spells them: JavaScript takes any case, GoogleSQL does not. */
const NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z][A-Za-z0-9_+-]*)*$/;

function namedZone(name: string): Zone | undefined {
  const format = NAME.test(name) ? formatOf(name) : undefined;
  if (!format) return undefined;
  const years = new Map<number, readonly Stretch[]>();
  return {
    offsetAt: instantMs => {
      const year = new Date(instantMs).getUTCFullYear();
      const known = years.get(year) ?? stretchesOf(year, format);
      years.set(year, known);
      let offsetMs = 0;
      for (const stretch of known) if (stretch.fromMs <= instantMs) offsetMs = stretch.offsetMs;
      return offsetMs;
    },
  };
}

/** Probes the year week by week, and looks closer where the offset changes. */
function stretchesOf(year: number, format: Intl.DateTimeFormat): readonly Stretch[] {
  const start = new Date(0);
  start.setUTCFullYear(year, 0, 1);
  const end = new Date(0);
  end.setUTCFullYear(year + 1, 0, 1);
  let offsetMs = offsetBy(format, start.getTime());
  const stretches: Stretch[] = [{ fromMs: start.getTime(), offsetMs }];
  for (let low = start.getTime(); low < end.getTime(); low += PROBE_MS) {
    const next = offsetBy(format, low + PROBE_MS);
    if (next !== offsetMs) stretches.push({ fromMs: changeIn(low, low + PROBE_MS, format), offsetMs: next });
    offsetMs = next;
  }
  return stretches;
}

/** The first whole second with the offset that holds at `high`. */
function changeIn(low: number, high: number, format: Intl.DateTimeFormat): number {
  const after = offsetBy(format, high);
  let [before, at] = [low / 1000, high / 1000];
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (offsetBy(format, middle * 1000) === after) at = middle;
    else before = middle;
  }
  return at * 1000;
}

/** Zones by name, each made once. Undefined where there is none of that name. */
export function zones(): (name: string) => Zone | undefined {
  const known = new Map<string, Zone | undefined>();
  return name => {
    if (!known.has(name)) known.set(name, fixedZone(name) ?? namedZone(name));
    return known.get(name);
  };
}

const msOf = (micros: bigint): number => Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);

export const offsetMicros = (zone: Zone, instant: bigint): bigint => BigInt(zone.offsetAt(msOf(instant))) * 1000n;

export const toLocal = (zone: Zone, instant: bigint): bigint => instant + offsetMicros(zone, instant);

/** In a gap the offset before it holds, and of two instants it is the earlier. */
export function toInstant(zone: Zone, local: bigint): bigint {
  const ms = msOf(local);
  const before = zone.offsetAt(ms - DAY_MS);
  const after = zone.offsetAt(ms + DAY_MS);
  const isBefore = zone.offsetAt(ms - before) === before;
  const isAfter = zone.offsetAt(ms - after) === after;
  return local - BigInt(isBefore || !isAfter ? before : after) * 1000n;
}

/** `+00`, `-08`, `+05:30`, as a timestamp's text ends. */
export function offsetText(offset: bigint): string {
  const minutes = Number((offset < 0n ? -offset : offset) / MINUTE_MICROS);
  const two = (n: number): string => String(n).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : `:${two(minutes % 60)}`;
  return `${offset < 0n ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest}`;
}
