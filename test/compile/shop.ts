// A small project in memory, for tests of the compiler: files by path, a real analyzer, nothing on disk.

import { emptyCompileCache } from '../../src/compile/cache.ts';
import { type CompileResult, compileModels } from '../../src/compile/compile.ts';
import { engineOf } from '../../src/compile/open-engine.ts';
import { compileQueries } from '../../src/compile/queries.ts';
import type { PulseError } from '../../src/errors.ts';
import type { Analyzer } from '../../src/googlesql/analyzer.ts';
import { type AssetGraph, buildSoundGraph } from '../../src/graph/graph.ts';
import type { LoadedAsset } from '../../src/graph/loaded-asset.ts';
import * as face from '../../src/index.ts';
import { evaluatePlain } from '../../src/loading/plain-module.ts';

export type Files = Readonly<Record<string, string>>;

/** What every project of these tests has. */
export const BASE: Files = {
  'assets/raw/files.ts': `import { source } from 'pulse';
export default source({ name: 'files', description: 'd', files: ['*.csv'], format: 'csv' });`,
  'assets/raw/orders.ts': seedText('orders', [
    ['id', 'STRING'],
    ['day', 'DATE'],
    ['amount', 'NUMERIC'],
    ['weight', 'FLOAT64'],
    ['n', 'INT64'],
    ['note', 'STRING'],
    ['at', 'TIMESTAMP'],
    ['doc', 'JSON'],
    ['buyer', 'STRUCT<name STRING, address STRUCT<city STRING, zip STRUCT<code INT64, area STRING>>>'],
    ['lines', 'ARRAY<STRUCT<sku STRING, quantity INT64>>'],
  ]),
  'assets/raw/rates.ts': seedText('rates', [
    ['day', 'DATE'],
    ['rate', 'NUMERIC'],
  ]),
  'sql/partials/to_ngn.sql': 'ROUND({{of}} * {{var "usd"}}, 2)',
};

function seedText(name: string, columns: readonly (readonly [string, string])[]): string {
  const declared = columns.map(([column, type]) => `['${column}', '${type}', 'd']`).join(', ');
  const headers = columns.map(([column]) => `${column}: '${column}'`).join(', ');
  return `import { seed } from 'pulse';
export default seed({ name: '${name}', description: 'd', deps: ['files'], headers: { ${headers} }, columns: [${declared}] });`;
}

/** The file of a model's asset. */
export const modelText = (name: string, deps: readonly string[] = ['orders', 'rates'], more = ''): string =>
  `import { daily, expression, model, notNull, refersTo, unique } from 'pulse';
export default model({ name: '${name}', description: 'd', deps: [${deps.map(dep => `'${dep}'`).join(', ')}], model: '${name}.sql'${more} });`;

export interface Compiled {
  readonly result: CompileResult;
  readonly graph: AssetGraph;
  readonly errors: readonly PulseError[];
  readonly notChecked: readonly string[];
}

export const VARS = { usd: 1500, market: 'NG' };

/** Compiles all that is in `files` (over BASE), as `pulse compile` does. */
export async function compileFiles(given: Files, analyzer: Analyzer): Promise<Compiled> {
  const files: Files = { ...BASE, ...given };
  const { graph, faults, excluded } = buildSoundGraph(loadAll(files));
  const partials = new Map(
    below(files, 'sql/partials/').map(file => [
      file.slice('sql/partials/'.length, -'.sql'.length),
      { file, text: files[file] ?? '' },
    ]),
  );
  const engine = engineOf(analyzer);
  const openEngine = async () => engine;
  const result = await compileModels(graph, graph.order, {
    vars: VARS,
    effects: {
      cache: emptyCompileCache(),
      readTemplate: async model => template(files, `models/${model}`),
      listTemplates: async () => below(files, 'models/').map(file => file.slice('models/'.length)),
      readPartials: async () => partials,
      readDeclaration: async asset => {
        const file = graph.files.get(asset) ?? '';
        return { file, text: files[file] ?? '' };
      },
      openEngine,
    },
  });
  const queries = await compileQueries(
    below(files, 'sql/analytics/').map(file => ({ file, text: files[file] ?? '' })),
    result,
    { graph, excluded, vars: VARS, partials, cache: emptyCompileCache(), openEngine },
  );
  const refused = [...result.models.values()].flatMap(one => (one.duckdb.kind === 'refused' ? [one.duckdb.error] : []));
  return {
    result,
    graph,
    errors: [...faults, ...[...result.errors.values()].flat(), ...refused, ...[...queries.errors.values()].flat()],
    notChecked: [
      ...[...excluded].filter(([name, wrong]) => name !== wrong).map(([name]) => name),
      ...result.notChecked.keys(),
      ...queries.notChecked.keys(),
    ],
  };
}

const below = (files: Files, folder: string): string[] =>
  Object.keys(files)
    .filter(file => file.startsWith(folder))
    .sort();

const template = (files: Files, file: string) => {
  const text = files[file];
  return text === undefined ? undefined : { file, text };
};

function loadAll(files: Files): LoadedAsset[] {
  return below(files, 'assets/').map(file => {
    const text = files[file] ?? '';
    const asset = evaluatePlain(text, face)?.exported;
    if (asset === undefined) throw new Error(`${file} is not plain`);
    return { asset: asset as LoadedAsset['asset'], file, text: () => text };
  });
}
