// The documents of a query in pages, raw, in the order of event_id. By the commands find and getMore themselves where all of them go
// to one server: the driver's cursor takes every document apart before it gives it away, which costs as much as reading it.

import type { Collection, Db, FindCursor } from 'mongodb';
import { idOf } from './mongo-document.ts';
import { BSON_TYPE, fieldsOf } from './mongo-text.ts';

/** Documents of one answer: enough to hide the round trip, few enough to be held twice. */
const PAGE = 5_000;
/** Of the first answer: work can begin soon, while the next is on its way. */
const FIRST_PAGE = 1_000;

export interface PagesOptions {
  readonly db: Db;
  readonly collection: string;
  /** Whether several routers may answer (a sharded cluster): a cursor is one router's, and only the driver stays with it. */
  readonly isRouted: boolean;
  /** Makes a call again while its failure may pass. */
  readonly retrying: <T>(call: () => Promise<T>) => Promise<T>;
}

type Filter = Readonly<Record<string, unknown>>;

/** Reads the next page; none is the end. After a failure it is of no use, but to be closed. */
interface Reader {
  read(): Promise<readonly Buffer[]>;
  close(): Promise<void>;
}

/**
 * While a page is worked on the next is on its way. Where a cursor broke, or the server has forgotten it, another goes on behind the
 * last document that came.
 */
export async function* pagesOf(filter: Filter, options: PagesOptions): AsyncGenerator<readonly Buffer[]> {
  const collection = options.db.collection(options.collection);
  const open = (wanted: Filter): Reader =>
    options.isRouted ? new DriverReader(collection, wanted) : new CommandReader(collection, { ...options, wanted });
  let reader = open(filter);
  let last: string | undefined;
  const read = async (): Promise<readonly Buffer[]> => {
    try {
      return await reader.read();
    } catch (error) {
      await reader.close();
      reader = open(last === undefined ? filter : { ...filter, event_id: { $gt: last } });
      throw error;
    }
  };
  const begin = (): Promise<readonly Buffer[]> => {
    const coming = options.retrying(read).then(page => {
      const end = page.at(-1);
      if (end !== undefined) last = idOf(end);
      return page;
    });
    // It is looked at in its turn; until then its failure is nobody's news.
    coming.catch(() => undefined);
    return coming;
  };
  let coming = begin();
  try {
    for (;;) {
      const page = await coming;
      if (page.length === 0) return;
      coming = begin();
      yield page;
    }
  } finally {
    // Who stops in the middle waits for what is on its way: a cursor in use cannot be closed.
    await coming.catch(() => undefined);
    await reader.close();
  }
}

class DriverReader implements Reader {
  private readonly cursor: FindCursor;

  constructor(collection: Collection, filter: Filter) {
    this.cursor = collection.find(filter, { raw: true, batchSize: PAGE }).sort({ event_id: 1 });
  }

  async read(): Promise<readonly Buffer[]> {
    return (await this.cursor.hasNext()) ? (this.cursor.readBufferedDocuments() as unknown as Buffer[]) : [];
  }

  async close(): Promise<void> {
    await this.cursor.close();
  }
}

class CommandReader implements Reader {
  private readonly collection: Collection;
  private readonly db: Db;
  private readonly wanted: Filter;
  /** A server gives more only to the session that asked first. */
  private readonly session: ReturnType<Db['client']['startSession']>;
  /** Undefined before the first page; 0 where there are no more. */
  private cursor: bigint | undefined;

  constructor(collection: Collection, { db, wanted }: PagesOptions & { readonly wanted: Filter }) {
    this.collection = collection;
    this.db = db;
    this.wanted = wanted;
    this.session = db.client.startSession({ causalConsistency: false });
  }

  async read(): Promise<readonly Buffer[]> {
    // A server may have nothing more, and know it only when it is asked.
    while (this.cursor !== 0n) {
      const answer = await this.db.command(this.command(), { raw: true, session: this.session });
      const { cursor, documents } = batchOf(bufferOf(answer['cursor']));
      this.cursor = cursor;
      if (documents.length > 0) return documents;
    }
    return [];
  }

  async close(): Promise<void> {
    const { cursor, session } = this;
    this.cursor = 0n;
    if (cursor !== undefined && cursor !== 0n) {
      const command = { killCursors: this.collection.collectionName, cursors: [cursor] };
      // Where that fails the server closes it when it has been idle for a while.
      await this.db.command(command, { session }).catch(() => undefined);
    }
    await session.endSession();
  }

  private command(): Record<string, unknown> {
    const collection = this.collection.collectionName;
    if (this.cursor !== undefined) return { getMore: this.cursor, collection, batchSize: PAGE };
    const { readConcern } = this.collection;
    return {
      find: collection,
      filter: this.wanted,
      sort: { event_id: 1 },
      batchSize: FIRST_PAGE,
      ...(readConcern !== undefined && { readConcern: readConcern.toJSON() }),
    };
  }
}

/** With `raw` the driver leaves a document within an answer as its bytes. */
function bufferOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new Error('an answer without a cursor');
}

/** What stands in the `cursor` of an answer: its number, and the documents of firstBatch or nextBatch. */
function batchOf(bytes: Buffer): { readonly cursor: bigint; readonly documents: readonly Buffer[] } {
  const fields = fieldsOf(bytes);
  const id = fields.get('id');
  const batch = fields.get('firstBatch') ?? fields.get('nextBatch');
  if (id?.type !== BSON_TYPE.int64 || batch?.type !== BSON_TYPE.array) throw new Error('a cursor without a batch');
  const documents: Buffer[] = [];
  const end = batch.at + bytes.readInt32LE(batch.at) - 1;
  for (let at = batch.at + 4; at < end; ) {
    // The type, the index as text, 0.
    while (bytes[++at] !== 0);
    const from = at + 1;
    at = from + bytes.readInt32LE(from);
    documents.push(bytes.subarray(from, at));
  }
  return { cursor: bytes.readBigInt64LE(id.at), documents };
}
