// One insert of documents that are BSON already (docs/decisions/0020). The driver keeps what it has serialized of a bulk in a public
// field of its batch, and sends that: here it is given the bytes, and serializes nothing itself. Retryable writes, sessions, write
// concern and errors stay the driver's.

import { type Collection, MongoBulkWriteError } from 'mongodb';

/** Why the server did not take one document. */
export interface Failure {
  /** Of the documents, from 0. */
  readonly index: number;
  readonly code: number;
  readonly message: string;
}

/**
 * Inserts documents, unordered, in one command; gives what the server refuses.
 *
 * @param documents BSON, one behind the other; they must stay as they are until this returns.
 * @throws what the driver throws where nothing is known of the single documents
 */
export async function insertBytes(
  collection: Collection,
  documents: Uint8Array,
  { count }: { readonly count: number },
): Promise<readonly Failure[]> {
  const bulk = collection.initializeUnorderedBulkOp();
  // Makes the batch that the bytes are put into.
  bulk.insert({ _id: 0 });
  const [batch] = bulk.batches;
  if (batch?.serializedOperations.length !== 1) throw new Error('this driver does not keep what it serialized');
  batch.serializedOperations = [documents];
  // Should a driver serialize again, it sends nothing.
  batch.operations = [{ toBSON: refuse }];
  batch.originalIndexes = Array.from({ length: count }, (_, index) => index);
  try {
    await bulk.execute();
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    // A write concern that was not reached, or a connection that broke: made again as a whole.
    if (failures.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
    return failures.map(({ index, code, errmsg }) => ({ index, code, message: errmsg ?? 'no reason given' }));
  }
}

function refuse(): never {
  throw new Error('the driver serializes what is BSON already');
}
