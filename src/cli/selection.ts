// Options and words of a selection, the same in every command that takes one.

import type { Argv } from 'yargs';
import type { Project } from '../project.ts';

const SELECTION_NOTES = `Selection: names and globs (stg_*), +x x+ 2+x+1 @x, tag: kind: path: owner:, status:stale and status:failed;
a space joins, a comma intersects: "tag:marts,kind:model".`;

/** Adds `[selection..]` and --exclude, and says what a selection is. */
export function withSelection<T>(yargs: Argv<T>, does: string) {
  return yargs
    .positional('selection', { type: 'string', array: true, describe: `Assets to ${does}; none: all` })
    .option('exclude', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Leave out what these words mean: all up to the next option',
    })
    .epilogue(SELECTION_NOTES);
}

export interface SelectionArgs {
  readonly selection?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** What the words mean in this project; the state is read only where the words ask for it. */
export async function selectIn(
  project: Project,
  { selection = [], exclude = [] }: SelectionArgs,
): Promise<readonly string[]> {
  const { asksStatus, select } = await import('../graph/select.ts');
  if (!asksStatus([...selection, ...exclude])) return select(project.graph, selection, { exclude });
  const { judged, wordsOf } = await import('../run/status.ts');
  const known = await judged(project);
  return select(project.graph, selection, { exclude, statusOf: name => wordsOf(known, name) });
}
