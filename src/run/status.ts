// What state every asset is in: fresh, missing or stale, with the cause. Reads only.

import { must } from '../errors.ts';
import type { Status } from '../graph/select.ts';
import { judgeAll } from '../plan/plan.ts';
import type { Freshness } from '../plan/staleness.ts';
import type { Project } from '../project.ts';
import { judgePolicy, type PolicyState } from '../quality/policy.ts';
import type { Build, StateSnapshot, StepRecord } from '../state/state-store.ts';
import { copiesOf } from './copies.ts';
import { elsewhere } from './elsewhere.ts';
import { type Gathered, gather } from './evidence.ts';
import type { RawLost } from './raw-lost.ts';

export interface AssetStatus {
  readonly asset: string;
  readonly freshness: Freshness;
  readonly last: StepRecord | undefined;
  readonly build: Build | undefined;
  /** Against its freshness policy; absent where it has none. */
  readonly policy?: PolicyState;
  /** The model marked for another engine than this target's that it is or reads: it is not made here. */
  readonly elsewhere?: string;
  /** What is wrong with it that no run mends: it copies a raw store that lacks what it holds. */
  readonly trouble?: Pick<RawLost, 'text' | 'next'>;
}

export interface Judged {
  readonly freshness: ReadonlyMap<string, Freshness>;
  readonly gathered: Gathered;
}

/** Judges the whole graph. */
export async function judged(project: Project): Promise<Judged> {
  const gathered = await gather(project, project.graph.order, { isLookOnly: true });
  return { gathered, freshness: judgeAll(project.graph, gathered.evidence) };
}

/** The status of every asset, in the graph's order. */
export function statusOf(project: Project, { freshness, gathered }: Judged): ReadonlyMap<string, AssetStatus> {
  const { builds, lastSteps } = gathered.snapshot;
  const left = elsewhere(project);
  const { lost } = gathered;
  const troubled = new Set(lost === undefined || lost.kind === 'unread' ? [] : copiesOf(project));
  return new Map(
    project.graph.order.map(name => {
      const marked = left.get(name);
      const status: AssetStatus = {
        asset: name,
        freshness: must(freshness, name),
        last: lastSteps.get(name),
        build: builds.get(name),
        ...policyOf(project, gathered.snapshot, name),
        ...(marked !== undefined && { elsewhere: marked }),
        ...(lost !== undefined && troubled.has(name) && { trouble: { text: lost.text, next: lost.next } }),
      };
      return [name, status];
    }),
  );
}

/** What `status:` may ask of an asset: it may be stale and failed. What was mended since and needs no making has not failed. */
export function wordsOf({ freshness, gathered }: Judged, name: string): readonly Status[] {
  const { status } = must(freshness, name);
  const hasFailed = status !== 'fresh' && gathered.snapshot.lastSteps.get(name)?.status === 'failed';
  return [status, ...(hasFailed ? (['failed'] as const) : [])];
}

/** When an asset was last made, or looked at and found unchanged. */
export function lastMade(snapshot: Pick<StateSnapshot, 'builds' | 'lastSteps'>, name: string): Date | undefined {
  const step = snapshot.lastSteps.get(name);
  const times = [
    snapshot.builds.get(name)?.madeAt,
    step !== undefined && (step.status === 'done' || step.status === 'unchanged') ? step.finishedAt : undefined,
  ].flatMap(text => (text === undefined ? [] : [Date.parse(text)]));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

function policyOf(project: Project, snapshot: StateSnapshot, name: string): Pick<AssetStatus, 'policy'> {
  const policy = project.graph.assets.get(name)?.freshness;
  return policy === undefined ? {} : { policy: judgePolicy(policy, lastMade(snapshot, name), project.now()) };
}
