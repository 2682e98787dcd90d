// Queries are translated once and committed: with models/.translated and sql/.translated no verb of this room starts an analyzer.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { openProject, type Project } from '../../src/project.ts';
import { answer, questionsOf } from '../../src/run/analyze.ts';
import { runChecks } from '../../src/run/check-all.ts';
import { compileProject } from '../../src/run/compile.ts';
import { reconcile, storyOf } from '../../src/run/reconcile.ts';
import { writeReports } from '../../src/run/report.ts';
import { traceRow } from '../../src/run/trace.ts';
import { NOW, SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';

let project: SampleProject;
const kept = () => join(project.root, 'sql/.translated');
beforeAll(async () => {
  project = sampleProject(SAMPLE_DATA);
  rmSync(kept(), { recursive: true, force: true });
  await project.run(open => compileProject(open));
  await project.materialize();
});
afterAll(() => project.remove());

async function withoutAnalyzer<T>(verb: (project: Project) => Promise<T>): Promise<T> {
  const analyzer = startAnalyzer(() => Promise.reject(new Error('an analyzer was started')));
  const open = await openProject({ cwd: project.root, env: {}, now: () => NOW, analyzer });
  try {
    return await verb(open);
  } finally {
    await open.close();
    analyzer.close();
  }
}

test('there is one for each query below sql/, and it is current until the query or a partial of it changes', async () => {
  const check = async () => (await project.run(open => compileProject(open, undefined, { check: true }))).outdated;
  expect(readdirSync(kept())).toContain('checks.late_arriving_share.rows.json');
  expect(await check()).toEqual([]);
  const texts = new Map(
    ['sql/analytics/6_top_products.sql', 'sql/partials/batch_days.sql'].map(file => [
      file,
      readFileSync(join(project.root, file), 'utf8'),
    ]),
  );
  for (const [file, text] of texts) project.write(file, `-- other\n${text}`);
  project.write('sql/.translated/checks.of_yesterday.json', '{}');
  expect((await check()).filter(name => !/^\w+$/.test(name))).toEqual([
    'analytics.6_top_products',
    'checks.duplicate_event_rate',
    'checks.duplicate_event_rate.rows',
    'checks.of_yesterday',
    'checks.rejected_and_conflicting_events',
    'checks.rejected_and_conflicting_events.rows',
  ]);
  for (const [file, text] of texts) project.write(file, text);
  await project.run(open => compileProject(open));
  expect(readdirSync(kept())).not.toContain('checks.of_yesterday.json');
});

test('checks, questions, reports, reconciliation, stories and traces start no analyzer', async () => {
  rmSync(join(project.root, '.pulse/cache'), { recursive: true, force: true });
  await withoutAnalyzer(async open => {
    const { outcomes } = await runChecks(open, { assets: open.graph.order });
    expect(outcomes.some(one => one.kind === 'declared' && one.sample.length > 0)).toBe(true);
    expect(await answer(open, await questionsOf(open), {})).toHaveLength(6);
    await writeReports(open, ['2025-01-15'], { csv: () => '' });
    const [first] = (await reconcile(open, {})).orders.rows;
    const id = String(first?.[0]);
    expect((await storyOf(open, id)).length).toBeGreaterThan(0);
    expect(
      (await traceRow(open, 'fact_order_daily', { key: ['2025-01-15', 'vendor_a'], limit: 1 })).eventsCount,
    ).toBeGreaterThan(0);
  });
  expect(existsSync(join(project.root, '.pulse/cache/asked'))).toBe(false);
});
