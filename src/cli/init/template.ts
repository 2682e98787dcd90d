// The files of a minimal project: events from files, one ingestion, one table of raw events, one model. Texts only.
// It is what README shows: it must run as it stands (test/cli/init.test.ts runs it).

/** Paths relative to the new folder, with /, and what goes into each file. */
export function projectFiles(name: string): ReadonlyMap<string, string> {
  return new Map([
    ['pulse.config.ts', config(name)],
    ['assets/raw/event_files.ts', SOURCE],
    ['assets/raw/events_raw.ts', INGEST],
    ['assets/raw/raw_events.ts', EXTRACT],
    ['assets/marts/orders.ts', MODEL],
    ['models/marts/orders.sql', SQL],
    ['test/models/orders.test.yaml', TEST],
    ['data/live_events/2025-01-15/events.jsonl', lines(FIRST_DAY)],
    ['data/live_events/2025-01-16/events.jsonl', lines(SECOND_DAY)],
    ['tsconfig.json', TSCONFIG],
    ['.gitignore', 'node_modules/\n.pulse/\ntarget/\n.env\n'],
    ['README.md', readme(name)],
  ]);
}

const config = (name: string): string => `import { defineConfig } from 'pulse';

export default defineConfig({
  name: ${JSON.stringify(name)},
  vars: {
    // Read in models as {{var "small_order"}}.
    small_order: 20,
  },
});
`;

const SOURCE = `// Event files that another program writes, one folder a day.
import { source } from 'pulse';

export default source({
  name: 'event_files',
  description: 'Events as they arrive, one JSON object a line.',
  files: ['live_events/*/*.jsonl'],
  format: 'events',
});
`;

const INGEST = `// All events in the raw store, each once.
import { ingest } from 'pulse';

export default ingest({
  name: 'events_raw',
  description: 'Every event as it arrived; duplicates are counted, broken lines kept aside.',
  deps: ['event_files'],
});
`;

const EXTRACT = `// The raw events as a table of the warehouse.
import { daily, extract, notNull, unique } from 'pulse';

export default extract({
  name: 'raw_events',
  description: 'One row an event, by the day it happened (UTC).',
  deps: ['events_raw'],
  from: 'events_raw',
  partition: daily('event_date'),
  columns: [
    ['event_id', 'STRING', 'Id of the event; the first write of an id wins.', 'REQUIRED'],
    ['event_type', 'STRING', 'What happened.', 'REQUIRED'],
    ['event_time', 'TIMESTAMP', 'When it happened (UTC).', 'REQUIRED'],
    ['event_date', 'DATE', 'The day of event_time (UTC): the partition.', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent it.'],
    ['payload', 'STRING', 'The original record as JSON text, numbers exactly as written.', 'REQUIRED'],
    ['ingested_at', 'TIMESTAMP', 'When it arrived (UTC).', 'REQUIRED'],
    ['batch_id', 'STRING', 'The ingestion batch that wrote it.', 'REQUIRED'],
  ],
  checks: [unique('event_id'), notNull('event_time')],
});
`;

const MODEL = `// Orders by the day they were placed.
import { daily, model, notNull, samePartition, unique } from 'pulse';

export default model({
  name: 'orders',
  description: 'One row an order.',
  deps: [{ asset: 'raw_events', mapping: samePartition() }],
  model: 'marts/orders.sql',
  partition: daily('order_date'),
  columns: [
    ['order_id', 'STRING', 'The order.'],
    ['order_date', 'DATE', 'The day it was placed (UTC): the partition.', 'REQUIRED'],
    ['ordered_at', 'TIMESTAMP', 'When it was placed (UTC).', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent the event.'],
    ['total', 'NUMERIC', 'Total of the order, in its currency; exact.'],
    ['is_small', 'BOOL', 'Whether the total is below the variable small_order.'],
  ],
  checks: [unique('order_id'), notNull('order_id')],
});
`;

const SQL = `-- One row an order, as it was created.
SELECT
  JSON_VALUE(payload, '$.order_id') AS order_id,
  event_date AS order_date,
  event_time AS ordered_at,
  vendor,
  CAST(JSON_VALUE(payload, '$.total') AS NUMERIC) AS total,
  CAST(JSON_VALUE(payload, '$.total') AS NUMERIC) < {{var "small_order"}} AS is_small
FROM {{ref "raw_events"}}
WHERE event_type = 'order_created' AND {{in_partitions "event_date"}}
`;

const TEST = `# What the model orders promises: rows in, rows out. npx pulse test runs it.
defaults:
  raw_events:
    event_type: order_created
    event_time: 2025-01-15T09:00:00Z
    event_date: 2025-01-15
    vendor: vendor_b

tests:
  - name: totals are exact, and below small_order they are small
    given:
      raw_events:
        - { event_id: e1, payload: '{"order_id":"o-1","total":63.10}' }
        - { event_id: e2, payload: '{"order_id":"o-2","total":19.99}' }
        - { event_id: e3, event_type: payment_succeeded, payload: '{"order_id":"o-2"}' }
    expect:
      - { order_id: o-1, order_date: 2025-01-15, total: 63.1, is_small: false }
      - { order_id: o-2, total: 19.99, is_small: true }

  - name: an order that comes late changes the day it was placed on, and no other
    steps:
      - given:
          raw_events:
            - { event_id: e1, payload: '{"order_id":"o-1","total":1}' }
      - given:
          raw_events:
            - { event_id: e2, event_date: 2025-01-10, payload: '{"order_id":"o-2","total":2}' }
        expect:
          rows: [{ order_id: o-1 }, { order_id: o-2, order_date: 2025-01-10 }]
          cells: [2025-01-10]
`;

interface SampleEvent {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  /** JSON text: numbers as they are written. */
  readonly payload: string;
}

const FIRST_DAY: readonly SampleEvent[] = [
  { id: 'e-1', type: 'order_created', at: '2025-01-15T09:43:48Z', payload: '{"order_id":"o-1","total":63.10}' },
  { id: 'e-2', type: 'order_created', at: '2025-01-15T11:02:10Z', payload: '{"order_id":"o-2","total":12}' },
  { id: 'e-3', type: 'payment_succeeded', at: '2025-01-15T11:05:00Z', payload: '{"order_id":"o-2","amount":12}' },
];

/** The second one is the first day's, come again: a duplicate. */
const SECOND_DAY: readonly SampleEvent[] = [
  { id: 'e-4', type: 'order_created', at: '2025-01-16T08:00:00Z', payload: '{"order_id":"o-3","total":250.05}' },
  { id: 'e-1', type: 'order_created', at: '2025-01-15T09:43:48Z', payload: '{"order_id":"o-1","total":63.10}' },
];

function lines(events: readonly SampleEvent[]): string {
  return events
    .map(
      ({ id, type, at, payload }) =>
        `{"event_id":"${id}","event_type":"${type}","event_time":"${at}","vendor":"vendor_b","payload":${payload},"ingested_at":"${at}"}\n`,
    )
    .join('');
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "module": "NodeNext",
    "noEmit": true,
    "strict": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true
  },
  "include": ["assets", "pulse.config.ts"]
}
`;

const readme = (name: string): string => `# ${name}

    npm ci && npx pulse materialize

brings the events of data/ into .pulse/ and makes the table \`orders\`. Then:

    npx pulse query 'SELECT * FROM orders'
    npx pulse graph
    npx pulse status
    npx pulse test

An asset is a file in assets/; a model is one SELECT in models/, in BigQuery's SQL. Put another file of events below
data/live_events/, run \`npx pulse materialize\` again, and only the days it touches are made anew.
`;
