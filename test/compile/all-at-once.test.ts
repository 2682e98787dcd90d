// One compilation says all that is wrong, blames nobody for what is upstream of him, and shows the lines.

import { afterAll, describe, expect, test } from 'vitest';
import { codeFrame } from '../../src/cli/frame.ts';
import { PulseError } from '../../src/errors.ts';
import { type Analyzer, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { compileFiles, modelText } from './shop.ts';

const analyzer = startAnalyzer();
afterAll(() => analyzer.close());

describe.skipIf(!analyzerFiles)('a project with many faults', () => {
  test('shows all of them, and its readers as not checked', async () => {
    const { result, errors, notChecked } = await compileFiles(
      {
        'assets/a.ts': modelText('a', ['orders']),
        'models/a.sql': 'SELECT idd FROM {{ref "orders"}}',
        'assets/b.ts': modelText('b', ['a']),
        'models/b.sql': 'SELECT nothing FROM {{ref "a"}}',
        'assets/c.ts': modelText('c', ['b']),
        'models/c.sql': 'SELECT nothing FROM {{ref "b"}}',
        'assets/d.ts': modelText('d', ['orders']),
        'models/d.sql': 'SELECT {{var "a"}}, {{var "b"}}, {{ref "orders"}}.id',
        'assets/e.ts': modelText('e', ['ordrs']),
        'models/e.sql': 'SELECT 1 AS one',
        'assets/f.ts': modelText('f', ['e']),
        'models/f.sql': 'SELECT 1 AS one',
        'assets/g.ts': modelText('g', ['orders']),
        'models/g.sql':
          'SELECT a.id FROM {{ref "a"}} AS a JOIN {{ref "rates"}} AS r ON TRUE JOIN {{ref "nobody"}} AS n ON TRUE',
        'assets/right.ts': modelText('right', ['orders']),
        'models/right.sql': 'SELECT id FROM {{ref "orders"}}',
        'sql/analytics/1.sql': 'SELECT * FROM a',
        'sql/analytics/2.sql': 'SELECT id FROM `right`',
      },
      analyzer,
    );
    const shown = errors.map(({ place, message }) => `${place?.file}:${place?.line}:${place?.column} ${message}`);
    expect(shown.sort()).toEqual([
      'assets/e.ts:2:61 "e" reads "ordrs", which no file under assets/ declares.',
      'models/a.sql:1:8 Unrecognized name: idd; Did you mean id?',
      'models/d.sql:1:21 There is no variable "b" in pulse.config.ts.',
      'models/d.sql:1:8 There is no variable "a" in pulse.config.ts.',
      'models/g.sql:1:18 The model reads "a", which is not among the deps of g.',
      'models/g.sql:1:40 The model reads "rates", which is not among the deps of g.',
      'models/g.sql:1:74 The model reads "nobody", which no file under assets/ declares.',
    ]);
    expect(notChecked).toEqual(['f', 'b', 'c', 'sql/analytics/1.sql']);
    expect([...result.notChecked]).toEqual([
      ['b', 'a'],
      ['c', 'a'],
    ]);
    expect([...result.models.keys()]).toEqual(['right']);
  });

  test('an analyzer that fails is the error of the model it was asked about, never a green one', async () => {
    const failing: Analyzer = {
      ...analyzer,
      analyze: async (sql, options) => {
        if (sql.includes('dies')) throw new PulseError('ANALYZER_FAILED', 'It died.', { transient: true });
        return analyzer.analyze(sql, options);
      },
    };
    const { errors, result } = await compileFiles(
      {
        'assets/a.ts': modelText('a', ['orders']),
        'models/a.sql': 'SELECT id AS dies FROM {{ref "orders"}}',
        'assets/b.ts': modelText('b', ['orders']),
        'models/b.sql': 'SELECT id FROM {{ref "orders"}}',
        'assets/c.ts': modelText('c', ['orders'], ", checks: [expression('odd', 'id != \\'dies\\'')]"),
        'models/c.sql': 'SELECT id FROM {{ref "orders"}}',
      },
      failing,
    );
    expect(errors.map(({ code, place }) => [code, place])).toEqual([
      ['ANALYZER_FAILED', { file: 'models/a.sql' }],
      ['ANALYZER_FAILED', { file: 'assets/c.ts' }],
    ]);
    expect([...result.models.keys()]).toEqual(['b']);
  });
});

test('a frame is three lines with a caret, at the ends of a file fewer', () => {
  const text = 'SELECT\n\tid,\n  x\nFROM y';
  expect(codeFrame(text, { file: 'm', line: 2, column: 2 })).toBe('1 | SELECT\n2 | \tid,\n  | \t^\n3 |   x');
  expect(codeFrame(text, { file: 'm', line: 4, column: 6 })).toBe('3 |   x\n4 | FROM y\n  |      ^');
  expect(codeFrame(text, { file: 'm', line: 1 })).toBe('1 | SELECT\n2 | \tid,');
  expect(codeFrame(text, { file: 'm' })).toBe('');
});
