// Stories of a project that takes whatever comes: events in any order, duplicates, late ones, redactions, changes of models and
// rates, runs of random selections and cells, runs that die anywhere. Tells them, and counts what happened in them.
// PULSE_LATE_CASES sets how many are told; a failure prints the seed for PULSE_LATE_SEED, and with PULSE_LATE_SHRINK=1
// the shortest story is sought. PULSE_LATE_COUNT=1 prints what happened.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FailpointName } from '../../src/failpoint.ts';
import { type Analyzer, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { eventLine, eventLines } from './late-events.ts';
import { type LateProject, LateWorld, type Make } from './late-world.ts';
import { SAMPLE_DATA } from './sample-project.ts';

type Step =
  | { readonly kind: 'arrive'; readonly lines: readonly string[] }
  | { readonly kind: 'arrive again'; readonly at: number }
  | { readonly kind: 'make'; readonly make: Make }
  | { readonly kind: 'rewrite'; readonly model: string; readonly isChanged: boolean }
  | { readonly kind: 'rate'; readonly date: string; readonly rate: number }
  | { readonly kind: 'redact'; readonly places: readonly number[] };

/** What stories are told of. */
export interface Theme {
  open(): LateProject & { remove(): void };
  /** How many, where PULSE_LATE_CASES does not say. */
  readonly cases: number;
  /** Changes of meaning, each of some rows, by the model's file; of ../assets/ another mapping, which is right too. */
  readonly changes: Readonly<Record<string, (text: string) => string>>;
  /** What a run may be asked for, each a word of the selection grammar. */
  readonly selections: readonly string[];
  /** Models of which single cells may be asked for. */
  readonly partitioned: readonly string[];
}

/** Where a run may die, and how often it comes there before at most. */
const DEATHS: readonly (readonly [at: FailpointName, times: number])[] = [
  ['after-claim', 1],
  ['while-ingesting', 1],
  ['after-ingest', 1],
  ['after-observe', 1],
  ['after-stage', 4],
  ['after-stage', 9],
  ['after-audit', 4],
  ['after-publish', 2],
  ['after-publish', 9],
  ['after-apply', 4],
  ['after-step', 9],
  ['before-finish', 1],
  ['after-finish', 1],
  ['after-adopt', 1],
];

const death: fc.Arbitrary<Make['dies']> = fc
  .constantFrom(...DEATHS)
  .chain(([at, most]) => fc.record({ at: fc.constant(at), times: fc.integer({ min: 1, max: most }) }));

/** A run dies with something published, and the next one while it takes that over. */
const twoDeaths: fc.Arbitrary<readonly Step[]> = fc.integer({ min: 1, max: 4 }).map(times =>
  (
    [
      { at: 'after-publish', times },
      { at: 'while-adopting', times: 1 },
    ] as const
  ).map(dies => ({ kind: 'make', make: { selection: [], dies } })),
);

function runs({ selections }: Theme): fc.Arbitrary<Make> {
  return fc
    .record(
      {
        selection: fc.constantFrom<readonly string[]>([], [], [], ...selections.map(one => [one])),
        only: fc.boolean(),
        fullRefresh: fc.oneof(
          { weight: 6, arbitrary: fc.constant(false) },
          { weight: 1, arbitrary: fc.constant(true) },
        ),
        concurrency: fc.constantFrom(1, 2),
        // Every change by keys, none, or as it comes.
        deltas: fc.constantFrom({ floor: 1_000, share: 0.2 }, { floor: 0, share: 0 }, { floor: 6, share: 0.1 }),
        dies: fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: death }),
      },
      { requiredKeys: ['selection'] },
    )
    .map(({ dies, ...rest }) => ({ ...rest, ...(dies === undefined ? {} : { dies }) }));
}

const cellsOf = ({ partitioned }: Theme): fc.Arbitrary<Make> =>
  fc
    .tuple(
      fc.constantFrom(...partitioned),
      fc.constantFrom('2023-01', '2023-02', '2023-01-20..2023-02-10', '2023-02-05'),
    )
    .map(([asset, partitions]) => ({ selection: [asset], partitions }));

/** What happens to the project between its runs. */
function changes(theme: Theme): fc.Arbitrary<Step> {
  const models = Object.keys(theme.changes);
  const weighted: readonly (readonly [weight: number, step: fc.Arbitrary<Step>])[] = [
    [6, eventLines.map(lines => ({ kind: 'arrive', lines }))],
    [1, fc.nat().map(at => ({ kind: 'arrive again', at }))],
    [1, fc.constantFrom(...models).map(model => ({ kind: 'rewrite', model, isChanged: true }))],
    [0.5, fc.constantFrom(...models).map(model => ({ kind: 'rewrite', model, isChanged: false }))],
    [
      1,
      fc.record({
        kind: fc.constant('rate'),
        date: fc.constantFrom('2023-01-20', '2023-02-01', '2023-02-05'),
        rate: fc.constantFrom(900, 950.5),
      }),
    ],
    [1, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }).map(places => ({ kind: 'redact', places }))],
  ];
  return fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight: weight * 2, arbitrary })));
}

/** Something happens, and mostly something is made of it. */
function chapters(theme: Theme): fc.Arbitrary<readonly Step[]> {
  const asMade = (made: fc.Arbitrary<Make>): fc.Arbitrary<readonly Step[]> =>
    made.map(make => [{ kind: 'make', make }]);
  const end = fc.oneof(
    { weight: 10, arbitrary: asMade(runs(theme)) },
    { weight: 2, arbitrary: asMade(cellsOf(theme)) },
    { weight: 1, arbitrary: twoDeaths },
    { weight: 4, arbitrary: fc.constant([]) },
  );
  const begin = fc.array(changes(theme), { minLength: 1, maxLength: 2 });
  return fc.tuple(begin, end).map(([first, last]) => [...first, ...last]);
}

/** A chapter or two. */
const storiesOf = (theme: Theme): fc.Arbitrary<readonly Step[]> =>
  fc.array(chapters(theme), { minLength: 1, maxLength: 2 }).map(all => all.flat());

class Stories {
  readonly happened = new Map<string, number>();
  readonly #project: ReturnType<Theme['open']>;
  readonly #theme: Theme;
  readonly #analyzer: Analyzer = startAnalyzer();
  #base: LateWorld | undefined;

  constructor(theme: Theme) {
    this.#theme = theme;
    this.#project = theme.open();
  }

  #world(base?: LateWorld): LateWorld {
    return new LateWorld(this.#project, { analyzer: this.#analyzer, ...(base !== undefined && { base }) });
  }

  async begin(): Promise<void> {
    const base = this.#world();
    this.#base = base;
    base.write('fx_rates_2023.csv', readFileSync(join(SAMPLE_DATA, 'fx_rates_2023.csv'), 'utf8'));
    base.arrive(fc.sample(eventLine, { seed: 5, numRuns: 80 }));
    expect((await base.make())?.status).toBe('done');
    expect(await base.wrong()).toEqual([]);
    for (const [model, change] of Object.entries(this.#theme.changes)) {
      base.rewrite(model, change);
      await base.compile();
      base.rewrite(model, undefined);
    }
  }

  /** What is not as it must be at the end of a story: nothing. */
  async endOf(story: readonly Step[]): Promise<string[]> {
    const world = this.#world(this.#base);
    try {
      for (const step of story) await this.#take(world, step);
      const end = await world.make();
      const failed = end?.steps.filter(result => result.status === 'failed' || result.status === 'skipped') ?? [];
      const wrong = failed.map(result => `${result.asset} ${result.status}: ${result.error?.message ?? ''}`);
      return [...wrong, ...(await world.wrongAfterAll())];
    } finally {
      world.remove();
    }
  }

  end(): void {
    this.#base?.remove();
    this.#analyzer.close();
    this.#project.remove();
  }

  #count(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }

  async #take(world: LateWorld, step: Step): Promise<void> {
    switch (step.kind) {
      case 'arrive':
        this.#count('events arrive');
        return world.arrive(step.lines);
      case 'arrive again':
        this.#count('events arrive again');
        return world.arriveAgain(step.at);
      case 'rate':
        this.#count('a rate is corrected');
        return world.write('fx_rates_2023_late.csv', `date,USDNGN\n${step.date},${step.rate}\n`);
      case 'rewrite':
        if (world.rewrite(step.model, step.isChanged ? this.#theme.changes[step.model] : undefined))
          this.#count(`a model is changed: ${step.model}`);
        return;
      case 'redact':
        return this.#redact(world, step.places);
      case 'make':
        return this.#make(world, step.make);
    }
  }

  async #redact(world: LateWorld, places: readonly number[]): Promise<void> {
    this.#count('events are redacted');
    const ids = await world.redact(places);
    if ((await world.published(ids)) > 0) this.#count('events are redacted that are in tables behind raw_events');
  }

  async #make(world: LateWorld, make: Make): Promise<void> {
    const result = await world.make(make);
    if (make.partitions !== undefined) this.#count('cells are asked for');
    else if (make.selection?.length === 0) this.#count('a run of everything');
    else this.#count(`a run of a selection${make.only === true ? ' alone' : ''}`);
    if (make.fullRefresh === true) this.#count('a full refresh');
    if (result === undefined) this.#count(`a run dies ${make.dies?.at}`);
    else if (result.steps.some(step => step.status === 'failed')) this.#count('a step fails');
  }
}

/** Declares the test. */
export function tellStories(title: string, theme: Theme): void {
  const cases = Number(process.env['PULSE_LATE_CASES'] ?? theme.cases);
  const seed = process.env['PULSE_LATE_SEED'];
  let stories: Stories;
  beforeAll(async () => {
    stories = new Stories(theme);
    await stories.begin();
  }, 120_000);
  afterAll(() => {
    if (process.env['PULSE_LATE_COUNT'] !== undefined)
      process.stdout.write(
        `${title}\n${[...stories.happened]
          .sort()
          .map(([what, times]) => `  ${times} × ${what}\n`)
          .join('')}`,
      );
    stories.end();
  });
  test(title, { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(storiesOf(theme), async story => {
        expect(await stories.endOf(story)).toEqual([]);
      }),
      {
        numRuns: cases,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        endOnFailure: process.env['PULSE_LATE_SHRINK'] === undefined,
      },
    );
  });
}
