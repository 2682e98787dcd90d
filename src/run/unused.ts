// Finds the SQL of a project that nothing reads, and what is wrong with it all the same: such a model is typed as a query is, of such a
// partial what can be told without who includes it.

import { glob } from 'tinyglobby';
import { emptyCompileCache } from '../compile/cache.ts';
import type { CompileResult } from '../compile/compile.ts';
import type { RuleFinding } from '../compile/rules.ts';
import { type SqlFiles, unusedFiles, unusedFindings } from '../compile/unused-files.ts';
import type { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';

export interface UnusedFound {
  readonly findings: readonly RuleFinding[];
  readonly errors: readonly PulseError[];
  /** Files that read a table which is wrong or not checked, each with that table. */
  readonly notChecked: ReadonlyMap<string, string>;
}

/** @param only look at these paths alone; undefined for all. */
export async function unusedIn(
  project: Project,
  compiled: CompileResult,
  only: ReadonlySet<string> | undefined,
): Promise<UnusedFound> {
  const unused = unusedFiles(await sqlFiles(project), only);
  const typed = [...unused.models, ...unused.queries].map(({ file }) => file);
  // Kept nowhere: nothing of it runs.
  const cache = emptyCompileCache();
  const queries = typed.length === 0 ? undefined : await project.compileQueries(compiled, { cache, only: typed });
  const partials = await project.partials();
  const { templateFaults } = await import('../compile/template.ts');
  return {
    // What a file that is no asset would have read is not known: nothing is called unused beside it.
    findings: project.faults.length > 0 ? [] : unusedFindings(unused),
    errors: [
      ...[...(queries?.errors.values() ?? [])].flat(),
      ...unused.partials.flatMap(file => templateFaults(file, { vars: project.vars, partials })),
    ],
    notChecked: queries?.notChecked ?? new Map(),
  };
}

async function sqlFiles(project: Project): Promise<SqlFiles> {
  const paths = (await glob('{models,sql}/**/*.sql', { cwd: project.root })).sort();
  const partials = await project.partials();
  const named = new Set(
    [...project.graph.assets.values()].flatMap(asset => (asset.kind === 'model' ? [`models/${asset.model}`] : [])),
  );
  // What nobody could include needs no looking for who does.
  const isAsked = (path: string): boolean => partials.size > 0 || !named.has(path);
  const files = await Promise.all(paths.filter(isAsked).map(path => project.template(path)));
  const there = files.filter(file => file !== undefined);
  return {
    // The asset of a model may be among those that are broken.
    models: project.faults.length > 0 ? [] : there.filter(({ file }) => file.startsWith('models/')),
    sql: there.filter(({ file }) => file.startsWith('sql/')),
    partials,
    named,
  };
}
