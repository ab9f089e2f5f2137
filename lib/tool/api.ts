/** Calls to the service, with retries. Each POST has an Idempotency-Key, so that a retry does not repeat it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Call {
  /** Sent as JSON. */
  readonly body?: object;
  readonly ifMatch?: string;
  /** For a POST that a later run may repeat. Default: a random one. */
  readonly idempotencyKey?: string;
  /** For each attempt. */
  readonly timeoutMs?: number;
}

export interface Api {
  /** Without a trailing slash. */
  readonly url: string;
  send(method: string, path: string, call?: Call): Promise<Response>;
  json<Answer>(method: string, path: string, call?: Call): Promise<Answer>;
  bytes(path: string): Promise<Uint8Array>;
  /** The entries of a list, page by page. */
  pages<Entry>(path: string): AsyncGenerator<Entry[]>;
  /** The same API below a path. */
  below(path: string): Api;
}

/** A refused call, or an unreachable service; the message is for people. */
export class CallFailed extends Error {
  /** Undefined without an answer. */
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor(message: string, { status, code, cause }: { status?: number; code?: string; cause?: unknown }) {
    super(message, { cause });
    this.status = status;
    this.code = code;
  }
}

/** Whether the service refused the content of a call, so that other calls may succeed. */
export const isRefusal = (error: unknown): error is CallFailed =>
  error instanceof CallFailed &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 403, 429].includes(error.status);

interface Connection {
  readonly url: string;
  readonly key: string | undefined;
  /** Ends every call. */
  readonly signal: AbortSignal;
}

const attempts = 6;
const maxWaitMs = 60_000;

export const connect = (connection: Connection): Api => apiAt(connection, { answered: false });

/** `service`: whether it has ever answered. Before that, it does not retry, since the address may be wrong. */
function apiAt({ url, key, signal }: Connection, service: { answered: boolean }): Api {
  async function attempt(method: string, address: string, call: Call, idempotencyKey: string): Promise<Response> {
    const { body, ifMatch, timeoutMs = 60_000 } = call;
    return fetch(address, {
      method,
      headers: {
        ...(key && { Authorization: `Bearer ${key}` }),
        ...(body && { 'Content-Type': 'application/json' }),
        ...(ifMatch && { 'If-Match': ifMatch }),
        ...(method === 'POST' && { 'Idempotency-Key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  }

  async function send(method: string, path: string, call: Call = {}): Promise<Response> {
    const address = new URL(path, url).href === path ? path : url + path;
    const idempotencyKey = call.idempotencyKey ?? randomUUID();
    for (let tries = 1; ; tries++) {
      const response = await attempt(method, address, call, idempotencyKey).catch((error: unknown) => {
        signal.throwIfAborted();
        if (tries === attempts || !service.answered) throw unreachable(url, error);
        return undefined;
      });
      service.answered = true;
      if (response?.ok) return response;
      const waitMs = waitBefore(response, tries);
      if (response && (tries === attempts || waitMs === undefined)) throw await refusalOf(response);
      await response?.body?.cancel();
      await sleep(waitMs, undefined, { signal });
    }
  }

  return {
    url,
    send,
    below: (path) => apiAt({ url: url + path, key, signal }, service),
    async json<Answer>(method: string, path: string, call?: Call) {
      return (await (await send(method, path, call)).json()) as Answer;
    },
    async bytes(path) {
      return new Uint8Array(await (await send('GET', path)).arrayBuffer());
    },
    async *pages<Entry>(path: string) {
      for (let next: string | undefined = path; next; ) {
        const response: Response = await send('GET', next);
        yield (await response.json()) as Entry[];
        next = nextOf(response);
      }
    },
  };
}

/** RFC 8288; the address is relative to that of the page. */
function nextOf({ headers, url }: Response): string | undefined {
  const [, address] = /<([^>]*)>; *rel="next"/.exec(headers.get('link') ?? '') ?? [];
  return address && new URL(address, url).href;
}

/** The wait before a retry, in milliseconds; undefined if a retry is useless. Exponential backoff with full jitter, after the Retry-After. */
function waitBefore(response: Response | undefined, tries: number): number | undefined {
  const backoff = Math.random() * Math.min(10_000, 200 * 2 ** tries);
  if (!response) return backoff;
  if (![409, 429, 503].includes(response.status)) return undefined;
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  return Number.isNaN(asked) || asked > maxWaitMs ? undefined : asked + backoff;
}

async function refusalOf(response: Response): Promise<CallFailed> {
  const { status, headers } = response;
  const requestId = headers.get('x-request-id') ?? 'none';
  const answer = await response.json().catch(() => ({}));
  const {
    error = response.statusText,
    code,
    details = [],
  } = answer as {
    error?: string;
    code?: string;
    details?: { path: string; message: string }[];
  };
  const more = details.filter(({ message }) => message !== error).map(({ path, message }) => `${path}: ${message}`);
  const sentence = [error, ...more].join('; ');
  const fault = status >= 500 || status === 401 || status === 403 ? ` (${status}, request ${requestId})` : '';
  return new CallFailed(`${sentence}${fault}`, { status, ...(code && { code }) });
}

function unreachable(url: string, error: unknown): CallFailed {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return new CallFailed(`${new URL(url).origin} does not answer: ${cause?.code ?? cause?.message ?? message}`, {
    cause: error,
  });
}
