// The sample project of this repository in a folder of its own, with data that a test writes: run for real, embedded.

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Value } from '../../src/googlesql/value.ts';
import { openProject, type Project } from '../../src/project.ts';
import type { RunEvent, RunResult } from '../../src/run/events.ts';
import { type MaterializeOptions, materialize } from '../../src/run/materialize.ts';
import { openQuerying } from '../../src/run/query.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const NOW = new Date('2025-06-01T12:00:00Z');

export interface SampleProject {
  readonly root: string;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  /** Opens the project anew, runs the verb and closes it: each call is like a command of its own. */
  run<T>(verb: (project: Project) => Promise<T>): Promise<T>;
  materialize(options?: Partial<MaterializeOptions>): Promise<RunResult & { readonly events: readonly RunEvent[] }>;
  /** The rows of a query, as arrays. */
  rows(sql: string): Promise<readonly (readonly Value[])[]>;
  /** A table as rows by column, all of it. */
  table(name: string): Promise<Record<string, Value>[]>;
  remove(): void;
}

/** The sample project; its data are copied from `data` (a folder), or none. `env` names servers; without it all is embedded. */
export function sampleProject(data?: string, env: Readonly<Record<string, string>> = {}): SampleProject {
  const root = mkdtempSync(join(tmpdir(), 'pulse-project-'));
  for (const part of ['assets', 'models', 'sql', 'pulse.config.ts']) {
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'data'));
  if (data !== undefined) cpSync(data, join(root, 'data'), { recursive: true });
  const run: SampleProject['run'] = async verb => {
    const project = await openProject({ cwd: root, env, now: () => NOW });
    try {
      return await verb(project);
    } finally {
      await project.close();
    }
  };
  const rows: SampleProject['rows'] = sql =>
    run(async project => (await (await openQuerying(project)).query(sql)).rows);
  return {
    root,
    run,
    rows,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    materialize: options =>
      run(async project => {
        const events: RunEvent[] = [];
        const result = await materialize(project, { selection: [], ...options }, event => void events.push(event));
        return { ...result, events };
      }),
    table: name =>
      run(async project => {
        const answer = await (await openQuerying(project)).query(`SELECT * FROM ${name}`);
        return answer.rows.map(row =>
          Object.fromEntries(answer.columns.map((column, at) => [column.name, row[at] ?? null])),
        );
      }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The repository's own sample data. */
export const SAMPLE_DATA = join(ROOT, 'data');

export const MARTS = [
  'dim_customer',
  'dim_product',
  'dim_date',
  'fact_orders',
  'fact_order_items',
  'fact_payments',
  'fact_refunds',
  'fact_shipments',
  'fact_order_daily',
] as const;
