// What checks came to, as text for a terminal. Pure.

import type { Value } from '../googlesql/value.ts';
import { numberOf } from '../quality/judge.ts';
import { type CheckOutcome, isBlocking, type Measure, type Verdict } from '../quality/outcome.ts';
import type { Colors } from './io.ts';
import { visible } from './result-text.ts';
import { tableText } from './table.ts';
import { number, plural } from './wording.ts';

interface Style {
  readonly colors: Colors;
  readonly isVerbose: boolean;
}

/** The daily checks, then what of all others does not hold, then how many of each there are. */
export function checksText(outcomes: readonly CheckOutcome[], day: string, style: Style): string {
  const daily = outcomes.filter(one => one.kind === 'daily' || one.kind === 'rows');
  const others = outcomes.filter(one => one.kind !== 'daily' && one.kind !== 'rows');
  const shown = style.isVerbose ? others : others.filter(one => one.verdict !== 'pass');
  const parts = [
    daily.length === 0 ? '' : `${style.colors.bold(`Daily checks of ${day}`)}\n${table(daily, style)}`,
    shown.length === 0 ? '' : `${style.colors.bold('Tables')}\n${table(shown, style)}`,
    details([...daily, ...shown], style),
    `${tally(outcomes)}\n`,
  ];
  return parts.filter(part => part !== '').join('\n');
}

function table(outcomes: readonly CheckOutcome[], style: Style): string {
  const rows = outcomes.map(one => [verdictWord(one, style.colors), one.name, measuresText(one), sparkline(one)]);
  return tableText(['', 'check', 'found', '28 days'], rows, { colors: style.colors });
}

const verdictWord = ({ verdict }: CheckOutcome, colors: Colors): string =>
  ({ pass: colors.green, warn: colors.yellow, fail: colors.red })[verdict](verdict);

/** Measures that have a threshold; all where none has. */
const judgedMeasures = ({ measures }: CheckOutcome): readonly Measure[] => {
  const judged = measures.filter(measure => measure.threshold !== undefined);
  return judged.length > 0 ? judged : measures;
};

function measuresText(outcome: CheckOutcome): string {
  if (outcome.kind === 'anomaly' || outcome.kind === 'policy') return outcome.note ?? '';
  if (outcome.kind === 'declared') {
    const rows = outcome.failedRows === 0 ? 'holds' : plural(outcome.failedRows, 'row');
    return outcome.note ?? rows;
  }
  const told = judgedMeasures(outcome).map(one => `${one.name} ${valueText(one)}${boundText(one)}`);
  return [...(outcome.note === null ? [] : [outcome.note]), ...told].join(', ');
}

/** A share as percent, all others as they are. */
export function valueText({ name, value }: Pick<Measure, 'name' | 'value'>): string {
  const found = numberOf(value);
  if (found === undefined) return value === null ? 'not known' : String(value);
  if (/(_rate|_share)$/.test(name)) return `${(100 * found).toFixed(2)} %`;
  return found.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** Which bound a measure broke: ` (above 0)`. */
function boundText({ verdict, value, threshold }: Measure): string {
  if (verdict === 'pass' || threshold === undefined) return '';
  const { warnAbove, failAbove, warnBelow, failBelow } = threshold;
  const [above, below] = verdict === 'fail' ? [failAbove, failBelow] : [warnAbove, warnBelow];
  const found = numberOf(value) ?? 0;
  return above !== undefined && found > above ? ` (above ${above})` : ` (below ${below})`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** The trend of the first judged measure; '' where fewer than two days are known. */
function sparkline(outcome: CheckOutcome): string {
  const name = judgedMeasures(outcome)[0]?.name;
  const values = outcome.trend.flatMap(({ measures }) => numberOf(measures[name ?? ''] ?? null) ?? []);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  if (values.length < 2) return '';
  return values.map(value => BARS[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)]).join('');
}

/** A few rows of what does not hold, and how to see all of them. */
function details(outcomes: readonly CheckOutcome[], { colors }: Style): string {
  const wrong = outcomes.filter(one => one.verdict !== 'pass' && one.sample.length > 0);
  return wrong
    .map(one => {
      const rows = one.sample.slice(0, 3).map(row => row.map(cellText));
      const cells = one.cells.length === 0 ? '' : `  ${cellsText(one)}\n`;
      const how = one.kind === 'declared' ? `pulse query ${quoted(one.query ?? '')}` : rowsCommand(one);
      const sample = tableText(one.sampleColumns, rows, { colors }).replace(/^(?=.)/gm, '  ');
      return `${colors.bold(one.name)}\n${cells}${sample}  all of them: ${how}\n`;
    })
    .join('\n');
}

const rowsCommand = ({ name, day }: CheckOutcome): string => `pulse check ${name} --date ${day ?? ''} --rows`;
const quoted = (sql: string): string => `"${sql.replace(/["\\$`]/g, sign => `\\${sign}`)}"`;

function cellsText({ cells }: CheckOutcome): string {
  const first = cells.slice(0, 5).map(({ cell, failedRows }) => `${visible(cell)}: ${number(failedRows)}`);
  return `by partition: ${first.join(', ')}${cells.length > 5 ? ', …' : ''}`;
}

const cellText = (value: Value): string => {
  const text = visible(typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? 'NULL'));
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

const KINDS = [
  ['daily', 'daily check'],
  ['rows', 'SQL check'],
  ['declared', 'declared check'],
  ['policy', 'freshness policy', 'freshness policies'],
  ['anomaly', 'anomaly detector'],
] as const;

export function tally(outcomes: readonly CheckOutcome[]): string {
  const said = KINDS.flatMap(([kind, one, many]) => {
    const of = outcomes.filter(outcome => outcome.kind === kind);
    if (of.length === 0) return [];
    const count = (verdict: Verdict): number => of.filter(outcome => outcome.verdict === verdict).length;
    const silent = of.filter(outcome => outcome.note?.startsWith('silent') === true).length;
    const bad = [
      ...(count('warn') > 0 ? [`${count('warn')} warn`] : []),
      ...(count('fail') > 0 ? [`${count('fail')} fail`] : []),
      ...(silent > 0 ? [`${silent} silent: too little history`] : []),
    ];
    return [`${plural(of.length, one, many)}: ${bad.length === 0 ? 'all hold' : bad.join(', ')}`];
  });
  const blocking = outcomes.filter(isBlocking).length;
  const end = blocking === 0 ? '' : ` ${plural(blocking, 'failed check')} must not fail: exit 1.`;
  return `${said.join('. ')}.${end}`;
}
