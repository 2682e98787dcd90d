// The face of pulse: what assets/ and pulse.config.ts import.
export type {
  Asset,
  Column,
  ColumnInput,
  Dep,
  DepInput,
  ExtractAsset,
  FreshnessPolicy,
  IngestAsset,
  ModelAsset,
  ModelEngine,
  SeedAsset,
  SourceAsset,
} from './asset/asset.ts';
export { extract, ingest, model, seed, source } from './asset/asset.ts';
export type { Check } from './asset/check.ts';
export { acceptedValues, expression, freshness, notNull, range, refersTo, rowCount, unique } from './asset/check.ts';
export type { Config, Exposure, Target, Var } from './asset/config.ts';
export { defineConfig } from './asset/config.ts';
export type { Grain, Mapping, Partition } from './asset/partition.ts';
export {
  allPartitions,
  byKey,
  byKeyThrough,
  daily,
  hourly,
  monthly,
  samePartition,
  staticKeys,
  weekly,
  window,
} from './asset/partition.ts';
