// GROUP BY ROLLUP, CUBE and GROUPING SETS beside what they stand for: one plain grouping a set, put together with UNION ALL.
// This build of the reference has no grouping sets, so the expansion is asked of it and the short form of DuckDB.

import { withTables } from './shapes.ts';

interface Key {
  readonly name: string;
  readonly type: string;
}

export interface Equivalent {
  readonly short: string;
  readonly expanded: string;
}

const KEYS: Readonly<Record<string, readonly Key[]>> = {
  Few: [
    { name: 'k', type: 'INT64' },
    { name: 's', type: 'STRING' },
    { name: 'b', type: 'BOOL' },
  ],
  Many: [
    { name: 'b', type: 'BOOL' },
    { name: 'f', type: 'FLOAT64' },
    { name: 'd', type: 'DATE' },
  ],
  People: [
    { name: 'team', type: 'STRING' },
    { name: 'age', type: 'INT64' },
  ],
  Sales: [
    { name: 'product', type: 'STRING' },
    { name: 'quarter', type: 'STRING' },
    { name: 'y', type: 'INT64' },
  ],
};
const MEASURES: Readonly<Record<string, readonly string[]>> = {
  Few: ['COUNT(*)', 'SUM(k)', 'MIN(s)', 'COUNTIF(b)'],
  Many: ['COUNT(*)', 'MAX(n)', 'STRING_AGG(s ORDER BY id)'],
  People: ['COUNT(*)', 'AVG(age)', 'ARRAY_AGG(name ORDER BY name)'],
  Sales: ['COUNT(*)', 'SUM(amount)', 'COUNT(DISTINCT quarter)'],
};
/** Behind the grouping: {keys} and {n} of the outer query's columns. */
const HAVINGS = ['', 'HAVING COUNT(*) > 1'];

type Sets = (keys: readonly Key[]) => { readonly text: string; readonly sets: readonly (readonly Key[])[] };

const listed = (keys: readonly Key[]): string => keys.map(key => key.name).join(', ');

const rollup: Sets = keys => ({
  text: `ROLLUP (${listed(keys)})`,
  sets: [...keys.map((_, i) => keys.slice(0, keys.length - i)), []],
});

const cube: Sets = keys => ({
  text: `CUBE (${listed(keys)})`,
  sets: Array.from({ length: 2 ** keys.length }, (_, mask) => keys.filter((_key, i) => (mask >> i) & 1)),
});

const sets: Sets = keys => {
  const chosen = [keys, keys.slice(0, 1), keys.slice(1), []];
  return { text: `GROUPING SETS (${chosen.map(set => `(${listed(set)})`).join(', ')})`, sets: chosen };
};

export function equivalents(): readonly Equivalent[] {
  return Object.entries(KEYS).flatMap(([table, all]) =>
    prefixes(all).flatMap(keys =>
      [rollup, cube, sets].flatMap(of =>
        HAVINGS.map(having => equivalent(table, keys, { grouping: of(keys), having })),
      ),
    ),
  );
}

/** The first key, the first two, …, and all of them in the other direction. */
const prefixes = (keys: readonly Key[]): readonly (readonly Key[])[] => [
  ...keys.map((_, i) => keys.slice(0, i + 1)),
  [...keys].reverse(),
];

interface Grouping {
  readonly grouping: ReturnType<Sets>;
  readonly having: string;
}

function equivalent(table: string, keys: readonly Key[], { grouping, having }: Grouping): Equivalent {
  const measures = MEASURES[table] ?? [];
  const select = (key: (key: Key) => string, level: (key: Key) => string): string =>
    [...keys.map(key), ...keys.map(level), ...measures].join(', ');
  const short = `SELECT ${select(
    key => key.name,
    key => `GROUPING(${key.name})`,
  )} FROM ${table} GROUP BY ${grouping.text} ${having}`;
  const parts = grouping.sets.map(set => {
    const values = select(
      key => (set.includes(key) ? key.name : `CAST(NULL AS ${key.type}) AS ${key.name}`),
      key => (set.includes(key) ? '0' : '1'),
    );
    const by = set.length === 0 ? '' : `GROUP BY ${listed(set)}`;
    return `SELECT ${values} FROM ${table} ${by} ${having}`;
  });
  return { short: withTables(short), expanded: withTables(parts.join('\nUNION ALL ')) };
}
