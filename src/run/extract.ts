// Makes an extract: whole closed batches of the raw store into one warehouse table, each exactly once.
// Which batches are in the table stands in the journal row of the same transaction, so a killed run repeats or loses none.

import type { ExtractAsset } from '../asset/asset.ts';
import { refersTo } from '../asset/check.ts';
import { declaredVersion } from '../compile/compile.ts';
import { PulseError } from '../errors.ts';
import { EVENT_FIELDS } from '../raw/event-columns.ts';
import { IdsHash } from '../raw/ids-hash.ts';
import type { RawStore, Receipt, Redaction } from '../raw/raw-store.ts';
import type { TextColumns, TextRow } from '../text-columns.ts';
import type { Staged } from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { newBatches } from './evidence.ts';
import { type Note, readNote, writeNote } from './note.ts';
import { publishStaged } from './publish.ts';
import { eventColumns, quarantineRow, receiptRow } from './raw-rows.ts';
import { extentOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

export async function makeExtract(asset: ExtractAsset, context: RunContext): Promise<Made> {
  const codeVersion = declaredVersion(asset);
  const store = await context.project.rawStore();
  const closed = (await store.receipts()).filter(receipt => receipt.status === 'closed');
  const extent = extentOf(asset, codeVersion, context);
  const note = readNote(context.snapshot.builds.get(asset.name)?.note);
  const redacted = await store.redactions(note.redaction);
  const fresh = newBatches(asset, closed, context.snapshot);
  if (extent.kind === 'nothing' && fresh.length === 0 && redacted.length === 0) return UNCHANGED;
  const redaction = redacted.at(-1)?.sequence ?? (await lastRedaction(store, note));
  // An event is in one batch of a store. Where the table has batches that the store has not, nothing is known of that.
  const isOfStore = isSubset(note.batches, new Set(closed.map(receipt => receipt.batchId)));
  // A closed batch changes by a redaction alone. Receipts and quarantine are small: then they are copied anew.
  const isCopy = asset.from === 'events_raw';
  const isAppend = extent.kind === 'nothing' && isOfStore && (isCopy || redacted.length === 0);
  const isLacking = redaction < note.redaction;
  if (!isAppend && isCopy && isLacking && !isAskedFor(asset, context)) throw redactionsForgotten(asset);
  const world = { store, codeVersion, isGuarded: !isOfStore && isCopy };
  if (!isAppend) {
    const batches = closed.filter(receipt => !isCopy || receipt.inserted > 0);
    const whole = { batches: batches.map(batch => batch.batchId), redaction };
    return load(asset, context, { ...world, batches, note: whole, mode: 'replace' });
  }
  // Where the store knows of fewer, the table follows more than it says: a lower number would say that it had them all.
  const known = { batches: note.batches, redaction: Math.max(redaction, note.redaction) };
  const removed =
    redacted.length === 0 ? UNCHANGED : await remove(asset, context, { redacted, note: known, codeVersion });
  if (fresh.length === 0) return removed;
  const grown = { batches: [...note.batches, ...fresh.map(batch => batch.batchId)], redaction: known.redaction };
  const append = { mode: 'append', newBy: NEW_BY[asset.from] } as const;
  const added = await load(asset, context, { ...world, ...append, batches: fresh, note: grown });
  return { ...added, cells: added.cells + removed.cells, rows: added.rows + removed.rows };
}

/** The store's own, where it knows of fewer than the table follows. */
async function lastRedaction(store: RawStore, { redaction }: Note): Promise<number> {
  if (redaction === 0 || (await store.redactions(redaction - 1)).length > 0) return redaction;
  return (await store.redactions(0)).at(-1)?.sequence ?? 0;
}

/** Whether a full refresh was asked for by the table's own name, not by a selection that has it among others. */
const isAskedFor = ({ name }: ExtractAsset, { forced, named }: RunContext): boolean =>
  forced.has(name) && named.has(name);

const redactionsForgotten = ({ name }: ExtractAsset): PulseError =>
  new PulseError('RECEIPT_MISMATCH', `${name} follows redactions that the raw store, which is an older one, lacks.`, {
    hint: `Put the raw store back. Else redact these events anew (\`pulse redact\`), then: pulse materialize ${name} --full-refresh`,
  });

/** Columns in which a row of another batch is another one. */
const NEW_BY: Readonly<Record<ExtractAsset['from'], readonly string[]>> = {
  events_raw: ['event_id'],
  ingest_batches: ['batch_id'],
  events_quarantine: [],
};

const isSubset = (some: readonly string[], all: ReadonlySet<string>): boolean => some.every(one => all.has(one));

interface Load {
  readonly store: RawStore;
  readonly codeVersion: string;
  readonly batches: readonly Receipt[];
  readonly note: Partial<Note>;
  readonly mode: 'append' | 'replace';
  readonly newBy?: readonly string[];
  /** Whether the table may have events that the store has not. */
  readonly isGuarded: boolean;
}

async function load(asset: ExtractAsset, context: RunContext, { store, batches, ...rest }: Load): Promise<Made> {
  const staged = await context.watch.time(`load ${asset.name}`, () => stage(asset, context, { store, batches }));
  const { codeVersion, mode, note, newBy = [], isGuarded } = rest;
  const recheck = async (): Promise<void> => {
    await refuseRedacted(asset, store, note.redaction ?? 0);
    if (isGuarded && !isAskedFor(asset, context)) await refuseLoss(staged, context);
  };
  return publishStaged(context, staged, { codeVersion, note: writeNote(note), mode, newBy, recheck });
}

/**
 * A redaction waits for the run that holds the lease; where that was lost on the way (a machine that slept), what was read
 * before the redaction must not be published after it.
 *
 * @throws {PulseError} RECEIPT_MISMATCH (transient)
 */
async function refuseRedacted({ name }: ExtractAsset, store: RawStore, followed: number): Promise<void> {
  if ((await store.redactions(followed)).length === 0) return;
  throw new PulseError('RECEIPT_MISMATCH', `Events were redacted while ${name} was made of them.`, {
    hint: 'Nothing of it was published. Run it again: then it is made without them.',
    transient: true,
  });
}

/**
 * Beside a raw store that is another one, a table is made anew of it only where nothing is lost by that, or who asks for it by
 * name wants it so.
 *
 * @throws {PulseError} RECEIPT_MISMATCH
 */
async function refuseLoss({ spec, table }: Staged, context: RunContext): Promise<void> {
  const warehouse = await context.warehouse();
  const isStaged = refersTo('event_id', table, { key: 'event_id' });
  const [found] = await warehouse.auditPublished(spec.name, [isStaged]);
  if (found === undefined || found.failedRows === 0) return;
  const events = `${found.failedRows.toLocaleString('en-US')} event${found.failedRows === 1 ? '' : 's'}`;
  throw new PulseError(
    'RECEIPT_MISMATCH',
    `${spec.name} has ${events} that the raw store, which is another one, lacks.`,
    {
      hint: `Put the raw store back, or ingest them again; \`pulse materialize ${spec.name} --full-refresh\` goes on without them.`,
    },
  );
}

interface Removal {
  readonly redacted: readonly Redaction[];
  readonly note: Partial<Note>;
  readonly codeVersion: string;
}

/** Takes redacted events out: their ids are the keys that changed, and so they leave every table that read them. */
async function remove(asset: ExtractAsset, context: RunContext, removal: Removal): Promise<Made> {
  const { changes } = await context.warehouse();
  const spec = tableSpec(asset);
  const options = { runId: context.runId, signal: context.signal };
  const ids = removal.redacted.map(one => one.eventId);
  const keys = await changes.keysFrom(spec, 'event_id', ids, options);
  const staged = await changes.stageParts(spec, [{ region: { kind: 'keys', keys }, restrict: [] }], options);
  const { codeVersion } = removal;
  return publishStaged(context, staged, { codeVersion, note: writeNote(removal.note), mode: 'regions' });
}

async function stage(
  asset: ExtractAsset,
  context: RunContext,
  { store, batches }: { readonly store: RawStore; readonly batches: readonly Receipt[] },
): Promise<Staged> {
  const warehouse = await context.warehouse();
  const spec = tableSpec(asset);
  const rows = batches.reduce((sum, { inserted, rejected, conflicts }) => sum + inserted + rejected + conflicts + 1, 0);
  const options = { runId: context.runId, signal: context.signal, rows };
  const columns = asset.columns.map(column => column.name);
  switch (asset.from) {
    case 'events_raw':
      // The scanner takes no event with a name twice in an object.
      return warehouse.stageColumns(spec, events(columns, store, batches), {
        ...options,
        json: columns.filter(name => name === 'payload'),
      });
    case 'ingest_batches':
      return warehouse.stageRows(spec, receiptRows(columns, batches), options);
    case 'events_quarantine':
      return warehouse.stageRows(spec, quarantineRows(columns, store, batches), options);
  }
}

async function* events(
  columns: readonly string[],
  store: RawStore,
  batches: readonly Receipt[],
): AsyncIterable<TextColumns> {
  const chosen = eventColumns(columns);
  const idAt = EVENT_FIELDS.indexOf('event_id');
  for (const batch of batches) {
    // What was redacted since is not there any more; with it the hash is the receipt's.
    const ids = IdsHash.parse(batch.redactedHash);
    let rows = 0;
    for await (const read of store.readColumns(batch.batchId)) {
      rows += read.rows;
      ids.addColumn(read.columns[idAt] ?? '', read.marks);
      yield chosen(read, batch.batchId);
    }
    if (rows !== leftOf(batch) || ids.toString() !== batch.idsHash) throw mismatch(batch, rows);
  }
}

const leftOf = (batch: Receipt): number => batch.inserted - batch.redacted;

const mismatch = (batch: Receipt, rows: number): PulseError => {
  const found = rows === leftOf(batch) ? 'other events than' : `${rows} events, not the ${leftOf(batch)} of`;
  return new PulseError('RECEIPT_MISMATCH', `Batch ${batch.batchId} of ${batch.source} has ${found} its receipt.`, {
    hint: 'Something else changed events_raw. Nothing of the batch was published; look at it before you go on.',
  });
};

async function* receiptRows(
  columns: readonly string[],
  batches: readonly Receipt[],
): AsyncIterable<readonly TextRow[]> {
  yield batches.map(receiptRow(columns));
}

async function* quarantineRows(
  columns: readonly string[],
  store: RawStore,
  batches: readonly Receipt[],
): AsyncIterable<readonly TextRow[]> {
  const toRow = quarantineRow(columns);
  for (const batch of batches) {
    if (batch.rejected + batch.conflicts === 0) continue;
    for await (const entries of store.readQuarantine(batch.batchId)) yield entries.map(toRow);
  }
}
