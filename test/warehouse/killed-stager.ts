// A process that stages a table on the BigQuery at its first argument, and is killed while it waits for the job.

import { daily } from '../../src/asset/partition.ts';
import { openBigQuery } from '../../src/warehouse/bigquery/client.ts';
import { specOf } from './warehouse-contract.ts';

const warehouse = await openBigQuery({ project: 'p', dataset: 'd', apiEndpoint: process.argv[2] ?? '' });
const spec = specOf('orders', 'day DATE', daily('day'));
await warehouse.stageSelect(spec, 'SELECT day FROM stg_orders', { runId: 'killed', inputs: 'stg_orders 7' });
