import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { type LocalOptions, type LocalStack, startStack } from '../../lib/local/stack.ts';
import { checkDescribed } from './document.ts';

/** The result of JSON.parse, in tests. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or bytes; undefined if it is empty. */
  readonly body: Json;
}

type SentHeaders = Readonly<Record<string, string>>;

export interface Client {
  readonly base: string;
  /** The headers of each call. */
  readonly always: SentHeaders;
  send(method: string, path: string, body?: unknown, headers?: SentHeaders): Promise<Answer>;
  get(path: string, headers?: SentHeaders): Promise<Answer>;
  post(path: string, body?: unknown, headers?: SentHeaders): Promise<Answer>;
  put(path: string, body?: unknown, headers?: SentHeaders): Promise<Answer>;
  delete(path: string, headers?: SentHeaders): Promise<Answer>;
  /** The same client below a path. */
  below(path: string): Client;
  /** The same client with a key. */
  as(key: string): Client;
}

/** An HTTP client below `base` with constant headers. Validates each answer against openapi.json. */
export function clientOf(base: string, always: SentHeaders = {}): Client {
  /** A body other than a string or bytes is sent as JSON. */
  const send = async (method: string, path: string, body?: unknown, headers?: SentHeaders): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: { ...always, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && {
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: bytes.length === 0 ? undefined : isJson ? JSON.parse(bytes.toString()) : bytes,
    };
    checkDescribed(method, new URL(base + path).pathname, answer);
    return answer;
  };
  return {
    base,
    always,
    send,
    below: (path: string) => clientOf(base + path, always),
    as: (key: string) => clientOf(base, { Authorization: `Bearer ${key}` }),
    get: (path: string, headers?: SentHeaders) => send('GET', path, undefined, headers),
    post: (path: string, body?: unknown, headers?: SentHeaders) => send('POST', path, body, headers),
    put: (path: string, body?: unknown, headers?: SentHeaders) => send('PUT', path, body, headers),
    delete: (path: string, headers?: SentHeaders) => send('DELETE', path, undefined, headers),
  };
}

/** Whether the tests use the admin key by default: vitest.config.ts runs those of the API both ways. */
const withKey = process.env.TEST_AUTH === 'true';

/** The timeout of every function, in seconds, long enough for a busy machine. */
const timeout = 120;

/**
 * A local stack with its own table for a test file. Its client uses the admin key, unless routes are open or the test handles keys itself.
 */
export function useStack(options: LocalOptions = {}): LocalStack & { readonly api: Client } {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startStack({ auth: withKey, timeout, tableName: `personas-${randomUUID()}`, ...options });
  });
  afterAll(() => stack.close());
  return {
    get url() {
      return stack.url;
    },
    get adminKey() {
      return stack.adminKey;
    },
    get imageRequests() {
      return stack.imageRequests;
    },
    get api() {
      const { auth = withKey } = options;
      const anonymous = clientOf(`${stack.url}/api`);
      return auth && options.auth === undefined ? anonymous.as(stack.adminKey) : anonymous;
    },
    drain: () => stack.drain(),
    close: () => stack.close(),
  };
}

/** A new project, with a client for the paths below it. */
export async function newProject(api: Client, name = 'Tests'): Promise<Client & { readonly id: string }> {
  const { body } = await api.post('/projects', { name });
  return { id: body.id, ...api.below(`/projects/${body.id}`) };
}
