import { afterAll, beforeAll } from 'vitest';
import { type LocalOptions, type LocalStack, startStack } from '../../lib/local/stack.ts';

/** What JSON.parse gives: a test reads from it what it expects. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, bytes where it is not; undefined where it is empty. */
  readonly body: Json;
}

type SentHeaders = Readonly<Record<string, string>>;

/** Speaks HTTP below the address `base`. */
export function clientOf(base: string) {
  /** A body that is not a string is sent as JSON. */
  const send = async (method: string, path: string, body?: unknown, headers?: SentHeaders): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: bytes.length === 0 ? undefined : isJson ? JSON.parse(bytes.toString()) : bytes,
    };
  };
  return {
    base,
    send,
    get: (path: string, headers?: SentHeaders) => send('GET', path, undefined, headers),
    post: (path: string, body?: unknown, headers?: SentHeaders) => send('POST', path, body, headers),
    put: (path: string, body?: unknown, headers?: SentHeaders) => send('PUT', path, body, headers),
    delete: (path: string, headers?: SentHeaders) => send('DELETE', path, undefined, headers),
  };
}

export type Client = ReturnType<typeof clientOf>;

/** A local stack of this test file's own, from its first test to its last. */
export function useStack(options?: LocalOptions): LocalStack & { readonly api: Client } {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startStack(options);
  });
  afterAll(() => stack.close());
  return {
    get url() {
      return stack.url;
    },
    get imageRequests() {
      return stack.imageRequests;
    },
    get api() {
      return clientOf(`${stack.url}/api`);
    },
    close: () => stack.close(),
  };
}

/** A new project; its client speaks to what lies below it, its personas and images. */
export async function newProject(api: Client, name = 'Tests'): Promise<Client & { readonly id: string }> {
  const { body } = await api.post('/projects', { name });
  return { id: body.id, ...clientOf(`${api.base}/projects/${body.id}`) };
}
