// Where in a file something is declared: what is commented out, and what a text says, declares nothing.

import { describe, expect, test } from 'vitest';
import { withoutComments } from '../../src/graph/code-text.ts';
import { declaredAgain, declaredPlace } from '../../src/graph/declared-place.ts';

const at = (text: string) => ({ file: 'assets/m.ts', text });

describe('what is commented out is not where it is declared', () => {
  const text = `// Files as they come, columns, too.
import { daily, model } from 'pulse';

export default model({
  name: 'm',
  description: 'Its files, partition, deps: all of them.',
  // partition: daily('day'),
  partition: daily('day'),
  /* deps: ['a'], */
  deps: ['a'],
  columns: [
    // ['day', 'STRING', 'old'],
    ['day', 'DATE', 'http://x, // not a comment'],
    // ['day', 'STRING', 'older'],
    ['day', 'DATE', 'Twice.'],
  ],
});
`;
  test.each([
    ['partition', 'day', 8],
    ['deps', 'a', 10],
    ['columns', 'day', 13],
    ['columns', 'gone', 11],
    // Of what is not there, the declaration.
    ['files', undefined, 4],
    ['from', undefined, 4],
  ] as const)('%s %s', (within, word, line) => {
    expect(declaredPlace(at(text), within, word)).toMatchObject({ file: 'assets/m.ts', line });
  });

  test('nor where it is declared once more', () => {
    expect(declaredAgain(at(text), 'columns', { word: 'day', behind: 1 })).toMatchObject({ line: 15 });
  });

  test('a file that declares by other means has no line', () => {
    expect(declaredPlace(at("export default made('m');"), 'deps', 'a')).toEqual({ file: 'assets/m.ts' });
  });
});

test.each([
  ["a // b 'c'\n'd'", "a         \n'd'"],
  ["'// a' /* b\n c */ d", "'// a'     \n      d"],
  ['`// a` // b', '`// a`     '],
  ["'it\\'s // a' // b", "'it\\'s // a'     "],
  ['a /* b', 'a     '],
])('comments become spaces, and every offset stays: %j', (text, code) => {
  expect(withoutComments(text)).toBe(code);
});
