// Postgres under the state store: many machines, one database. All tables lie in one schema. Knows no tables.
// Writers take one advisory lock for the length of a transaction: those are short, and what one reads holds until it writes.

import createKnex from 'knex';
import { type ErrorCode, PulseError } from '../errors.ts';
import { beginWritesWith } from './begin.ts';
import type { StateDialect } from './dialect.ts';

const DEFAULT_SCHEMA = 'pulse';
const CONNECT_MS = 8_000;
/** Longer than any statement of ours, shorter than a person's patience. */
const STATEMENT_MS = 60_000;
const POOL = { min: 0, max: 4 };

/**
 * @param url postgres://user:password@host:5432/database, with `?schema=NAME` where the tables are not to lie in `pulse`.
 * @throws {PulseError} CONFIG_INVALID for a URL that is none. Nothing is opened before the first query.
 */
export function postgresDialect(url: string): StateDialect & { readonly place: string; readonly schema: string } {
  const { place, schema, connectionString } = parse(url);
  const db = createKnex.knex({
    client: 'pg',
    connection: {
      connectionString,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'pulse',
    },
    searchPath: [schema],
    acquireConnectionTimeout: CONNECT_MS * 2,
    // Else a failing statement's message holds all of its bindings.
    compileSqlOnError: false,
    log: SILENT,
    pool: POOL,
  });
  beginWritesWith(db, `BEGIN; SELECT pg_advisory_xact_lock(hashtext('pulse'), hashtext('${schema}'));`);
  return {
    db,
    place,
    schema,
    rowsOfJson: columns => {
      const read = columns.map((type, n) =>
        type === 'number' ? `(value ->> ${n})::double precision` : `value ->> ${n}`,
      );
      return `SELECT ${read.join(', ')} FROM json_array_elements(?::json) AS t(value)`;
    },
    textsOfJson: () => 'SELECT value FROM json_array_elements_text(?::json) AS t(value)',
    trouble: error => troubleOf(error, place),
  };
}

/** knex prints on standard output what it throws all the same. */
const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
function ignore(): void {}

function parse(url: string): { readonly place: string; readonly schema: string; readonly connectionString: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const schema = parsed?.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  const isUrl = parsed !== undefined && /^postgres(ql)?:$/.test(parsed.protocol);
  // The name is part of statements, so it is held to what needs no quotes.
  if (!isUrl || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    const what = isUrl ? `names a schema "${schema}", which is no plain name` : 'is no URL of a Postgres';
    throw new PulseError('CONFIG_INVALID', `PULSE_STATE_URL (or the target's state.url) ${what}.`, {
      hint: 'Write it as postgres://user:password@host:5432/database?schema=pulse.',
    });
  }
  parsed.searchParams.delete('schema');
  const place = `${parsed.hostname}:${parsed.port === '' ? '5432' : parsed.port}${parsed.pathname}`;
  return { place, schema, connectionString: parsed.toString() };
}

/** SQLSTATEs (Postgres manual, appendix A) and errors of the socket, by what a person does about them. */
const KINDS: readonly {
  readonly codes: RegExp;
  readonly errorCode: ErrorCode;
  readonly isTransient: boolean;
  readonly what: string;
  readonly hint: string;
}[] = [
  {
    codes: /^28/,
    errorCode: 'STATE_FAILED',
    isTransient: false,
    what: 'refuses the user or the password',
    hint: 'Look at user and password in PULSE_STATE_URL.',
  },
  {
    codes: /^3D000$/,
    errorCode: 'STATE_FAILED',
    isTransient: false,
    what: 'has no such database',
    hint: 'Make it with createdb, or mend the name in PULSE_STATE_URL.',
  },
  {
    codes: /^42501$/,
    errorCode: 'STATE_FAILED',
    isTransient: false,
    what: 'does not allow it',
    hint: 'Let the account create a schema in the database, or have somebody make it: CREATE SCHEMA pulse AUTHORIZATION the_account.',
  },
  {
    codes: /^53100$/,
    errorCode: 'DISK_FULL',
    isTransient: false,
    what: 'has no room left',
    hint: "Make room on the server's disk, then run it again.",
  },
  {
    codes: /^(55P03|57014|40001|40P01|25P03)$/,
    errorCode: 'STATE_BUSY',
    isTransient: true,
    what: 'is held by somebody else for too long',
    hint: 'Another pulse is writing to it. Try again when that one is done.',
  },
  {
    codes: /^(08|53|57P|ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT)/,
    errorCode: 'STATE_FAILED',
    isTransient: true,
    what: 'cannot be reached',
    hint: 'See that the server runs, that host and port in PULSE_STATE_URL are right, and that no firewall or TLS setting is between.',
  },
];

/** Errors that the driver gives no code: a connection that ended, or never came. */
const CONNECTION_LOST =
  /connection (terminated|ended|timeout|error)|not queryable|timeout (expired|exceeded)|timeout acquiring a connection|socket/i;

function troubleOf(error: unknown, place: string): PulseError | undefined {
  if (!(error instanceof Error) || error instanceof PulseError) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isLost = code === '' && CONNECTION_LOST.test(error.message);
  // A host with several addresses fails with all of its errors at once, and no words.
  const said =
    error.message === '' && error instanceof AggregateError ? String(error.errors[0]?.message) : error.message;
  const kind = KINDS.find(({ codes }) => codes.test(isLost ? 'ECONNRESET' : code));
  if (kind === undefined && !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const { errorCode, isTransient, what, hint } = kind ?? {
    errorCode: 'STATE_FAILED' as const,
    isTransient: false,
    what: 'failed',
    hint: 'Run `pulse doctor` to see what the server has and allows.',
  };
  const words = said.split(' - ').at(-1)?.split('\n')[0] ?? said;
  return new PulseError(errorCode, `Postgres at ${place} ${what}: ${words.replace(/\.$/, '')}.`, {
    hint,
    transient: isTransient,
    cause: error,
  });
}
