// After a redaction: what is kept of earlier versions of tables, to be rewound to, still has the events. It is forgotten of each
// table as soon as that is made without them. On DuckDB; BigQuery's own time travel forgets by itself, after 7 days at most.

import { isTable } from '../asset/asset.ts';
import { must } from '../errors.ts';
import { keyedReaders } from '../plan/effects.ts';
import { rewoundOf } from '../plan/rewound.ts';
import type { Project } from '../project.ts';
import type { ObservedFile, StateSnapshot } from '../state/state-store.ts';
import type { PastLimits } from '../warehouse/past.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { readNote } from './note.ts';

/** Among the observed files it has the name of no source: by table, the last redaction of which it keeps nothing. */
const SOURCE = ':redacted';

export interface Forgetting {
  /** As it was before the run: whether events were ever redacted. */
  readonly snapshot: StateSnapshot;
  /** By extract: redactions that the run has followed. */
  readonly followed: ReadonlyMap<string, number> | undefined;
  readonly limits: PastLimits;
  readonly warehouse: () => Promise<Warehouse>;
  readonly emit: Emit;
}

/** To be called when the run has made what it could. What was not made keeps its past until a later run. */
export async function forgetRedacted(project: Project, forgetting: Forgetting): Promise<void> {
  const { snapshot, followed, limits, warehouse, emit } = forgetting;
  if (project.target.bigquery !== undefined) return;
  const { graph } = project;
  const copies = copiesOf(project);
  const redacted = (name: string, now: StateSnapshot): number => readNote(now.builds.get(name)?.note).redaction;
  if (copies.every(name => redacted(name, snapshot) === 0 && (followed?.get(name) ?? 0) === 0)) return;
  const now = await (await project.state()).snapshot();
  const last = Math.max(0, ...copies.map(name => redacted(name, now)));
  const done = new Map(now.files.filter(file => file.source === SOURCE).map(file => [file.path, file.size]));
  const names = graph.sort(copies.flatMap(name => [name, ...graph.descendants(name)]));
  const pending = names.filter(
    name => isTable(must(graph.assets, name)) && now.builds.has(name) && (done.get(name) ?? 0) < last,
  );
  for (const name of pending) {
    if (rewoundOf(now.builds.get(name)?.note) === undefined) continue;
    const text = `${name} was rewound and may have redacted events: \`pulse materialize ${name} --full-refresh\` takes them out.`;
    emit({ kind: 'notice', level: 'warn', text });
  }
  const marked = new Set(now.marks.map(mark => mark.asset));
  const made = pending.filter(name => ![name, ...graph.ancestors(name)].some(one => marked.has(one)));
  if (made.length === 0) return;
  const { past, changes } = await warehouse();
  await past.forget({ ...limits, whole: new Set(made) });
  await changes.prune(
    new Map(graph.order.map(name => [name, keyedReaders(graph, name).filter(reader => now.builds.has(reader))])),
  );
  await (await project.state()).observe(made.map(name => remembered(name, last)));
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
