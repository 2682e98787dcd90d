// Errors as text and as JSON, and the exit code each kind means.

import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { exitCodeOf, troubleJson, troubleText } from '../../src/cli/trouble.ts';
import { PulseError, PulseErrors } from '../../src/errors.ts';

const style = { colors: pc.createColors(false), isDebug: false };
const wrong = new PulseError('SQL_INVALID', 'Unrecognized name: a', {
  hint: 'Did you mean b?',
  place: { file: 'models/a.sql', line: 3, column: 8 },
});

describe('text', () => {
  test('what, where, what next', () => {
    expect(troubleText(wrong, style)).toBe(
      'error: Unrecognized name: a\n  at models/a.sql:3:8\nhint: Did you mean b?\n',
    );
  });

  test('several together: each of them', () => {
    const all = new PulseErrors('2 things are wrong.', [wrong, new PulseError('GRAPH_CYCLE', 'a -> b -> a')]);
    expect(troubleText(all, style)).toBe(
      [
        'error: 2 things are wrong.',
        '',
        '  error: Unrecognized name: a',
        '    at models/a.sql:3:8',
        '  hint: Did you mean b?',
        '',
        '  error: a -> b -> a',
        '',
      ].join('\n'),
    );
  });

  test('a bug says so and shows its stack; trouble of a person shows it only with --debug', () => {
    expect(troubleText(new TypeError('x is not a function'), style)).toMatch(
      /^Internal error: x is not a function\nTypeError: x is not a function\n\s+at .*trouble\.test/,
    );
    expect(troubleText(wrong, style)).not.toContain('trouble.test');
    expect(troubleText(wrong, { ...style, isDebug: true })).toContain('trouble.test');
  });
});

test('json: code, message, hint, place', () => {
  expect(troubleJson(wrong)).toEqual({
    code: 'SQL_INVALID',
    message: 'Unrecognized name: a',
    hint: 'Did you mean b?',
    place: { file: 'models/a.sql', line: 3, column: 8 },
  });
  expect(troubleJson(new Error('x'))).toEqual({ code: 'INTERNAL', message: 'x', hint: null, place: null });
});

test.each([
  [new PulseError('USAGE', ''), 2],
  [new PulseError('WAREHOUSE_BUSY', ''), 2],
  [new PulseError('CHECK_FAILED', ''), 1],
  [new PulseError('QUERY_TIMEOUT', ''), 1],
  [new PulseError('ANALYZER_TIMEOUT', ''), 1],
  [new PulseError('ANALYZER_MISSING', ''), 2],
  [new PulseError('RUN_INTERRUPTED', ''), 130],
  [new PulseErrors('', [wrong]), 1],
  [new PulseErrors('', [wrong, new PulseError('GRAPH_CYCLE', '')]), 2],
  [new Error('a bug'), 1],
])('%s exits %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
