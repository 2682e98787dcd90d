// What a run will do and why each step is in it. Pure: judged from evidence that was read once.

import { must } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { count, type Evidence, type Freshness, judge, type StaleCause } from './staleness.ts';

export interface PlanStep {
  readonly asset: string;
  readonly causes: readonly StaleCause[];
  /** False where it is made only if what is made before it comes out different. */
  readonly isCertain: boolean;
}

export interface Plan {
  /** In an order in which they can be made. */
  readonly steps: readonly PlanStep[];
  /** In scope and up to date. */
  readonly fresh: readonly string[];
  /** In scope and rewound: they stay as they are. Absent: none. */
  readonly held?: readonly string[];
  /** Why what was asked for is not made on this target, a sentence each. Absent: all of it is. */
  readonly elsewhere?: readonly string[];
}

export interface Scope {
  /** Assets that may be made, any order. */
  readonly names: ReadonlySet<string>;
  /** Among them, those to be made whatever their state. */
  readonly forced: ReadonlySet<string>;
  /** Cells to be made whatever their state, by asset: of such an asset no others are made. */
  readonly cells?: ReadonlyMap<string, readonly CellKey[]>;
}

/** Judges every asset of the graph, upstream first: stale by itself, or because what it reads is. */
export function judgeAll(graph: AssetGraph, evidence: Evidence): ReadonlyMap<string, Freshness> {
  const judged = new Map<string, Freshness>();
  for (const name of graph.order) {
    const own = judge(must(graph.assets, name), evidence);
    judged.set(name, own.status === 'fresh' ? waiting(graph.upstream(name), judged) : own);
  }
  return judged;
}

const waiting = (upstream: readonly string[], judged: ReadonlyMap<string, Freshness>): Freshness => {
  const causes = upstream
    .filter(name => must(judged, name).status !== 'fresh')
    .map(name => ({ kind: 'upstream-stale', asset: name, text: `${name} is ${wordOf(must(judged, name))}` }) as const);
  return causes.length === 0 ? { status: 'fresh' } : { status: 'stale', causes };
};

const wordOf = (freshness: Freshness): string => (isHeld(freshness) ? 'held' : freshness.status);

/** Whether it was rewound, and is to stay as it is. */
export const isHeld = (freshness: Freshness): boolean => freshness.status === 'stale' && freshness.isHeld === true;

export function makePlan(graph: AssetGraph, evidence: Evidence, scope: Scope): Plan {
  const steps = new Map<string, PlanStep>();
  const fresh: string[] = [];
  const held: string[] = [];
  for (const name of graph.order) {
    if (!scope.names.has(name)) continue;
    if (isLeftAlone(name, { graph, evidence, scope })) {
      held.push(name);
      continue;
    }
    const step = stepOf(name, { graph, evidence, scope, before: steps });
    if (step === undefined) fresh.push(name);
    else steps.set(name, step);
  }
  return { steps: [...steps.values()], fresh, ...(held.length > 0 && { held }) };
}

/** Whether it was rewound and nobody asked for it by --full-refresh or by its cells. */
function isLeftAlone(
  name: string,
  { graph, evidence, scope }: { graph: AssetGraph; evidence: Evidence; scope: Scope },
): boolean {
  return forcedCauses(name, scope).length === 0 && isHeld(judge(must(graph.assets, name), evidence));
}

function forcedCauses(name: string, scope: Scope): StaleCause[] {
  const cells = scope.cells?.get(name);
  if (cells !== undefined)
    return [{ kind: 'forced', text: `${count(cells.length, 'cell')} asked for by --partitions` }];
  return scope.forced.has(name) ? [{ kind: 'forced', text: 'asked for by --full-refresh' }] : [];
}

function stepOf(
  name: string,
  {
    graph,
    evidence,
    scope,
    before,
  }: { graph: AssetGraph; evidence: Evidence; scope: Scope; before: Map<string, PlanStep> },
): PlanStep | undefined {
  const asset = must(graph.assets, name);
  if (asset.kind === 'source') return undefined;
  const own = judge(asset, evidence);
  const forced = forcedCauses(name, scope);
  const certain = [...forced, ...(own.status === 'fresh' ? [] : own.causes)];
  const upstream = graph
    .upstream(name)
    .filter(dep => before.has(dep))
    .map(dep => ({ kind: 'upstream-stale', asset: dep, text: `${dep} will be made` }) as const);
  if (certain.length === 0 && upstream.length === 0) return undefined;
  return { asset: name, causes: certain.length > 0 ? certain : upstream, isCertain: certain.length > 0 };
}
