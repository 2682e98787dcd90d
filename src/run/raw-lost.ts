// Notices a raw store in whose place another one was put, or none: what the tables were made of is not in it. The files are read
// again then. Knows nothing of what cannot be read again, which extract.ts refuses to lose.

import { createHash } from 'node:crypto';
import { isFolder, type Project } from '../project.ts';
import type { Receipt } from '../raw/raw-store.ts';
import type { ObservedFile, StateSnapshot } from '../state/state-store.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { type Note, readNote } from './note.ts';
import { sourcesOf } from './observe.ts';

/** Among the observed files it has the name of no source. */
const SOURCE = ':raw';

/** What the raw store lacks of what was published from it. */
export interface RawLost {
  /**
   * `unread`: the next run reads all files again. `read`: a run has, and what is in none of them is in the tables only.
   * `redactions`: it knows nothing of redactions that the tables follow, so that their events may be in it again.
   */
  readonly kind: 'unread' | 'read' | 'redactions';
  /** What is wrong, a sentence. */
  readonly text: string;
  /** What to do, sentences. */
  readonly next: string;
  /** What is remembered once the files are read again for it. */
  readonly mark: ObservedFile;
}

/** All receipts of the raw store; none where there is no store. */
export const receiptsOf = async (project: Project): Promise<readonly Receipt[]> =>
  project.hasRawStore() ? (await project.rawStore()).receipts() : [];

/** Undefined where the raw store has all that was published from it. */
export async function rawLost(
  project: Project,
  { builds, files, receipts }: Pick<StateSnapshot, 'builds' | 'files'> & { readonly receipts: readonly Receipt[] },
): Promise<RawLost | undefined> {
  const notes = copiesOf(project).map(name => readNote(builds.get(name)?.note));
  const missing = missingOf(notes, receipts);
  const mark = markOf(missing);
  const [table = 'raw_events'] = copiesOf(project);
  const lacks = `it lacks ${missing.length} of the batches that raw events were published from`;
  if (await hasForgottenRedactions(project, notes)) {
    const what = missing.length === 0 ? 'it knows nothing of redactions that the tables follow' : lacks;
    return {
      kind: 'redactions',
      text: `The raw store is another one, or an older one: ${what}. Redacted events are in it again, or would come back with their files.`,
      next: `Put it back. Else redact these events anew (\`pulse redact\`) and make the tables of it: pulse materialize ${table} --full-refresh`,
      mark,
    };
  }
  if (missing.length === 0) return undefined;
  const text = `The raw store is another one, or an older one: ${lacks}.`;
  if (files.some(file => file.source === SOURCE && file.hash === mark.hash)) {
    return {
      kind: 'read',
      text: `${text} All files were read again; what is in none of them is published still.`,
      next: `Put the raw store back, or ingest these events again. \`pulse materialize ${table} --full-refresh\` goes on without them.`,
      mark,
    };
  }
  return { kind: 'unread', text, next: 'All files are read again by the next `pulse materialize`.', mark };
}

/** Once for each such store: what then is still missing is not in the files. */
export async function readAgainWhatIsLost(project: Project, emit: Emit): Promise<void> {
  const state = await project.state();
  const { builds, files } = await state.snapshot();
  const lost = await rawLost(project, { builds, files, receipts: await receiptsOf(project) });
  if (lost === undefined) return;
  const say = (text: string): void => emit({ kind: 'notice', level: 'warn', text });
  if (lost.kind !== 'unread') {
    say(`${lost.text} ${lost.next}`);
    return;
  }
  // Files that are not there are not read again: that is remembered when they are.
  if (!(await isFolder(project.dataDir))) {
    say(lost.text);
    return;
  }
  const sources = sourceNames(project);
  const taken = files.filter(file => file.takenHash !== null && sources.has(file.source));
  await state.observe([...taken.map(file => ({ ...file, takenHash: null })), lost.mark]);
  say(`${lost.text} All files are read again.`);
}

function missingOf(notes: readonly Note[], receipts: readonly Receipt[]): readonly string[] {
  const published = new Set(notes.flatMap(note => note.batches));
  for (const { batchId } of receipts) published.delete(batchId);
  return [...published].sort();
}

async function hasForgottenRedactions(project: Project, notes: readonly Note[]): Promise<boolean> {
  const followed = Math.max(0, ...notes.map(note => note.redaction));
  if (followed === 0) return false;
  return !project.hasRawStore() || (await (await project.rawStore()).redactions(followed - 1)).length === 0;
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
