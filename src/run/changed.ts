// What differs from a commit of git: assets by their declarations, models and the partials they include, with their readers, and
// the queries below sql/ that are or read such.
// Asks git; knows nothing of SQL.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { partialsOf } from '../compile/partials.ts';
import type { TemplateFile } from '../compile/template.ts';
import { PulseError } from '../errors.ts';
import { reach } from '../graph/graph.ts';
import type { Project } from '../project.ts';

const run = promisify(execFile);
const MAX_BYTES = 1 << 28;

/** @throws {PulseError} USAGE where git does not know the commit or there is no repository. */
export async function git(root: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', root, ...args], { maxBuffer: MAX_BYTES });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const said = code === 'ENOENT' ? 'git is not installed' : stderr.trim().split('\n')[0];
    throw new PulseError('USAGE', `git ${args[0]} failed: ${said}.`, {
      hint: 'Name a commit, branch or tag that this repository has; in CI fetch it first.',
      cause: error,
    });
  }
}

/** Paths below the project's root, relative to it, that differ from `ref`: committed, staged, changed or new. */
export async function changedFiles(root: string, ref: string): Promise<readonly string[]> {
  const [changed, made] = await Promise.all([
    git(root, ['diff', '--name-only', '--relative', '-z', '--no-renames', ref, '--', '.']),
    git(root, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']),
  ]);
  return [...new Set(`${changed}${made}`.split('\0').filter(path => path !== ''))].sort();
}

export interface Changed {
  /** The changed assets and their readers, in the order of the graph. */
  readonly assets: readonly string[];
  /** Files of queries that changed, include what did, or may read one of `assets`, each with all the assets it may read. */
  readonly queries: ReadonlyMap<string, readonly string[]>;
  /** Paths of SQL that differ, each with the assets it may read: nobody may read them, and they are looked at all the same. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** What changed since `ref`; undefined where that is something that everything depends on. */
export async function changedSince(project: Project, ref: string): Promise<Changed | undefined> {
  const files = new Set(await changedFiles(project.root, ref));
  // A file of assets/ that declares no asset is shared by others, or was one that is gone.
  const declaring = new Set(project.graph.files.values());
  const isShared = (path: string): boolean =>
    path === 'pulse.config.ts' || (path.startsWith('assets/') && path.endsWith('.ts') && !declaring.has(path));
  if ([...files].some(isShared)) return undefined;
  const partials = [...files].filter(path => path.startsWith('sql/partials/'));
  const changedPartials: World['changedPartials'] = partials.length > 0 ? await project.partials() : new Map();
  // Who included a partial that is gone is found by looking at all.
  const known = new Set([...changedPartials.values()].map(({ file }) => file));
  if (partials.some(path => !known.has(path))) return undefined;
  const world = { project, files, changedPartials };
  const assets = await changedAssets(world);
  return { assets, queries: await changedQueries(assets, world), files: await changedSql(world) };
}

interface World {
  readonly project: Project;
  readonly files: ReadonlySet<string>;
  /** All partials; none where no partial has changed. */
  readonly changedPartials: Awaited<ReturnType<Project['partials']>>;
}

async function changedAssets({ project, files, changedPartials }: World): Promise<readonly string[]> {
  const { graph } = project;
  const changed: string[] = [];
  for (const name of graph.order) {
    const asset = graph.assets.get(name);
    const model = asset?.kind === 'model' ? `models/${asset.model}` : undefined;
    const template = model === undefined || changedPartials.size === 0 ? undefined : await project.template(model);
    const isChanged =
      files.has(graph.files.get(name) ?? '') ||
      (model !== undefined && files.has(model)) ||
      (template !== undefined && partialsOf(template, changedPartials).some(partial => files.has(partial.file)));
    if (isChanged) changed.push(name);
  }
  return graph.sort(reach(changed, name => graph.downstream(name)));
}

const readsIn = (parts: readonly TemplateFile[], { graph }: Project): readonly string[] => {
  const words = new Set(parts.flatMap(({ text }) => text.match(/\w+/g) ?? []));
  return [...words].filter(word => graph.assets.has(word));
};

async function changedSql({ project, files }: World): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const models = [...project.graph.assets.values()].map(asset =>
    asset.kind === 'model' ? `models/${asset.model}` : '',
  );
  const named = new Set(models);
  for (const path of files) {
    if (!/^(?:models|sql)\/.*\.sql$/.test(path) || named.has(path)) continue;
    const template = await project.template(path);
    if (template === undefined) continue;
    found.set(path, readsIn([template, ...partialsOf(template, await project.partials())], project));
  }
  return found;
}

/** What a query reads is told by its words: one too many only costs a look at it. */
async function changedQueries(
  assets: readonly string[],
  { project, files }: World,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const paths = await project.queryPaths();
  if (files.size === 0 || paths.length === 0) return new Map();
  const changed = new Set(assets);
  const partials = await project.partials();
  const found = new Map<string, readonly string[]>();
  for (const path of paths) {
    const template = await project.template(path);
    if (template === undefined) continue;
    const parts = [template, ...partialsOf(template, partials)];
    const reads = readsIn(parts, project);
    if (parts.some(part => files.has(part.file)) || reads.some(name => changed.has(name))) found.set(path, reads);
  }
  return found;
}
