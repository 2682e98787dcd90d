// The HTTP pull: GET url, its body as a stream. Names no credentials in any message.

import { PulseError } from '../errors.ts';

/** How long the server may take to answer, and then between two pieces of its answer. */
const DEFAULT_TIMEOUT_MS = 30_000;

export interface Answer {
  /** The URL without credentials and query: its name in receipts. */
  readonly source: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** @throws {PulseError} SOURCE_INVALID for what is no http(s) URL, SOURCE_NOT_FOUND (404, 410), SOURCE_UNREADABLE (transient: no answer, 408, 429, 5xx). */
export async function pull(
  url: string,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<Answer> {
  const { target, headers, source } = requestOf(url);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const silence = new AbortController();
  const signal = options.signal ? AbortSignal.any([silence.signal, options.signal]) : silence.signal;
  const watch = () => setTimeout(() => silence.abort(), timeoutMs);
  let timer = watch();
  const trouble = (cause: unknown): PulseError =>
    troubleOf(cause, {
      source,
      timeoutMs,
      isSilent: silence.signal.aborted,
      isAborted: options.signal?.aborted === true,
    });
  const response = await fetch(target, { headers, signal })
    .catch((cause: unknown) => {
      throw trouble(cause);
    })
    .finally(() => clearTimeout(timer));
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw refusal(response, source);
  }
  const chunks = response.body;
  async function* body(): AsyncGenerator<Uint8Array> {
    timer = watch();
    try {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        yield chunk;
        timer = watch();
      }
    } catch (cause) {
      throw trouble(cause);
    } finally {
      clearTimeout(timer);
    }
  }
  return { source, body: body() };
}

/** User and password become a header: fetch takes none in a URL. They and the query, where keys travel, stay out of `source`. */
function requestOf(url: string): { target: URL; headers: Record<string, string>; source: string } {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol)) {
    throw new PulseError('SOURCE_INVALID', 'That is no URL that events can be pulled from.', {
      hint: 'Give http://… or https://…, or the path of a file.',
    });
  }
  const { username, password } = target;
  target.username = '';
  target.password = '';
  const secret = `${decoded(username)}:${decoded(password)}`;
  const headers = {
    accept: 'application/json',
    ...(username || password ? { authorization: `Basic ${Buffer.from(secret).toString('base64')}` } : {}),
  };
  return { target, headers, source: `${target.origin}${target.pathname}` };
}

function refusal(response: Response, source: string): PulseError {
  const { status, statusText } = response;
  const message = `GET ${source} answered ${status} ${statusText}`.trim();
  if (status === 404 || status === 410) {
    return new PulseError('SOURCE_NOT_FOUND', `${message}.`, { hint: 'Check the URL.' });
  }
  const isTransient = status === 408 || status === 429 || status >= 500;
  const isDenied = status === 401 || status === 403;
  const hint = isDenied
    ? 'Give credentials in the URL: https://user:password@host/…'
    : isTransient
      ? 'Try again later.'
      : 'Check the URL.';
  return new PulseError('SOURCE_UNREADABLE', `${message}.`, { hint, transient: isTransient });
}

interface Situation {
  readonly source: string;
  readonly timeoutMs: number;
  readonly isSilent: boolean;
  readonly isAborted: boolean;
}

function troubleOf(cause: unknown, { source, timeoutMs, isSilent, isAborted }: Situation): PulseError {
  if (isAborted) return new PulseError('RUN_INTERRUPTED', `GET ${source} was interrupted.`, { cause });
  if (isSilent) {
    return new PulseError('SOURCE_UNREADABLE', `GET ${source}: no answer within ${timeoutMs} ms.`, {
      hint: 'Try again later.',
      transient: true,
    });
  }
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message : String(inner);
  return new PulseError('SOURCE_UNREADABLE', `GET ${source} failed: ${reason}`, {
    hint: 'Check that the server runs and can be reached, then try again.',
    transient: true,
  });
}

/** A name or password of a URL; one that holds a bare % is meant as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
