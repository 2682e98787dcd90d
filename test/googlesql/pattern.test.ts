// What is read out of a regular expression, beside the matchers that know it: shapes beside DuckDB's GLOB, one pattern within another
// beside JavaScript.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  followedBy,
  globsOf,
  isWithin,
  replaced,
  type Texts,
  textsOf,
  wholeTextsOf,
} from '../../src/googlesql/translate/pattern.ts';
import { openPool, type Pool } from '../../src/warehouse/duckdb/pool.ts';

let pool: Pool;
beforeAll(async () => {
  pool = await openPool(':memory:', { prelude: [], scalars: [], settings: {} });
});
afterAll(() => pool.close());

const known = (pattern: string): Texts => {
  const texts = wholeTextsOf(pattern);
  if (texts === undefined) throw new Error(`${pattern} is not read`);
  return texts;
};

const within = (inner: string, outer: string): boolean => isWithin(known(inner), known(outer));

test('a shape of fixed length is a GLOB, a few are some', () => {
  const globs = (pattern: string) => {
    const texts = textsOf(pattern);
    return texts && globsOf(texts);
  };
  expect(globs('^[0-9]{3}$')).toEqual(['[0-9][0-9][0-9]']);
  expect(globs('^a(b|[-c/])Z?$')).toEqual(['a[-/c]Z', 'abZ', 'a[-/c]', 'ab']);
  expect(globs('^[a-z]{1,3}$')).toEqual(['[a-z][a-z][a-z]', '[a-z][a-z]', '[a-z]']);
  expect(globs('^$')).toBeUndefined();
});

test.each([
  'abc', '^abc', 'abc$', '^abc\\$', '^a|b$', '^a.c$', '^a*?$', '^(?i)a$', '^\\w$', '^[^a]$', '^[[:alpha:]]$', '^é$', '^a{65}$', '^(a$', '^a)$',
  '^\\Qa\\E$', '^a**$', '^\\bfoo$', '^[a-é]$', '^{2}$',
])('%s is not read', pattern => expect(textsOf(pattern)).toBeUndefined()); // biome-ignore format: a list

test.each(['^[0-9]+$', '^[a-z]{1,9}$', '^a\\*b$', '^[*]$', '^\\[$', '^a?b?c?$', '^[!-~]$', '^(a|b|c|d|e)$'])(
  '%s is no GLOB',
  pattern => {
    const texts = textsOf(pattern);
    expect(texts).toBeDefined();
    expect(texts && globsOf(texts)).toBeUndefined();
  },
);

test('one pattern within another', () => {
  expect(within('[0-9]+', '\\s*[+-]?[0-9]+\\s*')).toBe(true);
  expect(within('[0-9]*', '\\s*[+-]?[0-9]+\\s*')).toBe(false);
  expect(within('(ab)*', '(a|b)*')).toBe(true);
  expect(within('(a|b)*', '(ab)*')).toBe(false);
  expect(within('a{2,4}', 'aa(a|aa)?')).toBe(true);
  expect(within('a{2,5}', 'aa(a|aa)?')).toBe(false);
  expect(within('(a|b)c?', '[a-c]{1,2}')).toBe(true);
  expect(within('[0-2][0-9]', '[01][0-9]|2[0-3]')).toBe(false);
});

test('what is made of a text is known too', () => {
  const texts = known('[0-9]/[0-9]');
  expect(isWithin(replaced(texts, '/', '-') ?? texts, known('[0-9]-[0-9]'))).toBe(true);
  expect(isWithin(followedBy(texts, ':0') ?? texts, known('[0-9]/[0-9]:0'))).toBe(true);
  expect(replaced(texts, '/', 'é')).toBeUndefined();
  expect(followedBy(texts, 'é')).toBeUndefined();
});

// Random patterns over a small alphabet, as this module reads them.

const atom = fc.constantFrom('a', 'b', '-', '/', '[ab]', '[a-c]', '[-b]', '[+-]', '\\.', '\\d', '[0-9]', '[T ]');
const repeats = fc.constantFrom('', '', '', '?', '{2}', '{1,2}');
const loops = fc.constantFrom('*', '+', '{2,}');

const patternOf = (ends: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const item = fc.tuple(atom, ends).map(parts => parts.join(''));
  const items = fc.array(item, { minLength: 1, maxLength: 4 }).map(parts => parts.join(''));
  const group = fc.tuple(fc.array(items, { minLength: 1, maxLength: 2 }), ends).map(([parts, end]) => `(${parts.join('|')})${end}`); // biome-ignore format: a line
  return fc.array(fc.oneof(items, group), { minLength: 1, maxLength: 3 }).map(parts => parts.join(''));
};

const matches = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);

test('GLOBs take the texts that the pattern takes', async () => {
  const property = fc.asyncProperty(patternOf(repeats), async pattern => {
    const globs = globsOf(known(pattern));
    if (globs === undefined) return;
    const texts = [...fc.sample(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), 10), ...fc.sample(nearly, 20)];
    const rows = await pool.use(async connection => {
      const list = texts.map(text => `'${text}'`).join(', ');
      const any = globs.map(glob => `t GLOB '${glob}'`).join(' OR ');
      return (await connection.runAndReadAll(`SELECT t, ${any} FROM (SELECT unnest([${list}]) AS t)`)).getRows();
    });
    expect(rows).toEqual(texts.map(text => [text, matches(pattern, text)]));
  });
  await fc.assert(property, { numRuns: 60 });
});
const nearly = fc.array(fc.constantFrom(...'abc-/+.09T \n]é'), { maxLength: 5 }).map(parts => parts.join(''));

test('where a pattern is within another, so is every text of it; where not, there is a text that is not', () => {
  const any = patternOf(fc.oneof(repeats, loops));
  fc.assert(
    fc.property(any, any, (inner, outer) => {
      const texts = fc.sample(fc.stringMatching(new RegExp(`^(?:${inner})$`)), 12);
      if (within(inner, outer)) expect(texts.filter(text => !matches(outer, text))).toEqual([]);
      expect(within(inner, inner)).toBe(true);
      expect(within(inner, `${outer}|${inner}`)).toBe(true);
      expect(within(`${inner}|${outer}z`, inner)).toBe(false);
    }),
    { numRuns: 150 },
  );
});
