// One `pulse check`: chooses what to run, runs it, keeps the results in the state and adds the days before from there.

import { hintClosest } from '../closest.ts';
import { PulseError, PulseErrors } from '../errors.ts';
import type { Project } from '../project.ts';
import { addDays } from '../quality/day.ts';
import { type CheckOutcome, NOTHING_SHOWN, type TrendDay } from '../quality/outcome.ts';
import { judgePolicy } from '../quality/policy.ts';
import type { CheckRecord, StateSnapshot } from '../state/state-store.ts';
import { anomaliesOf, madeTimes } from './anomaly.ts';
import { type Asking, defaultDay, openAsking } from './ask.ts';
import { checkedTables, runDeclared, runSqlCheck, type SqlCheck, sqlChecks, TREND_DAYS } from './check.ts';
import { qualityFaults } from './quality-faults.ts';
import { lastMade } from './status.ts';

export interface CheckOptions {
  /** Names of checks of sql/checks; undefined: all of them. */
  readonly sql?: readonly string[];
  /** Assets whose own checks are run. */
  readonly assets: readonly string[];
  /** The day that is judged; absent: the last one for sql/checks, and the whole of each table. */
  readonly day?: string;
}

export interface Checked {
  /** The day that sql/checks and anomalies were judged for. */
  readonly day: string;
  readonly outcomes: readonly CheckOutcome[];
}

/** Runs checks and keeps what they came to. @throws {PulseError} what is wrong with their SQL. */
export async function runChecks(project: Project, options: CheckOptions): Promise<Checked> {
  const asking = await openAsking(project);
  const day = options.day ?? (await defaultDay(project, asking)) ?? project.now().toISOString().slice(0, 10);
  const wanted = chosenChecks(await sqlChecks(project), options.sql);
  // All at once, so that what is wrong is told together.
  const queries = await asking.compile(
    wanted.flatMap(check => [check.measures, check.rows].flatMap(source => source ?? [])),
  );
  const columns = new Map([...queries.values()].map(query => [query.file, query.columns]));
  const faults = await qualityFaults(project, columns);
  const [first] = faults;
  if (first !== undefined) {
    throw faults.length === 1 ? first : new PulseErrors(`${faults.length} rules of checks are wrong.`, faults);
  }
  const outcomes: CheckOutcome[] = [];
  for (const check of wanted) outcomes.push(await runSqlCheck(check, day, { project, asking }));
  outcomes.push(...(await assetOutcomes(project, { asking, day, options })));
  await keep(project, outcomes);
  return { day, outcomes: await withTrends(project, outcomes, day) };
}

export function chosenChecks(all: readonly SqlCheck[], names: readonly string[] | undefined): readonly SqlCheck[] {
  if (names === undefined) return all;
  return names.map(name => {
    const found = all.find(check => check.name === name);
    if (found !== undefined) return found;
    throw new PulseError('USAGE', `There is no check "${name}" in sql/checks.`, {
      hint: hintClosest(
        name,
        all.map(check => check.name),
        'Write it as sql/checks/NAME.sql.',
      ),
    });
  });
}

async function assetOutcomes(
  project: Project,
  { asking, day, options }: { readonly asking: Asking; readonly day: string; readonly options: CheckOptions },
): Promise<readonly CheckOutcome[]> {
  if (options.assets.length === 0) return [];
  const tables = await checkedTables(project, options.assets);
  const madeAt = await madeTimes(project);
  const snapshot = await (await project.state()).snapshot();
  const outcomes: CheckOutcome[] = [];
  for (const name of options.assets) {
    const table = tables.get(name);
    const policy = policyOutcome(project, name, snapshot);
    if (policy !== undefined) outcomes.push(policy);
    if (table === undefined) continue;
    const scope = options.day === undefined ? {} : { day: options.day };
    outcomes.push(...(await runDeclared(table, { project, asking, tables, ...scope })));
    outcomes.push(...(await anomaliesOf(table, { project, asking, day, madeAt })));
  }
  return outcomes;
}

function policyOutcome(project: Project, name: string, snapshot: StateSnapshot): CheckOutcome | undefined {
  const policy = project.graph.assets.get(name)?.freshness;
  if (policy === undefined) return undefined;
  const rule = project.config.quality?.checks?.[`${name}.freshness policy`];
  const state = judgePolicy(policy, lastMade(snapshot, name), project.now());
  const isOverdue = state.status === 'overdue';
  const verdict = !isOverdue ? 'pass' : rule?.severity === 'warn' ? 'warn' : 'fail';
  return {
    ...NOTHING_SHOWN,
    name: `${name}.freshness policy`,
    kind: 'policy',
    asset: name,
    description: 'Whether it is as up to date as its freshness asks.',
    day: null,
    severity: rule?.severity ?? 'block',
    verdict,
    note: state.text,
    measures: [{ name: 'overdue', value: isOverdue ? 1 : 0, verdict }],
  };
}

async function keep(project: Project, outcomes: readonly CheckOutcome[]): Promise<void> {
  const checkedAt = project.now().toISOString();
  const records = outcomes.map((outcome): CheckRecord => {
    const { name, asset, kind, severity, verdict, failedRows, note, query } = outcome;
    return {
      name,
      asset,
      kind,
      severity,
      verdict,
      failedRows,
      note,
      query,
      day: outcome.day ?? checkedAt.slice(0, 10),
      scope: outcome.day === null ? 'table' : 'day',
      measures: JSON.stringify(Object.fromEntries(outcome.measures.map(one => [one.name, one.value]))),
      sample: JSON.stringify({ columns: outcome.sampleColumns, rows: outcome.sample }),
      checkedAt,
    };
  });
  await (await project.state()).recordChecks(records);
}

/** Daily checks bring the days before from the data; of all others the state knows what was found then. */
async function withTrends(
  project: Project,
  outcomes: readonly CheckOutcome[],
  day: string,
): Promise<readonly CheckOutcome[]> {
  const today = project.now().toISOString().slice(0, 10);
  const last = day > today ? day : today;
  const from = addDays(day < today ? day : today, 1 - TREND_DAYS);
  const records = await (await project.state()).checkRecords(from, last);
  const byCheck = group(records);
  return outcomes.map(outcome => {
    if (outcome.kind === 'daily') return outcome;
    const known = byCheck.get(keyOf({ name: outcome.name, scope: outcome.day === null ? 'table' : 'day' })) ?? [];
    return { ...outcome, trend: known.map(trendDay).slice(-TREND_DAYS) };
  });
}

const keyOf = ({ name, scope }: Pick<CheckRecord, 'name' | 'scope'>): string => `${scope} ${name}`;

function group(records: readonly CheckRecord[]): ReadonlyMap<string, readonly CheckRecord[]> {
  const groups = new Map<string, CheckRecord[]>();
  for (const record of records) groups.set(keyOf(record), [...(groups.get(keyOf(record)) ?? []), record]);
  return groups;
}

const trendDay = ({ day, verdict, measures }: CheckRecord): TrendDay => ({
  day,
  verdict,
  measures: JSON.parse(measures),
});
