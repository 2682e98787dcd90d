import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extract, ingest, model, source } from '../../src/asset/asset.ts';
import { PulseError } from '../../src/errors.ts';
import { globMatcher } from '../../src/graph/glob.ts';
import { type AssetGraph, buildGraph } from '../../src/graph/graph.ts';
import { asksStatus, assetNamed, type SelectOptions, type Status, select } from '../../src/graph/select.ts';
import { graphOf } from './graph-of.ts';

// events -> raw -> raw_events -> stg_orders, stg_payments -> fact_orders (both) -> daily_sales
const shop = buildGraph([
  { asset: source({ name: 'events', description: '', files: ['*'], format: 'events' }), file: 'assets/raw/events.ts' },
  { asset: ingest({ name: 'raw', description: '', deps: ['events'] }), file: 'assets/raw/raw.ts' },
  {
    asset: extract({
      name: 'raw_events',
      description: '',
      deps: ['raw'],
      from: 'events_raw',
      owner: 'ops@shop.example',
    }),
    file: 'assets/raw/raw_events.ts',
  },
  ...['stg_orders', 'stg_payments'].map(name => ({
    asset: model({ name, description: '', deps: ['raw_events'], model: `staging/${name}.sql`, tags: ['staging'] }),
    file: `assets/staging/${name}.ts`,
  })),
  {
    asset: model({
      name: 'fact_orders',
      description: '',
      deps: ['stg_orders', 'stg_payments'],
      model: 'marts/fact_orders.sql',
      tags: ['marts', 'daily'],
      owner: 'data@shop.example',
    }),
    file: 'assets/marts/fact_orders.ts',
  },
  {
    asset: model({
      name: 'daily_sales',
      description: '',
      deps: ['fact_orders'],
      model: 'marts/daily_sales.sql',
      tags: ['marts'],
    }),
    file: 'assets/marts/daily_sales.ts',
  },
]);
const STATUS: Readonly<Record<string, readonly Status[]>> = {
  fact_orders: ['stale', 'failed'],
  daily_sales: ['missing'],
};
const statusOf = (name: string): readonly Status[] => STATUS[name] ?? ['fresh'];
const pick = (words: string, exclude?: string): string =>
  select(shop, [words], { statusOf, ...(exclude === undefined ? {} : { exclude: [exclude] }) }).join(' ');

const ALL = 'events raw raw_events stg_orders stg_payments fact_orders daily_sales';

describe('what words mean', () => {
  test.each([
    ['fact_orders', 'fact_orders'],
    ['stg_*', 'stg_orders stg_payments'],
    ['*_order?', 'stg_orders fact_orders'],
    ['[a-d]*', 'daily_sales'],
    ['+stg_orders', 'events raw raw_events stg_orders'],
    ['stg_orders+', 'stg_orders fact_orders daily_sales'],
    ['1+fact_orders', 'stg_orders stg_payments fact_orders'],
    ['2+fact_orders+1', 'raw_events stg_orders stg_payments fact_orders daily_sales'],
    ['0+fact_orders+0', 'fact_orders'],
    ['stg_orders+1', 'stg_orders fact_orders'],
    ['+fact_orders+', ALL],
    ['@stg_orders', ALL],
    ['@daily_sales', ALL],
    ['name:fact_orders', 'fact_orders'],
    ['tag:staging', 'stg_orders stg_payments'],
    ['tag:d*', 'fact_orders'],
    ['1+tag:marts', 'stg_orders stg_payments fact_orders daily_sales'],
    ['kind:model', 'stg_orders stg_payments fact_orders daily_sales'],
    ['kind:source+1', 'events raw'],
    ['path:assets/marts', 'fact_orders daily_sales'],
    ['path:./assets/marts/', 'fact_orders daily_sales'],
    ['path:models/staging', 'stg_orders stg_payments'],
    ['path:models/*', 'stg_orders stg_payments fact_orders daily_sales'],
    ['path:**/*_orders.*', 'stg_orders fact_orders'],
    ['models/marts/fact_orders.sql', 'fact_orders'],
    ['+assets/staging/stg_orders.ts', 'events raw raw_events stg_orders'],
    ['owner:ops@shop.example', 'raw_events'],
    ['owner:*@shop.example', 'raw_events fact_orders'],
    ['status:stale', 'fact_orders'],
    ['status:failed+', 'fact_orders daily_sales'],
    ['status:missing', 'daily_sales'],
    ['status:stale,status:failed', 'fact_orders'],
    ['daily_sales raw', 'raw daily_sales'],
    ['stg_orders+,stg_payments+', 'fact_orders daily_sales'],
    ['tag:marts,kind:model,+fact_orders raw', 'raw fact_orders'],
    ['  raw   events ', 'events raw'],
    ['tag:staging,tag:marts', ''],
  ])('%s', (words, expected) => {
    expect(pick(words)).toBe(expected);
  });

  test('no words mean everything', () => {
    expect(select(shop, []).join(' ')).toBe(ALL);
    expect(select(shop, [], { exclude: ['+raw_events'] }).join(' ')).toBe(
      'stg_orders stg_payments fact_orders daily_sales',
    );
  });

  test('what is excluded is taken away last, in the same grammar', () => {
    expect(pick('+fact_orders', 'stg_* events+1')).toBe('raw_events fact_orders');
    expect(pick('tag:marts', 'tag:marts,tag:daily')).toBe('daily_sales');
    expect(pick('raw', 'raw+')).toBe('');
  });

  test('only a selection by status asks for it', () => {
    expect(asksStatus(['+fact_orders', 'tag:marts'])).toBe(false);
    expect(asksStatus(['raw tag:marts,1+status:stale'])).toBe(true);
  });
});

describe('what can only be a mistake', () => {
  const refusal = (words: string, options: SelectOptions = { statusOf }): string => {
    try {
      select(shop, [words], options);
    } catch (error) {
      if (error instanceof PulseError) return `${error.code} ${error.message} (${error.hint})`;
      throw error;
    }
    return 'nothing';
  };
  test.each([
    ['fact_order', 'ASSET_UNKNOWN No asset is called "fact_order". (Did you mean "fact_orders"?)'],
    ['+fcat_orders,tag:marts', 'ASSET_UNKNOWN No asset is called "fcat_orders". (Did you mean "fact_orders"?)'],
    ['marts', 'ASSET_UNKNOWN No asset is called "marts". (Did you mean "tag:marts"?)'],
    ['revenue', 'ASSET_UNKNOWN No asset is called "revenue". (`pulse list` shows what there is.)'],
    [
      'dim_*',
      'SELECTION_INVALID "dim_*" matches nothing. (There is daily_sales, events, fact_orders, raw, raw_events, stg_orders, stg_payments.)',
    ],
    ['tag:mart', 'SELECTION_INVALID "tag:mart" matches nothing. (Did you mean "marts"?)'],
    ['tag:finance', 'SELECTION_INVALID "tag:finance" matches nothing. (There is daily, marts, staging.)'],
    ['kind:seed', 'SELECTION_INVALID "kind:seed" matches nothing. (There is extract, ingest, model, source.)'],
    ['status:old', 'SELECTION_INVALID "status:old" matches nothing. (There is fresh, stale, missing, failed.)'],
    ['path:asset/marts', 'SELECTION_INVALID "path:asset/marts" matches nothing. (Did you mean "assets/marts"?)'],
    ['tags:marts', 'SELECTION_INVALID "tags:marts" selects by "tags:", which is no method. (Did you mean "tag:"?)'],
    [
      'group:x',
      'SELECTION_INVALID "group:x" selects by "group:", which is no method. (The methods are name:, tag:, kind:, path:, owner:, status:.)',
    ],
    [
      'raw,',
      'SELECTION_INVALID "raw," has a comma with nothing beside it. (Terms are joined as in tag:marts,kind:model (both) or stg_orders+ dim_* (either).)',
    ],
    [
      '+',
      'SELECTION_INVALID "+" names nothing in "+". (Terms are joined as in tag:marts,kind:model (both) or stg_orders+ dim_* (either).)',
    ],
    [
      'tag:',
      'SELECTION_INVALID "tag:" names nothing in "tag:". (Terms are joined as in tag:marts,kind:model (both) or stg_orders+ dim_* (either).)',
    ],
    [
      '@raw+',
      'SELECTION_INVALID "@raw+" has both @ and +. (@x is x, its descendants, and all that those need: there is nothing to add.)',
    ],
    [
      ' ',
      'SELECTION_INVALID A word of the selection is empty. (Name an asset, or leave the word out to select everything.)',
    ],
  ])('%s', (words, expected) => {
    expect(refusal(words)).toBe(expected);
  });

  test('a name that is excluded must exist too', () => {
    expect(() => select(shop, [], { exclude: ['fact_order'] })).toThrow('No asset is called "fact_order".');
  });

  test('one asset by its name', () => {
    expect(assetNamed(shop, 'raw').kind).toBe('ingest');
    expect(() => assetNamed(shop, 'row')).toThrow(expect.objectContaining({ hint: 'Did you mean "raw"?' }));
  });
});

test('globs match whole texts, one folder at a time, and nothing but themselves without a wildcard', () => {
  expect(globMatcher('a*')('abc')).toBe(true);
  expect(globMatcher('a*')('a/b')).toBe(false);
  expect(globMatcher('**/b')('x/y/b')).toBe(true);
  expect(globMatcher('a.b?')('aXbc')).toBe(false);
  expect(globMatcher('a.b')('a.b')).toBe(true);
  expect(globMatcher('[ab*')('[abc')).toBe(true);
  expect(globMatcher('[!a-s]*')('stg')).toBe(false);
  expect(globMatcher('[!a-s]*')('tag')).toBe(true);
  expect(globMatcher('[z-a]*')('m')).toBe(false);
  expect(globMatcher('[\\^]x')('^x')).toBe(true);
});

describe('law: a selection is what plain sets say', () => {
  const SIZE = 9;
  const rows = fc.array(fc.array(fc.nat(SIZE - 1), { maxLength: 3 }), { minLength: SIZE, maxLength: SIZE });
  const names = Array.from({ length: SIZE }, (_, n) => `n${n}`);
  const graphFrom = (reads: readonly (readonly number[])[]): AssetGraph =>
    graphOf(
      'n0: base',
      ...reads
        .map((row, n) => `n${n}: base ${[...new Set(row.filter(dep => dep < n))].map(dep => `n${dep}`).join(' ')}`)
        .slice(1),
    );

  interface Naive {
    readonly at: boolean;
    readonly above: number | undefined;
    readonly value: string;
    readonly below: number | undefined;
  }
  const depth = fc.option(fc.constantFrom(0, 1, 2, 99), { nil: undefined });
  const term: fc.Arbitrary<Naive> = fc.oneof(
    fc.record({ at: fc.constant(false), above: depth, value: fc.constantFrom(...names, '*', 'n[1-4]'), below: depth }),
    fc.record({
      at: fc.constant(true),
      above: fc.constant(undefined),
      value: fc.constantFrom(...names),
      below: fc.constant(undefined),
    }),
  );
  const write = ({ at, above, value, below }: Naive): string => {
    const digits = (n: number) => (n === 99 ? '' : String(n));
    return `${at ? '@' : ''}${above === undefined ? '' : `${digits(above)}+`}${value}${below === undefined ? '' : `+${digits(below)}`}`;
  };

  /** All pairs within `limit` edges, by trying every path: slow and plain. */
  const within = (graph: AssetGraph, from: string, to: string, limit: number): boolean =>
    from === to || (limit > 0 && graph.downstream(from).some(next => within(graph, next, to, limit - 1)));
  const matches = (value: string, name: string): boolean =>
    value === '*' || value === name || (value === 'n[1-4]' && ['n1', 'n2', 'n3', 'n4'].includes(name));

  const holds = (graph: AssetGraph, { at, above, value, below }: Naive, name: string): boolean =>
    graph.order.some(
      root =>
        matches(value, root) &&
        (at
          ? graph.order.some(low => within(graph, root, low, 99) && within(graph, name, low, 99))
          : within(graph, name, root, above ?? 0) || within(graph, root, name, below ?? 0)),
    );

  const words = fc.array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
  test('names, globs, depths, unions, intersections, exclusions', () => {
    fc.assert(
      fc.property(
        rows,
        words,
        fc.option(words, { nil: undefined }),
        fc.boolean(),
        (reads, chosen, excluded, isOneWord) => {
          const graph = graphFrom(reads);
          const texts = chosen.map(terms => terms.map(write).join(','));
          const meant = select(graph, isOneWord ? [texts.join(' ')] : texts, {
            exclude: (excluded ?? []).map(terms => terms.map(write).join(',')),
          });
          const isIn = (list: readonly (readonly Naive[])[], name: string) =>
            list.some(terms => terms.every(one => holds(graph, one, name)));
          expect(meant).toEqual(graph.order.filter(name => isIn(chosen, name) && !isIn(excluded ?? [], name)));
        },
      ),
      { numRuns: 300 },
    );
  });
});
