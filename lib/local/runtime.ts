/**
 * Lambda's Node runtime on this machine: invocations, and `awslambda` for streamed answers. A streamed answer begins with a prelude, status and
 * headers in JSON, followed by eight NUL bytes and the body.
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

/** Sets the global `awslambda`, which handlers use when they are loaded. */
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

/** Lambda's limit for events, and for answers that are not streamed. */
export const payloadLimit = 6 * 1024 * 1024;

/** Invokes a handler with a timeout. Throws if Lambda would report a failed invocation. */
export async function invoke(handler: Handler, event: APIGatewayProxyEvent, seconds: number): Promise<HttpAnswer> {
  const end = Date.now() + seconds * 1000;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
  return streaming.has(handler)
    ? invokeStreaming(handler as StreamingHandler, event, context, seconds)
    : invokeBuffered(handler as BufferedHandler, event, context, seconds);
}

async function invokeBuffered(
  handler: BufferedHandler,
  event: APIGatewayProxyEvent,
  context: object,
  seconds: number,
): Promise<HttpAnswer> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut(seconds)), seconds * 1000).unref();
  const result = await Promise.race([handler(event, context), timeout]).finally(() => clearTimeout(timer));
  if (JSON.stringify(result).length > payloadLimit)
    throw new Error('The answer is larger than 6 MB, the limit of Lambda');
  const { statusCode, headers, body, isBase64Encoded } = result;
  return { statusCode, headers: texts(headers), body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
}

/** Resolves when the prelude is complete. If the handler fails or times out after that, the body breaks off. */
async function invokeStreaming(
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
