import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseXML } from '@aws-sdk/xml-builder';
import { type Listener, listen } from '../listen.ts';
import { type Credentials, type SignatureFault, signatureFault } from '../signature.ts';
import { readBody } from './body.ts';
import { internalError, noSuchKey, notImplemented, S3Failure } from './failure.ts';
import { listObjects } from './listing.ts';
import { type OpenObject, openObjects } from './objects.ts';
import { document, element, textElement } from './xml.ts';

/**
 * A stand-in for S3 with one bucket, stored in `directory`, for requests signed with these credentials: PUT, GET (also ranges) and DELETE of objects,
 * ListObjectsV2 and DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/
 */
export async function startS3({
  directory,
  bucket,
  credentials,
}: {
  readonly directory: string;
  readonly bucket: string;
  readonly credentials: Credentials;
}): Promise<Listener> {
  const objects = await openObjects(join(directory, bucket));

  const operations: Readonly<Record<string, Operation>> = {
    async 'PUT object'({ request, response, key }) {
      const { bytes, checksum } = await readBody(request);
      const checksumHeader = checksum && { [checksum[0]]: checksum[1] };
      const etag = await objects.put(key, bytes, { ...storedHeaders(request), ...checksumHeader });
      response.writeHead(200, { etag, ...checksumHeader }).end();
    },

    async 'GET object'({ request, response, key }) {
      const object = await objects.open(key);
      if (!object) throw noSuchKey();
      await using file = object.file;
      const { start, end, status, headers } = sliceOf(object, request.headers.range);
      response.writeHead(status, headers);
      if (request.method === 'HEAD' || end < start) return void response.end();
      const { offset } = object;
      await pipeline(file.createReadStream({ start: offset + start, end: offset + end, autoClose: false }), response);
    },

    async 'DELETE object'({ response, key }) {
      await objects.remove(key);
      response.writeHead(204).end();
    },

    async 'GET bucket'({ response, query }) {
      if (query.get('list-type') !== '2') throw notImplemented();
      sendXml(response, 200, await listObjects(objects, bucket, query));
    },

    async 'POST bucket'({ request, response, query }) {
      if (!query.has('delete')) throw notImplemented();
      const { keys, quiet } = deletionOf((await readBody(request)).bytes.toString());
      for (const key of keys) await objects.remove(key);
      const deleted = keys.map((key) => element('Deleted', textElement('Key', key)));
      sendXml(response, 200, document('DeleteResult', ...(quiet ? [] : deleted)));
    },
  };

  return listen(async (request, response) => {
    response.setHeader('x-amz-request-id', randomUUID());
    try {
      const fault = await signatureFault(request, { service: 's3', credentials });
      if (fault) throw refusals[fault];
      const { name, key, query } = addressOf(request);
      if (name !== bucket) throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist.');
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const operation = operations[`${method} ${key === '' ? 'bucket' : 'object'}`];
      const isPlain = key === '' || [...query.keys()].every((parameter) => parameter === 'x-id');
      if (!operation || !isPlain || request.headers['x-amz-copy-source']) throw notImplemented();
      await operation({ request, response, key, query });
    } catch (error) {
      const failure = isDiskFull(error) ? internalError() : error;
      if (!(failure instanceof S3Failure)) throw failure;
      const { status, code, message } = failure;
      sendXml(response, status, element('Error', textElement('Code', code), textElement('Message', message)));
    }
  });
}

const isDiskFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

type Operation = (call: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly key: string;
  readonly query: URLSearchParams;
}) => Promise<void>;

const refusals: Readonly<Record<SignatureFault, S3Failure>> = {
  missing: new S3Failure(403, 'AccessDenied', 'Access Denied'),
  unknown: new S3Failure(
    403,
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
  ),
  skewed: new S3Failure(
    403,
    'RequestTimeTooSkewed',
    'The request was signed too long before or after the present time.',
  ),
  mismatch: new S3Failure(403, 'SignatureDoesNotMatch', 'The signature is not that of this request.'),
};

/** The bucket is part of the host, before the service's name, or the start of the path. */
function addressOf({ url = '', headers }: IncomingMessage) {
  const { pathname, searchParams: query } = new URL(`http://localhost${url}`);
  const [, inHost] = /^(.+)\.s3\./.exec(headers.host ?? '') ?? [];
  const path = inHost === undefined ? pathname : `/${inHost}${pathname}`;
  const [, name = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { name, key: decodeURIComponent(key), query };
}

const storedHeader = /^(content-(type|disposition|language)|cache-control|expires|x-amz-meta-.*)$/;

/** The headers that S3 stores with an object. */
const storedHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => storedHeader.test(name))
      .map(([name, value]) => [name, String(value)]),
  );

/** The requested range of an object, and the headers of the answer. The checksum is for the whole object, so a range has none. */
function sliceOf({ size, etag, lastModified, headers }: OpenObject, range = '') {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const common = { etag, 'last-modified': lastModified.toUTCString(), 'accept-ranges': 'bytes', ...headers };
  if (from === '' && to === '') {
    return { start: 0, end: size - 1, status: 200, headers: { ...common, 'content-length': size } };
  }
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new S3Failure(416, 'InvalidRange', 'The requested range is not satisfiable.');
  const ranged = Object.entries(common).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  const slice = { 'content-length': end - start + 1, 'content-range': `bytes ${start}-${end}/${size}` };
  return { start, end, status: 206, headers: { ...Object.fromEntries(ranged), ...slice } };
}

const deletionLimit = 1000;

function deletionOf(xml: string): { keys: string[]; quiet: boolean } {
  const { Delete: { Object: objects = [], Quiet } = { Quiet: undefined } } = parseXML(xml) as {
    Delete?: { Object?: { Key: string } | { Key: string }[]; Quiet?: string };
  };
  const keys = [objects].flat().map(({ Key }) => Key);
  if (keys.length === 0 || keys.length > deletionLimit) {
    throw new S3Failure(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate.');
  }
  return { keys, quiet: Quiet === 'true' };
}

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}
