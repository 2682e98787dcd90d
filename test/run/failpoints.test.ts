// A run killed at any boundary costs nothing: the next one adopts what was published, makes the rest, and leaves nothing behind.

import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILPOINTS, failpointOf } from '../../src/failpoint.ts';
import { openProject, type Project } from '../../src/project.ts';
import { materialize } from '../../src/run/materialize.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { startPulse } from './in-own-process.ts';

/** Which kills, one after another, before the run that must put all right. */
const KILLS: readonly (readonly string[])[] = [
  ['after-claim'],
  ['while-ingesting'],
  ['after-ingest'],
  ['after-observe'],
  ['after-stage'],
  ['after-stage:2'],
  ['after-audit:2'],
  ['after-publish'],
  ['after-publish:2'],
  ['after-apply'],
  ['after-apply:2'],
  ['after-step:2'],
  ['before-finish'],
  ['after-finish'],
  ['after-publish', 'while-adopting', 'after-adopt', 'after-publish'],
];

let template: Shop;
let clean: unknown;
let copies = 0;
beforeAll(async () => {
  template = await makeShop();
  // So that no copy has to start the analyzer.
  await template.pulse(['compile']);
  clean = await withProject(copyOf(template), async project => {
    await materialize(project, { selection: [] }, () => undefined);
    return contentOf(project);
  });
});
afterAll(() => template.remove());

/** The project as it was made, beside it, so that it goes with it. */
function copyOf({ root }: Shop): string {
  const copy = join(root, '..', `copy${copies++}`);
  cpSync(root, copy, { recursive: true, filter: path => !path.includes('.pulse') });
  return copy;
}

async function withProject<T>(root: string, use: (project: Project) => Promise<T>): Promise<T> {
  const project = await openProject({ cwd: root, env: {}, now: () => new Date() });
  try {
    return await use(project);
  } finally {
    await project.close();
  }
}

/** The tables, without what names the run or the time. */
async function contentOf(project: Project): Promise<unknown> {
  // DuckDB's own SQL: no analyzer has to be started for it.
  const warehouse = await project.warehouse({ readOnly: true });
  const row = [{ name: 'row', type: { kind: 'STRING' } as const }];
  const rows = async (table: string): Promise<unknown> => (await warehouse.query(table, row)).rows;
  return [
    await rows(
      'SELECT to_json([event_id, event_type, CAST(event_time AS VARCHAR), vendor, payload])::VARCHAR FROM raw_events ORDER BY event_id',
    ),
    await rows('SELECT to_json(o)::VARCHAR FROM orders AS o ORDER BY order_id'),
  ];
}

/** Runs `pulse materialize` until the failpoint kills it. */
async function killAt(root: string, failpoint: string): Promise<void> {
  const child = startPulse(root, ['materialize'], { PULSE_FAILPOINT: failpoint });
  const said = child.stderr === null ? '' : text(child.stderr);
  child.stdout?.resume();
  const [code, signal] = await once(child, 'exit');
  expect([code, signal, await said]).toEqual([null, 'SIGKILL', '']);
}

describe('killed', () => {
  for (const kills of KILLS) {
    test(`${kills.join(', then ')}: one more run, and all is as if nothing had been`, async () => {
      const root = copyOf(template);
      for (const failpoint of kills) await killAt(root, failpoint);
      await withProject(root, async project => {
        const result = await materialize(project, { selection: [] }, () => undefined);
        expect(result.steps.filter(step => step.status === 'failed')).toEqual([]);
        expect(await contentOf(project)).toEqual(clean);
        const state = await project.state();
        expect([(await state.snapshot()).openRuns, await state.leases()]).toEqual([[], []]);
        const receipts = await (await project.rawStore()).receipts();
        expect(receipts.every(one => one.status === 'closed')).toBe(true);
        expect(receipts.reduce((sum, one) => sum + one.inserted, 0)).toBe(
          await (await project.rawStore()).countEvents(),
        );
        const warehouse = await project.warehouse({ readOnly: false });
        expect(await warehouse.sweep([])).toEqual([]);
        expect((await warehouse.journal(0)).at(-1)?.sequence).toBe(await state.appliedSequence());
        await project.closeWarehouse();
        expect((await materialize(project, { selection: [] }, () => undefined)).status).toBe('nothing');
      });
    });
  }
});

describe('the setting', () => {
  const died = new Error('died');
  const die = (): never => {
    throw died;
  };

  test('counts how often it is passed', () => {
    const failpoint = failpointOf('after-publish:3', die);
    failpoint('after-publish');
    failpoint('after-apply');
    failpoint('after-publish');
    expect(() => failpoint('after-publish')).toThrow(died);
  });

  test('that is absent does nothing anywhere, and one that names nothing is refused', () => {
    for (const text of [undefined, '']) for (const name of FAILPOINTS) failpointOf(text, die)(name);
    expect(() => failpointOf('after-lunch', die)).toThrow('PULSE_FAILPOINT "after-lunch" is none of after-claim, ');
    expect(() => failpointOf('after-publish:x', die)).toThrow('PULSE_FAILPOINT');
  });
});
