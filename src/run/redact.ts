// Takes events out of the raw store for good; the next run follows the tombstones and takes them out of every table.
// What is kept of them has none of their data. Knows no table but the extracts of raw events.

import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import { EVENT_FIELDS } from '../raw/event-columns.ts';
import type { RedactionOutcome } from '../raw/raw-store.ts';
import { claim } from './claim.ts';
import { copiesOf } from './copies.ts';
import type { Emit } from './events.ts';
import { openQuerying } from './query.ts';

export interface RedactOptions {
  readonly reason: string;
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/**
 * The ids of the events of which `where` is true: a GoogleSQL condition on raw_events.
 *
 * @throws {PulseError} SQL_INVALID, WAREHOUSE_TABLE_MISSING and what else a query may throw.
 */
export async function eventsWhere(project: Project, where: string): Promise<readonly string[]> {
  const [table = 'raw_events'] = copiesOf(project);
  const { query } = await openQuerying(project);
  // A line of its own: the condition may end with a comment.
  const sql = `SELECT DISTINCT event_id FROM ${table} WHERE (\n${where}\n)`;
  const { rows } = await query(sql, { file: WHERE }).catch(error => {
    throw ofCondition(error, table, EVENT_FIELDS);
  });
  return rows.map(([id]) => String(id));
}

const WHERE = '--where';

/** An error of the query as one of the condition that was typed, which is its second line. */
function ofCondition(error: unknown, table: string, columns: readonly string[]): unknown {
  if (!(error instanceof PulseError) || error.place?.file !== WHERE) return error;
  const { line = 2 } = error.place;
  return new PulseError(error.code, error.message, {
    place: { ...error.place, line: Math.max(1, line - 1) },
    hint:
      error.hint ??
      `It is a condition on ${table}, which has ${columns.join(', ')}; what is in the payload is JSON_VALUE(payload, '$.customer.id').`,
    cause: error,
  });
}

/**
 * The tombstones are what makes the tables stale: killed at any moment, either the events are still there or the next run
 * takes them out. Waits for a run that is at work, which may be reading them.
 */
export async function redact(
  project: Project,
  eventIds: readonly string[],
  { reason, noWait, signal, emit }: RedactOptions,
): Promise<RedactionOutcome & { readonly tables: readonly string[] }> {
  if (eventIds.length === 0)
    throw new PulseError('USAGE', 'There is no event to redact.', { hint: 'Name some: --event-id ID' });
  const now = project.now();
  const runId = `redact-${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}-${process.pid}`;
  const claimed = await claim(project, { runId, command: 'redact', noWait, signal, emit });
  try {
    const state = await project.state();
    const { builds } = await state.snapshot();
    const tables = copiesOf(project).filter(name => builds.has(name));
    const store = await project.rawStore();
    const outcome = await store.redact(eventIds, { reason, redactedAt: now.toISOString() });
    project.failpoint('after-redact');
    return { ...outcome, tables };
  } finally {
    await claimed.release();
  }
}
