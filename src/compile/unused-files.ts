// SQL that nothing of a project reads: a model that no asset names, a partial that nobody includes, a query where no command looks.
// Pure: the texts are given.

import { partialsOf } from './partials.ts';
import type { RuleFinding } from './rules.ts';
import type { TemplateFile } from './template.ts';

/** Where commands look for queries, below sql/. */
const QUERY_FOLDERS = ['analytics', 'checks', 'report', 'reconcile', 'trace'] as const;

export interface SqlFiles {
  /** Of models/. */
  readonly models: readonly TemplateFile[];
  /** All of sql/. */
  readonly sql: readonly TemplateFile[];
  /** By the name that {{> name}} uses. */
  readonly partials: ReadonlyMap<string, TemplateFile>;
  /** Paths of the models that assets name. */
  readonly named: ReadonlySet<string>;
}

export interface Unused {
  readonly models: readonly TemplateFile[];
  readonly partials: readonly TemplateFile[];
  readonly queries: readonly TemplateFile[];
}

/** @param only these paths alone; undefined for all. */
export function unusedFiles({ models, sql, partials, named }: SqlFiles, only?: ReadonlySet<string>): Unused {
  const isIn = ({ file }: TemplateFile, folders: readonly string[]): boolean =>
    folders.some(folder => file.startsWith(`sql/${folder}/`));
  const readers = [...models, ...sql.filter(file => !isIn(file, ['partials']))];
  const included = new Set(readers.flatMap(file => partialsOf(file, partials)).map(({ file }) => file));
  const asked = (files: readonly TemplateFile[]): TemplateFile[] =>
    files.filter(({ file }) => only?.has(file) !== false);
  return {
    models: asked(models).filter(({ file }) => !named.has(file)),
    partials: asked([...partials.values()]).filter(({ file }) => !included.has(file)),
    queries: asked(sql).filter(file => !isIn(file, ['partials', ...QUERY_FOLDERS])),
  };
}

export function unusedFindings({ models, partials, queries }: Unused): readonly RuleFinding[] {
  const finding = ({ file }: TemplateFile, message: string, hint: string): RuleFinding => ({
    rule: 'unused-file',
    message,
    hint,
    place: { file, line: 1, column: 1 },
  });
  return [
    ...models.map(one => {
      const path = one.file.slice('models/'.length);
      return finding(
        one,
        `No asset names ${one.file} as its model: no table is made of it.`,
        `Write an asset with model: '${path}', or remove the file.`,
      );
    }),
    ...partials.map(one =>
      finding(
        one,
        `Nobody includes ${one.file}.`,
        `Include it ({{> ${one.file.slice('sql/partials/'.length, -'.sql'.length)}}}), or remove it.`,
      ),
    ),
    ...queries.map(one =>
      finding(
        one,
        `No command reads ${one.file}.`,
        `Move it to ${QUERY_FOLDERS.map(folder => `sql/${folder}/`).join(', ')} or sql/partials/, or remove it.`,
      ),
    ),
  ];
}
