// The declared columns of an asset are its contract: what the model gives must be those, and what a build needs must be there.
// Pure; places are asked of the caller, who has the texts.

import { type ModelAsset, runsOn } from '../asset/asset.ts';
import { checkedColumns } from '../asset/check.ts';
import { closest, hintClosest } from '../closest.ts';
import { type Place, PulseError } from '../errors.ts';
import { parseType, type SqlType, type TypedColumn, typeText } from '../googlesql/type.ts';
import type { DeclaredProperty } from '../graph/declared-place.ts';

export interface ContractPlaces {
  /** Of a word in the asset's file. */
  declared(within: DeclaredProperty, word?: string): Place;
  /** Of a column of the final SELECT, by its name or by its position from 0. */
  made(column: string | number): Place | undefined;
  /** Where the values of a column are made: in the final SELECT, a CTE or a partial. */
  origin(column: string): Place | undefined;
  /** Of the final SELECT itself. */
  selected(): Place | undefined;
  /** Of the last star of the final SELECT, which makes what has no place of its own. */
  starred(): Place | undefined;
}

/** What a model gives. */
export interface GivenColumns {
  readonly columns: readonly TypedColumn[];
  /** Names of those that are NULL in every row. */
  readonly nulls: readonly string[];
}

/** All breaks of the contract, in the order of the declaration, then of the SELECT. */
export function contractErrors(
  asset: ModelAsset,
  { columns, nulls }: GivenColumns,
  places: ContractPlaces,
): PulseError[] {
  return [
    ...tableErrors(asset, columns, places),
    ...(asset.columns.length === 0 ? neededErrors(asset, columns, places) : declaredErrors(asset, columns, places)),
    ...nullErrors(asset, nulls, places),
    ...partitionErrors(asset, columns, places),
    ...clusterErrors(asset, columns, places),
    ...boundErrors(asset, columns, places),
  ];
}

const text = (place: Place): string =>
  [place.file, place.line, place.column].filter(part => part !== undefined).join(':');
const at = (place: Place | undefined): string => (place === undefined ? '' : ` It is made at ${text(place)}.`);

/** What is made otherwise than declared is wrong where it is made; where no place is known, where it is declared. */
function sides(made: Place | undefined, declared: Place): { place: Place; also: Place | undefined; said: string } {
  if (made === undefined) return { place: declared, also: undefined, said: '' };
  return { place: made, also: declared, said: ` It is declared at ${text(declared)}.` };
}

/** What a query may have and a table not. */
function tableErrors(
  asset: ModelAsset,
  columns: readonly TypedColumn[],
  { made, starred, declared }: ContractPlaces,
): PulseError[] {
  const seen = new Set<string>();
  const doubles = new Map<string, { readonly place: Place; readonly names: string[] }>();
  const wrong = columns.flatMap(({ name }, index) => {
    const place = made(index) ?? made(name) ?? starred() ?? declared('model');
    if (/^f\d+_$/.test(name) && !asset.columns.some(column => column.name === name)) {
      return [
        new PulseError('SQL_INVALID', `Column ${index + 1} of ${asset.name} has no name.`, {
          hint: 'Give it one with AS.',
          place,
        }),
      ];
    }
    const refused = runsOn(asset, 'bigquery') ? refusedName(name) : undefined;
    if (refused !== undefined) {
      const message = `BigQuery takes no column ${name}: ${refused}.`;
      return [new PulseError('SQL_INVALID', message, { hint: 'Give it another name with AS.', place })];
    }
    const doubleField = doubleFieldOf(columns[index]?.type);
    if (doubleField !== undefined) {
      const message = `Duplicate field name ${doubleField} in column ${name}: a STRUCT of a table has one field of a name.`;
      return [new PulseError('SQL_INVALID', message, { hint: 'Rename one of them with AS.', place })];
    }
    const key = name.toLowerCase();
    if (seen.has(key)) {
      const double = doubles.get(text(place)) ?? { place, names: [] };
      doubles.set(text(place), { place, names: [...new Set([...double.names, name])] });
    }
    seen.add(key);
    return [];
  });
  // A star may double many.
  const doubled = [...doubles.values()].map(({ place, names }) => {
    const said = names.length === 1 ? 'name' : 'names';
    return new PulseError(
      'SQL_INVALID',
      `Duplicate column ${said} ${names.join(', ')}: a table has one column of a name.`,
      {
        hint: made(names[0] ?? '') === undefined ? DOUBLED_BY_STAR : 'Rename one of them with AS, or take it out.',
        place,
      },
    );
  });
  return [...wrong, ...doubled];
}

/** A name that two fields of one STRUCT have, at any depth. */
function doubleFieldOf(type: SqlType | undefined): string | undefined {
  if (type?.kind === 'ARRAY') return doubleFieldOf(type.element);
  if (type?.kind !== 'STRUCT') return undefined;
  const names = type.fields.map(field => field.name.toLowerCase());
  const double = type.fields.find(({ name }, at) => name !== '' && names.indexOf(name.toLowerCase()) < at);
  return double?.name ?? type.fields.map(field => doubleFieldOf(field.type)).find(one => one !== undefined);
}

const DOUBLED_BY_STAR = 'Name the columns instead of the star, or leave some out: * EXCEPT (…).';

/** BigQuery's reference, "Specifying a schema": names of columns. */
const PREFIX = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_)/i;
const NO_LETTER = /[!"$()*,./;?@[\]\\^`{}~]/;
const NAME_MAX = 300;

function refusedName(name: string): string | undefined {
  const prefix = PREFIX.exec(name)?.[0];
  if (prefix !== undefined) return `names that start with ${prefix} are its own`;
  const letter = NO_LETTER.exec(name)?.[0];
  if (letter !== undefined) return `a name has no ${letter}`;
  return name.length > NAME_MAX ? `a name has ${NAME_MAX} letters at most` : undefined;
}

/** Which texts are values of a type; absent: any is. */
const VALUES: Readonly<Record<string, RegExp>> = {
  INT64: /^[+-]?\d+$/,
  NUMERIC: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i,
  BIGNUMERIC: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i,
  FLOAT64: /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i,
  BOOL: /^(?:true|false)$/i,
  DATE: /^\d{4}-\d{1,2}-\d{1,2}$/,
  TIMESTAMP: /^\d{4}-\d{1,2}-\d{1,2}/,
  DATETIME: /^\d{4}-\d{1,2}-\d{1,2}/,
};
/** What has an age. */
const AGED: ReadonlySet<string> = new Set(['TIMESTAMP', 'DATE', 'DATETIME']);
const UNCHECKED: ReadonlySet<string> = new Set(['STRUCT', 'ARRAY', 'JSON', 'GEOGRAPHY']);

/** Values that a check compares with, and that the column cannot be. */
function boundErrors(asset: ModelAsset, columns: readonly TypedColumn[], { declared }: ContractPlaces): PulseError[] {
  return asset.checks.flatMap(check => {
    if (check.kind === 'freshness') {
      const aged = columns.find(one => one.name.toLowerCase() === check.column.toLowerCase());
      if (aged === undefined || AGED.has(aged.type.kind)) return [];
      const message = `${asset.name}: freshness asks how old ${check.column} is, which is ${typeText(aged.type)}.`;
      const hint = 'Name a TIMESTAMP or DATE, or CAST the column in the model.';
      return [new PulseError('CONTRACT_BROKEN', message, { hint, place: declared('checks', check.column) })];
    }
    if (check.kind !== 'range' && check.kind !== 'accepted-values') return [];
    const column = columns.find(one => one.name.toLowerCase() === check.column.toLowerCase());
    if (column === undefined) return [];
    const type = column.type.kind;
    const given = check.kind === 'range' ? [check.min, check.max].filter(one => one !== undefined) : check.values;
    // A text has its own order, in which 10 comes before 9.
    const isNoText = (one: unknown): boolean => check.kind === 'range' && type === 'STRING' && typeof one === 'number';
    const wrong = given.find(one => UNCHECKED.has(type) || isNoText(one) || VALUES[type]?.test(String(one)) === false);
    if (wrong === undefined) return [];
    const said = `${check.kind} compares ${check.column}, which is ${typeText(column.type)}, with "${wrong}"`;
    return [
      new PulseError('CONTRACT_BROKEN', `${asset.name}: ${said}.`, {
        hint: UNCHECKED.has(type)
          ? 'Write an expression(…) instead.'
          : 'Mend the value, or CAST the column in the model.',
        place: declared('checks', check.column),
      }),
    ];
  });
}

function declaredErrors(asset: ModelAsset, columns: readonly TypedColumn[], places: ContractPlaces): PulseError[] {
  const actual = new Map(columns.map(column => [column.name.toLowerCase(), column]));
  const declared = new Set(asset.columns.map(column => column.name.toLowerCase()));
  const extras = columns.filter(({ name }) => !declared.has(name.toLowerCase()) && !/^f\d+_$/.test(name));
  const broken = (said: string, hint: string, at: { place: Place; also?: Place | undefined }): PulseError =>
    new PulseError('CONTRACT_BROKEN', `${asset.name}: ${said}`, { hint, ...at });
  const renamed = new Set<string>();
  const wrong = asset.columns.flatMap(column => {
    const place = places.declared('columns', column.name);
    const made = actual.get(column.name.toLowerCase());
    if (made === undefined) {
      const near = closest(
        column.name,
        extras.map(extra => extra.name),
      );
      if (near !== undefined) renamed.add(near);
      const hint =
        near === undefined
          ? 'Add it to the final SELECT, or take it out of the declaration.'
          : `The model gives "${near}", which is not declared: is it that?`;
      const both = { place, also: (near === undefined ? undefined : places.made(near)) ?? places.selected() };
      return [broken(`column ${column.name} is declared, but models/${asset.model} does not give it.`, hint, both)];
    }
    const type = typeText(made.type);
    if (type === typeText(parseType(column.type))) return [];
    const { said, ...both } = sides(places.origin(made.name), place);
    const message = `column ${column.name} is declared ${column.type}, but models/${asset.model} gives ${type}.`;
    return [broken(message, `CAST it in the model, or change the declaration.${said}`, both)];
  });
  const extra = (asset.strict ? extras.filter(({ name }) => !renamed.has(name)) : []).map(({ name }) =>
    broken(
      `models/${asset.model} gives column ${name}, which is not declared.`,
      'Declare it, or take it out of the final SELECT.',
      { place: places.made(name) ?? places.declared('columns') },
    ),
  );
  return [...wrong, ...extra];
}

/** A table with such a row is refused when it is made: of these, each row is one. */
function nullErrors(asset: ModelAsset, nulls: readonly string[], { declared, origin }: ContractPlaces): PulseError[] {
  const names = new Set(nulls.map(name => name.toLowerCase()));
  return asset.columns
    .filter(({ name, mode }) => mode === 'REQUIRED' && names.has(name.toLowerCase()))
    .map(({ name }) => {
      const { said, ...both } = sides(origin(name), declared('columns', name));
      const message = `${asset.name}: column ${name} is declared REQUIRED, but models/${asset.model} gives NULL in every row.`;
      return new PulseError('CONTRACT_BROKEN', message, {
        hint: `Give it a value, or declare it without REQUIRED.${said}`,
        ...both,
      });
    });
}

/** Without declared columns still: columns that the partition, the clustering and the checks are about. */
function neededErrors(asset: ModelAsset, columns: readonly TypedColumn[], places: ContractPlaces): PulseError[] {
  const names = columns.map(column => column.name);
  const known = new Set(names.map(name => name.toLowerCase()));
  const needed: [DeclaredProperty, string, string][] = [
    ...(asset.partition.kind === 'none'
      ? []
      : [['partition', asset.partition.column, 'is partitioned'] as [DeclaredProperty, string, string]]),
    ...asset.clusterBy.map((column): [DeclaredProperty, string, string] => ['clusterBy', column, 'is clustered']),
    ...asset.deps.flatMap(({ asset: read, mapping }) =>
      mapping?.kind === 'by-key'
        ? mapping.columns.map((column): [DeclaredProperty, string, string] => ['deps', column, `reads ${read} by key`])
        : [],
    ),
    ...asset.checks.flatMap(check => {
      return checkedColumns(check).map((column): [DeclaredProperty, string, string] => [
        'checks',
        column,
        `is checked (${check.kind})`,
      ]);
    }),
  ];
  return needed
    .filter(([, column]) => !known.has(column.toLowerCase()))
    .map(
      ([within, column, said]) =>
        new PulseError(
          'CONTRACT_BROKEN',
          `${asset.name} ${said} by column "${column}", which models/${asset.model} does not give.`,
          {
            hint: hintClosest(column, names, 'Add it to the final SELECT, or mend the declaration.'),
            place: places.declared(within, column),
          },
        ),
    );
}

/** What refers to a key of another type finds none: the comparison is an error where the check is run. */
export function referenceError(
  asset: string,
  check: Extract<ModelAsset['checks'][number], { kind: 'refers-to' }>,
  { own, read }: { readonly own: readonly TypedColumn[]; readonly read: readonly TypedColumn[] },
): PulseError | undefined {
  const typeIn = (columns: readonly TypedColumn[], name: string): string | undefined =>
    columns.find(one => one.name.toLowerCase() === name.toLowerCase())?.type.kind;
  const [from, to] = [typeIn(own, check.column), typeIn(read, check.key)];
  if (from === undefined || to === undefined || familyOf(from) === familyOf(to)) return undefined;
  const said = `${asset} refers to "${check.asset}" by ${check.column}, which is ${from}, and "${check.key}" there is ${to}.`;
  return new PulseError('CONTRACT_BROKEN', said, { hint: 'Name the key that holds the same, or CAST one of them.' });
}

/** Types of which values are compared with each other. */
const FAMILIES: Readonly<Record<string, string>> = {
  INT64: 'number',
  NUMERIC: 'number',
  BIGNUMERIC: 'number',
  FLOAT64: 'number',
  DATE: 'time',
  DATETIME: 'time',
  TIMESTAMP: 'time',
};
const familyOf = (kind: string): string => FAMILIES[kind] ?? kind;

function partitionErrors(asset: ModelAsset, columns: readonly TypedColumn[], places: ContractPlaces): PulseError[] {
  const { partition } = asset;
  if (partition.kind === 'none') return [];
  const column = columns.find(one => one.name.toLowerCase() === partition.column.toLowerCase());
  const wanted = partition.kind === 'static' ? 'STRING' : partition.grain === 'hourly' ? 'TIMESTAMP' : 'DATE';
  if (column === undefined || column.type.kind === wanted) return [];
  const how = partition.kind === 'static' ? 'static keys' : partition.grain;
  return [
    new PulseError(
      'CONTRACT_BROKEN',
      `${asset.name} is partitioned (${how}) by ${partition.column}, which must be ${wanted} and is ${typeText(column.type)}.`,
      {
        hint: `CAST it in the model, or partition by another column.${at(places.origin(column.name))}`,
        place: places.declared('partition', partition.column),
        also: places.origin(column.name),
      },
    ),
  ];
}

/** BigQuery's reference, "Introduction to clustered tables". */
const CLUSTERED = ['BIGNUMERIC', 'BOOL', 'DATE', 'DATETIME', 'GEOGRAPHY', 'INT64', 'NUMERIC', 'STRING', 'TIMESTAMP'];

function clusterErrors(asset: ModelAsset, columns: readonly TypedColumn[], places: ContractPlaces): PulseError[] {
  return asset.clusterBy.flatMap(name => {
    const column = columns.find(one => one.name.toLowerCase() === name.toLowerCase());
    if (column === undefined || CLUSTERED.includes(column.type.kind)) return [];
    return [
      new PulseError(
        'CONTRACT_BROKEN',
        `${asset.name} is clustered by ${name}, which is ${typeText(column.type)}: BigQuery clusters by no such type.`,
        {
          hint: `Cluster by another column, or take it out.${at(places.made(column.name))}`,
          place: places.declared('clusterBy', name),
        },
      ),
    ];
  });
}
