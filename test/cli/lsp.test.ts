// The language server, spoken to as an editor does: diagnostics while typing, completion, hover, definition.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createProtocolConnection,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

const root = new URL('../..', import.meta.url).pathname;
let dist: string;
let shop: Shop;
let server: ChildProcess;
let client: ProtocolConnection;
let ended: Promise<number | null>;
const published: PublishDiagnosticsParams[] = [];
beforeAll(async () => {
  dist = await mkdtemp(join(root, 'node_modules', '.pulse-test-'));
  const [made] = await Promise.all([
    makeShop(),
    promisify(execFile)('npx', ['tsdown', '--out-dir', dist], { cwd: root }),
  ]);
  shop = made;
  const child = spawn(process.execPath, [join(dist, 'cli.js'), 'lsp', '--stdio'], {
    // In another project: what the editor has open counts.
    cwd: dist,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  server = child;
  ended = new Promise(resolve => child.once('exit', resolve));
  client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams): void => {
    published.push(params);
  });
  client.listen();
});
afterAll(async () => {
  server.kill();
  await Promise.all([shop.remove(), rm(dist, { recursive: true, force: true })]);
});

const MODEL = 'models/marts/orders.sql';
const uri = (): string => pathToFileURL(`${shop.root}/${MODEL}`).href;
const type = (text: string, version: number) =>
  client.sendNotification('textDocument/didChange', {
    textDocument: { uri: uri(), version },
    contentChanges: [{ text }],
  });
const latest = () =>
  published
    .findLast(one => one.uri === uri())
    ?.diagnostics.map(
      one =>
        `${one.code} ${one.range.start.line}:${one.range.start.character}-${one.range.end.character} ${String(one.message).split('\n')[0]}`,
    );

describe.skipIf(!analyzerFiles)('an editor', () => {
  test('is told what is wrong in what it has not saved, and when it is right again', async () => {
    const answer = await client.sendRequest<{ capabilities: object }>('initialize', {
      processId: null,
      rootUri: pathToFileURL(shop.root).href,
      capabilities: {},
    });
    expect(answer.capabilities).toMatchObject({ hoverProvider: true, definitionProvider: true });
    await client.sendNotification('initialized', {});
    await client.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uri(), languageId: 'sql', version: 1, text: 'SELECT event_idd FROM {{ref "raw_events"}}' },
    });
    await expect
      .poll(latest, { timeout: 30_000 })
      .toEqual(['SQL_INVALID 0:7-16 Unrecognized name: event_idd; Did you mean event_id?']);
    await type('SELECT event_id\nFROM {{ref "raw_event"}}', 2);
    await expect.poll(latest, { timeout: 30_000 }).toEqual([expect.stringMatching(/^ASSET_UNKNOWN 1:5-\d+ /)]);
  });

  test('completes refs, columns and functions', async () => {
    await type('SELECT ev FROM {{ref "raw_events"}} {{ref "', 3);
    const labels = async (character: number) =>
      (
        await client.sendRequest<{ label: string }[]>('textDocument/completion', {
          textDocument: { uri: uri() },
          position: { line: 0, character },
        })
      ).map(one => one.label);
    const refs = await labels(43);
    expect(refs).toContain('raw_events');
    // The model that is written here.
    expect(refs).not.toContain('orders');
    const words = await labels(9);
    // GoogleSQL has it, BigQuery has not.
    expect(words).not.toContain('ARRAY_SUM');
    expect(words).toEqual(
      expect.arrayContaining(['event_id', 'payload', 'COALESCE', 'JSON_VALUE', 'SUM', 'NET.HOST', 'MAX_BY']),
    );
  });

  test('hovers over a column and a ref, and goes to its file', async () => {
    await type('SELECT event_id FROM {{ref "raw_events"}}', 4);
    const at = (character: number) => ({ textDocument: { uri: uri() }, position: { line: 0, character } });
    const hover = (character: number) =>
      client.sendRequest<{ contents: { value: string } } | null>('textDocument/hover', at(character));
    expect((await hover(9))?.contents.value).toMatch(/^\*\*raw_events\.event_id\*\* STRING\. /);
    expect((await hover(30))?.contents.value).toMatch(/^\*\*raw_events\*\* /);
    expect(await hover(17)).toBeNull();
    expect(await client.sendRequest('textDocument/definition', at(30))).toMatchObject({
      uri: expect.stringMatching(/assets\/.*raw_events\.ts$/),
    });
  });

  test('hovers over a function and is told its signatures', async () => {
    const text =
      'SELECT SAFE.SUBSTR(event_id, 2), net.host(event_id), MAX_BY(vendor, 1), event_id FROM {{ref "raw_events"}}';
    await type(text, 41);
    const hover = async (word: string) =>
      (
        await client.sendRequest<{ contents: { value: string } } | null>('textDocument/hover', {
          textDocument: { uri: uri() },
          position: { line: 0, character: text.indexOf(word) + 1 },
        })
      )?.contents.value;
    expect(await hover('SUBSTR')).toBe(
      '```sql\nSUBSTR(STRING, INT64, [INT64]) -> STRING\nSUBSTR(BYTES, INT64, [INT64]) -> BYTES\n```',
    );
    expect(await hover('host')).toBe('```sql\nNET.HOST(STRING) -> STRING\n```');
    expect(await hover('MAX_BY')).toBe('```sql\nMAX_BY(x T, y ORDERABLE) -> T\n```');
    expect(await hover('FROM')).toBeUndefined();
  });

  test('is told the columns of an alias behind its dot, and columns alone where only they can stand', async () => {
    const labelsAt = async (text: string, version: number) => {
      await type(text.replace('|', ''), version);
      const items = await client.sendRequest<{ label: string }[]>('textDocument/completion', {
        textDocument: { uri: uri() },
        position: { line: 0, character: text.indexOf('|') },
      });
      return items.map(one => one.label);
    };
    const events = await labelsAt('SELECT {{in_partitions "|', 5);
    expect(events).toEqual([]);
    const own = await labelsAt('SELECT o.| FROM {{ref "raw_events"}} AS e JOIN {{ref "orders"}} o ON TRUE', 6);
    expect(own).toContain('total');
    expect(own).not.toContain('payload');
    expect(own).not.toContain('SUM');
    // A CTE has the columns of its own list, by its name and by its alias.
    const cte = 'WITH e AS (SELECT event_id, UPPER(payload) AS p, r.event_date FROM {{ref "raw_events"}} AS r) SELECT ';
    expect(await labelsAt(`${cte}MAX(e.| FROM e`, 7)).toEqual(['event_id', 'p', 'event_date']);
    expect(await labelsAt(`${cte}x.| FROM e AS x`, 8)).toEqual(['event_id', 'p', 'event_date']);
    const starred = await labelsAt(
      'WITH e AS (SELECT * FROM {{ref "raw_events"}} JOIN {{ref "orders"}} USING (vendor)) SELECT e.| FROM e',
      9,
    );
    expect(starred).toContain('total');
    expect(starred).toEqual([...new Set(starred)]);
    const hinted = await labelsAt('SELECT vendor FROM {{ref "raw_events"}} WHERE {{in_partitions "|', 10);
    expect(hinted).toContain('event_date');
    expect(hinted).not.toContain('SUM');
  });

  test('has texts open that are no files, and closes one without saving it', async () => {
    await client.sendNotification('textDocument/didOpen', {
      textDocument: { uri: 'untitled:Untitled-1', languageId: 'sql', version: 1, text: 'SELECT 1' },
    });
    await type('SELECT\n  vendorr FROM {{ref "raw_events"}}', 11);
    await expect.poll(latest, { timeout: 30_000 }).toEqual([expect.stringContaining('SQL_INVALID 1:2-9')]);
    await client.sendNotification('textDocument/didClose', { textDocument: { uri: uri() } });
    await expect.poll(latest, { timeout: 30_000 }).toEqual([]);
  });

  test('ends it', async () => {
    await client.sendRequest('shutdown');
    await client.sendNotification('exit');
    client.end();
    expect(await ended).toBe(0);
  });
});
