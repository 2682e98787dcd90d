// What `pulse status` says of one asset: only what is true now.

import pc from 'picocolors';
import { expect, test } from 'vitest';
import { becauseOf, explained, statusRow } from '../../src/cli/commands/status.ts';
import type { AssetStatus } from '../../src/run/status.ts';

const style = { colors: pc.createColors(false), now: new Date('2025-01-20T12:00:00Z') };
const last = {
  asset: 'a',
  status: 'failed',
  runId: 'r1',
  message: 'unique(k)',
  finishedAt: '2025-01-20T11:59:59Z',
} as unknown as NonNullable<AssetStatus['last']>;
const build = { madeAt: '2025-01-20T11:59:59Z', runId: 'r1', cells: 1, rows: 2 } as NonNullable<AssetStatus['build']>;
const causes = [{ kind: 'never', text: 'never made' }] as unknown as Extract<
  AssetStatus['freshness'],
  { status: 'missing' }
>['causes'];

test('what failed and is stale is failed; what failed and is fresh by now is not', () => {
  const stale: AssetStatus = { asset: 'a', freshness: { status: 'stale', causes }, last, build };
  expect(statusRow(stale, style)[1]).toBe('stale, failed');
  expect(becauseOf(stale)).toBe('never made; last run failed: unique(k); the published one is older: of run r1');
  const fresh: AssetStatus = { ...stale, freshness: { status: 'fresh' } };
  expect(statusRow(fresh, style)).toEqual(['a', 'fresh', 'just now', '1', '2', '']);
  expect(explained(fresh, style.colors)).toBe(
    'a: fresh\n  what is published is as it should be; another making of it failed in run r1: unique(k)',
  );
});

test('what is missing was not made just now', () => {
  const missing: AssetStatus = { asset: 'a', freshness: { status: 'missing', causes }, last, build };
  expect(statusRow({ ...missing, last: { ...last, status: 'done' } }, style)).toEqual([
    'a',
    'missing',
    '',
    '',
    '',
    'never made',
  ]);
});

test('what is overdue by its policy says so, fresh or not', () => {
  const policy = { status: 'overdue', text: 'asked for within 6h; last made 2025-01-20 05:00 UTC' } as const;
  const fresh: AssetStatus = { asset: 'a', freshness: { status: 'fresh' }, last: undefined, build, policy };
  expect(becauseOf(fresh)).toBe(`overdue: ${policy.text}`);
  expect(becauseOf({ ...fresh, policy: { ...policy, status: 'ok' } })).toBe('');
});

test('what another engine makes is neither missing nor to be made', () => {
  const marked: AssetStatus = {
    asset: 'a',
    freshness: { status: 'missing', causes },
    last: undefined,
    build: undefined,
    elsewhere: 'a',
  };
  expect(statusRow(marked, style)).toEqual([
    'a',
    'elsewhere',
    '',
    '',
    '',
    'marked for another engine (engines in its asset)',
  ]);
  expect(becauseOf({ ...marked, asset: 'b' })).toBe(
    'reads a, which is marked for another engine (engines in its asset)',
  );
});
