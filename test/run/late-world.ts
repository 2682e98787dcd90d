// A project that takes whatever comes, and what must hold of it afterwards: each table is its model run in full over the tables
// it reads (and so, from raw_events on, one full build of the same events), cells and versions in the state are the table's own.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isTable } from '../../src/asset/asset.ts';
import { must } from '../../src/errors.ts';
import type { FailpointName } from '../../src/failpoint.ts';
import { openProject, type Project } from '../../src/project.ts';
import type { RunResult } from '../../src/run/events.ts';
import { type MaterializeOptions, materialize } from '../../src/run/materialize.ts';
import { tableSpec } from '../../src/run/table-spec.ts';
import { NOW, type SampleProject } from './sample-project.ts';

export interface Make extends Partial<MaterializeOptions> {
  /** Where the run dies, and at which time it comes there. */
  readonly dies?: { readonly at: FailpointName; readonly times: number };
}

export class LateWorld {
  readonly #sample: SampleProject;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pulse-late-'));
  #files = 0;

  /** `base`: a world to begin as. */
  constructor(sample: SampleProject, base?: LateWorld) {
    this.#sample = sample;
    mkdirSync(join(this.#folder, 'data'));
    if (base === undefined) return;
    cpSync(base.#folder, this.#folder, { recursive: true });
    this.#files = base.#files;
  }

  write(path: string, text: string): void {
    const file = join(this.#folder, 'data', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  arrive(lines: readonly string[]): void {
    this.#files++;
    this.write(`live_events/2023-02-0${(this.#files % 9) + 1}/part_${this.#files}.jsonl`, `${lines.join('\n')}\n`);
  }

  /** Changes a model's text, or puts it back. */
  rewrite(model: string, change: ((text: string) => string) | undefined): void {
    const path = join('models', model);
    const original = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    this.#sample.write(path, change === undefined ? original : change(original));
  }

  async open<T>(work: (project: Project) => Promise<T>): Promise<T> {
    const project = await openProject({
      cwd: this.#sample.root,
      env: {},
      now: () => NOW,
      dataDir: join(this.#folder, 'data'),
      home: join(this.#folder, 'home'),
    });
    try {
      return await work(project);
    } finally {
      await project.close();
    }
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

  redact(ids: readonly string[]): Promise<unknown> {
    return this.open(async project =>
      (await project.rawStore()).redact(ids, { reason: 'asked for', redactedAt: NOW.toISOString() }),
    );
  }

  /** What is not as it must be: nothing. */
  wrong(): Promise<string[]> {
    return this.open(wrongIn);
  }

  remove(): void {
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

async function wrongIn(project: Project): Promise<string[]> {
  const { graph } = project;
  const compiled = await project.compile(graph.order);
  const warehouse = await project.warehouse({ readOnly: false });
  const state = await project.state();
  const wrong: string[] = [];
  const count = async (sql: string): Promise<number> =>
    Number((await warehouse.query(sql, [{ name: 'n', type: { kind: 'INT64' } }])).rows[0]?.[0]);
  const stored: string[] = [];
  for (const receipt of await (await project.rawStore()).receipts()) {
    for await (const events of (await project.rawStore()).readBatch(receipt.batchId)) {
      stored.push(...events.map(event => event.eventId));
    }
  }
  const ids = await warehouse.query('SELECT event_id FROM raw_events', [
    { name: 'event_id', type: { kind: 'STRING' } },
  ]);
  if (JSON.stringify(ids.rows.map(row => row[0]).sort()) !== JSON.stringify(stored.sort())) {
    wrong.push(`raw_events holds ${ids.rows.length} events, the raw store ${stored.length}`);
  }
  for (const name of graph.order) {
    const asset = must(graph.assets, name);
    if (!isTable(asset)) continue;
    const model = compiled.models.get(name);
    const spec = tableSpec(asset, model?.columns);
    if (model?.duckdb.kind === 'translated') {
      const columns = spec.columns.map(column => `"${column.name}"`).join(', ');
      const made = `SELECT ${columns} FROM (${model.duckdb.sql}) AS "_made" (${columns})`;
      const published = `SELECT ${columns} FROM "${name}"`;
      const missing = await count(`SELECT count(*) FROM (${made} EXCEPT ALL ${published})`);
      const surplus = await count(`SELECT count(*) FROM (${published} EXCEPT ALL ${made})`);
      if (missing + surplus > 0) wrong.push(`${name}: ${missing} rows are missing, ${surplus} too many`);
    }
    const content = await warehouse.changes.contentOfPublished(spec);
    const cells = [...(await state.cells(name)).values()];
    const plain = (all: readonly { cell: string; dataVersion: string; rows: number }[]): string =>
      JSON.stringify(all.map(({ cell, dataVersion, rows }) => [cell, dataVersion, rows]).sort());
    if (plain(content) !== plain(cells)) wrong.push(`${name}: the state's cells are not the table's`);
  }
  if (wrong.length === 0 && (await state.snapshot()).marks.length > 0) wrong.push('marks are left');
  return wrong;
}
