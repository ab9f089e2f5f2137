/**
 * What Lambda's Node runtime is to a handler: the invocation in one piece, and `awslambda` for answers that are streamed. A
 * streamed answer begins with a prelude: status and headers in JSON, then eight NUL bytes, then the body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

const delimiter = Buffer.alloc(8);

type BufferedHandler = (event: APIGatewayProxyEvent, context: object) => Promise<APIGatewayProxyResult>;
type StreamingHandler = (event: APIGatewayProxyEvent, stream: Writable, context: object) => Promise<void>;
export type Handler = BufferedHandler | StreamingHandler;

const streaming = new WeakSet<Handler>();

/** Gives handlers that are loaded from now on what they expect to find in Lambda. */
export function installRuntime(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse(handler: StreamingHandler) {
        streaming.add(handler);
        return handler;
      },
      HttpResponseStream: {
        from(stream: Writable, prelude: object) {
          stream.write(JSON.stringify(prelude));
          stream.write(delimiter);
          return stream;
        },
      },
    },
  });
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer | Readable;
}

/** Lambda's answers end at 6 MB unless they are streamed, and so do its events. */
export const payloadLimit = 6 * 1024 * 1024;

/** Runs a handler once, for at most so many seconds. Throws where Lambda would report a failed invocation. */
export async function invoke(handler: Handler, event: APIGatewayProxyEvent, seconds: number): Promise<HttpAnswer> {
  const end = Date.now() + seconds * 1000;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
  return streaming.has(handler)
    ? streamed(handler as StreamingHandler, event, context, seconds)
    : whole(handler as BufferedHandler, event, context, seconds);
}

async function whole(
  handler: BufferedHandler,
  event: APIGatewayProxyEvent,
  context: object,
  seconds: number,
): Promise<HttpAnswer> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut(seconds)), seconds * 1000).unref();
  const result = await Promise.race([handler(event, context), timeout]).finally(() => clearTimeout(timer));
  if (JSON.stringify(result).length > payloadLimit) throw new Error('The answer is larger than Lambda returns: 6 MB');
  const { statusCode, headers, body, isBase64Encoded } = result;
  return { statusCode, headers: texts(headers), body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
}

/** Settles as soon as the prelude is there. If the handler fails after that, or its time is over, the body breaks off. */
async function streamed(
  handler: StreamingHandler,
  event: APIGatewayProxyEvent,
  context: object,
  seconds: number,
): Promise<HttpAnswer> {
  const stream = new PassThrough();
  const timer = setTimeout(() => stream.destroy(timedOut(seconds)), seconds * 1000).unref();
  stream.once('close', () => clearTimeout(timer));
  handler(event, stream, context).catch((error: Error) => stream.destroy(error));
  let read = Buffer.alloc(0);
  for (;;) {
    const end = read.indexOf(delimiter);
    if (end >= 0) {
      const { statusCode, headers } = JSON.parse(read.toString('utf8', 0, end));
      stream.unshift(read.subarray(end + delimiter.length));
      return { statusCode, headers: texts(headers), body: stream };
    }
    const chunk: Buffer | null = stream.read();
    if (chunk) read = Buffer.concat([read, chunk]);
    else if (stream.readableEnded) throw new Error('The handler ended without an answer');
    else await once(stream, 'readable');
  }
}

const texts = (headers: Record<string, unknown> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const timedOut = (seconds: number) => new Error(`Task timed out after ${seconds} seconds`);
