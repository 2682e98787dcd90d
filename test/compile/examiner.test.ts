// Models examined in the program and by the thread of the built one: the same answers, the same errors at the same places.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Examined, RenderedModel } from '../../src/compile/examine.ts';
import * as inline from '../../src/compile/examiner.ts';
import { engineOf } from '../../src/compile/open-engine.ts';
import { render } from '../../src/compile/template.ts';
import type { PulseErrors } from '../../src/errors.ts';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { type BuiltRoom, buildRoom } from '../built-room.ts';
import { analyzerFiles } from '../googlesql/installed.ts';

type Room = typeof inline;

const analyzer = startAnalyzer();
const openEngine = async () => engineOf(analyzer);
let built: BuiltRoom;
let threaded: Room;

beforeAll(async () => {
  const entries = { examiner: 'src/compile/examiner.ts', 'compile-worker': 'src/compile/examining-worker-entry.ts' };
  built = await buildRoom(entries, ['src/googlesql/protocol.json']);
  threaded = await built.load<Room>('examiner');
});
afterAll(() => {
  analyzer.close();
  built.remove();
});

const WORLD = {
  vars: {},
  partials: new Map([['wrong', { file: 'sql/partials/wrong.sql', text: 'nobody + 1' }]]),
};

function rendered(name: string, text: string): RenderedModel {
  const template = { file: `models/${name}.sql`, text };
  const full = render(template, WORLD, 'full');
  const tables = [
    {
      name: 'orders',
      columns: [
        { name: 'id', type: { kind: 'STRING' } },
        { name: 'day', type: { kind: 'DATE' } },
        { name: 'amount', type: { kind: 'NUMERIC' } },
      ],
    },
  ] as const;
  const cells = {
    rendered: render(template, WORLD, 'cells'),
    parameters: [{ name: 'pulse_partitions', type: { kind: 'ARRAY', element: { kind: 'DATE' } } }],
  } as const;
  return { name, tables, full, cells: full.hints.length === 0 ? undefined : cells };
}

const MODELS: readonly RenderedModel[] = [
  rendered('right', 'SELECT id, ROUND(amount, 2) AS amount FROM {{ref "orders"}}'),
  rendered('by_day', 'SELECT day, COUNT(*) AS n FROM {{ref "orders"}} WHERE {{in_partitions "day"}} GROUP BY day'),
  rendered('misspelt', 'SELECT\n  amuont\nFROM {{ref "orders"}}'),
  rendered('in_partial', 'SELECT {{> wrong}} FROM {{ref "orders"}}'),
  rendered(
    'two_literals',
    "SELECT REGEXP_CONTAINS(id, '(') AS a, REGEXP_CONTAINS(id, '[') AS b FROM {{ref \"orders\"}}",
  ),
  rendered('refused', 'SELECT id FROM {{ref "orders"}} TABLESAMPLE SYSTEM (10 PERCENT)'),
  rendered('foreign', 'SELECT id FROM rates'),
];

/** An answer, or all that a person reads of an error. */
async function outcome(examining: Promise<Examined>): Promise<unknown> {
  try {
    return await examining;
  } catch (error) {
    const said = (one: unknown): unknown => {
      if (!(one instanceof Error)) return one;
      const { name, code, message, hint, transient, place, errors } = one as PulseErrors;
      return { name, code, message, hint, transient, place, errors: errors?.map(said) };
    };
    return said(error);
  }
}

describe.skipIf(!analyzerFiles)('models', () => {
  test('have the same answers and errors either way', async () => {
    const alone = inline.openExaminer({ openEngine });
    const beside = threaded.openExaminer({ openEngine, aloneMax: 0 });
    try {
      const [one, other] = await Promise.all(
        [alone, beside].map(examiner => Promise.all(MODELS.map(model => outcome(examiner.examine(model))))),
      );
      expect(other).toEqual(one);
      expect(one?.slice(0, 2)).toMatchObject([{ duckdb: { kind: 'translated' } }, { duckdb: { kind: 'translated' } }]);
      expect(one?.slice(2, 4)).toMatchObject([
        { code: 'SQL_INVALID', place: { file: 'models/misspelt.sql', line: 2, column: 3 } },
        { code: 'SQL_INVALID', place: { file: 'sql/partials/wrong.sql', line: 1, column: 1 } },
      ]);
      expect(one?.[4]).toMatchObject({ errors: [{ place: { column: 28 } }, { place: { column: 59 } }] });
      expect(one?.[5]).toMatchObject({ duckdb: { kind: 'refused' } });
      expect(one?.[6]).toMatchObject({ code: 'SQL_INVALID' });
    } finally {
      await beside.close();
    }
  });

  test('few are examined without a thread', async () => {
    let opened = 0;
    const examiner = threaded.openExaminer({
      openEngine: () => {
        opened += 1;
        return openEngine();
      },
      aloneMax: 2,
    });
    try {
      await Promise.all(MODELS.slice(0, 3).map(model => outcome(examiner.examine(model))));
      expect(opened).toBe(2);
    } finally {
      await examiner.close();
    }
  });
});

test('a thread that has ended says so of what it did not answer, and of all that comes', async () => {
  const examiner = threaded.openExaminer({ openEngine, aloneMax: 0 });
  const said = expect(examiner.examine(MODELS[0] as RenderedModel)).rejects.toThrow('ended before its models');
  await examiner.close();
  await said;
  await expect(examiner.examine(MODELS[1] as RenderedModel)).rejects.toThrow('ended before its models');
});
