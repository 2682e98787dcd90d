// Which assets differ from a commit of git, with their readers: their declarations, models, and the partials they include.
// Asks git; knows nothing of SQL.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { partialsOf } from '../compile/partials.ts';
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

/** The changed assets and their readers; all where what every asset depends on has changed. */
export async function changedAssets(project: Project, ref: string): Promise<readonly string[]> {
  const files = new Set(await changedFiles(project.root, ref));
  const { graph } = project;
  // A file of assets/ that declares no asset is shared by others.
  const declaring = new Set(graph.files.values());
  const isShared = (path: string): boolean =>
    path === 'pulse.config.ts' || (path.startsWith('assets/') && path.endsWith('.ts') && !declaring.has(path));
  if ([...files].some(isShared)) return graph.order;
  const partials = [...files].some(path => path.startsWith('sql/partials/')) ? await project.partials() : undefined;
  const changed: string[] = [];
  for (const name of graph.order) {
    const asset = graph.assets.get(name);
    const model = asset?.kind === 'model' ? `models/${asset.model}` : undefined;
    const isChanged =
      files.has(graph.files.get(name) ?? '') ||
      (model !== undefined && files.has(model)) ||
      (model !== undefined && partials !== undefined && (await includesOne(model, { project, partials, files })));
    if (isChanged) changed.push(name);
  }
  return graph.sort(reach(changed, name => graph.downstream(name)));
}

interface Including {
  readonly project: Project;
  readonly partials: Awaited<ReturnType<Project['partials']>>;
  readonly files: ReadonlySet<string>;
}

async function includesOne(model: string, { project, partials, files }: Including): Promise<boolean> {
  const template = await project.template(model);
  return template !== undefined && partialsOf(template, partials).some(partial => files.has(partial.file));
}
