// Tables that another program has changed since pulse published them: a run says so, and does not build on them.
// What a table was like is kept when a run ends; a publication since then (by a run that was killed, say) is nobody else's.

import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { ObservedFile } from '../state/state-store.ts';
import type { Fingerprint } from '../warehouse/watched.ts';
import type { Emit } from './events.ts';

/** Among the observed files it has the name of no source. */
const SOURCE = ':table';

interface Changed {
  readonly asset: string;
  /** A sentence's end: `was changed at …`. */
  readonly how: string;
}

/**
 * Tells of every table that was changed behind pulse's back.
 *
 * @param making what the run makes; `anew` is what of it is made whole, whatever is there.
 * @throws {PulseError} WAREHOUSE_TABLE_CHANGED where the run would build on one, or on what is left of one
 */
export async function refuseChangedBehind(
  project: Project,
  {
    making,
    anew,
    emit,
  }: { readonly making: readonly string[]; readonly anew: ReadonlySet<string>; readonly emit: Emit },
): Promise<void> {
  const changed = await changedBehind(project);
  if (changed.length === 0) return;
  const used = new Set(making.flatMap(name => [name, ...project.graph.upstream(name)]).filter(name => !anew.has(name)));
  const refused = changed.filter(({ asset }) => used.has(asset));
  for (const { asset, how } of changed) {
    if (!used.has(asset)) emit({ kind: 'notice', level: 'warn', text: `${asset} ${how}, and not by pulse.` });
  }
  if (refused.length === 0) return;
  const names = refused.map(({ asset }) => asset).join(' ');
  throw new PulseError(
    'WAREHOUSE_TABLE_CHANGED',
    `${refused.map(({ asset, how }) => `${asset} ${how}`).join('; ')}, and not by pulse: nothing is built on it.`,
    { hint: `Find out who writes there. To make it anew: pulse materialize ${names} --full-refresh` },
  );
}

async function changedBehind(project: Project): Promise<readonly Changed[]> {
  const watched = await project.watched();
  if (watched === undefined) return [];
  const { files, builds } = await (await project.state()).snapshot();
  const known = files.filter(file => file.source === SOURCE && builds.get(file.path)?.runId === file.takenHash);
  const found = await Promise.all(
    known.map(async ({ path, hash }) => ({ asset: path, how: difference(hash, await watched.fingerprint(path)) })),
  );
  return found.flatMap(({ asset, how }) => (how === undefined ? [] : [{ asset, how }]));
}

/** What a table is like, as it is kept. */
const wordsOf = ({ changedAt, shape }: Fingerprint): string => `${changedAt} ${shape}`;

function difference(then: string, now: Fingerprint | undefined): string | undefined {
  if (now === undefined) return 'is gone';
  if (then === wordsOf(now)) return undefined;
  const shape = then.slice(then.indexOf(' ') + 1);
  if (shape !== now.shape) return `has other columns (${now.shape}; they were ${shape})`;
  return `was changed at ${now.changedAt}`;
}

/** To be called at the end of a run: keeps what the tables are like whose publication is not the one that was kept. */
export async function rememberTables(project: Project): Promise<void> {
  const watched = await project.watched();
  if (watched === undefined) return;
  const state = await project.state();
  const { files, builds } = await state.snapshot();
  const kept = new Map(files.filter(file => file.source === SOURCE).map(file => [file.path, file.takenHash]));
  const published = [...builds.values()].filter(({ asset, runId }) => kept.get(asset) !== runId);
  const seen = await Promise.all(
    published.map(async ({ asset, runId }): Promise<ObservedFile[]> => {
      const now = await watched.fingerprint(asset);
      if (now === undefined) return [];
      return [{ source: SOURCE, path: asset, size: 0, mtimeMs: 0, inode: 0, hash: wordsOf(now), takenHash: runId }];
    }),
  );
  await state.observe(seen.flat());
}
