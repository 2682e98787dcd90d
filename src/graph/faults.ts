// Everything that is wrong with a set of declarations, found in one go and refused by graph.ts. Pure.
// Judges declarations only against each other; whether the SQL agrees with them is the compile floor's.

import type { Asset, AssetKind, Dep } from '../asset/asset.ts';
import { isTable, PROPERTIES } from '../asset/asset.ts';
import { type Check, checkedColumns } from '../asset/check.ts';
import { spanMs } from '../asset/span.ts';
import { hintClosest } from '../closest.ts';
import { type ErrorCode, must, PulseError } from '../errors.ts';
import { findCircles } from './circle.ts';
import { type DeclaredProperty, declaredAgain, declaredPlace } from './declared-place.ts';
import type { LoadedAsset } from './loaded-asset.ts';

/** What is wrong, and the assets that it is wrong with. */
export interface AssetFault {
  readonly assets: readonly string[];
  readonly error: PulseError;
}

/** In the order of the assets' names; circles last. */
export function findFaults(loaded: readonly LoadedAsset[]): readonly AssetFault[] {
  const { byName, duplicates } = index(loaded);
  const names = [...byName.keys()].sort();
  const faults = names.flatMap(name => faultsOf(must(byName, name), byName).map(error => ({ assets: [name], error })));
  return [...duplicates, ...faults, ...circles(names, byName)];
}

type Assets = ReadonlyMap<string, LoadedAsset>;

function index(loaded: readonly LoadedAsset[]): { readonly byName: Assets; readonly duplicates: AssetFault[] } {
  const byName = new Map<string, LoadedAsset>();
  const duplicates: AssetFault[] = [];
  for (const one of loaded) {
    const other = byName.get(one.asset.name);
    if (other === undefined) byName.set(one.asset.name, one);
    else duplicates.push({ assets: [one.asset.name], error: duplicate(other, one) });
  }
  return { byName, duplicates };
}

function duplicate(one: LoadedAsset, other: LoadedAsset): PulseError {
  const where = one.file === other.file ? `twice${inFile(one)}` : `by both ${one.file} and ${other.file}`;
  return new PulseError('ASSET_DUPLICATE', `"${one.asset.name}" is declared ${where}.`, {
    hint: 'Rename or remove one of the two.',
    ...placeOf(other, 'name', one.asset.name),
  });
}

const inFile = ({ file }: LoadedAsset): string => (file === '' ? '' : ` in ${file}`);
const placeOf = ({ file, text }: LoadedAsset, within: DeclaredProperty, word?: string) =>
  file === '' ? {} : { place: text === undefined ? { file } : declaredPlace({ file, text: text() }, within, word) };

function faultsOf(one: LoadedAsset, assets: Assets): readonly PulseError[] {
  return [
    ...unknownFaults(one),
    ...shapeFaults(one),
    ...depFaults(one, assets),
    ...columnFaults(one),
    ...checkFaults(one, assets),
    ...freshnessFaults(one),
  ];
}

/** A property that is misspelt would be left out without a word. */
const unknownFaults = (one: LoadedAsset): readonly PulseError[] =>
  (one.asset.unknown ?? []).map(word => {
    const { kind } = one.asset;
    const text = `declares "${word}", which is nothing of ${kind === 'ingest' || kind === 'extract' ? 'an' : 'a'} ${kind}.`;
    const known = PROPERTIES[kind];
    const hint = hintClosest(word, known, `Write one of ${known.join(', ')}, or take it out.`);
    return fault(one, 'ASSET_INVALID', text, { hint, at: { within: 'name', word } });
  });

/** What has not the shape that the types say. */
const shapeFaults = (one: LoadedAsset): readonly PulseError[] =>
  (one.asset.misshapen ?? []).map(
    ({ within, word, said, hint }) =>
      new PulseError('ASSET_INVALID', `"${one.asset.name}" ${said}`, { hint, ...placeOf(one, within, word) }),
  );

/** Where in the declaration it is wrong. */
interface At {
  readonly within: DeclaredProperty;
  readonly word: string;
}

function fault(
  one: LoadedAsset,
  code: ErrorCode,
  text: string,
  { hint, at }: { readonly hint: string; readonly at: At },
): PulseError {
  return new PulseError(code, `"${one.asset.name}" ${text}`, { hint, ...placeOf(one, at.within, at.word) });
}

/** At the one that is too many, which stands behind `behind` that are spelled like it. */
function twice(one: LoadedAsset, said: string, { within, word, behind }: At & { readonly behind: number }): PulseError {
  const { file, text } = one;
  const place =
    file === ''
      ? {}
      : { place: text === undefined ? { file } : declaredAgain({ file, text: text() }, within, { word, behind }) };
  return new PulseError('ASSET_INVALID', `"${one.asset.name}" ${said}.`, { hint: 'Keep one.', ...place });
}

// What an asset reads.

/** Which kinds each kind reads, and how that is said. */
const READS: Readonly<Record<AssetKind, { readonly kinds: readonly AssetKind[]; readonly rule: string }>> = {
  source: { kinds: [], rule: 'A source reads nothing: it is files.' },
  ingest: { kinds: ['source'], rule: 'An ingest reads sources only (of events or records).' },
  extract: { kinds: ['ingest'], rule: 'An extract reads an ingest only.' },
  seed: { kinds: ['source'], rule: 'A seed reads sources of format csv only.' },
  model: { kinds: ['extract', 'seed', 'model'], rule: 'A model reads tables only: extracts, seeds and other models.' },
};

function depFaults(one: LoadedAsset, assets: Assets): readonly PulseError[] {
  const faults: PulseError[] = [];
  const seen = new Set<string>();
  for (const dep of one.asset.deps) {
    if (seen.has(dep.asset))
      faults.push(twice(one, `lists "${dep.asset}" twice among its deps`, { ...depAt(dep.asset), behind: 1 }));
    else faults.push(...depFault(one, dep, assets));
    seen.add(dep.asset);
  }
  if (seen.size === 0 && (one.asset.kind === 'ingest' || one.asset.kind === 'extract' || one.asset.kind === 'seed')) {
    faults.push(
      fault(one, 'ASSET_INVALID', `is of kind ${one.asset.kind} and reads nothing.`, {
        ...readsHint(one.asset.kind),
        at: { within: 'name', word: one.asset.name },
      }),
    );
  }
  return faults;
}

const depAt = (word: string): At => ({ within: 'deps', word });
const readsHint = (kind: AssetKind) => ({ hint: READS[kind].rule });

function depFault(one: LoadedAsset, dep: Dep, assets: Assets): readonly PulseError[] {
  const read = assets.get(dep.asset)?.asset;
  if (read === undefined) return [unknownAsset(one, `reads "${dep.asset}"`, { at: depAt(dep.asset), assets })];
  if (!READS[one.asset.kind].kinds.includes(read.kind)) {
    const text = `is of kind ${one.asset.kind} and reads "${read.name}", which is of kind ${read.kind}.`;
    return [fault(one, 'ASSET_INVALID', text, { ...readsHint(one.asset.kind), at: depAt(dep.asset) })];
  }
  if (read.kind === 'source' && (one.asset.kind === 'seed') !== (read.format === 'csv')) {
    const text = `is of kind ${one.asset.kind} and reads "${read.name}", whose files are ${read.format}.`;
    return [fault(one, 'ASSET_INVALID', text, { ...readsHint(one.asset.kind), at: depAt(dep.asset) })];
  }
  return mappingFaults(one, dep, { read, assets });
}

function unknownAsset(
  one: LoadedAsset,
  text: string,
  { at, assets }: { readonly at: At; readonly assets: Assets },
): PulseError {
  const fallback = 'Declare it in a file under assets/, or correct the name. `pulse list` shows what there is.';
  return fault(one, 'ASSET_UNKNOWN', `${text}, which no file under assets/ declares.`, {
    hint: hintClosest(at.word, assets.keys(), fallback),
    at,
  });
}

function mappingFaults(
  one: LoadedAsset,
  { mapping }: Dep,
  { read, assets }: { readonly read: Asset; readonly assets: Assets },
): readonly PulseError[] {
  if (mapping === undefined || mapping.kind === 'all-partitions') return [];
  if (mapping.kind !== 'by-key') return unpartitioned(one, read, mapping.kind);
  const said = `maps "${read.name}" by key`;
  const within = 'deps';
  const { through } = mapping;
  if (through === undefined) return missingInAny(one, mapping.columns, { of: [one.asset, read], said, within });
  const own = missing(one, mapping.columns, { of: one.asset, said, within });
  const way = assets.get(through.asset)?.asset;
  const leads = one.asset.deps.find(dep => dep.asset === through.asset)?.mapping;
  const isByKey = leads?.kind === 'by-key' && leads.through === undefined;
  if (way === undefined || !isByKey || leads.columns.join() !== mapping.columns.join()) {
    const key = mapping.columns.join(', ');
    const text = `reads "${read.name}" by ${key} through "${through.asset}", which it does not read by ${key}.`;
    const hint = `Declare { asset: '${through.asset}', mapping: byKey(${mapping.columns.map(name => `'${name}'`).join(', ')}) } too.`;
    return [...own, fault(one, 'ASSET_INVALID', text, { hint, at: depAt(read.name) })];
  }
  return [
    ...own,
    ...missing(one, through.on, { of: read, said, within }),
    ...missing(one, [...through.on, ...mapping.columns], { of: way, said, within }),
  ];
}

/** A cell of the same (or a neighbouring) key needs keys on both sides. */
function unpartitioned(one: LoadedAsset, read: Asset, mapping: string): readonly PulseError[] {
  if (!isTable(one.asset) || !isTable(read)) return [];
  const without = [one.asset, read].filter(table => table.partition.kind === 'none').map(table => `"${table.name}"`);
  if (without.length === 0) return [];
  const are = without.length === 1 ? 'is' : 'are';
  const text = `reads "${read.name}" by ${mapping}, but ${without.join(' and ')} ${are} not partitioned.`;
  return [
    fault(one, 'ASSET_INVALID', text, {
      hint: 'Use allPartitions() or byKey(…), or declare a partition.',
      at: depAt(read.name),
    }),
  ];
}

// What an asset says of its columns. Where none are declared, any name may be one.

function columnFaults(one: LoadedAsset): readonly PulseError[] {
  const { asset } = one;
  const faults = [...doubleColumns(one), ...wordFaults(one), ...modeFaults(one)];
  if (!isTable(asset)) return faults;
  if (asset.partition.kind !== 'none')
    faults.push(...missing(one, [asset.partition.column], { of: asset, said: 'is partitioned', within: 'partition' }));
  if (asset.kind === 'seed')
    faults.push(
      ...missing(one, Object.keys(asset.headers), { of: asset, said: 'takes from its files', within: 'headers' }),
    );
  else
    faults.push(
      ...missing(one, asset.clusterBy, { of: asset, said: 'is clustered', within: 'clusterBy' }),
      ...manyClusters(one, asset.clusterBy),
    );
  return faults;
}

/** The types refuse it too, but nothing is type-checked before it is compiled. */
const modeFaults = (one: LoadedAsset): readonly PulseError[] =>
  one.asset.columns
    .filter(({ mode }) => mode !== 'NULLABLE' && mode !== 'REQUIRED')
    .map(({ name, mode }) => {
      const text = `declares the column "${name}" as ${mode}, which is no mode.`;
      const hint = hintClosest(String(mode), ['REQUIRED', 'NULLABLE'], "Write 'REQUIRED', or nothing: NULLABLE.");
      return fault(one, 'ASSET_INVALID', text, { hint, at: { within: 'columns', word: name } });
    });

const wordFaults = (one: LoadedAsset): readonly PulseError[] =>
  one.asset.columns
    .filter(({ description }) => typeof description !== 'string' && description !== undefined)
    .map(({ name }) =>
      fault(one, 'ASSET_INVALID', `describes the column "${name}" by what is no text.`, {
        hint: "Write ['name', 'TYPE', 'What it means.', 'REQUIRED'], the last only where it is.",
        at: { within: 'columns', word: name },
      }),
    );

/** BigQuery's reference, "Introduction to clustered tables". */
const CLUSTERED_MAX = 4;

function manyClusters(one: LoadedAsset, clusterBy: readonly string[]): readonly PulseError[] {
  const double = clusterBy.find((column, at) => clusterBy.indexOf(column) < at);
  if (double !== undefined) {
    return [twice(one, `is clustered by "${double}" twice`, { within: 'clusterBy', word: double, behind: 1 })];
  }
  const word = clusterBy[CLUSTERED_MAX];
  if (word === undefined) return [];
  const text = `is clustered by ${clusterBy.length} columns, and BigQuery takes ${CLUSTERED_MAX}.`;
  const hint = 'Keep those that most questions ask for.';
  return [fault(one, 'ASSET_INVALID', text, { hint, at: { within: 'clusterBy', word } })];
}

/** BigQuery's column names ignore case. */
function doubleColumns(one: LoadedAsset): readonly PulseError[] {
  const seen = new Set<string>();
  const doubles = new Map<string, number>();
  for (const [at, { name }] of one.asset.columns.entries()) {
    const key = name.toLowerCase();
    const before = one.asset.columns.slice(0, at).filter(column => column.name === name).length;
    if (seen.has(key) && !doubles.has(name)) doubles.set(name, before);
    seen.add(key);
  }
  return [...doubles].map(([word, behind]) =>
    twice(one, `declares the column "${word}" twice`, { within: 'columns', word, behind }),
  );
}

interface Needed {
  /** Whose columns they should be. */
  readonly of: Asset;
  /** What needs them, in words. */
  readonly said: string;
  readonly within: DeclaredProperty;
}

/** One fault for each of `columns` that `of` does not declare. */
const missing = (one: LoadedAsset, columns: readonly string[], { of, ...more }: Needed): readonly PulseError[] =>
  missingInAny(one, columns, { of: [of], ...more });

/** A column that several tables should have is one fault, whichever of them have it not. */
function missingInAny(
  one: LoadedAsset,
  columns: readonly string[],
  { of, said, within }: Omit<Needed, 'of'> & { readonly of: readonly Asset[] },
): readonly PulseError[] {
  const declared = (table: Asset): readonly string[] => table.columns.map(column => column.name);
  return columns.flatMap(column => {
    const without = of.filter(table => table.columns.length > 0 && !declared(table).includes(column));
    const [first] = without;
    if (first === undefined) return [];
    const owners = without.map(table => (table === one.asset ? 'it' : `"${table.name}"`));
    const who = owners.length === 1 ? `${owners[0]} does not declare` : `neither ${owners.join(' nor ')} declares`;
    const hint = hintClosest(column, declared(first), `"${first.name}" declares ${declared(first).join(', ')}.`);
    return [
      fault(one, 'ASSET_INVALID', `${said} by column "${column}", which ${who}.`, {
        hint,
        at: { within, word: column },
      }),
    ];
  });
}

/** What a check finds is told by its name. */
function doubleExpressions(one: LoadedAsset): readonly PulseError[] {
  const names = one.asset.checks.flatMap(check => (check.kind === 'expression' ? [check.name] : []));
  const doubles = new Set(names.filter((name, at) => names.indexOf(name) < at));
  return [...doubles].map(word =>
    twice(one, `has two expression checks called "${word}"`, { within: 'checks', word, behind: 1 }),
  );
}

function checkFaults(one: LoadedAsset, assets: Assets): readonly PulseError[] {
  const faults = one.asset.checks.flatMap(check => {
    const own = missing(one, checkedColumns(check), {
      of: one.asset,
      said: `is checked (${check.kind})`,
      within: 'checks',
    });
    if (check.kind === 'refers-to') return [...own, ...refersToFaults(one, check, assets)];
    return [...own, ...boundFaults(one, check)];
  });
  return [...faults, ...doubleExpressions(one)];
}

/** What a check says in numbers and spans must be some. */
function boundFaults(one: LoadedAsset, check: Check): readonly PulseError[] {
  if (check.kind === 'range' || check.kind === 'row-count') {
    if (check.min !== undefined || check.max !== undefined) return [];
    const word = check.kind === 'range' ? check.column : check.of;
    const at: At = { within: 'checks', word };
    return [
      fault(one, 'ASSET_INVALID', `has a ${check.kind} without min and max.`, { hint: 'Give at least one.', at }),
    ];
  }
  return check.kind === 'freshness' ? spanFaults(one, check.within, 'checks') : [];
}

const spanFaults = (one: LoadedAsset, word: string, within: DeclaredProperty): readonly PulseError[] => {
  if (spanMs(word) !== undefined) return [];
  const text = `must be fresh within "${word}", which is no span.`;
  return [fault(one, 'ASSET_INVALID', text, { hint: 'Write 30m, 6h or 2d.', at: { within, word } })];
};

function freshnessFaults(one: LoadedAsset): readonly PulseError[] {
  const { freshness } = one.asset;
  if (freshness === undefined) return [];
  const { within, by, timeZone } = freshness;
  const faults = within === undefined ? [] : [...spanFaults(one, within, 'freshness')];
  const say = (text: string, hint: string, word: string): void => {
    faults.push(fault(one, 'ASSET_INVALID', text, { hint, at: { within: 'freshness', word } }));
  };
  if (within === undefined && by === undefined)
    say('has a freshness without within and by.', "Write { within: '6h' }, { by: '09:00' }, or both.", '');
  if (by !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(by))
    say(`must be fresh by "${by}", which is no time of day.`, 'Write 09:00.', by);
  if (timeZone !== undefined && !isTimeZone(timeZone))
    say(`has "${timeZone}" as the time zone of its freshness.`, 'Write an IANA name: Africa/Lagos.', timeZone);
  return faults;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type RefersTo = Extract<Check, { kind: 'refers-to' }>;

function refersToFaults(one: LoadedAsset, check: RefersTo, assets: Assets): readonly PulseError[] {
  const target = assets.get(check.asset)?.asset;
  if (target === undefined) {
    const at: At = { within: 'checks', word: check.asset };
    return [unknownAsset(one, `has a check that refers to "${check.asset}"`, { at, assets })];
  }
  if (!isTable(target)) {
    const text = `has a check that refers to "${target.name}", which is of kind ${target.kind} and no table.`;
    return [
      fault(one, 'ASSET_INVALID', text, {
        hint: 'Refer to an extract, a seed or a model.',
        at: { within: 'checks', word: target.name },
      }),
    ];
  }
  return missing(one, [check.key], { of: target, said: `refers to "${target.name}"`, within: 'checks' });
}

// Circles.

function circles(names: readonly string[], assets: Assets): readonly AssetFault[] {
  const reads = (name: string) => {
    const deps = assets.get(name)?.asset.deps ?? [];
    return deps
      .map(dep => dep.asset)
      .filter(dep => assets.has(dep))
      .sort();
  };
  return findCircles(names, reads).map(circle => {
    const [start = '', next = ''] = circle;
    const text =
      circle.length === 2 ? `"${start}" reads itself.` : `Assets read each other in a circle: ${circle.join(' -> ')}.`;
    const error = new PulseError('GRAPH_CYCLE', text, {
      hint: 'Each asset is made from what it reads: take one of these deps away.',
      ...placeOf(must(assets, start), 'deps', next),
    });
    return { assets: circle, error };
  });
}
