// Files of assets that lack what they need: each is an error with its place, never a crash.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadGraph } from '../../src/loading/assets.ts';
import { loader } from '../../src/loading/modules.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pulse-assets-'));
  mkdirSync(join(root, 'assets'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** What is wrong with a project of these files. */
async function faultsOf(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(root, 'assets', `${name}.ts`), `// Of a test.\n\n\n${text}`);
  }
  const { faults } = await loadGraph(root, { load: loader(root), isLenient: true });
  return faults.map(({ message, place }) => `${place?.file}:${place?.line} ${message}`);
}

const IMPORTED = (names: string, text: string): string => `import { ${names} } from 'pulse';\n${text}`;
const CSV = IMPORTED(
  'source',
  "export default source({ name: 'csv', description: '', files: ['*.csv'], format: 'csv' });\n",
);

test('a seed without headers, an extract without from, a model without model', async () => {
  const faults = await faultsOf({
    csv: CSV,
    s: IMPORTED('seed', "export default seed({\n  name: 's',\n  description: '',\n  deps: ['csv'],\n});\n"),
    m: IMPORTED('model', "export default model({\n  name: 'm',\n  description: '',\n  deps: ['s'],\n});\n"),
    h: IMPORTED(
      'seed',
      "export default seed({\n  name: 'h',\n  description: '',\n  deps: ['csv'],\n  headers: { a: 1 },\n});\n",
    ),
  });
  expect(faults).toEqual([
    'assets/h.ts:9 "h" has headers: {"a":1}.',
    'assets/m.ts:5 "m" has no model.',
    'assets/s.ts:5 "s" has no headers.',
  ]);
});

test('what has no name, or one that is no text', async () => {
  const faults = await faultsOf({
    csv: CSV,
    m: IMPORTED('model', "export default model({\n  description: '',\n  deps: ['csv'],\n  model: 'm.sql',\n});\n"),
    n: IMPORTED(
      'model',
      "export default model({\n  name: 5,\n  description: '',\n  deps: [],\n  model: 'n.sql',\n});\n",
    ),
  });
  // What throws is transpiled, to be told in the words of TypeScript; here by another copy of pulse than the one that loads it.
  expect(faults).toEqual([
    expect.stringMatching(/^assets\/m\.ts:5 .*The model has no name\.$/),
    expect.stringMatching(/^assets\/n\.ts:[56] .*"5" is not a name for an asset\.$/),
  ]);
});
