// Plots as SVG text: axes, units and labels that can be read, colours from the page's variables. Pure; no script, no font.

/** Text of XML and HTML, attributes included. */
export const escapeText = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign,
  );

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Steps of 1, 2, 2.5 or 5 times a power of ten, four to six of them, the last at or above `high`. */
export function ticks(low: number, high: number): readonly number[] {
  const span = high - low || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find(times => times * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

/** 1234567 -> 1.23 M; the unit stands at the axis. */
export function short(value: number): string {
  const size = Math.abs(value);
  const [by, letter] = size >= 1e9 ? [1e9, ' bn'] : size >= 1e6 ? [1e6, ' M'] : size >= 1e4 ? [1e3, ' k'] : [1, ''];
  return `${(value / by).toLocaleString('en-US', { maximumSignificantDigits: 3 })}${letter}`;
}

export interface Series {
  readonly name: string;
  /** NULL: nothing is drawn. */
  readonly values: readonly (number | null)[];
  readonly form: 'bars' | 'line';
  /** The CSS class that colours it: a, b. */
  readonly color: 'a' | 'b';
}

export interface TimePlot {
  /** What is to be seen, for who does not see it. */
  readonly label: string;
  readonly unit: string;
  /** What the axis below shows. */
  readonly axis: string;
  /** Below the axis, one a value. */
  readonly names: readonly string[];
  readonly series: readonly Series[];
  /** Show one name in so many. */
  readonly every: number;
}

const WIDTH = 720;
const HEIGHT = 260;
const BOX = { left: 66, right: 14, top: 30, bottom: 46 };

/** Bars and lines over days or buckets. */
export function timePlot({ label, unit, axis: below, names, series, every }: TimePlot): string {
  const values = series.flatMap(one => one.values.flatMap(value => value ?? []));
  const marks = ticks(Math.min(0, ...values), Math.max(0, ...values));
  const [low, high] = [marks[0] ?? 0, marks.at(-1) ?? 1];
  const inner = { width: WIDTH - BOX.left - BOX.right, height: HEIGHT - BOX.top - BOX.bottom };
  const y = (value: number): number => BOX.top + inner.height * (1 - (value - low) / (high - low || 1));
  const slot = inner.width / Math.max(1, names.length);
  const x = (at: number): number => BOX.left + slot * (at + 0.5);
  const grid = marks.map(
    mark =>
      `<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${round(y(mark))}" y2="${round(y(mark))}"/>` +
      `<text class="tick" x="${BOX.left - 8}" y="${round(y(mark) + 4)}" text-anchor="end">${short(mark)}</text>`,
  );
  const axis = names.map((name, at) => {
    const isShown = at % every === (names.length - 1) % every;
    return isShown
      ? `<text class="tick${every === 1 && at % 2 === 1 ? ' odd' : ''}" x="${round(x(at))}" y="${HEIGHT - BOX.bottom + 18}" text-anchor="middle">${escapeText(name)}</text>`
      : '';
  });
  const legend = series.map((one, at) => {
    const left = WIDTH - BOX.right - 110 * (series.length - at);
    return `<rect class="fill-${one.color}" x="${left}" y="8" width="10" height="10"/><text class="tick" x="${left + 15}" y="17">${escapeText(one.name)}</text>`;
  });
  const drawn = series.map(one =>
    one.form === 'bars' ? bars(one, { x, y, slot, names, unit }) : line(one, { x, y, slot, names, unit }),
  );
  return `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(label)}">${[
    `<text class="unit" x="${BOX.left - 8}" y="17" text-anchor="start">${escapeText(unit)}</text>`,
    ...grid,
    ...drawn,
    `<line class="axis" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${round(y(0))}" y2="${round(y(0))}"/>`,
    ...axis,
    `<text class="unit" x="${WIDTH - BOX.right}" y="${HEIGHT - 5}" text-anchor="end">${escapeText(below)}</text>`,
    ...(series.length > 1 ? legend : []),
  ].join('')}</svg>`;
}

interface Scale {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
  readonly slot: number;
  readonly names: readonly string[];
  readonly unit: string;
}

const told = (one: Series, at: number, { names, unit }: Scale): string =>
  `<title>${escapeText(`${names[at] ?? ''}: ${one.name} ${(one.values[at] ?? 0).toLocaleString('en-US')} ${unit}`)}</title>`;

function bars(one: Series, scale: Scale): string {
  const width = Math.max(2, scale.slot * 0.68);
  return one.values
    .map((value, at) => {
      if (value === null || value === 0) return '';
      const [top, bottom] = [Math.min(scale.y(value), scale.y(0)), Math.max(scale.y(value), scale.y(0))];
      return `<rect class="fill-${one.color}" x="${round(scale.x(at) - width / 2)}" y="${round(top)}" width="${round(width)}" height="${round(Math.max(0.5, bottom - top))}">${told(one, at, scale)}</rect>`;
    })
    .join('');
}

function line(one: Series, scale: Scale): string {
  const points = one.values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
  const path = points.map(({ value, at }) => `${round(scale.x(at))},${round(scale.y(value))}`).join(' ');
  const dots = points.map(
    ({ value, at }) =>
      `<circle class="fill-${one.color}" cx="${round(scale.x(at))}" cy="${round(scale.y(value))}" r="2.6">${told(one, at, scale)}</circle>`,
  );
  return `<polyline class="line-${one.color}" points="${path}"/>${dots.join('')}`;
}

export interface RankedBar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}

/** Bars, the longest first, each below its name and figure: text of the page, so that it wraps where there is little room. */
export function rankList(label: string, rows: readonly RankedBar[]): string {
  const most = Math.max(...rows.map(row => row.value), 0) || 1;
  const drawn = rows.map(row => {
    const share = round((100 * Math.max(0, row.value)) / most);
    return (
      `<li><span>${escapeText(row.name)}</span><span>${escapeText(row.text)}</span>` +
      `<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="fill-a" width="${share}" height="1"/></svg></li>`
    );
  });
  return `<ol class="rank" aria-label="${escapeText(label)}">${drawn.join('')}</ol>`;
}

export interface TrendPlot {
  readonly label: string;
  readonly days: readonly string[];
  /** One a day; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** Lines across: where it warns or fails. */
  readonly bounds: readonly number[];
  readonly say: (value: number) => string;
}

/** A measure on the days before: small, with its first and last day, its scale and its bounds. */
export function trendPlot({ label, days, values, bounds, say }: TrendPlot): string {
  const known = values.flatMap(value => value ?? []);
  // A bound far beyond all values would press them flat.
  const near = bounds.filter(bound => Math.abs(bound) <= 4 * Math.max(...known.map(Math.abs), 0));
  const [low, high] = [Math.min(0, ...known, ...near), Math.max(0, ...known, ...near) || 1];
  const [left, width, top, height] = [58, 270, 8, 50];
  const y = (value: number): number => top + height * (1 - (value - low) / (high - low || 1));
  const slot = width / Math.max(1, days.length);
  const drawn = values.map((value, at) => {
    if (value === null) return '';
    const [from, to] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
    return `<rect class="fill-a" x="${round(left + slot * at + 1)}" y="${round(from)}" width="${round(slot - 2)}" height="${round(Math.max(1, to - from))}"><title>${escapeText(`${days[at] ?? ''}: ${say(value)}`)}</title></rect>`;
  });
  const lines = near.map(
    bound => `<line class="bound" x1="${left}" x2="${left + width}" y1="${round(y(bound))}" y2="${round(y(bound))}"/>`,
  );
  const scale = [low, high].map(
    (value, at) =>
      `<text class="tick" x="${left - 6}" y="${round(at === 0 ? Math.min(y(value) + 4, 62) : y(value) + 7)}" text-anchor="end">${escapeText(say(value))}</text>`,
  );
  const ends = [
    `<text class="tick" x="${left}" y="76">${days[0]?.slice(5) ?? ''}</text>`,
    `<text class="tick" x="${left + width}" y="76" text-anchor="end">${days.at(-1)?.slice(5) ?? ''}</text>`,
  ];
  const base = `<line class="axis" x1="${left}" x2="${left + width}" y1="${round(y(0))}" y2="${round(y(0))}"/>`;
  return `<svg class="trend" viewBox="0 0 340 80" role="img" aria-label="${escapeText(label)}">${[...drawn, ...lines, base, ...scale, ...ends].join('')}</svg>`;
}
