// The reader of rules' SQL: what it finds, and what it leaves alone.

import { expect, test } from 'vitest';
import { findBinders, isGuarded, isTotal, namesIn, replaceNames } from '../../src/googlesql/translate/binder.ts';

const BOUND = `list_transform([trim("t"."a")]::VARCHAR[1], lambda _g1: CASE WHEN (_g1 = '])[1]') THEN NULL ELSE _g1 END)[1]`;

test('a binder is read whole, whatever its texts hold', () => {
  const sql = `upper(${BOUND}) || 'x'`;
  const [binder] = findBinders(sql);
  expect(binder).toMatchObject({
    values: [{ name: '_g1', sql: 'trim("t"."a")' }],
    body: `CASE WHEN (_g1 = '])[1]') THEN NULL ELSE _g1 END`,
  });
  expect(sql.slice(binder?.start, binder?.end)).toBe(BOUND);
});

test('several values come under their names', () => {
  const sql = `list_transform([{v1: f("t"."a", 1), v2: 'x, y'}]::STRUCT(v1 VARCHAR, v2 VARCHAR)[1], lambda _g2: _g2.v1 = _g2.v2)[1]`;
  expect(findBinders(sql)).toMatchObject([
    {
      values: [
        { name: '_g2.v1', sql: 'f("t"."a", 1)' },
        { name: '_g2.v2', sql: "'x, y'" },
      ],
      body: '_g2.v1 = _g2.v2',
    },
  ]);
});

test('binders inside binders are found too, those inside texts are not', () => {
  expect(findBinders(`list_transform([${BOUND}]::VARCHAR[1], lambda _g2: _g2)[1]`)).toHaveLength(2);
  expect(findBinders(`'${BOUND.replaceAll("'", "''")}'`)).toHaveLength(0);
});

test('names are those outside texts, and only they are replaced', () => {
  const sql = `"a"."b" || '"a"."b"' || "a""c"."b"`;
  expect([...namesIn(sql)]).toEqual(['"a"."b"', '"a""c"."b"']);
  expect(replaceNames(sql, '"a"."b"', 'x')).toBe(`x || '"a"."b"' || "a""c"."b"`);
  expect(replaceNames('_g1 + _g12 + _g1.v1', '_g1', 'x')).toBe('x + _g12 + _g1.v1');
});

test.each([
  [`trim("t"."a - b") || 'x / y'`, true],
  [`CASE WHEN "t"."a" = 1::BIGINT THEN NULL::VARCHAR ELSE lower("t"."b") END`, true],
  [`TRY_CAST("t"."a" AS BIGINT)`, true],
  [`"t"."a" + 1::BIGINT`, false],
  [`CAST("t"."a" AS BIGINT)`, false],
  [`substr("t"."a", "t"."b")`, false],
  [`error('no')`, false],
  [`(SELECT 1)`, false],
])('whether %s can fail is known', (sql, total) => {
  expect(isTotal(sql)).toBe(total);
});

test('what a CASE may leave out is guarded', () => {
  const sql = `f(CASE WHEN a THEN b END) || 'CASE' || g`;
  expect(isGuarded(sql, sql.indexOf('b'))).toBe(true);
  expect(isGuarded(sql, sql.indexOf('g'))).toBe(false);
});
