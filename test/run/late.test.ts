// However events arrive, and whatever is made, left out, changed or killed in between: afterwards every table of the sample
// project is what one full build of the same events gives. See late-story.ts for what is told, and how to tell it again.

import { type Theme, tellStories } from './late-story.ts';
import { sampleProject } from './sample-project.ts';

const SAMPLE: Theme = {
  open: () => sampleProject(),
  cases: 60,
  changes: {
    'marts/fact_payments.sql': text =>
      text.replace('  method,\n  txn_id,', "  COALESCE(method, 'unknown') AS method,\n  txn_id,"),
    'marts/fact_orders.sql': text =>
      text.replace('  region,\n  ship_line1,', '  COALESCE(region, vendor) AS region,\n  ship_line1,'),
    'staging/stg_refunds.sql': text =>
      text.replace('  reason,\n  items,', '  COALESCE(reason, event_id) AS reason,\n  items,'),
    'marts/dim_product.sql': text => text.replace('WHERE sku IS NOT NULL', "WHERE sku IS NOT NULL AND sku != 'S2'"),
  },
  selections: [
    'fact_orders',
    'stg_*',
    'fact_payments+',
    'raw_events',
    'dim_customer',
    'tag:marts',
    'fact_order_daily',
    '+fact_order_items',
  ],
  partitioned: ['fact_orders', 'fact_payments', 'fact_order_daily', 'stg_orders'],
};

tellStories('whatever happens, every table of the sample project ends as one full build', SAMPLE);
