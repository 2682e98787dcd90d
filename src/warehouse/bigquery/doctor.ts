// Looks at BigQuery as the warehouse will use it: asks it a query of no bytes, and makes and drops a table where there is a dataset.

import { randomUUID } from 'node:crypto';
import { clockFinding, type Diagnosis, type Finding, troubleFinding } from '../../diagnosis.ts';
import { answered, FIRST_CALL_MS } from './answered.ts';
import { type BigQueryWarehouseOptions, connectBriefly } from './client.ts';
import { bigQueryTrouble } from './trouble.ts';

export async function diagnoseBigQuery(
  options: BigQueryWarehouseOptions & { readonly now: () => Date },
): Promise<Diagnosis> {
  const { project, dataset: name, location, apiEndpoint, now } = options;
  const place = `${project}.${name}${apiEndpoint === undefined ? '' : ` at ${apiEndpoint}`}`;
  const client = connectBriefly(options);
  const dataset = client.dataset(name);
  const findings: Finding[] = [];
  const look = async (what: string, step: () => Promise<Finding>): Promise<boolean> => {
    try {
      findings.push(await answered(step(), FIRST_CALL_MS));
      return true;
    } catch (error) {
      findings.push(troubleFinding(what, bigQueryTrouble(error, `${project}.${name}`)));
      return false;
    }
  };
  let isThere = false;
  const isReached = await look('reachable', async () => {
    const found = await dataset.getMetadata().then(([metadata]) => metadata, absent);
    isThere = found !== undefined;
    if (found === undefined)
      return { what: 'reachable', verdict: 'ok', text: 'the dataset is not there yet; the first run makes it' };
    return locationFinding(String(found.location ?? ''), location);
  });
  if (!isReached) return { server: 'BigQuery', place, findings };
  await look('jobs', async () => {
    const before = now();
    const [job] = await client.createQueryJob({
      query: 'SELECT CURRENT_TIMESTAMP()',
      useLegacySql: false,
      ...(location !== undefined && { location }),
    });
    // Its server's clock, in milliseconds, when the job was taken.
    const taken = Number(job.metadata?.statistics?.creationTime);
    findings.push({ what: 'jobs', verdict: 'ok', text: 'may run queries' });
    return clockFinding(new Date(taken), { before, after: now() });
  });
  if (isThere) {
    await look('rights', async () => {
      const table = dataset.table(`_pulse_doctor_${randomUUID().replaceAll('-', '_')}`);
      await table.create({ schema: [{ name: 'n', type: 'INTEGER' }] });
      await table.delete();
      return { what: 'rights', verdict: 'ok', text: 'may make and drop tables' };
    });
  }
  return { server: 'BigQuery', place, findings };
}

function absent(error: unknown): undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  // No such project is no such dataset, too, and is no reason to go on.
  if (code === 404 && !/project/i.test(message ?? '')) return undefined;
  throw error;
}

function locationFinding(found: string, wanted: string | undefined): Finding {
  const isOther = wanted !== undefined && found !== '' && wanted.toLowerCase() !== found.toLowerCase();
  if (!isOther)
    return { what: 'reachable', verdict: 'ok', text: `dataset in ${found === '' ? 'its location' : found}` };
  return {
    what: 'reachable',
    verdict: 'fail',
    text: `the dataset is in ${found}, and the target says ${wanted}`,
    hint: `Set location to ${found} (BIGQUERY_LOCATION), or name another dataset.`,
  };
}
