// Which columns each query below sql/ needs: who else a column is dropped from. Asks the analyzer, and nothing of a warehouse.

import { querySource } from '../compile/asked-query.ts';
import { PulseErrors } from '../errors.ts';
import type { ColumnSource } from '../googlesql/facts/lineage.ts';
import type { Project } from '../project.ts';

/**
 * Of the queries that may read one of `assets`, by their words; by file.
 *
 * @param options.isLenient leaves out queries that are wrong, for who says elsewhere what is.
 * @throws {PulseErrors} what is wrong with those queries: half of them would be wrong in silence.
 */
export async function queryUses(
  project: Project,
  assets: ReadonlySet<string>,
  { isLenient = false }: { readonly isLenient?: boolean } = {},
): Promise<ReadonlyMap<string, readonly ColumnSource[]>> {
  const paths = await project.queryPaths();
  const files = (await Promise.all(paths.map(path => project.template(path)))).filter(file => file !== undefined);
  const { queries, errors } = await project.compileAsked(files.map(querySource));
  if (errors.size > 0 && !isLenient)
    throw new PulseErrors('The queries below sql/ do not compile.', [...errors.values()]);
  const reading = [...queries.values()].filter(({ reads }) => reads.some(name => assets.has(name)));
  if (reading.length === 0) return new Map();
  const { models } = await project.compile(project.graph.order);
  const { declaredTable } = await import('../compile/compile.ts');
  const { columnsUsed } = await import('../googlesql/facts/lineage.ts');
  const { QUERY_PARAMETERS } = await import('../compile/parameter.ts');
  const { isTable } = await import('../asset/asset.ts');
  const analyzer = await project.analyzer();
  const tableOf = (name: string) => {
    const asset = project.graph.assets.get(name);
    const columns = models.get(name)?.columns;
    if (columns !== undefined) return [{ name, columns }];
    return asset !== undefined && isTable(asset) ? [declaredTable(asset)] : [];
  };
  const found = await Promise.all(
    reading.map(async ({ file, sql, reads }) => {
      const analyzed = await analyzer.analyze(sql, { tables: reads.flatMap(tableOf), parameters: QUERY_PARAMETERS });
      return [file, columnsUsed(analyzed)] as const;
    }),
  );
  return new Map(found);
}
