// A file of tests read against a small made-up world, and a project of `pulse init` to run them in. Texts in, values out.

import { parse } from 'csv-parse/sync';
import { parseType } from '../../src/googlesql/type.ts';
import { type ReadFile, readTests } from '../../src/model-tests/read.ts';

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  orders: { order_id: 'STRING', total: 'NUMERIC', is_small: 'BOOL' },
  events: {
    event_id: 'STRING',
    count: 'INT64',
    amount: 'NUMERIC',
    share: 'FLOAT64',
    day: 'DATE',
    at: 'TIMESTAMP',
    raw: 'BYTES',
    body: 'JSON',
    tags: 'ARRAY<STRING>',
    line: 'STRUCT<sku STRING, price NUMERIC>',
    span: 'INTERVAL',
  },
};

/** Reads tests of a model `orders` that is made from `events`. */
export function readOrders(
  text: string,
  { file = 'test/models/orders.test.yaml', beside = {} as Readonly<Record<string, string>> } = {},
): ReadFile {
  return readTests(
    { file, text },
    {
      models: ['orders', 'customers'],
      inputsOf: () => ['events', 'broken'],
      columnsOf: table =>
        TABLES[table] === undefined
          ? undefined
          : Object.entries(TABLES[table]).map(([name, type]) => ({ name, type: parseType(type) })),
      vars: { small_order: 20 },
      readBeside: path => beside[path],
      csvRows: csv => parse(csv),
    },
  );
}

/** Each fault as `line:column message | hint`. */
export const faultsOf = (text: string, options?: Parameters<typeof readOrders>[1]): readonly string[] =>
  readOrders(text, options).faults.map(
    ({ place, message, hint }) => `${place?.line}:${place?.column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
