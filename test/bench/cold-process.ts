/**
 * A process that acts as a new Lambda instance for a bundle. Started with the bundle's folder, an event and the expected status, it sends the
 * milliseconds from loading the bundle to its answer.
 */
import { PassThrough } from 'node:stream';

type Prelude = { readonly statusCode?: number };

const [, , asset = '', event = '', expected = ''] = process.argv;
let prelude: Prelude = {};
const streaming = new WeakSet();
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse(handler: object) {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from(stream: PassThrough, metadata: Prelude) {
        prelude = metadata;
        return stream.resume();
      },
    },
  },
});
const parsed = JSON.parse(event);
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 10_000 };

async function answer(): Promise<Prelude> {
  const { handler } = require(`${asset}/index.js`);
  if (!streaming.has(handler)) return handler(parsed, context);
  await handler(parsed, new PassThrough(), context);
  return prelude;
}

const start = performance.now();
answer().then(({ statusCode }) => {
  const milliseconds = performance.now() - start;
  if (String(statusCode) !== expected) throw new Error(`Answered ${statusCode}, not ${expected}`);
  process.stdout.write(String(milliseconds), () => process.exit());
});
