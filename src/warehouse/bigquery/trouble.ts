// BigQuery's errors -> PulseError, and which of them a second try may mend. Reads codes and reasons
// (cloud.google.com/bigquery/docs/error-messages), and texts where BigQuery says no more.

import { type ErrorCode, PulseError } from '../../errors.ts';
import { FENCED } from './dialect.ts';

interface ApiError {
  readonly code?: unknown;
  readonly message: string;
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
}

/** Reasons that pass. Never invalidQuery: what is wrong stays wrong. */
const PASSING_REASONS = new Set([
  'rateLimitExceeded',
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'tableUnavailable',
]);
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_SOCKET =
  /ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|network timeout|Premature close|aborted/i;
/** Two transactions that changed the same table; the later one loses and may come again. */
const CONFLICT =
  /concurrent update|Transaction is aborted|transaction conflict|write-write conflict|Failed to commit DuckLake transaction/i;

const reasonOf = (error: ApiError): string => error.errors?.[0]?.reason ?? '';

export function mayPass(error: unknown): boolean {
  if (error instanceof PulseError) return error.transient;
  if (!(error instanceof Error)) return false;
  const api = error as ApiError;
  if (reasonOf(api) === 'invalidQuery' && !CONFLICT.test(api.message)) return false;
  return (
    PASSING_REASONS.has(reasonOf(api)) ||
    PASSING_STATUS.has(Number(api.code)) ||
    PASSING_SOCKET.test(`${String(api.code)} ${api.message}`) ||
    CONFLICT.test(api.message)
  );
}

/** What google-auth-library and OpenSSL say of a key file. What they quote of one that is no JSON may be the key itself. */
const BAD_KEY =
  /Unable to read the credential file|DECODER routines|PEM routines|does not contain a (?:private_key|client_email) field/;

/** Of a key file that is none; says nothing of what stands in it, and has no cause that does. */
export const badKey = (place: string, why = 'it holds no key of a service account or user'): PulseError =>
  new PulseError('WAREHOUSE_UNREACHABLE', `BigQuery (${place}): the key file cannot be used: ${why}.`, {
    hint: 'Look at keyFile in the target, or GOOGLE_APPLICATION_CREDENTIALS: the JSON that Google Cloud gives for a service account.',
  });

type Reading = readonly [test: (error: ApiError) => boolean, code: ErrorCode, hint: string];

const READINGS: readonly Reading[] = [
  [
    error =>
      /Not found: (Table|View)|Table .* (does not exist|was not found)|does not exist! ?Did you mean/i.test(
        error.message,
      ),
    'WAREHOUSE_TABLE_MISSING',
    'Make it first: pulse materialize.',
  ],
  [
    error => /bytesBilledLimitExceeded/.test(reasonOf(error)) || /bytes billed/i.test(error.message),
    'BUDGET_EXCEEDED',
    'It would bill more than the budget in pulse.config.ts leaves; see `pulse materialize --plan --quote` and `pulse cost`.',
  ],
  [
    error =>
      Number(error.code) === 401 ||
      /invalid_grant|Could not load the default credentials|invalid authentication/i.test(error.message),
    'WAREHOUSE_UNREACHABLE',
    'Sign in with `gcloud auth application-default login`, or name a key file in GOOGLE_APPLICATION_CREDENTIALS.',
  ],
  // These come with 403 too, and are no question of rights.
  [
    error => /^(quotaExceeded|billingNotEnabled)$/.test(reasonOf(error)),
    'WAREHOUSE_UNREACHABLE',
    "The project has no more of it until it is renewed or raised: see its quotas and its billing in Google's console. Room is made by dropping tables.",
  ],
  [
    error => /rateLimitExceeded/i.test(reasonOf(error)),
    'WAREHOUSE_UNREACHABLE',
    'It was asked for too much at a time, again and again: run it later, or with a smaller --concurrency.',
  ],
  [
    error => Number(error.code) === 403 || reasonOf(error) === 'accessDenied',
    'WAREHOUSE_UNREACHABLE',
    'The account needs the roles BigQuery Data Editor on the dataset and BigQuery Job User on the project.',
  ],
  [
    error =>
      /Not found: (Project|Dataset)|was not found in location|project .* (not found|does not exist)|Invalid (project|dataset) ID/i.test(
        error.message,
      ),
    'WAREHOUSE_UNREACHABLE',
    'Look at project, dataset and location in the target (or BIGQUERY_PROJECT, BIGQUERY_DATASET, BIGQUERY_LOCATION).',
  ],
  [
    error => PASSING_SOCKET.test(`${String(error.code)} ${error.message}`),
    'WAREHOUSE_UNREACHABLE',
    'See that BigQuery can be reached from here: network, proxy, firewall.',
  ],
];

/** `place` is project.dataset. */
export function bigQueryTrouble(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof PulseError) return error;
  const api = error as ApiError;
  const said = firstLine(api.message);
  if (BAD_KEY.test(said)) return badKey(place, /ENOENT/.test(said) ? 'it is not there' : undefined);
  if (api.message.includes(FENCED)) {
    return new PulseError('PUBLICATION_REFUSED', 'A newer run has published the asset while this one was at work.', {
      hint: 'Nothing was written. Run again to build on what the newer run made.',
      cause: error,
    });
  }
  const [, code = 'WAREHOUSE_QUERY_FAILED', hint] = READINGS.find(([test]) => test(api)) ?? [];
  return new PulseError(code, `BigQuery (${place}): ${said}`, {
    transient: mayPass(error),
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
