// Compares the tables of a project with those of a commit of git, and says who is hit by what changed.
// The commit's files are written to a folder of their own, which is removed; nothing of the working tree is touched.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledModel } from '../compile/compile.ts';
import { type ContractChange, contractChanges, contractsOf } from '../compile/contract-changes.ts';
import type { ColumnSource } from '../googlesql/facts/lineage.ts';
import { type OpenOptions, openProject, type Project } from '../project.ts';
import { git } from './changed.ts';
import { queryUses } from './query-uses.ts';

export interface ChangeHit extends ContractChange {
  /** Assets that read the column, now or then, or the table where it is about all of it; and exposures that do. Directly. */
  readonly readers: readonly string[];
  /** Files below sql/ that do, now or then; of those that are wrong what they did then. */
  readonly queries: readonly string[];
  readonly exposures: readonly string[];
}

/** @throws {PulseError} USAGE where git does not know the commit, and what opening the project at that commit throws. */
export async function changesAgainst(
  project: Project,
  ref: string,
  options: Pick<OpenOptions, 'env' | 'now'>,
): Promise<readonly ChangeHit[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pulse-against-'));
  try {
    await writeCommit(project.root, ref, folder);
    const analyzer = await project.analyzer();
    const then = await openProject({ ...options, cwd: folder, home: '.pulse', lenient: true, analyzer });
    try {
      const [before, after] = [await contractsIn(then), await contractsIn(project)];
      // Of what is broken, or was, nobody knows what it changes.
      const broken = new Set([...before.broken, ...after.broken]);
      const changes = contractChanges(before.contracts, after.contracts).filter(({ asset }) => !broken.has(asset));
      const queries = await usesOf(changes, [then, project]);
      return changes.map(change => hit(change, { project, then, compiled: [before.models, after.models], queries }));
    } finally {
      await then.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What queries use of the tables that changed, by file. */
async function usesOf(
  changes: readonly ContractChange[],
  sides: readonly Project[],
): Promise<readonly (readonly [file: string, uses: readonly ColumnSource[]])[]> {
  const uses = [];
  for (const side of changes.length === 0 ? [] : sides) {
    const assets = new Set(changes.map(({ asset }) => asset).filter(name => side.graph.assets.has(name)));
    uses.push(...(await queryUses(side, assets, { isLenient: true })));
  }
  return uses;
}

async function contractsIn(project: Project) {
  const { models, errors, notChecked } = await project.compile(project.graph.order);
  const broken = new Set([...errors.keys(), ...notChecked.keys(), ...project.excluded.keys()]);
  return {
    broken,
    models,
    contracts: contractsOf(project.graph, { columnsOf: asset => models.get(asset)?.columns, broken }),
  };
}

interface Sides {
  readonly project: Project;
  readonly then: Project;
  /** Of the commit and of the working tree. */
  readonly compiled: readonly ReadonlyMap<string, CompiledModel>[];
  readonly queries: Awaited<ReturnType<typeof usesOf>>;
}

function hit(change: ContractChange, { project, then, compiled, queries }: Sides): ChangeHit {
  // Who reads a table that is gone is known from before.
  const graph = project.graph.assets.has(change.asset) ? project.graph : then.graph;
  const exposures = Object.entries(project.config.exposures ?? {})
    .filter(([, { reads }]) => reads.some(read => isHit(read, change)))
    .map(([name]) => name);
  const readers = graph.downstream(change.asset).filter(reader => {
    const known = compiled.flatMap(models => models.get(reader)?.facts ?? []);
    return (
      known.length === 0 || known.some(({ uses }) => uses.some(use => isHit(`${use.asset}.${use.column}`, change)))
    );
  });
  const files = queries.filter(([, uses]) => uses.some(use => isHit(`${use.asset}.${use.column}`, change)));
  return {
    ...change,
    readers,
    queries: [...new Set(files.map(([file]) => file))].sort(),
    exposures: exposures.sort(),
  };
}

/** `fact_orders` is hit by all that happens to it, `fact_orders.total` by what happens to the column or to all of it. */
function isHit(read: string, { asset, column }: ContractChange): boolean {
  const [table, name] = read.split('.');
  return table === asset && (name === undefined || column === null || name.toLowerCase() === column.toLowerCase());
}

const PARTS = ['assets/', 'models/', 'sql/', 'pulse.config.ts', 'package.json'];

async function writeCommit(root: string, ref: string, folder: string): Promise<void> {
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  const tree = (await git(root, ['rev-parse', '--verify', `${ref}:${prefix}`])).trim();
  const listed = await git(root, ['ls-tree', '-r', '--name-only', '-z', '--full-tree', tree]);
  const files = listed.split('\0').filter(path => PARTS.some(part => path.startsWith(part)));
  const index = join(folder, '.index');
  // From the top: below it git would look for the files of the commit's folder in a folder of that name.
  const top = (await git(root, ['rev-parse', '--show-toplevel'])).replace(/\r?\n$/, '');
  await gitWith(top, { index, args: ['read-tree', tree], input: '' });
  await gitWith(top, {
    index,
    args: ['checkout-index', '-z', '--stdin', `--prefix=${folder}/`],
    input: files.map(file => `${file}\0`).join(''),
  });
}

interface IndexCall {
  readonly index: string;
  readonly args: readonly string[];
  readonly input: string;
}

/** git with an index of its own: that of the repository stays as it is. */
function gitWith(top: string, { index, args, input }: IndexCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/env', [`GIT_INDEX_FILE=${index}`, 'git', '-C', top, ...args], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.stdin.on('error', () => {
      // A git that reads no input may have ended before it is given: its exit code says how it went.
    });
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`git ${args[0]} failed: ${said}`))));
    child.stdin.end(input);
  });
}
