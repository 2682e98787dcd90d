// Rules: what compiles and is still likely to be wrong. Each has a code, a page in docs/rules/, a level in pulse.config.ts, and is
// suppressed where it does not apply by a comment with a reason (ignores.ts). Pure.

import type { ModelAsset } from '../asset/asset.ts';
import { isTable } from '../asset/asset.ts';
import type { RuleLevel } from '../asset/config.ts';
import type { Partition } from '../asset/partition.ts';
import type { Place } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { ModelFacts } from './facts.ts';

/** Every rule with its level where pulse.config.ts says nothing. */
export const RULES: Readonly<Record<string, RuleLevel>> = {
  'select-star': 'warning',
  'dep-not-read': 'warning',
  'unused-cte': 'warning',
  'comma-join': 'warning',
  'null-comparison': 'warning',
  'float-money': 'warning',
  nondeterministic: 'warning',
  'row-number-ties': 'warning',
  'no-partition-hint': 'warning',
  'lossy-cast': 'warning',
  'required-may-be-null': 'warning',
  'one-spelling': 'warning',
  'unused-file': 'warning',
  'not-analyzed': 'warning',
  'ignore-without-reason': 'warning',
  'unused-ignore': 'warning',
};

export interface RuleFinding {
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  readonly place: Place;
}

export interface RuleWorld {
  readonly graph: AssetGraph;
  /** Of a word among the deps in the asset's file. */
  placeOfDep(dep: string): Place;
}

/** What a right model is still asked about. */
export function ruleFindings(asset: ModelAsset, facts: ModelFacts, world: RuleWorld): readonly RuleFinding[] {
  const isPartitioned = asset.partition.kind !== 'none';
  return [
    ...facts.findings.filter(one => one.rule !== 'nondeterministic' || isPartitioned),
    ...unreadDeps(asset, facts, world),
    ...missingHints(asset, facts, world),
    ...ties(facts, world),
    ...nullable(asset, facts),
  ];
}

/** A model that only BigQuery judges. */
export const notAnalyzed = ({ name }: ModelAsset, place: Place): RuleFinding => ({
  rule: 'not-analyzed',
  message: `${name} is not analyzed: its columns are what it declares, and nothing here says whether its SQL is right.`,
  hint: '`pulse compile --remote` asks BigQuery.',
  place,
});

function unreadDeps(asset: ModelAsset, { reads }: ModelFacts, { placeOfDep }: RuleWorld): RuleFinding[] {
  const read = new Set(reads.map(name => name.toLowerCase()));
  return asset.deps
    .filter(dep => !read.has(dep.asset))
    .map(dep => ({
      rule: 'dep-not-read',
      message: `${asset.name} lists "${dep.asset}" among its deps and does not read it: it is made again whenever that changes.`,
      hint: 'Take it out of deps, or read it.',
      place: placeOfDep(dep.asset),
    }));
}

/** Rows of the cells that are made are all that such a model needs of what it reads. A window needs those beside them, too. */
function missingHints(asset: ModelAsset, { hints, refs }: ModelFacts, { graph }: RuleWorld): RuleFinding[] {
  if (asset.partition.kind === 'none' || hints > 0) return [];
  return asset.deps.flatMap(dep => {
    const read = graph.assets.get(dep.asset);
    const isNear = dep.mapping?.kind === 'same-partition';
    const place = refs[dep.asset];
    if (!isNear || read === undefined || !isTable(read) || read.partition.kind === 'none' || place === undefined)
      return [];
    if (!isAsFine(read.partition, asset.partition)) return [];
    return [
      {
        rule: 'no-partition-hint',
        message: `${asset.name} reads all of ${read.name}, which is partitioned by ${read.partition.column}, to make one cell.`,
        hint: `Add WHERE {{in_partitions "${read.partition.column}"}}.`,
        place,
      },
    ];
  });
}

const FINENESS = { monthly: 0, weekly: 1, daily: 2, hourly: 3 } as const;

/** Whether a hint on the column of `read` says which rows are in cells of the reader. */
function isAsFine(read: Partition, reader: Partition): boolean {
  if (read.kind !== 'time' || reader.kind !== 'time') return read.kind === reader.kind;
  // What an hour holds cannot be listed, and an hour's column is no DATE.
  if (read.grain === 'hourly' || reader.grain === 'hourly') return false;
  return FINENESS[read.grain] >= FINENESS[reader.grain];
}

/** ROW_NUMBER over columns that hold no declared key of any table the model reads: two rows may tie. */
function ties({ pickings, reads }: ModelFacts, { graph }: RuleWorld): RuleFinding[] {
  const keysOf = (name: string): readonly (readonly string[])[] =>
    (graph.assets.get(name)?.checks ?? []).flatMap(check => (check.kind === 'unique' ? [check.columns] : []));
  const keys = reads.flatMap(keysOf);
  const isIn = (by: readonly string[]) => (key: readonly string[]) =>
    key.every(column => by.includes(column.toLowerCase()));
  return pickings.flatMap(({ function: name, by, takes, table, place }) => {
    if (takes === 'ties') {
      if (keys.length === 0 || keys.some(isIn(by))) return [];
      const message = `${name.toUpperCase()} is ordered by columns that two rows may share: which of them comes first is chance.`;
      return [{ rule: 'row-number-ties', message, hint: 'Add a key to the ORDER BY.', place }];
    }
    // A join may have a key's rows many times: without an order only the rows of the table itself are told apart by it.
    if (table !== undefined && keysOf(table).some(isIn(by))) return [];
    const message = `${name.toUpperCase()} without an ORDER BY takes any ${takes}.`;
    return [{ rule: 'row-number-ties', message, hint: 'Order by columns that no two rows share.', place }];
  });
}

/** Columns that are promised and that nothing in the SQL keeps; what a check looks after is left to it. */
function nullable(asset: ModelAsset, { nullables }: ModelFacts): RuleFinding[] {
  const checked = new Set(asset.checks.flatMap(check => (check.kind === 'not-null' ? check.column : [])));
  const required = asset.columns.filter(({ name, mode }) => mode === 'REQUIRED' && !checked.has(name));
  const names = new Set(required.map(({ name }) => name.toLowerCase()));
  return nullables
    .filter(({ column }) => names.has(column.toLowerCase()))
    .map(({ column, why, place }) => ({
      rule: 'required-may-be-null',
      message: `${column} is declared REQUIRED, and comes from ${why}. A build with such a row fails.`,
      hint: 'Give it a value (COALESCE), leave such rows out, or declare it without REQUIRED.',
      place,
    }));
}

/** What is called otherwise than its asset: the file that declares it, or the model that another asset is called by. */
export function spellingFindings(
  { assets, files }: AssetGraph,
  placeOf: (asset: string, within: 'name' | 'model', word: string) => Place,
): readonly RuleFinding[] {
  const named = [...files].filter(([name, file]) => file !== '' && baseOf(file, '.ts') !== name);
  const misnamed = named.map(([name, file]) => ({
    rule: 'one-spelling',
    message: `${file} declares ${name}: who looks for the one does not find the other.`,
    hint: `Call the file ${name}.ts.`,
    place: placeOf(name, 'name', name),
  }));
  const byModel = new Map<string, string[]>();
  for (const asset of assets.values()) {
    if (asset.kind === 'model') byModel.set(asset.model, [...(byModel.get(asset.model) ?? []), asset.name]);
  }
  const shared = [...byModel].flatMap(([model, names]) => {
    const owner = names.find(name => name === baseOf(model, '.sql')) ?? names[0] ?? '';
    return names
      .filter(name => name !== owner)
      .map(name => ({
        rule: 'one-spelling',
        message: `models/${model} is the model of ${owner} and of ${name}: both tables are made of it.`,
        hint: `Give ${name} a file of its own, or leave one of them out.`,
        place: placeOf(name, 'model', model),
      }));
  });
  return [...misnamed, ...shared];
}

const baseOf = (path: string, ending: string): string => path.slice(path.lastIndexOf('/') + 1).replace(ending, '');
