import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from '../../lib/local/listen.ts';
import type { Json } from './api.ts';

/** A call and its answer. JSON bodies are parsed. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** The operation of AWS's JSON protocols, such as `GetItem`; empty for others. */
  readonly operation: string;
  readonly input: Json;
  output?: Json;
}

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * Intercepts a call and delays it while it waits. A call that it answers or aborts is not passed on, unless it uses `forward`, whose answer
 * the caller does not get.
 */
export type Interceptor = (call: Call, response: ServerResponse, forward: () => Promise<Forwarded>) => unknown;

/** Changes the body of a call in transit; the original call is recorded. */
export type Amend = (call: Call) => object | undefined;

export interface Recorder extends Listener {
  /** The address of the server. */
  readonly target: string;
  /** The recorded calls, in order, since the last `forget`. */
  readonly calls: readonly Call[];
  /** Sets the interceptor of calls; without one, they are passed on. */
  intercept(interceptor?: Interceptor): void;
  forget(): void;
}

/** A proxy for `target` that records calls. It passes them on unchanged, with the signed Host. */
export async function startRecorder(target: string, amend?: Amend): Promise<Recorder> {
  const calls: Call[] = [];
  let interceptor: Interceptor | undefined;

  const { url, close } = await listen(async (incoming, response) => {
    const sent = await buffer(incoming);
    const call: Call = { ...named(incoming), input: parsed(incoming, sent) };
    calls.push(call);
    const amended = amend?.(call);
    const forward = async () => {
      const forwarded = await passOn(target, incoming, amended ? Buffer.from(JSON.stringify(amended)) : sent);
      call.output = parsed(forwarded, forwarded.body);
      return forwarded;
    };
    await interceptor?.(call, response, forward);
    if (response.headersSent || response.destroyed) return;
    const { status, headers, body } = await forward();
    response.writeHead(status, headers).end(body);
  });

  return {
    url,
    target,
    close,
    calls,
    intercept(next) {
      interceptor = next;
    },
    forget() {
      calls.length = 0;
    },
  };
}

function named({ method = '', url = '', headers }: IncomingMessage) {
  const [, operation = ''] = String(headers['x-amz-target'] ?? '').split('.');
  return { method, path: url, operation };
}

const parsed = ({ headers }: Pick<IncomingMessage, 'headers'>, body: Buffer): Json =>
  headers['content-type']?.includes('json') && body.length > 0 ? JSON.parse(body.toString()) : undefined;

async function passOn(target: string, { method = '', url = '', headers }: IncomingMessage, body: Buffer) {
  const outgoing = request(new URL(url, target), {
    method,
    headers: { ...headers, ...(body.length > 0 && { 'content-length': body.length }) },
  });
  outgoing.end(body);
  const [answer]: IncomingMessage[] = await once(outgoing, 'response');
  if (!answer) throw new Error('No answer');
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

/** Answers with an error of DynamoDB. */
export function refuse(response: ServerResponse, status: number, error: string, details: object = {}): void {
  const body = {
    __type: `com.amazonaws.dynamodb.v20120810#${error}`,
    message: `${error} of table personas`,
    ...details,
  };
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
