// A project that takes whatever comes, and what must hold of it afterwards: each table is its model run in full over the tables
// it reads (and so, from raw_events on, one full build of the same events), cells and versions in the state are the table's own.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isTable, type TableAsset } from '../../src/asset/asset.ts';
import type { CompiledModel } from '../../src/compile/compile.ts';
import { must } from '../../src/errors.ts';
import type { FailpointName } from '../../src/failpoint.ts';
import type { Analyzer } from '../../src/googlesql/analyzer.ts';
import { openProject, type Project } from '../../src/project.ts';
import type { RunResult } from '../../src/run/events.ts';
import { type MaterializeOptions, materialize } from '../../src/run/materialize.ts';
import { tableSpec } from '../../src/run/table-spec.ts';
import type { CellContent, Warehouse } from '../../src/warehouse/warehouse.ts';
import { NOW } from './sample-project.ts';

/** A folder that needs no disk, where the system has one: hundreds of worlds are written. */
const IN_MEMORY = '/dev/shm';

export interface Make extends Partial<MaterializeOptions> {
  /** Where the run dies, and at which time it comes there. */
  readonly dies?: { readonly at: FailpointName; readonly times: number };
}

/** Where the declarations and models of a world are. */
export interface LateProject {
  readonly root: string;
  write(path: string, text: string): void;
}

export interface LateWorldOptions {
  /** Shared by all worlds: most of what they compile was compiled before. */
  readonly analyzer: Analyzer;
  /** A world to begin as. */
  readonly base?: LateWorld;
}

export class LateWorld {
  readonly #project: LateProject;
  readonly #analyzer: Analyzer;
  readonly #folder = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'pulse-late-'));
  /** The lines of each file of events. */
  readonly #arrived: (readonly string[])[] = [];
  readonly #originals = new Map<string, string>();

  constructor(project: LateProject, { analyzer, base }: LateWorldOptions) {
    this.#project = project;
    this.#analyzer = analyzer;
    mkdirSync(join(this.#folder, 'data'));
    if (base === undefined) return;
    cpSync(base.#folder, this.#folder, { recursive: true });
    this.#arrived.push(...base.#arrived);
  }

  write(path: string, text: string): void {
    const file = join(this.#folder, 'data', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  arrive(lines: readonly string[]): void {
    this.#arrived.push(lines);
    const files = this.#arrived.length;
    this.write(`live_events/2023-02-0${(files % 9) + 1}/part_${files}.jsonl`, `${lines.join('\n')}\n`);
  }

  /** What came before comes in another file too, the last line first. */
  arriveAgain(at: number): void {
    this.arrive([...(this.#arrived[at % this.#arrived.length] ?? [])].slice(-12).reverse());
  }

  /** Changes a model's text, or puts it back. Says whether that is news. */
  rewrite(model: string, change: ((text: string) => string) | undefined): boolean {
    const path = join('models', model);
    const now = readFileSync(join(this.#project.root, path), 'utf8');
    const original = this.#originals.get(model) ?? now;
    this.#originals.set(model, original);
    const text = change === undefined ? original : change(original);
    if (change !== undefined && text === original) throw new Error(`nothing of ${model} was changed`);
    this.#project.write(path, text);
    return text !== now;
  }

  async open<T>(work: (project: Project) => Promise<T>): Promise<T> {
    const project = await openProject({
      cwd: this.#project.root,
      env: {},
      now: () => NOW,
      dataDir: join(this.#folder, 'data'),
      home: join(this.#folder, 'home'),
      analyzer: this.#analyzer,
    });
    try {
      return await work(project);
    } finally {
      await project.close();
    }
  }

  /** Compiles all: a world that begins as this one has it in its cache. */
  compile(): Promise<void> {
    return this.open(async project => {
      const { errors } = await project.compile(project.graph.order);
      for (const error of errors.values()) throw error;
    });
  }

  /** A run; undefined where it died. */
  make({ dies, ...options }: Make = {}): Promise<RunResult | undefined> {
    return this.open(async project => {
      if (dies !== undefined) dieAt(project, dies);
      try {
        return await materialize(project, { selection: [], ...options }, () => undefined);
      } catch (error) {
        if (error instanceof Died) return undefined;
        throw error;
      }
    });
  }

  /** Takes stored events out, each named by its place among all; says which. */
  redact(places: readonly number[]): Promise<readonly string[]> {
    return this.open(async project => {
      const stored = await storedIds(project);
      const ids = [...new Set(places.flatMap(place => stored[place % stored.length] ?? []))];
      await (await project.rawStore()).redact(ids, { reason: 'asked for', redactedAt: NOW.toISOString() });
      return ids;
    });
  }

  /** How many rows of models come straight from these events. */
  published(ids: readonly string[]): Promise<number> {
    return this.open(async project => {
      const compiled = await project.compile(project.graph.order);
      const warehouse = await project.warehouse({ readOnly: true });
      const list = ids.map(id => `'${id}'`).join(', ');
      let rows = 0;
      for (const [name, { columns }] of compiled.models) {
        if (!columns.some(column => column.name === 'event_id') || !(await warehouse.hasTable(name))) continue;
        const sql = `SELECT count(*) FROM "${name}" WHERE event_id IN (${list})`;
        rows += Number((await warehouse.query(sql, [{ name: 'rows', type: { kind: 'INT64' } }])).rows[0]?.[0]);
      }
      return rows;
    });
  }

  /** What is not as it must be: nothing. */
  wrong(): Promise<string[]> {
    return this.open(wrongIn);
  }

  /** The same where everything was made: another run has nothing to do either. */
  wrongAfterAll(): Promise<string[]> {
    return this.open(async project => {
      const { status } = await materialize(project, { selection: [] }, () => undefined);
      const restless = status === 'nothing' ? [] : [`a second run is ${status}, not nothing`];
      return [...restless, ...(await wrongIn(project))];
    });
  }

  remove(): void {
    for (const model of this.#originals.keys()) this.rewrite(model, undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class Died extends Error {}

/** In one process a run dies by an error that nothing it does can heal: all that it opened is dead to it too. */
function dieAt(project: Project, { at, times }: { readonly at: FailpointName; readonly times: number }): void {
  let left = times;
  let isDead = false;
  (project as { failpoint: Project['failpoint'] }).failpoint = name => {
    if (name === at && --left === 0) isDead = true;
    if (isDead) throw new Died(`died ${at}`);
  };
}

/** Sorted. */
async function storedIds(project: Project): Promise<readonly string[]> {
  const store = await project.rawStore();
  const stored: string[] = [];
  for (const receipt of await store.receipts()) {
    for await (const events of store.readBatch(receipt.batchId)) stored.push(...events.map(event => event.eventId));
  }
  return stored.sort();
}

async function wrongIn(project: Project): Promise<string[]> {
  const { graph } = project;
  const compiled = await project.compile(graph.order);
  const warehouse = await project.warehouse({ readOnly: false });
  const state = await project.state();
  const wrong: string[] = [];
  const stored = await storedIds(project);
  const { rows } = await warehouse.query('SELECT event_id FROM raw_events', [
    { name: 'event_id', type: { kind: 'STRING' } },
  ]);
  if (JSON.stringify(rows.map(row => row[0]).sort()) !== JSON.stringify(stored)) {
    wrong.push(`raw_events holds ${rows.length} events, the raw store ${stored.length}`);
  }
  for (const name of graph.order) {
    const asset = must(graph.assets, name);
    if (!isTable(asset)) continue;
    const model = compiled.models.get(name);
    if (model !== undefined) wrong.push(...(await differingIn(warehouse, asset, model)));
    const content = await warehouse.changes.contentOfPublished(tableSpec(asset, model?.columns));
    const cells = [...(await state.cells(name)).values()];
    if (plain(content) !== plain(cells)) wrong.push(`${name}: the state's cells are not the table's`);
  }
  if (wrong.length === 0 && (await state.snapshot()).marks.length > 0) wrong.push('marks are left');
  return wrong;
}

const plain = (all: readonly Pick<CellContent, 'cell' | 'dataVersion' | 'rows'>[]): string =>
  JSON.stringify(all.map(({ cell, dataVersion, rows }) => [cell, dataVersion, rows]).sort());

/** Whether a table is its model, run over the tables that it reads. */
async function differingIn(warehouse: Warehouse, asset: TableAsset, model: CompiledModel): Promise<string[]> {
  if (model.duckdb.kind === 'refused') throw model.duckdb.error;
  const columns = tableSpec(asset, model.columns)
    .columns.map(column => `"${column.name}"`)
    .join(', ');
  // The model is run once: a row of one side takes away one of the other.
  const sides =
    `SELECT ${columns}, 1 AS _side FROM (${model.duckdb.sql}) AS "_made" (${columns}) ` +
    `UNION ALL SELECT ${columns}, -1 FROM "${asset.name}"`;
  const { rows } = await warehouse.query(
    `SELECT coalesce(sum(_left) FILTER (_left > 0), 0), coalesce(-sum(_left) FILTER (_left < 0), 0) ` +
      `FROM (SELECT sum(_side) AS _left FROM (${sides}) GROUP BY ${columns})`,
    [
      { name: 'missing', type: { kind: 'INT64' } },
      { name: 'surplus', type: { kind: 'INT64' } },
    ],
  );
  const [missing, surplus] = (rows[0] ?? []).map(Number);
  return missing === 0 && surplus === 0 ? [] : [`${asset.name}: ${missing} rows are missing, ${surplus} too many`];
}
