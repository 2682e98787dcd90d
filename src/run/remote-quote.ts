// What a plan would bill: each model is dry-run by the warehouse, over its upstream tables as they will be.
// Runs nothing and makes nothing. Of tables that are not there yet nothing can be said but their columns.

import { isTable } from '../asset/asset.ts';
import { bindGoogleSqlCells, hasHint } from '../compile/bind.ts';
import { type CompiledModel, type CompileResult, declaredTable } from '../compile/compile.ts';
import { must, type PulseError } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import type { Project } from '../project.ts';
import type { DryRun } from '../warehouse/dry-run.ts';
import type { Prepared } from './materialize.ts';
import { extentOf } from './scope.ts';

export interface AssetQuote {
  readonly asset: string;
  /** At most; less where tables it reads are not there yet. */
  readonly bytes: number;
  readonly priceUsd: number;
  /** False where it is made only if what it reads comes out different. */
  readonly isCertain: boolean;
  /** Tables it reads that are not there, or not with these columns: their bytes are not in it. */
  readonly unknown: readonly string[];
  /** Why BigQuery would not run it. */
  readonly error?: PulseError;
}

export interface RunQuote {
  readonly assets: readonly AssetQuote[];
  readonly bytes: number;
  readonly priceUsd: number;
}

/** Dry-runs at a time. */
const AT_ONCE = 8;

/** @throws {PulseError} CONFIG_INVALID where tables are not made in BigQuery */
export async function quoteRun(project: Project, prepared: Prepared): Promise<RunQuote> {
  const dry = await project.dryRun();
  const models = prepared.plan.steps.filter(({ asset }) => must(project.graph.assets, asset).kind === 'model');
  const assets: AssetQuote[] = [];
  const next = models.entries();
  const columnsOf = remembering(name => dry.columnsOf(name));
  const worker = async (): Promise<void> => {
    for (const [at, { asset, isCertain }] of next) {
      const model = prepared.gathered.compiled.models.get(asset);
      if (model === undefined) continue;
      const sql = isCertain ? textOf(model, { project, prepared }) : model.sql;
      assets[at] = { ...(await quoteOf(model, { sql, dry, columnsOf, project, prepared })), isCertain };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const known = assets.filter(one => one !== undefined);
  const bytes = known.reduce((sum, one) => sum + one.bytes, 0);
  return { assets: known, bytes, priceUsd: project.priceUsd(bytes) };
}

function remembering<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return name => {
    const answer = known.get(name) ?? ask(name);
    known.set(name, answer);
    return answer;
  };
}

interface World {
  readonly project: Project;
  readonly prepared: Prepared;
}

/** The text that would be run: of the cells that are marked, where only they are. */
function textOf(model: CompiledModel, { project, prepared: { gathered, scope } }: World): string {
  const asset = must(project.graph.assets, model.asset);
  if (asset.kind !== 'model') return model.sql;
  const extent = extentOf(asset, model.codeVersion, {
    asked: scope.cells ?? new Map(),
    snapshot: gathered.snapshot,
    forced: scope.forced,
    marks: gathered.evidence.marks,
    project,
  });
  if (extent.kind !== 'part' || extent.isKeyed || !hasHint(asset.partition, extent.cells)) return model.sql;
  return bindGoogleSqlCells(model.cellsSql, asset.partition, extent.cells);
}

async function quoteOf(
  model: CompiledModel,
  {
    sql,
    dry,
    columnsOf,
    project,
    prepared,
  }: World & { readonly sql: string; readonly dry: DryRun; readonly columnsOf: DryRun['columnsOf'] },
): Promise<Omit<AssetQuote, 'isCertain'>> {
  const { asset } = model;
  const planned = new Map<string, readonly TypedColumn[]>();
  for (const [name, columns] of tablesOf(asset, project, prepared.gathered.compiled)) {
    const there = await columnsOf(name);
    if (there === undefined || shape(there) !== shape(columns)) planned.set(name, columns);
  }
  const unknown = [...planned.keys()];
  try {
    const { bytes } = await dry.dryRun(sql, planned, { asset });
    return { asset, bytes, priceUsd: project.priceUsd(bytes), unknown };
  } catch (error) {
    return { asset, bytes: 0, priceUsd: 0, unknown, error: error as PulseError };
  }
}

const shape = (columns: readonly TypedColumn[]): string =>
  columns.map(({ name, type }) => `${name} ${typeText(type)}`).join();

/** The tables that a model reads, with their columns as they will be. */
export function tablesOf(
  name: string,
  { graph }: Pick<Project, 'graph'>,
  { models }: Pick<CompileResult, 'models'>,
): ReadonlyMap<string, readonly TypedColumn[]> {
  return new Map(
    graph.upstream(name).flatMap(dep => {
      const asset = must(graph.assets, dep);
      if (!isTable(asset)) return [];
      return [[dep, models.get(dep)?.columns ?? declaredTable(asset).columns] as const];
    }),
  );
}
