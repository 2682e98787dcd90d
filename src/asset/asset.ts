// What a person declares: a table (or a set of files) and what it depends on. Frozen values, no behaviour.
// Asset kinds: source (files, observed), ingest (files into the raw store), extract (raw store into the warehouse),
// seed (CSV into the warehouse), model (templated BigQuery SQL).

import { PulseError } from '../errors.ts';
import type { Check } from './check.ts';
import type { Mapping, Partition } from './partition.ts';
import { isCheck, isColumn, isDep, isHeaders, isPartition, type ShapeFault, shapeFaults } from './shape.ts';

export interface Column {
  readonly name: string;
  /** The type as BigQuery writes it: STRING, INT64, NUMERIC, ARRAY<STRUCT<sku STRING, quantity INT64>>. */
  readonly type: string;
  readonly mode: 'NULLABLE' | 'REQUIRED';
  readonly description: string;
}

/** An edge: this asset reads `asset`; `mapping` says which of its cells a changed cell of `asset` touches. */
export interface Dep {
  readonly asset: string;
  /** Absent: the safe one, all cells. */
  readonly mapping?: Mapping;
}

/** How up to date an asset must be. At least one of `within` and `by`. */
export interface FreshnessPolicy {
  /** Made at most this long ago: 30m, 6h, 2d. With `by`: at most this long before that time of the day. */
  readonly within?: string;
  /** Made by this time of every day, HH:MM in `timeZone`: what was made before midnight does not count, unless `within` reaches back. */
  readonly by?: string;
  /** IANA name, e.g. Africa/Lagos. Default UTC. */
  readonly timeZone?: string;
}

interface AssetCommon {
  /** snake_case; the file, the asset, the model, the table, the CLI word and the ref, one spelling. */
  readonly name: string;
  readonly description: string;
  readonly deps: readonly Dep[];
  readonly tags: readonly string[];
  readonly owner: string | undefined;
  readonly columns: readonly Column[];
  readonly checks: readonly Check[];
  readonly freshness?: FreshnessPolicy;
  /** What is declared of it that no asset of its kind has; absent where there is nothing. */
  readonly unknown?: readonly string[];
  /** What is declared otherwise than the types say, and left out; absent where there is nothing. */
  readonly misshapen?: readonly ShapeFault[];
}

/** Files that somebody else writes; pulse only observes their content. */
export interface SourceAsset extends AssetCommon {
  readonly kind: 'source';
  /** Globs relative to the data directory, e.g. `bootstrap/*.json`. */
  readonly files: readonly string[];
  readonly format: 'records' | 'events' | 'csv';
}

/** Files (its deps are sources) into the raw store's collection `events_raw`. */
export interface IngestAsset extends AssetCommon {
  readonly kind: 'ingest';
}

/** What an extract copies out of the raw store. */
export type RawCollection = 'events_raw' | 'ingest_batches' | 'events_quarantine';

/** Whole closed batches of the raw store into one warehouse table, each exactly once. */
export interface ExtractAsset extends AssetCommon {
  readonly kind: 'extract';
  readonly from: RawCollection;
  readonly partition: Partition;
  readonly clusterBy: readonly string[];
}

/** CSV files (its deps are sources) into one warehouse table, with the columns as declared. */
export interface SeedAsset extends AssetCommon {
  readonly kind: 'seed';
  /** Column of the table -> header of the file. */
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: Partition;
}

/** Where a model may run; the embedded warehouse is duckdb. */
export type ModelEngine = 'bigquery' | 'duckdb';

export interface ModelAsset extends AssetCommon {
  readonly kind: 'model';
  /** Path below models/, e.g. `marts/fact_orders.sql`. */
  readonly model: string;
  readonly partition: Partition;
  readonly clusterBy: readonly string[];
  /** Whether columns that the model gives and nobody declared break the contract. */
  readonly strict: boolean;
  /** Where it runs. Absent: everywhere. */
  readonly engines?: readonly ModelEngine[];
  /** False: BigQuery alone judges its SQL, and its columns are what it declares. Absent: it is analyzed. */
  readonly analyze?: false;
}

export type Asset = SourceAsset | IngestAsset | ExtractAsset | SeedAsset | ModelAsset;
export type AssetKind = Asset['kind'];
/** The assets that are tables of the warehouse. */
export type TableAsset = ExtractAsset | SeedAsset | ModelAsset;

export function isTable(asset: Asset): asset is TableAsset {
  return asset.kind === 'extract' || asset.kind === 'seed' || asset.kind === 'model';
}

/** A dep as a person may write it: a name, or `{ asset, mapping }`. */
export type DepInput = string | Dep;
/** A column as a person may write it: `['order_id', 'STRING', 'The order.']`, with 'REQUIRED' as an optional fourth word. */
export type ColumnInput = readonly [name: string, type: string, description: string, mode?: 'NULLABLE' | 'REQUIRED'];

interface CommonInput {
  readonly name: string;
  readonly description: string;
  readonly tags?: readonly string[];
  readonly owner?: string;
  readonly columns?: readonly ColumnInput[];
  readonly checks?: readonly Check[];
  readonly freshness?: FreshnessPolicy;
}

const COMMON = ['name', 'description', 'tags', 'owner', 'columns', 'checks', 'freshness'];

/** What a person may declare of each kind. The types say it too, but nothing is type-checked before it is loaded. */
export const PROPERTIES: Readonly<Record<AssetKind, readonly string[]>> = {
  source: [...COMMON, 'files', 'format'],
  ingest: [...COMMON, 'deps'],
  extract: [...COMMON, 'deps', 'from', 'partition', 'clusterBy'],
  seed: [...COMMON, 'deps', 'headers', 'partition'],
  model: [...COMMON, 'deps', 'model', 'partition', 'clusterBy', 'strict', 'engines', 'analyze'],
};

function common(input: CommonInput & { readonly deps?: readonly DepInput[] }, kind: AssetKind): AssetCommon {
  // Nothing is type-checked before it is loaded.
  const name: unknown = input.name;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,127}$/.test(name)) {
    const said = name === undefined ? `The ${kind} has no name.` : `"${String(name)}" is not a name for an asset.`;
    throw new PulseError('ASSET_INVALID', said, {
      hint: 'Use snake_case: a lower-case letter first, then letters, digits and _ (128 at most).',
    });
  }
  // A source reads nothing, which is said with its deps.
  const unknown = Object.keys(input).filter(key => key !== 'deps' && !PROPERTIES[kind].includes(key));
  const misshapen = shapeFaults(input as unknown as Readonly<Record<string, unknown>>, PROPERTIES[kind]);
  return {
    name: input.name,
    description: input.description,
    deps: listed(input.deps, isDep).map(dep => (typeof dep === 'string' ? { asset: dep } : dep)),
    tags: listed(input.tags, () => true),
    owner: input.owner,
    columns: listed(input.columns, isColumn).map(([name, type, description, mode]) => ({
      name,
      type,
      description,
      mode: mode ?? 'NULLABLE',
    })),
    checks: listed(input.checks, isCheck),
    ...(input.freshness === undefined ? {} : { freshness: input.freshness }),
    ...(unknown.length === 0 ? {} : { unknown }),
    ...(misshapen.length === 0 ? {} : { misshapen }),
  };
}

/** Those of a list that have their shape; what has not is told beside it. */
const listed = <T>(list: readonly T[] | undefined, is: (one: unknown) => boolean): readonly T[] =>
  Array.isArray(list) ? (list as readonly T[]).filter(is) : [];
const partitionOf = (partition: Partition | undefined): Partition =>
  partition !== undefined && isPartition(partition) ? partition : NO_PARTITION;

const NO_PARTITION: Partition = { kind: 'none' };

/** Declares files that somebody else writes. */
export function source(
  input: CommonInput & { readonly files: readonly string[]; readonly format: SourceAsset['format'] },
): SourceAsset {
  return Object.freeze({ ...common(input, 'source'), kind: 'source', files: input.files, format: input.format });
}

/** Declares the ingestion of `deps` (sources of events or records) into the raw store. */
export function ingest(input: CommonInput & { readonly deps: readonly DepInput[] }): IngestAsset {
  return Object.freeze({ ...common(input, 'ingest'), kind: 'ingest' });
}

/** Declares a copy of a raw collection in the warehouse. */
export function extract(
  input: CommonInput & {
    readonly deps: readonly DepInput[];
    readonly from: RawCollection;
    readonly partition?: Partition;
    readonly clusterBy?: readonly string[];
  },
): ExtractAsset {
  return Object.freeze({
    ...common(input, 'extract'),
    kind: 'extract',
    from: input.from,
    partition: partitionOf(input.partition),
    clusterBy: listed(input.clusterBy, () => true),
  });
}

/** Declares a table read from CSV files. */
export function seed(
  input: CommonInput & {
    readonly deps: readonly DepInput[];
    readonly headers: Readonly<Record<string, string>>;
    readonly partition?: Partition;
  },
): SeedAsset {
  return Object.freeze({
    ...common(input, 'seed'),
    kind: 'seed',
    headers: isHeaders(input.headers) ? input.headers : {},
    partition: partitionOf(input.partition),
  });
}

const ENGINES = new Set<string>(['bigquery', 'duckdb'] satisfies ModelEngine[]);

/** Whether a model may run there. */
export const runsOn = ({ engines }: Pick<ModelAsset, 'engines'>, engine: ModelEngine): boolean =>
  engines?.includes(engine) !== false;

/** Declares a table made by one templated SELECT. */
export function model(
  input: CommonInput & {
    readonly deps: readonly DepInput[];
    readonly model: string;
    readonly partition?: Partition;
    readonly clusterBy?: readonly string[];
    /** Default true: with declared columns, one that the model gives besides is an error. */
    readonly strict?: boolean;
    /** Only where the SQL has no exact translation for DuckDB: ['bigquery']. Default: both. */
    readonly engines?: readonly ModelEngine[];
    /** False where the analyzer does not know what BigQuery has: with engines: ['bigquery'] and all columns declared. */
    readonly analyze?: boolean;
  },
): ModelAsset {
  const shared = common(input, 'model');
  const engines = Array.isArray(input.engines) ? (input.engines as readonly ModelEngine[]) : undefined;
  if (engines !== undefined && (engines.length === 0 || engines.some(engine => !ENGINES.has(engine)))) {
    throw new PulseError(
      'ASSET_INVALID',
      `engines of "${input.name}" are none that pulse has: ${JSON.stringify(engines)}.`,
      {
        hint: "Write ['bigquery'], or leave it out for both.",
      },
    );
  }
  const isAnalyzed = input.analyze ?? true;
  if (!isAnalyzed && (engines?.join() !== 'bigquery' || (input.columns ?? []).length === 0)) {
    throw new PulseError('ASSET_INVALID', `"${input.name}" is not analyzed, so only BigQuery can say what it gives.`, {
      hint: "Beside analyze: false write engines: ['bigquery'], and declare all of its columns.",
    });
  }
  return Object.freeze({
    ...shared,
    kind: 'model',
    model: input.model,
    partition: partitionOf(input.partition),
    clusterBy: listed(input.clusterBy, () => true),
    strict: input.strict ?? true,
    ...(engines === undefined ? {} : { engines: [...engines] }),
    ...(isAnalyzed ? {} : { analyze: false as const }),
  });
}
