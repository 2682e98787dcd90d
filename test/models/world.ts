// A small world for the project's own models: events in, rows of any table out, computed by Google's reference implementation.
// Models are rendered as a build renders them; nothing here knows what a model does.

import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTable, type ModelAsset } from '../../src/asset/asset.ts';
import { declaredTable } from '../../src/compile/compile.ts';
import { PARTITIONS_PARAMETER } from '../../src/compile/parameter.ts';
import { render, type TemplateFile } from '../../src/compile/template.ts';
import { must } from '../../src/errors.ts';
import { type Analyzer, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import type { ResultSet, Value } from '../../src/googlesql/value.ts';
import { openProject, type Project } from '../../src/project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An event as a test writes it; what is left out is dull. */
export interface TestEvent {
  readonly id?: string;
  readonly type: string;
  /** event_time, UTC. */
  readonly at?: string;
  readonly vendor?: string | null;
  /** JSON text where the spelling matters (63.10), else a value. */
  readonly payload: string | Readonly<Record<string, unknown>>;
  readonly ingestedAt?: string;
}

export interface Input {
  readonly events: readonly TestEvent[];
  /** Day -> NGN per USD, several for one day as an array of pairs. */
  readonly rates?: readonly (readonly [day: string, rate: string])[];
}

export type Row = Readonly<Record<string, Value>>;

export interface World {
  readonly project: Project;
  /** The rows of `table`, made from scratch with everything upstream. */
  rows(table: string, input: Input): Promise<readonly Row[]>;
  /** The same, with the tables made before as a start; fills `tables`. */
  table(name: string, tables: Map<string, ResultSet>): Promise<ResultSet>;
  /** What a build of some cells selects, before the runner keeps those cells only. */
  cells(name: string, days: readonly string[], tables: ReadonlyMap<string, ResultSet>): Promise<ResultSet>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const home = join(tmpdir(), 'pulse-test-models');
  const project = await openProject({ cwd: ROOT, env: {}, home, now: () => new Date() });
  const analyzer = startAnalyzer();
  const evaluate = referenceEngine(project, analyzer);
  const table = async (name: string, tables: Map<string, ResultSet>): Promise<ResultSet> => {
    const made = tables.get(name);
    if (made !== undefined) return made;
    const asset = must(project.graph.assets, name);
    if (asset.kind !== 'model') throw new Error(`${name} is no model and no input`);
    for (const dep of asset.deps) await table(dep.asset, tables);
    const result = await evaluate(asset, tables, undefined);
    tables.set(name, result);
    return result;
  };
  return {
    project,
    table,
    rows: async (name, input) => rowsOf(await table(name, inputTables(project, input))),
    cells: (name, days, tables) => evaluate(must(project.graph.assets, name) as ModelAsset, tables, days),
    close: async () => {
      analyzer.close();
      await project.close();
    },
  };
}

function referenceEngine(project: Project, analyzer: Analyzer) {
  const partials = readPartials();
  return (
    asset: ModelAsset,
    tables: ReadonlyMap<string, ResultSet>,
    days: readonly string[] | undefined,
  ): Promise<ResultSet> => {
    const mode = days === undefined ? 'full' : 'cells';
    const { sql } = render(readTemplate(`models/${asset.model}`), { vars: project.vars, partials }, mode);
    return analyzer.evaluate(sql, {
      tables: asset.deps.map(dep => ({ name: dep.asset, ...must(tables, dep.asset) })),
      parameters:
        days === undefined
          ? []
          : [{ name: PARTITIONS_PARAMETER, type: { kind: 'ARRAY', element: { kind: 'DATE' } }, value: days }],
    });
  };
}

const readTemplate = (file: string): TemplateFile => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });

function readPartials(): ReadonlyMap<string, TemplateFile> {
  const files = readdirSync(join(ROOT, 'sql/partials'));
  return new Map(files.map(file => [file.replace('.sql', ''), readTemplate(`sql/partials/${file}`)]));
}

/** The two tables that no model makes. */
export function inputTables(project: Project, { events, rates = [] }: Input): Map<string, ResultSet> {
  return new Map([
    ['raw_events', { columns: columnsOf(project, 'raw_events'), rows: events.map(eventRow) }],
    ['raw_fx_rates', { columns: columnsOf(project, 'raw_fx_rates'), rows: rates }],
  ]);
}

function columnsOf(project: Project, name: string): ResultSet['columns'] {
  const asset = must(project.graph.assets, name);
  if (!isTable(asset)) throw new Error(`${name} is no table`);
  return declaredTable(asset).columns;
}

function eventRow(event: TestEvent, index: number): readonly Value[] {
  const at = event.at ?? '2023-06-01T12:00:00Z';
  const payload = typeof event.payload === 'string' ? event.payload : JSON.stringify(event.payload);
  const vendor = event.vendor === undefined ? 'vendor_a' : event.vendor;
  return [event.id ?? `e${index}`, event.type, at, at.slice(0, 10), vendor, payload, event.ingestedAt ?? at, 'batch-1'];
}

export const rowsOf = ({ columns, rows }: ResultSet): readonly Row[] =>
  rows.map(row => Object.fromEntries(columns.map((column, i) => [column.name, row[i] ?? null])));
