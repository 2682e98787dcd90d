// What a change of the project does to the tables that others read: each difference, and whether it breaks who reads. Pure.

import type { Asset, TableAsset } from '../asset/asset.ts';
import { isTable } from '../asset/asset.ts';
import { parseType, type SqlType, type TypedColumn, typeText } from '../googlesql/type.ts';
import type { AssetGraph } from '../graph/graph.ts';

export type ChangeKind =
  | 'asset-removed'
  | 'asset-added'
  | 'column-removed'
  | 'column-renamed'
  | 'column-added'
  | 'type-widened'
  | 'type-changed'
  | 'nullable'
  | 'required'
  | 'partition-changed'
  | 'description-changed';

/** Those that can fail or silently change who reads the table. */
const BREAKING: ReadonlySet<ChangeKind> = new Set([
  'asset-removed',
  'column-removed',
  'column-renamed',
  'type-changed',
  'nullable',
  'partition-changed',
]);

export interface ContractChange {
  readonly kind: ChangeKind;
  readonly isBreaking: boolean;
  readonly asset: string;
  readonly column: string | null;
  /** In words: a type, a mode, a partition, a name. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A table as its readers see it. */
export interface Contract {
  readonly asset: TableAsset;
  readonly columns: readonly TypedColumn[];
}

/** The contracts of all tables but those that are `broken`, which have none to speak of. */
export function contractsOf(
  graph: AssetGraph,
  {
    columnsOf,
    broken,
  }: {
    readonly columnsOf: (asset: string) => readonly TypedColumn[] | undefined;
    readonly broken: ReadonlySet<string>;
  },
): ReadonlyMap<string, Contract> {
  const tables = [...graph.assets.values()].filter(
    (asset: Asset): asset is TableAsset => isTable(asset) && !broken.has(asset.name),
  );
  return new Map(
    tables.flatMap(asset => {
      const known = asset.kind === 'model' ? columnsOf(asset.name) : undefined;
      const declared = asset.columns.map(({ name, type }) => ({ name, type: parseType(type) }));
      const columns = known ?? declared;
      return columns.length === 0 ? [] : [[asset.name, { asset, columns }] as const];
    }),
  );
}

/** All differences, by asset and then by column. */
export function contractChanges(
  before: ReadonlyMap<string, Contract>,
  after: ReadonlyMap<string, Contract>,
): readonly ContractChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap(asset => {
    const [then, now] = [before.get(asset), after.get(asset)];
    if (now === undefined) return [change('asset-removed', { asset })];
    if (then === undefined) return [change('asset-added', { asset })];
    return [...partitionChange(then, now), ...descriptionChange(then, now), ...columnChanges(then, now)];
  });
}

const change = (
  kind: ChangeKind,
  { asset, column = null, from = null, to = null }: Pick<ContractChange, 'asset'> & Partial<ContractChange>,
): ContractChange => ({ kind, isBreaking: BREAKING.has(kind), asset, column, from, to });

function partitionChange(then: Contract, now: Contract): ContractChange[] {
  const [from, to] = [partitionText(then), partitionText(now)];
  return from === to ? [] : [change('partition-changed', { asset: now.asset.name, from, to })];
}

function partitionText({ asset: { partition } }: Contract): string {
  if (partition.kind === 'none') return 'none';
  return partition.kind === 'time' ? `${partition.grain} by ${partition.column}` : `keys of ${partition.column}`;
}

function columnChanges(then: Contract, now: Contract): ContractChange[] {
  const asset = now.asset.name;
  const byName = (columns: readonly TypedColumn[]) =>
    new Map(columns.map(column => [column.name.toLowerCase(), column]));
  const [old, made] = [byName(then.columns), byName(now.columns)];
  const removed = then.columns.filter(column => !made.has(column.name.toLowerCase()));
  const added = now.columns.filter(column => !old.has(column.name.toLowerCase()));
  const renamed = new Map(removed.flatMap(column => renaming(column, { removed, added })));
  const gone = removed.map(column => {
    const to = renamed.get(column.name);
    return to === undefined
      ? change('column-removed', { asset, column: column.name, from: typeText(column.type) })
      : change('column-renamed', { asset, column: column.name, from: column.name, to });
  });
  const kept = then.columns.flatMap(column => {
    const next = made.get(column.name.toLowerCase());
    return next === undefined
      ? []
      : [
          ...typeChange(asset, column, next),
          ...modeChange(column.name, then, now),
          ...descriptionChange(then, now, column.name),
        ];
  });
  const names = new Set(renamed.values());
  const fresh = added
    .filter(column => !names.has(column.name))
    .map(column => change('column-added', { asset, column: column.name, to: typeText(column.type) }));
  return [...gone, ...kept, ...fresh];
}

/** A column that went, where one of its type came and both are the only ones of it. */
function renaming(
  column: TypedColumn,
  { removed, added }: { readonly removed: readonly TypedColumn[]; readonly added: readonly TypedColumn[] },
): [string, string][] {
  const same = (columns: readonly TypedColumn[]): TypedColumn[] =>
    columns.filter(other => typeText(other.type) === typeText(column.type));
  const [only, ...others] = same(added);
  return only !== undefined && others.length === 0 && same(removed).length === 1 ? [[column.name, only.name]] : [];
}

function typeChange(asset: string, then: TypedColumn, now: TypedColumn): ContractChange[] {
  const [from, to] = [typeText(then.type), typeText(now.type)];
  if (from === to) return [];
  return [
    change(isWider(then.type, now.type) ? 'type-widened' : 'type-changed', { asset, column: now.name, from, to }),
  ];
}

/** What GoogleSQL coerces by itself without losing anything. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  INT64: ['NUMERIC', 'BIGNUMERIC'],
  NUMERIC: ['BIGNUMERIC'],
};

/** A STRUCT that gained fields at its end, and arrays of what is wider, are wider. */
function isWider(then: SqlType, now: SqlType): boolean {
  if (typeText(then) === typeText(now)) return true;
  if (then.kind === 'ARRAY') return now.kind === 'ARRAY' && isWider(then.element, now.element);
  if (then.kind === 'STRUCT') {
    if (now.kind !== 'STRUCT') return false;
    return then.fields.every((field, at) => {
      const next = now.fields[at];
      return next !== undefined && next.name === field.name && isWider(field.type, next.type);
    });
  }
  return WIDER[then.kind]?.includes(now.kind) === true;
}

function modeChange(column: string, then: Contract, now: Contract): ContractChange[] {
  const modeOf = ({ asset }: Contract): string =>
    asset.columns.find(one => one.name.toLowerCase() === column.toLowerCase())?.mode ?? 'NULLABLE';
  const [from, to] = [modeOf(then), modeOf(now)];
  if (from === to) return [];
  return [change(to === 'NULLABLE' ? 'nullable' : 'required', { asset: now.asset.name, column, from, to })];
}

/** Of the table, or of a column of it. No reader asks for it; people do. */
function descriptionChange(then: Contract, now: Contract, column: string | null = null): ContractChange[] {
  const descriptionOf = ({ asset }: Contract): string | undefined =>
    column === null
      ? asset.description
      : asset.columns.find(one => one.name.toLowerCase() === column.toLowerCase())?.description;
  const [from, to] = [descriptionOf(then), descriptionOf(now)];
  // A column that is declared only now, or no more, has the same rows.
  if (from === undefined || to === undefined || from === to) return [];
  return [change('description-changed', { asset: now.asset.name, column, from, to })];
}

/** In one line: `fact_orders.total: removed (NUMERIC)`. */
export function changeText({ kind, asset, column, from, to }: ContractChange): string {
  const name = column === null ? asset : `${asset}.${column}`;
  const words: Readonly<Record<ChangeKind, string>> = {
    'asset-removed': 'removed',
    'asset-added': 'new',
    'column-removed': `removed (${from})`,
    'column-renamed': `removed, or renamed to ${to}`,
    'column-added': `new (${to})`,
    'type-widened': `${from} is now ${to}, which holds all that it held`,
    'type-changed': `${from} is now ${to}`,
    nullable: 'may now be NULL',
    required: 'is now never NULL',
    'partition-changed': `partition was ${from}, is ${to}`,
    'description-changed': `described as ${JSON.stringify(to)}, was ${JSON.stringify(from)}`,
  };
  return `${name}: ${words[kind]}`;
}
