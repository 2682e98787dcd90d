// What stands in an entry of the cache by a model's declaration alone: that DuckDB does not run it, or (analyze: false) all of it.

import type { ModelAsset } from '../asset/asset.ts';
import type { CatalogTable } from '../googlesql/analyzed.ts';
import type { CacheEntry } from './cache.ts';
import { sha256 } from './sha256.ts';
import type { Rendered } from './template.ts';

/** A model that is marked is not translated: its mark is the answer. */
export const notForDuckDb = ({ name, engines }: ModelAsset): Extract<CacheEntry['duckdb'], { kind: 'refused' }> => ({
  kind: 'refused',
  message: `${name} runs on BigQuery only: it is marked engines: ${JSON.stringify(engines)}.`,
  hint: 'Choose a target with a BigQuery dataset: --target NAME.',
  place: null,
});

/** A model that nobody looks at here: it gives what it declares, means what it is written as, and tells no facts. */
export const asDeclared = (
  asset: ModelAsset,
  { columns }: CatalogTable,
  { sql }: Rendered,
): Pick<CacheEntry, 'columns' | 'codeHash' | 'sql' | 'duckdb'> => ({
  columns,
  codeHash: sha256(sql),
  sql,
  duckdb: notForDuckDb(asset),
});
