// The HTTP pull, against a server on this machine.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ingestUrl } from '../../src/raw/ingest.ts';
import type { RawStore } from '../../src/raw/raw-store.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { quarantineOf } from './raw-store-contract.ts';
import { NOW } from './sample-events.ts';

let store: RawStore;
let server: Server | undefined;
beforeEach(async () => {
  store = await openSqliteRawStore(':memory:', { now: () => NOW });
});
afterEach(async () => {
  await store.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const running = createServer(listener);
  server = running;
  await new Promise<void>(resolve => running.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(running.address() as AddressInfo).port}`;
}

const event = (id: string): string =>
  JSON.stringify({ event_id: id, event_type: 't', event_time: '2025-01-15T09:43:48Z', vendor: null, payload: { id } });
const options = () => ({ store, now: NOW });

test('an answer with count and events, and a bare array', async () => {
  const host = await serve((request, response) => {
    const events = `[${event('a')},\n${event('b')}, {"no": 1}]`;
    response.end(request.url?.startsWith('/bare') ? events : `{"count": 3, "events": ${events}}`);
  });
  const result = await ingestUrl(`http://${host}/events?key=secret`, options());
  expect(result).toMatchObject({ source: `http://${host}/events`, isComplete: true, announced: 3, error: null });
  expect(result.counts).toEqual({ received: 3, inserted: 2, duplicates: 0, conflicts: 0, rejected: 1 });
  expect(await quarantineOf(store, result.batchIds[0] ?? '')).toMatchObject([
    { line: 2, reason: 'no event_type (absent)' },
  ]);
  const bare = await ingestUrl(`http://${host}/bare`, options());
  expect(bare).toMatchObject({ announced: null, counts: { received: 3, duplicates: 2, rejected: 1 } });
});

test('a password goes to the server and into no message', async () => {
  let seen: string | undefined;
  const host = await serve((request, response) => {
    seen = request.headers.authorization;
    response.statusCode = 403;
    response.end();
  });
  const pulled = ingestUrl(`http://user:pa%20ss@${host}/x?token=secret`, options());
  await expect(pulled).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    transient: false,
    message: `GET http://${host}/x answered 403 Forbidden.`,
  });
  expect(seen).toBe(`Basic ${Buffer.from('user:pa ss').toString('base64')}`);
});

test.each([
  [404, 'SOURCE_NOT_FOUND', false],
  [500, 'SOURCE_UNREADABLE', true],
  [429, 'SOURCE_UNREADABLE', true],
])('an answer of %i is %s', async (status, code, transient) => {
  const host = await serve((_, response) => {
    response.statusCode = status;
    response.end('{"events":[]}');
  });
  await expect(ingestUrl(`http://${host}/`, options())).rejects.toMatchObject({ code, transient });
  expect(await store.receipts()).toEqual([]);
});

test('a server that falls silent is given up, and what came before is kept', async () => {
  const host = await serve((_, response) => {
    response.write(`[${event('a')},`);
  });
  const pulled = await ingestUrl(`http://${host}/`, { ...options(), batchSize: 1, timeoutMs: 2_000 });
  expect(pulled).toMatchObject({ isComplete: false, counts: { inserted: 1 } });
  expect(pulled.error).toMatchObject({
    code: 'SOURCE_UNREADABLE',
    transient: true,
    message: `GET http://${host}/: no answer within 2000 ms.`,
  });
  expect(await store.receipts()).toMatchObject([{ status: 'closed', inserted: 1 }]);
});

test('an answer that breaks off is trouble, not an end; what came of it is stored and the receipt says so', async () => {
  const host = await serve((_, response) => {
    response.setHeader('content-length', 10_000);
    response.write(`[${event('a')},${event('b')},{"event_id":"c`, () => response.destroy());
  });
  const { counts, error, isComplete, contentHash } = await ingestUrl(`http://${host}/`, options());
  expect(counts).toEqual({ received: 2, inserted: 2, duplicates: 0, conflicts: 0, rejected: 0 });
  expect({ isComplete, contentHash }).toEqual({ isComplete: false, contentHash: null });
  expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', transient: true });
  expect(await store.receipts()).toMatchObject([{ status: 'closed', received: 2, inserted: 2 }]);
  expect(await store.countEvents()).toBe(2);
});

test('nobody listening, and no URL at all', async () => {
  const host = await serve(() => undefined);
  server?.close();
  await expect(ingestUrl(`http://${host}/`, options())).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    transient: true,
  });
  await expect(ingestUrl('ftp://user:secret@host/x', options())).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
});

test('an abort ends it', async () => {
  const stop = new AbortController();
  const host = await serve((_, response) => {
    response.write('[');
    stop.abort();
  });
  await expect(ingestUrl(`http://${host}/`, { ...options(), signal: stop.signal })).rejects.toMatchObject({
    code: 'RUN_INTERRUPTED',
  });
});
