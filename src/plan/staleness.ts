// Whether an asset must be made again, and why. Pure: no clock, no store, nothing inferred from times.
// Follows Dagster's StaleStatus and StaleCause: dagster/_core/definitions/data_version.py.

import type { Asset } from '../asset/asset.ts';
import { isTable } from '../asset/asset.ts';
import { ALL_CELLS, KEYED_CELLS } from '../asset/partition.ts';
import type { Build, Mark } from '../state/state-store.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { changedEdges, type Edges } from './edges.ts';
import { REWOUND, type Rewound, rewoundOf } from './rewound.ts';

export type CauseKind =
  | 'missing'
  | 'files-changed'
  | 'raw-store-lost'
  | 'new-batches'
  | 'redacted'
  | 'code-changed'
  | 'mapping-changed'
  | 'does-not-compile'
  | 'upstream-changed'
  | 'upstream-stale'
  | 'rewound'
  | 'forced';

export interface StaleCause {
  readonly kind: CauseKind;
  /** "stg_orders changed (3 cells)": a clause that can follow "because". */
  readonly text: string;
  /** The upstream asset that is the cause, where there is one. */
  readonly asset?: string;
  /** The cells that are to be made because of it, where it names some; else all, or those that a changed key is found in. */
  readonly cells?: readonly CellKey[];
}

export type Freshness =
  | { readonly status: 'fresh' }
  | { readonly status: 'missing'; readonly causes: readonly StaleCause[] }
  | {
      readonly status: 'stale';
      readonly causes: readonly StaleCause[];
      /** It was rewound, and stays as it is until its SQL changes or somebody asks for it. */
      readonly isHeld?: true;
    };

/** What was read, once, before judging. */
export interface Evidence {
  /** The code version of every table asset that could be compiled. */
  readonly codeVersions: ReadonlyMap<string, string>;
  /** Table assets that do not compile, each with the asset whose SQL is wrong: itself, or one upstream. */
  readonly broken: ReadonlyMap<string, string>;
  readonly builds: ReadonlyMap<string, Build>;
  /** By model: what its mappings mean as they are declared. */
  readonly edges?: ReadonlyMap<string, Edges>;
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
  /** By ingest or seed asset: files that are new, changed or gone since they were last taken. */
  readonly changedFiles: ReadonlyMap<string, number>;
  /** The ingest assets whose raw store is another one or gone, where all files are to be read again for it. */
  readonly lostRaw?: ReadonlySet<string>;
  /** By extract asset: closed batches that are not in the warehouse yet. */
  readonly newBatches: ReadonlyMap<string, number>;
  /** By extract asset: redacted events that may still be in the warehouse. */
  readonly redactions?: ReadonlyMap<string, number>;
}

/** Judges an asset by itself, whatever its upstream may still become. */
export function judge(asset: Asset, evidence: Evidence): Freshness {
  if (asset.kind === 'source') return { status: 'fresh' };
  const build = evidence.builds.get(asset.name);
  if (isTable(asset) && build === undefined) {
    return { status: 'missing', causes: [{ kind: 'missing', text: 'never made' }] };
  }
  const rewound = rewoundOf(build?.note);
  const isHeld = rewound !== undefined && isHeldBy(rewound, asset.name, evidence);
  const causes = [
    ...inputCauses(asset, evidence),
    ...codeCauses(asset, evidence),
    ...mappingCauses(asset.name, evidence),
    ...markCauses(asset.name, evidence, rewound === undefined ? undefined : { to: rewound.to, isHeld }),
  ];
  if (causes.length === 0) return { status: 'fresh' };
  return { status: 'stale', causes, ...(isHeld && { isHeld }) };
}

/** A rewound table with SQL as it was then; where all that was rewound is made again, nothing is left to hold. */
function isHeldBy({ against }: Rewound, name: string, evidence: Evidence): boolean {
  const isMarked = (evidence.marks.get(name) ?? []).some(mark => mark.cause === REWOUND);
  return isMarked && (evidence.codeVersions.get(name) ?? against) === against;
}

function inputCauses(asset: Asset, evidence: Evidence): StaleCause[] {
  const files = evidence.changedFiles.get(asset.name) ?? 0;
  const batches = evidence.newBatches.get(asset.name) ?? 0;
  const redacted = evidence.redactions?.get(asset.name) ?? 0;
  return [
    ...(evidence.lostRaw?.has(asset.name) === true
      ? [{ kind: 'raw-store-lost', text: 'the raw store lacks what was published from it' } as const]
      : []),
    ...(files === 0 ? [] : [{ kind: 'files-changed', text: `${count(files, 'file')} new or changed` } as const]),
    ...(batches === 0 ? [] : [{ kind: 'new-batches', text: `${count(batches, 'new batch', 'new batches')}` } as const]),
    ...(redacted === 0 ? [] : [{ kind: 'redacted', text: `${count(redacted, 'event')} redacted` } as const]),
  ];
}

function codeCauses(asset: Asset, evidence: Evidence): StaleCause[] {
  const broken = evidence.broken.get(asset.name);
  if (broken === asset.name) return [{ kind: 'does-not-compile', text: 'its SQL does not compile' }];
  if (broken !== undefined) return [{ kind: 'does-not-compile', asset: broken, text: `${broken} does not compile` }];
  const version = evidence.codeVersions.get(asset.name);
  const made = evidence.builds.get(asset.name)?.codeVersion;
  if (version === undefined || made === undefined || version === made) return [];
  return [{ kind: 'code-changed', text: asset.kind === 'model' ? 'its SQL changed' : 'its declaration changed' }];
}

/** Cells that no mark named may be wrong, where the mapping of then named too few. */
const mappingCauses = (name: string, { edges, builds }: Evidence): StaleCause[] =>
  changedEdges(edges?.get(name) ?? {}, builds.get(name)?.note).map(({ upstream, was, is }) => ({
    kind: 'mapping-changed',
    asset: upstream,
    text: `its mapping of ${upstream} changed: ${is}, made with ${was}`,
  }));

function markCauses(
  name: string,
  evidence: Evidence,
  rewound: { readonly to: string; readonly isHeld: boolean } | undefined,
): StaleCause[] {
  const byUpstream = new Map<string, Mark[]>();
  for (const mark of evidence.marks.get(name) ?? []) {
    const held = byUpstream.get(mark.cause);
    if (held === undefined) byUpstream.set(mark.cause, [mark]);
    else held.push(mark);
  }
  return [...byUpstream].map(([upstream, marks]) => {
    if (upstream === REWOUND) return rewoundCause(marks, rewound);
    if (upstream === name) return { kind: 'missing', text: 'only some of its cells were made' };
    return upstreamChanged(upstream, marks);
  });
}

function rewoundCause(
  marks: readonly Mark[],
  rewound: { readonly to: string; readonly isHeld: boolean } | undefined,
): StaleCause {
  const what = rewound?.isHeld === true ? 'held as' : 'rewound to what';
  return {
    kind: 'rewound',
    text: `${what} run ${rewound?.to ?? marks[0]?.runId} left it${howMuch(marks)}`,
    ...(marks.some(isOpen) ? {} : { cells: marks.map(mark => mark.cell) }),
  };
}

/** A mark that names no cell. */
const isOpen = ({ cell }: Mark): boolean => cell === ALL_CELLS || cell === KEYED_CELLS;

function howMuch(marks: readonly Mark[]): string {
  if (marks.some(({ cell }) => cell === ALL_CELLS)) return '';
  return marks.some(isOpen) ? ' (some rows)' : ` (${count(marks.length, 'cell')})`;
}

const upstreamChanged = (upstream: string, marks: readonly Mark[]): StaleCause => ({
  kind: 'upstream-changed',
  asset: upstream,
  ...(marks.some(isOpen) ? {} : { cells: marks.map(mark => mark.cell) }),
  text: `${upstream} changed${howMuch(marks)}`,
});

/** `3 cells`, `1 cell`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}
