// The same stories as in late.test.ts, of a project with every grain and every mapping: more of them, as its models are short.

import { type Theme, tellStories } from './late-story.ts';
import { smallProject } from './small-project.ts';

const SMALL: Theme = {
  open: smallProject,
  cases: 240,
  changes: {
    'created.sql': text => text.replace('AS NUMERIC) AS amount', 'AS NUMERIC) + 1 AS amount'),
    'paid.sql': text =>
      text.replace("event_type = 'payment_succeeded'", "event_type = 'payment_succeeded' AND event_id != 'e7'"),
    'orders.sql': text => text.replace('ORDER BY event_time DESC', 'ORDER BY event_time'),
    // Other mappings, which are right too: by key and by cells, and back.
    '../assets/orders_trailing.ts': text => text.replace('before: 4, after: 2', 'before: 5, after: 3'),
    '../assets/customers.ts': text => text.replace("byKey('customer')", 'allPartitions()'),
    '../assets/orders.ts': text =>
      text.replace("'paid', mapping: byKey('order_id')", "'paid', mapping: allPartitions()"),
    '../assets/orders_weekly.ts': text => text.replace('samePartition()', 'allPartitions()'),
    // Another column, which its reader has no use for.
    'orders_daily.sql': text => text.replace('SUM(paid) AS paid', 'SUM(paid) AS paid, MAX(amount) AS highest'),
    // Another type, which its reader takes over.
    'vendors.sql': text =>
      text.replace('SUM(amount) AS amount', 'CAST(SUM(amount) AS STRING) AS amount_text, SUM(orders) * 2 AS amount'),
  },
  selections: [
    'orders',
    'created',
    'paid+',
    'raw_events',
    'customers',
    'orders_weekly',
    '+orders_trailing',
    'orders_daily+',
  ],
  partitioned: ['orders', 'orders_daily', 'paid_daily', 'created'],
};

tellStories('whatever happens, every table ends as one full build, whatever its grain and its mappings', SMALL);
