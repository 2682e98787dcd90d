// After a redaction: what is kept of earlier versions of tables, to be rewound to or for a look, still has the events. It is
// forgotten of each table as soon as that is made without them; and then files are written anew, as a freed block keeps its bytes.
// BigQuery's own time travel, and what servers keep, forget by themselves (docs/decisions/0022-no-byte-of-what-is-redacted.md).

import { isTable } from '../asset/asset.ts';
import { must } from '../errors.ts';
import { keyedReaders } from '../plan/effects.ts';
import { rewoundOf } from '../plan/rewound.ts';
import type { Project } from '../project.ts';
import type { ObservedFile, StateSnapshot } from '../state/state-store.ts';
import type { PastLimits } from '../warehouse/past.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { removeDeadAsides } from './aside.ts';
import type { Claim } from './claim.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { readNote } from './note.ts';

/** Among the observed files it has the name of no source: by table, the last redaction of which it keeps nothing. */
const SOURCE = ':redacted';
/** No table has such a name: whether the files are to be written anew, and the last redaction of which they keep nothing. */
const FILES = ':files';
const DUE = 'due';

export interface Forgetting {
  /** As it was before the run: whether events were ever redacted. */
  readonly snapshot: StateSnapshot;
  /** By extract: redactions that the run has followed. */
  readonly followed: ReadonlyMap<string, number> | undefined;
  readonly limits: PastLimits;
  readonly warehouse: () => Promise<Warehouse>;
  readonly claimed: Claim;
  readonly emit: Emit;
}

/** To be called when the run has made what it could. What was not made keeps its past until a later run. */
export async function forgetRedacted(project: Project, forgetting: Forgetting): Promise<void> {
  const { snapshot, followed, limits, warehouse, claimed, emit } = forgetting;
  const { graph } = project;
  const copies = copiesOf(project);
  const redacted = (name: string, now: StateSnapshot): number => readNote(now.builds.get(name)?.note).redaction;
  if (copies.every(name => redacted(name, snapshot) === 0 && (followed?.get(name) ?? 0) === 0)) return;
  const state = await project.state();
  const now = await state.snapshot();
  const last = Math.max(0, ...copies.map(name => redacted(name, now)));
  const done = new Map(now.files.filter(file => file.source === SOURCE).map(file => [file.path, file]));
  const names = graph.sort(copies.flatMap(name => [name, ...graph.descendants(name)]));
  const pending = names.filter(
    name => isTable(must(graph.assets, name)) && now.builds.has(name) && (done.get(name)?.size ?? 0) < last,
  );
  for (const name of pending) {
    if (rewoundOf(now.builds.get(name)?.note) === undefined) continue;
    const text = `${name} was rewound and may have redacted events: \`pulse materialize ${name} --full-refresh\` takes them out.`;
    emit({ kind: 'notice', level: 'warn', text });
  }
  const marked = new Set(now.marks.map(mark => mark.asset));
  const made = pending.filter(name => ![name, ...graph.ancestors(name)].some(one => marked.has(one)));
  const files = done.get(FILES);
  const isLeft = pending.length > made.length;
  const isDue = made.length > 0 || files?.hash === DUE || (!isLeft && (files?.size ?? 0) < last);
  if (!isDue) return;
  if (made.length > 0) {
    const { past, changes } = await warehouse();
    await past.forget({ ...limits, whole: new Set(made) });
    await changes.prune(
      new Map(graph.order.map(name => [name, keyedReaders(graph, name).filter(reader => now.builds.has(reader))])),
    );
  }
  await state.observe([...made.map(name => remembered(name, last)), { ...remembered(FILES, 0), hash: DUE }]);
  const written = remembered(FILES, isLeft ? 0 : last);
  claimed.whenClosed(say => rewriteFiles(project, { written, claimed, emit: say }));
}

/** A run that dies before the end leaves it due; one that cannot do it says so, and leaves it too. */
async function rewriteFiles(
  project: Project,
  { written, claimed, emit }: Pick<Forgetting, 'claimed' | 'emit'> & { readonly written: ObservedFile },
): Promise<void> {
  const say = (level: 'info' | 'warn', text: string): void => emit({ kind: 'notice', level, text });
  try {
    project.failpoint('before-rewrite');
    if (project.target.bigquery === undefined)
      say('info', 'The warehouse is written anew, so that no byte of what was redacted is left in its file.');
    await removeDeadAsides(project);
    const waiting = (busy: Error): void => say('info', `Waiting for a reader: ${busy.message}`);
    await project.rewriteWarehouse({ waiting, signal: claimed.signal });
    project.failpoint('after-rewrite');
    const state = await project.state();
    // Its tables have no redacted row, so what it said quotes none.
    await state.forgetRows({ butOf: claimed.runId });
    await state.observe([written]);
  } catch (error) {
    const why = (error as Error).message;
    say(
      'warn',
      `Files may still have bytes of redacted events, as they could not be written anew: ${why} The next run tries again.`,
    );
  }
}

const remembered = (path: string, redaction: number): ObservedFile => ({
  source: SOURCE,
  path,
  size: redaction,
  mtimeMs: 0,
  inode: 0,
  hash: '',
  takenHash: null,
});
