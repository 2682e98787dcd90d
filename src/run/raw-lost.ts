// Notices a raw store in whose place another one was put, or none: what the tables were made of is not in it. The files are read
// again then. Knows nothing of what cannot be read again, which extract.ts refuses to lose.

import { createHash } from 'node:crypto';
import type { Project } from '../project.ts';
import type { ObservedFile } from '../state/state-store.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { type Note, readNote } from './note.ts';
import { sourcesOf } from './observe.ts';

/** Among the observed files it has the name of no source. */
const SOURCE = ':raw';

/** Once for each such store: what then is still missing is not in the files. */
export async function readAgainWhatIsLost(project: Project, emit: Emit): Promise<void> {
  const state = await project.state();
  const { builds, files } = await state.snapshot();
  const notes = copiesOf(project).flatMap(name => readNote(builds.get(name)?.note));
  const missing = await missingOf(project, notes);
  if (missing.length === 0) return;
  const say = (text: string): void => emit({ kind: 'notice', level: 'warn', text });
  const what = `The raw store is another one, or an older one: it lacks ${missing.length} of the batches that raw events were published from.`;
  if (await hasForgottenRedactions(project, notes)) {
    say(`${what} Events were redacted in the one before and would come back with their files: put it back.`);
    return;
  }
  const mark = markOf(missing);
  if (files.some(file => file.source === SOURCE && file.hash === mark.hash)) {
    say(`${what} All files were read again; what is in none of them is published still.`);
    return;
  }
  const sources = sourceNames(project);
  const taken = files.filter(file => file.takenHash !== null && sources.has(file.source));
  await state.observe([...taken.map(file => ({ ...file, takenHash: null })), mark]);
  say(`${what} All files are read again.`);
}

async function missingOf(project: Project, notes: readonly Note[]): Promise<readonly string[]> {
  const published = new Set(notes.flatMap(note => note.batches));
  if (published.size === 0) return [];
  const receipts = project.hasRawStore() ? await (await project.rawStore()).receipts() : [];
  for (const { batchId } of receipts) published.delete(batchId);
  return [...published].sort();
}

async function hasForgottenRedactions(project: Project, notes: readonly Note[]): Promise<boolean> {
  const followed = Math.max(...notes.map(note => note.redaction));
  if (followed === 0) return false;
  const last = project.hasRawStore() ? (await (await project.rawStore()).redactions(0)).at(-1) : undefined;
  return (last?.sequence ?? 0) < followed;
}

const sourceNames = ({ graph }: Project): ReadonlySet<string> =>
  new Set(
    [...graph.assets.values()]
      .filter(asset => asset.kind === 'ingest')
      .flatMap(asset => sourcesOf(asset, graph).map(source => source.name)),
  );

function markOf(missing: readonly string[]): ObservedFile {
  const hash = createHash('sha256').update(missing.join('\n')).digest('hex');
  return { source: SOURCE, path: 'events_raw', size: missing.length, mtimeMs: 0, inode: 0, hash, takenHash: null };
}
