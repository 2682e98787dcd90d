// Makes an extract: whole closed batches of the raw store into one warehouse table, each exactly once.
// Which batches are in the table stands in the journal row of the same transaction, so a killed run repeats or loses none.

import type { ExtractAsset } from '../asset/asset.ts';
import { declaredVersion } from '../compile/compile.ts';
import { PulseError } from '../errors.ts';
import { EVENT_FIELDS } from '../raw/event-columns.ts';
import { IdsHash } from '../raw/ids-hash.ts';
import type { RawStore, Receipt } from '../raw/raw-store.ts';
import type { TextColumns, TextRow } from '../text-columns.ts';
import type { Staged } from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { newBatches } from './evidence.ts';
import { readNote, writeNote } from './note.ts';
import { publishStaged } from './publish.ts';
import { eventColumns, quarantineRow, receiptRow } from './raw-rows.ts';
import { extentOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

export async function makeExtract(asset: ExtractAsset, context: RunContext): Promise<Made> {
  const codeVersion = declaredVersion(asset);
  const store = await context.project.rawStore();
  const closed = (await store.receipts()).filter(receipt => receipt.status === 'closed');
  const extent = extentOf(asset, codeVersion, context);
  const fresh = newBatches(asset, closed, context.snapshot);
  if (extent.kind === 'nothing' && fresh.length === 0) return UNCHANGED;
  // Receipts and quarantine are small and a receipt's row is whole at once: they are copied anew.
  const isAppend = extent.kind === 'nothing' && asset.from === 'events_raw';
  const batches = isAppend ? fresh : closed.filter(receipt => asset.from !== 'events_raw' || receipt.inserted > 0);
  const known = isAppend ? readNote(context.snapshot.builds.get(asset.name)?.note).batches : [];
  const staged = await context.watch.time(`load ${asset.name}`, () => stage(asset, context, { store, batches }));
  const publishing = publishStaged(context, staged, {
    codeVersion,
    note: writeNote({ batches: [...known, ...batches.map(batch => batch.batchId)] }),
    mode: isAppend ? 'append' : 'replace',
  });
  // The warehouse hashes and checks meanwhile.
  const [made] = await Promise.all([publishing, asset.from === 'events_raw' ? store.tidy() : undefined]);
  return made;
}

async function stage(
  asset: ExtractAsset,
  context: RunContext,
  { store, batches }: { readonly store: RawStore; readonly batches: readonly Receipt[] },
): Promise<Staged> {
  const warehouse = await context.warehouse();
  const spec = tableSpec(asset);
  const options = { runId: context.runId, signal: context.signal };
  const columns = asset.columns.map(column => column.name);
  switch (asset.from) {
    case 'events_raw':
      return warehouse.stageColumns(spec, events(columns, store, batches), options);
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
