// Which partials a template reaches, without rendering it, and the key of all that it is made from. Pure.

import type { Var } from '../asset/config.ts';
import { sha256 } from './sha256.ts';
import type { TemplateFile } from './template.ts';

/** Of the template and of what it is rendered with: the vars, and the partials that it reaches. */
export function sourceKey(
  template: TemplateFile,
  {
    partials,
    vars,
  }: { readonly partials: ReadonlyMap<string, TemplateFile>; readonly vars: Readonly<Record<string, Var>> },
): string {
  const reached = partialsOf(template, partials).map(partial => [partial.file, partial.text]);
  return sha256(JSON.stringify([template.file, template.text, reached, vars]));
}

/** Partials that a template includes, and those that they do, by name; only what is there. */
export function partialsOf(
  template: TemplateFile,
  partials: ReadonlyMap<string, TemplateFile>,
): readonly TemplateFile[] {
  const found = new Map<string, TemplateFile>();
  const visit = ({ text }: TemplateFile): void => {
    for (const [, name = ''] of text.matchAll(/\{\{~?\s*#?>\s*([^\s}~]+)/g)) {
      const partial = partials.get(name);
      if (partial === undefined || found.has(name)) continue;
      found.set(name, partial);
      visit(partial);
    }
  };
  visit(template);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partial]) => partial);
}
