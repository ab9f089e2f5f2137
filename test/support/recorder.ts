import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from '../../lib/local/listen.ts';
import type { Json } from './api.ts';

/** A call as it was made, and its answer once it has come. Bodies are parsed where they are JSON. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** Of AWS's JSON protocols, such as `GetItem`; empty elsewhere. */
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
 * Comes between a call and its answer: while it waits, so does the call. What it answers itself or breaks off is not passed
 * on, unless it passes it on by `forward`, which keeps the answer from the caller.
 */
export type Interceptor = (call: Call, response: ServerResponse, forward: () => Promise<Forwarded>) => unknown;

/** May change the body of a call on its way; what is remembered is the call as it was made. */
export type Amend = (call: Call) => object | undefined;

export interface Recorder extends Listener {
  /** The address of the server that it stands before. */
  readonly target: string;
  /** In the order in which they came, since they were last forgotten. */
  readonly calls: readonly Call[];
  /** From now on each call goes through this; without one, straight on. */
  intercept(interceptor?: Interceptor): void;
  forget(): void;
}

/** Stands between a client and the server at `target`: passes each call on, byte by byte, with the Host for which it is signed, and remembers it. */
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

/** Answers as DynamoDB does when it refuses. */
export function refuse(response: ServerResponse, status: number, error: string, details: object = {}): void {
  const body = {
    __type: `com.amazonaws.dynamodb.v20120810#${error}`,
    message: `${error} of table personas`,
    ...details,
  };
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
