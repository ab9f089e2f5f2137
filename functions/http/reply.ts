import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** An endpoint's answer. The pipeline adds the headers that all answers have. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  /** For `Location`: the path of what was created, relative to the called one, such as `id` or `../../id`. */
  readonly location?: string;
  /** The entity tag, without quotes. It changes with every byte of the body. */
  readonly tag?: string | undefined;
  /** For `Link`: the query of the next page. An array is a repeated parameter. */
  readonly next?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
}

const jsonHeaders = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'private, no-cache' };

export const json = (statusCode: number, value: unknown, headers?: Record<string, string>): Reply => ({
  statusCode,
  headers: { ...jsonHeaders, ...headers },
  body: JSON.stringify(value),
});

export const ok = (value: unknown, tag?: string, headers?: Record<string, string>): Reply => ({
  ...json(200, value, headers),
  tag,
});

export const created = (value: unknown, location: string, tag?: string): Reply => ({
  ...json(201, value),
  location,
  tag,
});

/** Marks the reply to a repeated request with an Idempotency-Key. */
export const replayed = (reply: Reply, isReplay: boolean): Reply =>
  isReplay ? { ...reply, headers: { ...reply.headers, 'Idempotency-Replayed': 'true' } } : reply;

export const noContent = (): Reply => ({ statusCode: 204, headers: {} });

/** One page of a list. */
export const page = (value: unknown, next: Reply['next']): Reply => ({ ...json(200, value), next });

/** Keeps most chunks below 128 kB, beyond which V8 frees them late: a list of 10 000 personas of 3 kB takes a tenth less time. */
const itemsAtOnce = 40;

type Batches = Iterator<readonly string[], void> | AsyncIterator<readonly string[], void>;

/**
 * Streams one page as a JSON array, from batches of items that are JSON texts. An error before the first batch is thrown. A later error
 * breaks the connection, since a shorter array would look complete.
 */
export async function streamedPage(batches: Batches, next: Reply['next']): Promise<Reply> {
  const first = await batches.next();
  async function* text() {
    yield '[';
    let separator = '';
    for (let batch = first; !batch.done; batch = await batches.next()) {
      for (let start = 0; start < batch.value.length; start += itemsAtOnce) {
        yield separator + batch.value.slice(start, start + itemsAtOnce).join();
        separator = ',';
      }
    }
    yield ']';
  }
  return { statusCode: 200, headers: jsonHeaders, body: Readable.from(text()), next };
}

/**
 * Bytes that never change under their path. Browsers must not interpret them as another type. `id` is the entity tag and the file name, and
 * has no quotes.
 */
export const immutableBytes = (bytes: Buffer, mediaType: string, id: string): Reply => ({
  statusCode: 200,
  headers: {
    'Content-Type': mediaType,
    'Content-Length': String(bytes.length),
    'Cache-Control': 'private, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'",
    'Content-Disposition': `inline; filename="${id}"`,
  },
  tag: id,
  body: Readable.from([bytes]),
});

/** A public document, cacheable for five minutes. */
export const published = (body: string | Buffer, mediaType: string, headers?: Record<string, string>): Reply => ({
  statusCode: 200,
  headers: { 'Content-Type': mediaType, 'Cache-Control': 'public, max-age=300', ...headers },
  tag: createHash('sha256').update(body).digest('base64url'),
  body: typeof body === 'string' ? body : Readable.from([body]),
});
