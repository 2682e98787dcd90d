// Looks at a Postgres as the state will use it. Reads only.

import { clockFinding, type Diagnosis, type Finding, troubleFinding } from '../diagnosis.ts';
import { postgresDialect } from './postgres.ts';

const OLDEST = 12;

interface Facts {
  readonly version: string;
  readonly number: number;
  readonly clock: Date;
  readonly user: string;
  readonly hasSchema: boolean;
  readonly mayCreate: boolean;
  readonly mayUse: boolean | null;
}

const FACTS = `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
  clock_timestamp() AS clock, current_user AS "user",
  has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
  EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?) AS "hasSchema",
  (SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = ?) AS "mayUse"`;

/** @throws {PulseError} CONFIG_INVALID for a URL that is none */
export async function diagnosePostgres(url: string, { now }: { readonly now: () => Date }): Promise<Diagnosis> {
  const { db, place, schema, trouble } = postgresDialect(url);
  const server = 'Postgres';
  try {
    const before = now();
    const { rows } = await db.raw<{ rows: [Facts] }>(FACTS, [schema, schema]);
    const after = now();
    const [facts] = rows;
    const reachable: Finding = { what: 'reachable', verdict: 'ok', text: `as ${facts.user}` };
    const clock = clockFinding(facts.clock, { before, after });
    return { server, place, findings: [reachable, versionFinding(facts), clock, rightsFinding(facts, schema)] };
  } catch (error) {
    return { server, place, findings: [troubleFinding('reachable', trouble(error) ?? error)] };
  } finally {
    await db.destroy();
  }
}

function versionFinding({ version, number }: Facts): Finding {
  if (number >= OLDEST * 10_000) return { what: 'version', verdict: 'ok', text: version };
  return { what: 'version', verdict: 'fail', text: version, hint: `Use Postgres ${OLDEST} or later.` };
}

function rightsFinding({ hasSchema, mayCreate, mayUse, user }: Facts, schema: string): Finding {
  if (mayUse === true) return { what: 'rights', verdict: 'ok', text: `may use and create in schema ${schema}` };
  if (!hasSchema && mayCreate) {
    return { what: 'rights', verdict: 'ok', text: `schema ${schema} is not there yet; may make it` };
  }
  const hint = hasSchema
    ? `Have its owner run: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${user}`
    : `Have somebody run: CREATE SCHEMA ${schema} AUTHORIZATION ${user}`;
  return { what: 'rights', verdict: 'fail', text: `may not use schema ${schema}`, hint };
}
