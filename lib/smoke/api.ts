import { isDeepStrictEqual } from 'node:util';

/** A failed expectation of a check. */
export class Unexpected extends Error {
  readonly expected: string;
  readonly got: string;
  /** Method and path. */
  readonly call: string;
  readonly requestId: string | undefined;

  constructor({ expected, got, call, requestId }: Pick<Unexpected, 'expected' | 'got' | 'call' | 'requestId'>) {
    super(`expected ${expected}, got ${got}`);
    this.name = 'Unexpected';
    this.expected = expected;
    this.got = got;
    this.call = call;
    this.requestId = requestId;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Only errors are quoted: other answers may contain data that does not belong in a log. */
const maxExcerpt = 300;

export class Answer {
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly status: number;
  readonly #call: string;

  constructor(call: string, { status, headers }: Response, bytes: Buffer) {
    this.#call = call;
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  /** Throws Unexpected unless it has this status, an X-Request-Id, and these fields in its body. */
  is(status: number, fields: Fields = {}, hint = ''): this {
    const excerpt = this.status < 400 ? '' : this.bytes.toString().slice(0, maxExcerpt);
    this.must(this.status === status, `${status}${hint}`, `${this.status} ${excerpt}`.trim());
    this.must(this.headers.has('x-request-id'), 'the header X-Request-Id', 'none');
    const body = Object.keys(fields).length === 0 ? {} : this.fields();
    for (const [name, value] of Object.entries(fields)) this.holds(name, value, body[name]);
    return this;
  }

  holds(name: string, expected: unknown, got: unknown): void {
    const text = (value: unknown) => `${name} ${value === undefined ? 'left out' : JSON.stringify(value)}`;
    this.must(isDeepStrictEqual(got, expected), text(expected), text(got));
  }

  must(holds: boolean, expected: string, got: string): void {
    const requestId = this.headers.get('x-request-id') ?? undefined;
    if (!holds) throw new Unexpected({ expected, got, call: this.#call, requestId });
  }

  /** Throws Unexpected if the body is not a JSON object. */
  fields(): Fields {
    const body = this.#json();
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    this.must(isObject, 'a JSON object', 'something else');
    return body as Fields;
  }

  /** Throws Unexpected if the body is not a JSON array. */
  list(): Fields[] {
    const body = this.#json();
    this.must(Array.isArray(body), 'a JSON array', 'something else');
    return body as Fields[];
  }

  /** A field of the body that must be a text. */
  text(name: string): string {
    const value = this.fields()[name];
    this.must(typeof value === 'string' && value !== '', `a text as ${name}`, JSON.stringify(value) ?? 'none');
    return value as string;
  }

  #json(): unknown {
    try {
      return JSON.parse(this.bytes.toString());
    } catch {
      return undefined;
    }
  }
}

export interface ApiOptions {
  /** With the stage, if any; paths after it begin with /api. */
  readonly url: string;
  readonly key: string | undefined;
  /** For each complete answer. */
  readonly timeoutMs: number;
  /** Stops further calls, which throw its reason. */
  readonly stopping?: AbortSignal;
  /** Aborts the current call. */
  readonly cutting?: AbortSignal;
}

export interface Sent {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the key is sent. */
  readonly withoutKey?: true;
}

export type Api = (method: string, path: string, sent?: Sent) => Promise<Answer>;

/** Calls the API. Throws Unexpected without a complete answer in time. Redirects are not followed. */
export function connect({ url, key, timeoutMs, stopping, cutting }: ApiOptions): Api {
  return async (method, path, { body, headers, withoutKey } = {}) => {
    stopping?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        signal: cutting ? AbortSignal.any([timeout, cutting]) : timeout,
        headers: {
          ...(key && !withoutKey && { Authorization: `Bearer ${key}` }),
          ...(body && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return new Answer(`${method} ${path}`, response, Buffer.from(await response.arrayBuffer()));
    } catch (error) {
      cutting?.throwIfAborted();
      throw new Unexpected({
        expected: `an answer within ${timeoutMs / 1000} s`,
        got: timeout.aborted ? 'none' : reason(error),
        call: `${method} ${path}`,
        requestId: undefined,
      });
    }
  };
}

/** The message of fetch is only that it failed; the reason is in the cause. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message: string } };
  return cause?.code ?? cause?.message ?? message;
}
