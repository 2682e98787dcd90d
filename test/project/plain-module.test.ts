// Plain files are evaluated as they stand; whatever a script would read otherwise is left to the transpiler.

import { expect, test } from 'vitest';
import * as face from '../../src/index.ts';
import { evaluatePlain } from '../../src/loading/plain-module.ts';

test('an asset that is plain is what it exports', () => {
  const text = `// Who orders.
import {
  type Asset, // a type, not a value
  daily as byDay,
  model,
} from 'pulse';
import type { Column } from 'pulse';

const name = 'orders';
export default model({ name, description: 'd', deps: [], model: 'm.sql', partition: byDay('day'), columns: [['day', 'DATE', 'x']] });
`;
  expect(evaluatePlain(text, face)?.exported).toEqual(
    face.model({
      name: 'orders',
      description: 'd',
      deps: [],
      model: 'm.sql',
      partition: face.daily('day'),
      columns: [['day', 'DATE', 'x']],
    }),
  );
});

test.each([
  ['a type', "import { model } from 'pulse';\nconst a: string = 'x';\nexport default model(a);"],
  ['a type argument, which a script reads as two comparisons', 'const f = x => x;\nexport default f<number>(1);'],
  ['satisfies', "export default { kind: 'model' } satisfies object;"],
  ['an import of something else', "import { model } from './shared.ts';\nexport default model({});"],
  ['a dynamic import', "export default import('pulse');"],
  ['import.meta', 'export default import.meta.url;'],
  ['top-level await', 'export default await 1;'],
  ['require', "export default require('node:fs');"],
  ['a second export', 'export const a = 1;\nexport default a;'],
  ['no default export', 'const a = 1;'],
  ['what throws', "import { model } from 'pulse';\nexport default model({ name: 'Not A Name' });"],
  ['what pulse does not export', "import { modle } from 'pulse';\nexport default modle({});"],
])('%s is left to the transpiler', (_, text) => {
  expect(evaluatePlain(text, face)).toBeUndefined();
});
