// The contract on BigQuery: real BigQuery where PULSE_TEST_BIGQUERY_PROJECT names a project, else an emulator of its protocol.
// Each warehouse is a dataset of its own.

import { randomUUID } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, describe, vi } from 'vitest';
import { openBigQuery } from '../../src/warehouse/bigquery/client.ts';
import { required } from '../required.ts';
import { pastContract } from './past-contract.ts';
import { warehouseContract } from './warehouse-contract.ts';

const apiEndpoint = process.env['PULSE_TEST_BIGQUERY_ENDPOINT'];
const realProject = process.env['PULSE_TEST_BIGQUERY_PROJECT'];
const SERVER = 'a BigQuery at PULSE_TEST_BIGQUERY_ENDPOINT (start one: npm run services -- start bigquery)';

const MANY = 'UNNEST(GENERATE_ARRAY(1, 1000000))';
const ENDLESS = `SELECT COUNT(*) FROM ${MANY} AS a CROSS JOIN ${MANY} AS b CROSS JOIN ${MANY} AS c WHERE MOD(a * b + c, 7) = 8`;

const address =
  realProject === undefined ? { project: 'pulse', apiEndpoint: apiEndpoint ?? '' } : { project: realProject };

// Of a hang: a job of the emulator takes some 100 ms on a quiet machine, ten times that on a busy one, and a test has some dozens.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

describe.skipIf(!required('bigquery', (apiEndpoint ?? realProject) !== undefined, SERVER))('BigQuery', () => {
  const datasets: string[] = [];
  afterAll(async () => {
    const { project, ...rest } = address;
    const authClient = realProject === undefined ? { authClient: new PassThroughClient() } : {};
    const client = new BigQuery({ projectId: project, ...rest, ...authClient });
    for (const dataset of datasets) await client.dataset(dataset).delete({ force: true });
  });

  const open = async () => {
    const dataset = `pulse_test_${randomUUID().slice(0, 8)}`;
    datasets.push(dataset);
    return openBigQuery({ ...address, dataset });
  };
  warehouseContract('BigQuery', open, { hasNullArrays: false, hasExactJson: false, endless: ENDLESS });
  pastContract('BigQuery', open, { keepsAll: true });
});
