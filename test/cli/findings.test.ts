// What is wrong in two places, such as a contract, is said of both in each form.

import { expect, test } from 'vitest';
import { type Finding, findingJson, githubText, sarifOf, withoutRepeats } from '../../src/cli/findings.ts';

const broken: Finding = {
  level: 'error',
  code: 'CONTRACT_BROKEN',
  message: 'm: column n is declared INT64, but models/m.sql gives STRING.',
  hint: undefined,
  place: { file: 'models/m.sql', line: 2, column: 3 },
  also: { file: 'assets/m.ts', line: 11, column: 7 },
  text: undefined,
};
test('what many models include is wrong once, and says of how many', () => {
  const fault: Finding = { ...broken, also: undefined, hint: 'It is included at models/a.sql:1:1.' };
  const again: Finding = { ...fault, hint: 'It is included at models/b.sql:9:9.' };
  const other: Finding = { ...fault, message: 'Another.' };
  expect(withoutRepeats([fault, other, again, again])).toEqual([
    { ...fault, hint: 'It is included at models/a.sql:1:1. And so 2 times more.' },
    other,
  ]);
  const lost: Finding = { ...fault, place: undefined, hint: undefined };
  expect(withoutRepeats([lost, lost])).toEqual([{ ...lost, hint: 'And so once more.' }]);
});

const here = (file: string) => file;

test('GitHub shows it in whichever of the two files a pull request changes', () => {
  expect(
    githubText([broken], here)
      .split('\n')
      .map(line => line.split('::')[1]),
  ).toEqual([
    'error file=models/m.sql,line=2,col=3,title=CONTRACT_BROKEN',
    'error file=assets/m.ts,line=11,col=7,title=CONTRACT_BROKEN',
    undefined,
  ]);
});

test('SARIF has it once, with the other place as a related one; JSON has both', () => {
  expect(sarifOf([broken], here).runs[0]?.results).toEqual([
    expect.objectContaining({
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'models/m.sql' }, region: { startLine: 2, startColumn: 3 } } },
      ],
      relatedLocations: [
        { physicalLocation: { artifactLocation: { uri: 'assets/m.ts' }, region: { startLine: 11, startColumn: 7 } } },
      ],
    }),
  ]);
  expect(findingJson(broken)).toMatchObject({ place: broken.place, also: broken.also });
});
