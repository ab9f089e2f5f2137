import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** What an endpoint answers. The pipeline adds the headers that every answer bears. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  /** The address of what was made, as seen from the one that was called: `id`, or `../../id`. */
  readonly createdAt?: string;
  /** Of the version that is answered, without quotes. It changes with every byte of the body. */
  readonly tag?: string | undefined;
  /** The query for the next part of a list, at the same address: an array is a parameter that is sent more than once. */
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

/** `address`: of what was made, for `Location`; see Reply. */
export const created = (value: unknown, address: string, tag?: string): Reply => ({
  ...json(201, value),
  createdAt: address,
  tag,
});

/** The reply to a request with an Idempotency-Key that came before. */
export const replayed = (reply: Reply, isReplay: boolean): Reply =>
  isReplay ? { ...reply, headers: { ...reply.headers, 'Idempotency-Replayed': 'true' } } : reply;

export const noContent = (): Reply => ({ statusCode: 204, headers: {} });

/** A part of a list. `next`: the query for the next one, if there is one; its address goes into `Link`. */
export const page = (value: unknown, next: Reply['next']): Reply => ({ ...json(200, value), next });

/** Few enough that their text is mostly below the 128 kB from which V8 frees it late: a list of 10 000 of 3 kB takes a tenth less time. */
const itemsAtOnce = 40;

type Batches = Iterator<readonly string[], void> | AsyncIterator<readonly string[], void>;

/**
 * The same as a JSON array of items that come in batches, each already JSON text, written as they come. What goes wrong before the
 * first batch is thrown; what goes wrong later breaks the connection off, since a short array that parses would be a lie.
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
 * Bytes that never change under their address, which a browser shows as what they are and never as a page. `id` is their entity
 * tag and their file's name, so it holds no quotes.
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

/** What everybody may see, and keep for five minutes. A text, or the same bytes each time. */
export const published = (body: string | Buffer, mediaType: string, headers?: Record<string, string>): Reply => ({
  statusCode: 200,
  headers: { 'Content-Type': mediaType, 'Cache-Control': 'public, max-age=300', ...headers },
  tag: createHash('sha256').update(body).digest('base64url'),
  body: typeof body === 'string' ? body : Readable.from([body]),
});
