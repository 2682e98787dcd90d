// Makes an extract: whole closed batches of the raw store into one warehouse table, each exactly once.
// Which batches are in the table stands in the journal row of the same transaction, so a killed run repeats or loses none.

import type { ExtractAsset } from '../asset/asset.ts';
import { declaredVersion } from '../compile/compile.ts';
import { PulseError } from '../errors.ts';
import { IdsHash } from '../raw/ids-hash.ts';
import type { RawStore, Receipt } from '../raw/raw-store.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { newBatches } from './evidence.ts';
import { readNote, writeNote } from './note.ts';
import { publishStaged } from './publish.ts';
import { eventRow, quarantineRow, receiptRow } from './raw-rows.ts';
import { scopeOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

type TextRows = readonly (readonly (string | null)[])[];

export async function makeExtract(asset: ExtractAsset, context: RunContext): Promise<Made> {
  const codeVersion = declaredVersion(asset);
  const store = await context.project.rawStore();
  const closed = (await store.receipts()).filter(receipt => receipt.status === 'closed');
  const scope = scopeOf(asset, codeVersion, context);
  const fresh = newBatches(asset, closed, context.snapshot);
  if (scope === 'nothing' && fresh.length === 0) return UNCHANGED;
  // Receipts and quarantine are small and a receipt's row is whole at once: they are copied anew.
  const isAppend = scope === 'nothing' && asset.from === 'events_raw';
  const batches = isAppend ? fresh : closed.filter(receipt => asset.from !== 'events_raw' || receipt.inserted > 0);
  const known = isAppend ? readNote(context.snapshot.builds.get(asset.name)?.note).batches : [];
  const warehouse = await context.warehouse();
  const staged = await context.watch.time(`load ${asset.name}`, () =>
    warehouse.stageRows(tableSpec(asset), rowsOf(asset, store, batches), { runId: context.runId }),
  );
  return publishStaged(context, staged, {
    codeVersion,
    note: writeNote({ batches: [...known, ...batches.map(batch => batch.batchId)] }),
    mode: isAppend ? 'append' : 'replace',
  });
}

function rowsOf(asset: ExtractAsset, store: RawStore, batches: readonly Receipt[]): AsyncIterable<TextRows> {
  const columns = asset.columns.map(column => column.name);
  switch (asset.from) {
    case 'events_raw':
      return eventRows(columns, store, batches);
    case 'ingest_batches':
      return receiptRows(columns, batches);
    case 'events_quarantine':
      return quarantineRows(columns, store, batches);
  }
}

async function* eventRows(
  columns: readonly string[],
  store: RawStore,
  batches: readonly Receipt[],
): AsyncIterable<TextRows> {
  const toRow = eventRow(columns);
  for (const batch of batches) {
    // What was redacted since is not there any more; with it the hash is the receipt's.
    const ids = IdsHash.parse(batch.redactedHash);
    let rows = 0;
    for await (const events of store.readBatch(batch.batchId)) {
      rows += events.length;
      for (const event of events) ids.add(event.eventId);
      yield events.map(toRow);
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

async function* receiptRows(columns: readonly string[], batches: readonly Receipt[]): AsyncIterable<TextRows> {
  yield batches.map(receiptRow(columns));
}

async function* quarantineRows(
  columns: readonly string[],
  store: RawStore,
  batches: readonly Receipt[],
): AsyncIterable<TextRows> {
  const toRow = quarantineRow(columns);
  for (const batch of batches) {
    if (batch.rejected + batch.conflicts === 0) continue;
    for await (const entries of store.readQuarantine(batch.batchId)) yield entries.map(toRow);
  }
}
