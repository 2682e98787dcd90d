// Volume, freshness and drift of tables, each from its own history: cells of the state, runs, and the days of the table itself.
// Gathers and hands to quality/anomaly.ts; changes nothing.

import type { TypedColumn } from '../googlesql/type.ts';
import type { Project } from '../project.ts';
import {
  type AnomalyRule,
  type DayProfile,
  DEFAULT_RULE,
  type Finding,
  HOURS,
  judgeDay,
  judgeDrift,
  judgeValue,
  ROWS,
} from '../quality/anomaly.ts';
import { addDays, weekdayName, weekdayOf } from '../quality/day.ts';
import type { CheckedTable } from '../quality/declared.ts';
import { type CheckOutcome, NOTHING_SHOWN } from '../quality/outcome.ts';
import type { Spelling } from '../quality/spelling.ts';
import { type Asking, ownQuery, rowsOf, span } from './ask.ts';

interface History {
  readonly project: Project;
  readonly asking: Asking;
  readonly day: string;
  /** When each asset was made, oldest first. */
  readonly madeAt: ReadonlyMap<string, readonly Date[]>;
}

/** Runs that are looked back for when assets are usually made. */
const RUNS = 200;

export async function madeTimes(project: Project): Promise<History['madeAt']> {
  const state = await project.state();
  const made = new Map<string, Date[]>();
  for (const run of [...(await state.runs(RUNS))].reverse()) {
    for (const step of await state.steps(run.runId)) {
      if (step.status !== 'done') continue;
      made.set(step.asset, [...(made.get(step.asset) ?? []), new Date(step.finishedAt)]);
    }
  }
  return made;
}

export async function anomaliesOf(table: CheckedTable, history: History): Promise<readonly CheckOutcome[]> {
  const rule: AnomalyRule = { ...DEFAULT_RULE, ...history.project.config.quality?.anomalies };
  const { asset } = table;
  const outcome = (name: string, finding: Finding): CheckOutcome =>
    outcomeOf(`${asset.name}.${name}`, { asset: asset.name, day: history.day, finding });
  const isDaily = asset.partition.kind === 'time' && asset.partition.grain === 'daily';
  const freshness = outcome('freshness', freshnessOf(asset.name, history, rule));
  if (!isDaily) return [freshness];
  const profiles = await profilesOf(table, history, rule);
  // A day without rows, after the first that has some, counts as none.
  const rows = new Map([...profiles].map(([day, profile]) => [day, profile.rows]));
  const volume = judgeDay(history.day, rows, { rule, scale: ROWS, absent: 0 });
  return [outcome('volume', volume), freshness, outcome('drift', judgeDrift(history.day, profiles, rule))];
}

function outcomeOf(
  name: string,
  { asset, day, finding }: { readonly asset: string; readonly day: string; readonly finding: Finding },
): CheckOutcome {
  const verdict = finding.kind === 'unusual' ? 'warn' : 'pass';
  const { value, median, score } = finding;
  return {
    ...NOTHING_SHOWN,
    name,
    kind: 'anomaly',
    asset,
    description: 'Against the same weekdays of its own history, by median and MAD.',
    day,
    severity: 'warn',
    verdict,
    note: finding.kind === 'silent' ? `silent: ${finding.text}` : finding.text,
    measures: [
      { name: 'value', value, verdict: 'pass' },
      { name: 'median', value: median, verdict: 'pass' },
      { name: 'score', value: score, verdict },
    ],
  };
}

/** The time since it was last made, against the times between: those that began on the same weekday, where enough did. */
function freshnessOf(name: string, { madeAt, project }: History, rule: AnomalyRule): Finding {
  const made = madeAt.get(name) ?? [];
  const last = made.at(-1);
  const hours = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 3_600_000;
  const gaps = made.slice(1).map((at, before) => ({ from: made[before] ?? at, hours: hours(made[before] ?? at, at) }));
  const need = rule.minHistory * 2;
  if (last === undefined || gaps.length < need) {
    return {
      kind: 'silent',
      text: `${gaps.length} times between one making and the next are known, ${need} are needed`,
      value: null,
      median: null,
      score: null,
    };
  }
  const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
  const same = gaps.filter(gap => weekdayOf(dayOf(gap.from)) === weekdayOf(dayOf(last)));
  const [chosen, what] =
    same.length >= rule.minHistory ? [same, `times after a ${weekdayName(dayOf(last))}`] : [gaps, 'times'];
  const finding = judgeValue(
    hours(last, project.now()),
    chosen.map(gap => gap.hours),
    { rule, scale: HOURS, what },
  );
  // To be made again sooner than usual is no trouble.
  return (finding.score ?? 0) < 0 ? { ...finding, kind: 'usual' } : finding;
}

const NUMBERS = /^(INT64|NUMERIC|BIGNUMERIC|FLOAT64)$/;

/** The days of a table that are looked back, and the one that is judged. None where it was never made. */
async function profilesOf(
  table: CheckedTable,
  { asking, day }: History,
  rule: AnomalyRule,
): Promise<ReadonlyMap<string, DayProfile>> {
  const { asset } = table;
  if ((await asking.missingTable({ reads: [asset.name] })) !== undefined) return new Map();
  const columns = table.columns.filter(
    column => asset.partition.kind !== 'none' && column.name !== asset.partition.column,
  );
  const numbers = columns.filter(column => NUMBERS.test(column.type));
  const query = ownQuery(`profile of ${asset.name}`, {
    columns: profileColumns({ columns, numbers }),
    reads: [asset.name],
    write: spelling => profileSql(table, { columns, numbers, spelling }),
  });
  const found = rowsOf(await asking.ask(query, span(addDays(day, -rule.days), day)));
  return new Map(
    found.map((row): [string, DayProfile] => [
      String(row.day),
      {
        rows: Number(row.row_count),
        nullShares: Object.fromEntries(columns.map((column, at) => [column.name, Number(row[`n${at}`])])),
        means: Object.fromEntries(
          numbers.flatMap((column, at) =>
            typeof row[`m${at}`] === 'number' ? [[column.name, Number(row[`m${at}`])]] : [],
          ),
        ),
        deviations: Object.fromEntries(numbers.map((column, at) => [column.name, Number(row[`s${at}`] ?? 0)])),
      },
    ]),
  );
}

type Columns = CheckedTable['columns'];

function profileSql(
  { asset }: CheckedTable,
  { columns, numbers, spelling }: { readonly columns: Columns; readonly numbers: Columns; readonly spelling: Spelling },
): string {
  const { name, asFloat, asText, countIf, parameter } = spelling;
  const day = asset.partition.kind === 'none' ? 'day' : name(asset.partition.column);
  const nulls = columns
    .map((column, at) => `, ${asFloat(countIf(`${name(column.name)} IS NULL`))} / COUNT(*) AS n${at}`)
    .join('');
  const means = numbers
    .map((column, at) => {
      const value = asFloat(name(column.name));
      return `, AVG(${value}) AS m${at}, STDDEV_POP(${value}) AS s${at}`;
    })
    .join('');
  return `SELECT ${asText(day, 'DATE')} AS day, COUNT(*) AS row_count${nulls}${means} FROM ${name(asset.name)} WHERE ${day} BETWEEN ${parameter('from')} AND ${parameter('to')} GROUP BY ${day}`;
}

const profileColumns = ({
  columns,
  numbers,
}: {
  readonly columns: Columns;
  readonly numbers: Columns;
}): readonly TypedColumn[] => [
  { name: 'day', type: { kind: 'STRING' } },
  { name: 'row_count', type: { kind: 'INT64' } },
  ...columns.map((_, at): TypedColumn => ({ name: `n${at}`, type: { kind: 'FLOAT64' } })),
  ...numbers.flatMap((_, at): TypedColumn[] => [
    { name: `m${at}`, type: { kind: 'FLOAT64' } },
    { name: `s${at}`, type: { kind: 'FLOAT64' } },
  ]),
];
