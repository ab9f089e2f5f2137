/** Reads the body of a request as S3 does: decodes aws-chunked, and verifies its checksums. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { notImplemented, S3Failure } from './failure.ts';

export interface Body {
  readonly bytes: Buffer;
  /** The checksum that was sent, with its header's name. */
  readonly checksum?: readonly [name: string, value: string];
}

/** Throws S3Failure if the body does not match its headers. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const sent = await buffer(request);
  const { headers } = request;
  const payload = String(headers['x-amz-content-sha256']);
  const { bytes, trailers } = payload.startsWith('STREAMING-')
    ? decodeChunks(sent, payload)
    : verifyWhole(sent, payload);
  const length = headers['x-amz-decoded-content-length'];
  if (length !== undefined && Number(length) !== bytes.length) throw incomplete();

  const md5 = headers['content-md5'];
  if (md5 !== undefined) compare('Content-MD5', String(md5), createHash('md5').update(bytes).digest());
  const checksum = Object.entries({ ...headers, ...trailers }).find(
    (entry): entry is [string, string] =>
      /^x-amz-checksum-(?!algorithm|type|mode)/.test(entry[0]) && typeof entry[1] === 'string',
  );
  if (!checksum) return { bytes };
  const algorithm = algorithms[checksum[0].slice('x-amz-checksum-'.length)];
  if (!algorithm) throw notImplemented();
  compare(checksum[0], checksum[1], algorithm(bytes));
  return { bytes, checksum };
}

const algorithms: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  crc32(bytes) {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(bytes));
    return checksum;
  },
  sha1: (bytes) => createHash('sha1').update(bytes).digest(),
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
};

function compare(name: string, given: string, calculated: Buffer): void {
  if (given !== calculated.toString('base64')) {
    throw new S3Failure(400, 'BadDigest', `The ${name} that you specified is not that of the received body.`);
  }
}

interface Decoded {
  readonly bytes: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

function verifyWhole(bytes: Buffer, payload: string): Decoded {
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== createHash('sha256').update(bytes).digest('hex')) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw new S3Failure(400, 'XAmzContentSHA256Mismatch', message);
  }
  return { bytes, trailers: {} };
}

/**
 * Decodes chunks of `hexadecimal size CRLF bytes CRLF`, the last one with size 0, and the trailers after them. Signed chunks are not supported, since
 * the SDK does not send them. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
function decodeChunks(sent: Buffer, payload: string): Decoded {
  if (payload !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw notImplemented();
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = sent.indexOf('\r\n', at);
    const size = /^[0-9a-f]+$/i.exec(sent.toString('latin1', at, Math.max(at, lineEnd)))?.[0];
    if (size === undefined) throw incomplete();
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      const lines = sent.toString('latin1', start).split('\r\n').filter(Boolean);
      const trailers = lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
      return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
    }
    if (end + 2 > sent.length) throw incomplete();
    chunks.push(sent.subarray(start, end));
    at = end + 2;
  }
}

const incomplete = () =>
  new S3Failure(400, 'IncompleteBody', 'The body is shorter or longer than its headers and chunks say.');
