// An analyzer that does not come up, stands still or dies: an error with its name, soon, however many questions wait for it.

import net from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Analyzer, errorOf, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { CallError, type Server, STATUS, startServer } from '../../src/googlesql/server.ts';
import { connect } from '../../src/googlesql/unary.ts';

const PATIENCE = { quietMs: 50, awakeMs: 5, restMs: 1_000 };
const QUESTIONS = Array.from({ length: 40 }, (_, at) => `SELECT ${at}`);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const all = (analyzer: Analyzer) =>
  Promise.allSettled(QUESTIONS.map(sql => analyzer.analyze(sql, { tables: [] }))).then(ends =>
    ends.map(end => (end.status === 'rejected' ? end.reason : end.value)),
  );

/** A server that answers its first question, what features there are, and from then on what `call` says. */
function serverOf(call: Server['call']): Server {
  let isAlive = true;
  let asked = 0;
  return {
    pid: 0,
    get isAlive() {
      return isAlive;
    },
    call: (...question) => (asked++ === 0 ? Promise.resolve({ enabled_language_features: [] }) : call(...question)),
    stop: () => {
      isAlive = false;
    },
  };
}

test('one that does not come up is not tried once a question, and is tried again a while later', async () => {
  const start = vi.fn(() => Promise.reject<Server>(new Error('does not come up')));
  const analyzer = startAnalyzer(start, PATIENCE);
  expect(await all(analyzer)).toEqual(QUESTIONS.map(() => expect.objectContaining({ message: 'does not come up' })));
  expect(start.mock.calls.length).toBeLessThanOrEqual(3);
  const before = start.mock.calls.length;
  await expect(analyzer.analyze('SELECT 1', { tables: [] })).rejects.toThrow('does not come up');
  expect(start.mock.calls.length).toBe(before);
  vi.advanceTimersByTime(PATIENCE.restMs);
  await expect(analyzer.analyze('SELECT 1', { tables: [] })).rejects.toThrow('does not come up');
  expect(start.mock.calls.length).toBe(before + 1);
});

test('one that stands still, whatever it is asked, is given up for all questions', async () => {
  const start = vi.fn(async () =>
    serverOf(() => Promise.reject(new CallError({ status: STATUS.deadlineExceeded, details: 'no answer' }))),
  );
  const ends = await all(startAnalyzer(start, PATIENCE));
  for (const end of ends) expect(end).toMatchObject({ code: 'ANALYZER_TIMEOUT', transient: true });
  expect(ends.at(-1)).toMatchObject({ message: expect.stringContaining('stands still') });
  expect(start.mock.calls.length).toBeLessThanOrEqual(4);
});

/** A server that is stopped amid its second question: it ends no call any more, but those whose time is over. */
const stopped = () =>
  serverOf(
    (_method, _message, { timeoutMs }) =>
      new Promise((_resolve, reject) => {
        setTimeout(() => reject(new CallError({ status: STATUS.deadlineExceeded, details: 'no answer' })), timeoutMs);
      }),
  );

/** How much time passes, in steps in which promises settle, until `ends` does. */
async function timeUntil(ends: Promise<unknown>): Promise<number> {
  let isOver = false;
  void ends.finally(() => {
    isOver = true;
  });
  let passedMs = 0;
  for (; !isOver && passedMs < 100_000; passedMs += 5) await vi.advanceTimersByTimeAsync(5);
  return passedMs;
}

test('one that is stopped amid questions is given up long before their own time is over, and so is the next', async () => {
  const start = vi.fn(async () => stopped());
  const ends = all(startAnalyzer(start, PATIENCE));
  expect(await timeUntil(ends)).toBeLessThanOrEqual(3 * (PATIENCE.quietMs + PATIENCE.awakeMs));
  for (const end of await ends)
    expect(end).toMatchObject({
      code: 'ANALYZER_TIMEOUT',
      transient: true,
      message: 'The GoogleSQL analyzer stands still: several processes of it answered nothing.',
    });
  expect(start.mock.calls.length).toBe(2);
});

test('one that is stopped before its first answer is given up as soon', async () => {
  const start = vi.fn(async () => {
    const server = stopped();
    void server.call('GetLanguageOptions', {}, { timeoutMs: 1 });
    return server;
  });
  const ends = all(startAnalyzer(start, PATIENCE));
  expect(await timeUntil(ends)).toBeLessThanOrEqual(3 * (PATIENCE.quietMs + PATIENCE.awakeMs));
  expect((await ends)[0]).toMatchObject({ code: 'ANALYZER_TIMEOUT', message: expect.stringContaining('stands still') });
});

test('what the one that is stopped was asked, the next one answers, also where it was stopped before its first answer', async () => {
  const answer = { resolved_statement: { resolved_query_stmt_node: {} } };
  const later = startAnalyzer(
    vi
      .fn(async () => serverOf(() => Promise.resolve(answer)))
      .mockImplementationOnce(async () => {
        const server = stopped();
        void server.call('GetLanguageOptions', {}, { timeoutMs: 1 });
        return server;
      }),
    PATIENCE,
  ).analyze('SELECT 1', { tables: [] });
  await timeUntil(later);
  expect(await later).toMatchObject({ columns: [] });
  const start = vi
    .fn(async () => serverOf(() => Promise.resolve(answer)))
    .mockImplementationOnce(async () => stopped());
  const ends = all(startAnalyzer(start, PATIENCE));
  await timeUntil(ends);
  expect(await ends).toEqual(QUESTIONS.map(sql => expect.objectContaining({ sql, columns: [] })));
  const evaluated = startAnalyzer(
    vi.fn(async () => serverOf(() => Promise.resolve({}))).mockImplementationOnce(async () => stopped()),
    PATIENCE,
  ).evaluate('SELECT 1', { tables: [] });
  await timeUntil(evaluated);
  expect(await evaluated).toEqual({ columns: [], rows: [] });
});

test('servers that are stopped each after a few answers are given up all the same', async () => {
  const answer = { resolved_statement: { resolved_query_stmt_node: {} } };
  const start = vi.fn(async () => {
    let left = 10;
    const server = stopped();
    return {
      ...server,
      get isAlive() {
        return server.isAlive;
      },
      call: (...question: Parameters<Server['call']>) =>
        left-- > 0 && question[0] === 'Analyze' ? Promise.resolve(answer) : server.call(...question),
    };
  });
  const ends = all(startAnalyzer(start, PATIENCE));
  expect(await timeUntil(ends)).toBeLessThanOrEqual(3 * (PATIENCE.quietMs + PATIENCE.awakeMs));
  expect((await ends).at(-1)).toMatchObject({
    code: 'ANALYZER_TIMEOUT',
    message: expect.stringContaining('stands still'),
  });
});

test('one that is busy for long, and awake, is waited for', async () => {
  const busy = serverOf(method =>
    method === 'GetLanguageOptions'
      ? Promise.resolve({})
      : new Promise(resolve => {
          setTimeout(() => resolve({}), 20 * PATIENCE.quietMs);
        }),
  );
  const start = vi.fn(async () => busy);
  const answer = startAnalyzer(start, PATIENCE).evaluate('SELECT 1', { tables: [] });
  await timeUntil(answer);
  expect(await answer).toEqual({ columns: [], rows: [] });
  expect(start.mock.calls.length).toBe(1);
});

test('one that is only busy with a question is asked the next one', async () => {
  const start = vi.fn(async () =>
    serverOf(method =>
      method === 'GetLanguageOptions'
        ? Promise.resolve({})
        : Promise.reject(new CallError({ status: STATUS.deadlineExceeded, details: 'no answer' })),
    ),
  );
  const analyzer = startAnalyzer(start, PATIENCE);
  for (const sql of QUESTIONS.slice(0, 4)) {
    await expect(analyzer.evaluate(sql, { tables: [] })).rejects.toMatchObject({ message: /gave no answer within/ });
  }
  expect(start.mock.calls.length).toBe(4);
});

test('literals that could not be tried are no right ones', async () => {
  const died = () => Promise.reject(new CallError({ status: STATUS.unavailable, details: 'the server has ended' }));
  await expect(
    errorOf(
      startAnalyzer(async () => serverOf(died), PATIENCE),
      ["r'('"],
    ),
  ).rejects.toMatchObject({
    code: 'ANALYZER_FAILED',
  });
  const heavy = startAnalyzer(
    async () =>
      serverOf((method, message) =>
        method === 'EvaluateQuery' && (message as { sql: string }).sql === 'SELECT 1' ? Promise.resolve({}) : died(),
      ),
    PATIENCE,
  );
  expect(await errorOf(heavy, ['heavy'])).toBeUndefined();
});

test('a process that takes connections and says nothing did not come up', async () => {
  vi.useRealTimers();
  const sockets: net.Socket[] = [];
  const silent = net.createServer(socket => {
    sockets.push(socket.on('error', () => undefined));
  });
  const port = await new Promise<number>(resolve => {
    silent.listen(0, '127.0.0.1', () => resolve((silent.address() as net.AddressInfo).port));
  });
  const { signal } = new AbortController();
  await expect(connect(port, { timeoutMs: 50, signal })).rejects.toMatchObject({ status: STATUS.unavailable });
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('one that ends at once says how', async () => {
  vi.useRealTimers();
  await expect(startServer('/bin/false')).rejects.toMatchObject({
    code: 'ANALYZER_FAILED',
    message: 'The GoogleSQL analyzer did not start: it ended with exit code 1.',
  });
});
