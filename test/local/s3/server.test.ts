import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startS3 } from '../../../lib/local/s3/server.ts';
import { startNetwork } from '../../support/network.ts';

const Bucket = 'personas-images';
const credentials = { accessKeyId: 'OURS', secretAccessKey: 'a secret' };
const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));

let parent: string;
let directory: string;
let server: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 's3-'));
  directory = join(parent, 'made');
  server = await startS3({ directory, bucket: Bucket, credentials });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await server.close();
  await server.close();
  await rm(parent, { recursive: true });
});

const client = (config: S3ClientConfig = {}) =>
  new S3Client({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1, ...config });

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}, s3 = client()) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ...more }));

async function get(Key: string, Range?: string) {
  const { Body, ...answer } = await client().send(new GetObjectCommand({ Bucket, Key, Range }));
  return { ...answer, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) };
}

const list = (input: Partial<ListObjectsV2CommandInput>) =>
  client().send(new ListObjectsV2Command({ Bucket, ...input }));

const allFiles = async (): Promise<string[]> =>
  (await readdir(parent, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

describe('the S3 on this machine', () => {
  it('works with the SDK by its environment variables', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', '');
    await put('environment.png', {}, new S3Client());
    expect((await get('environment.png')).bytes).toEqual(bytes);
  });

  it('stores an object with type, cache control and metadata', async () => {
    const described = {
      ContentType: 'image/webp',
      CacheControl: 'private, max-age=31536000, immutable',
      Metadata: { role: 'persona-avatar' },
    };
    const { ETag, ChecksumCRC32 } = await put('p1/a1b2-3.png', described);
    expect(ETag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`);
    expect(await get('p1/a1b2-3.png')).toMatchObject({
      ...described,
      bytes,
      ETag,
      ChecksumCRC32,
      ContentLength: bytes.length,
      LastModified: expect.any(Date),
    });
    const { ContentLength } = await client().send(new HeadObjectCommand({ Bucket, Key: 'p1/a1b2-3.png' }));
    expect(ContentLength).toBe(bytes.length);
  });

  it.each(['projects/p/a picture+ä&<"\'>%2F?#;=@.png', 'a//b/', '/begins/with/a/slash', 'line\nbreak'])(
    'stores an object with the key %j and lists it',
    async (Key) => {
      await put(Key);
      expect((await get(Key)).bytes).toEqual(bytes);
      expect((await list({ Prefix: Key })).Contents?.map((object) => object.Key)).toEqual([Key]);
    },
  );

  it('replaces an object', async () => {
    await put('replaced.png', { ContentType: 'image/webp' });
    await put('replaced.png', { Body: Buffer.alloc(0) });
    expect(await get('replaced.png')).toMatchObject({ bytes: Buffer.alloc(0), ContentLength: 0 });
  });

  it.each([
    ['bytes=10-19', 10, 20],
    ['bytes=69990-', 69_990, 70_000],
    ['bytes=69990-80000', 69_990, 70_000],
    ['bytes=-7', 69_993, 70_000],
  ])('answers the range %s', async (range, start, end) => {
    await put('ranged.png');
    const answer = await get('ranged.png', range);
    expect(answer.bytes).toEqual(bytes.subarray(start, end));
    expect(answer).toMatchObject({ ContentRange: `bytes ${start}-${end - 1}/70000`, ContentLength: end - start });
    expect(answer.$metadata.httpStatusCode).toBe(206);
  });

  it('refuses a range after the end', async () => {
    await put('ranged.png');
    await expect(get('ranged.png', 'bytes=70000-')).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });

  it('deletes an object, and allows a second deletion', async () => {
    await put('p2/gone.png');
    await client().send(new DeleteObjectCommand({ Bucket, Key: 'p2/gone.png' }));
    await client().send(new DeleteObjectCommand({ Bucket, Key: 'p2/gone.png' }));
    const missing = { $metadata: { httpStatusCode: 404 } };
    await expect(get('p2/gone.png')).rejects.toMatchObject({ name: 'NoSuchKey', ...missing });
    await expect(client().send(new HeadObjectCommand({ Bucket, Key: 'p2/gone.png' }))).rejects.toMatchObject(missing);
  });

  it('lists in pages, sorted, and deletes many', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `p3/${String(index).padStart(2, '0')}.png`);
    await Promise.all(['p2/before.png', ...keys.toReversed(), 'p4/after.png'].map((key) => put(key)));
    const found: object[] = [];
    let ContinuationToken: string | undefined;
    do {
      const part = await list({ Prefix: 'p3/', MaxKeys: 10, ContinuationToken });
      expect(part.KeyCount).toBe(part.Contents?.length);
      found.push(...(part.Contents ?? []));
      ContinuationToken = part.NextContinuationToken;
      expect(part.IsTruncated).toBe(ContinuationToken !== undefined);
    } while (ContinuationToken);
    const entry = { Size: bytes.length, ETag: expect.any(String), LastModified: expect.any(Date) };
    expect(found).toMatchObject(keys.map((Key) => ({ Key, ...entry })));
    const tail = await list({ Prefix: 'p3/', StartAfter: 'p3/22.png' });
    expect(tail.Contents?.map(({ Key }) => Key)).toEqual(['p3/23.png', 'p3/24.png']);

    const Objects = [...keys, 'p3/was never there'].map((Key) => ({ Key }));
    const { Deleted } = await client().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toEqual(Objects);
    expect(await list({ Prefix: 'p3/' })).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  it('lists common prefixes up to a delimiter', async () => {
    await Promise.all(['d/a/1', 'd/a/2', 'd/b', 'd/c/1'].map((key) => put(key)));
    const first = await list({ Prefix: 'd/', Delimiter: '/', MaxKeys: 1 });
    expect(first.CommonPrefixes).toEqual([{ Prefix: 'd/a/' }]);
    const rest = await list({ Prefix: 'd/', Delimiter: '/', ContinuationToken: first.NextContinuationToken });
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['d/b']);
    expect(rest.CommonPrefixes).toEqual([{ Prefix: 'd/c/' }]);
  });

  it('keeps its objects between runs, for their owner only', async () => {
    await put('p5/kept.png', { ContentType: 'image/webp' });
    await server.close();
    server = await startS3({ directory, bucket: Bucket, credentials });
    expect(await get('p5/kept.png')).toMatchObject({ bytes, ContentType: 'image/webp' });
    if (process.platform === 'win32') return;
    for (const file of await allFiles()) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('closes while an answer is not read completely', async () => {
    const shortLived = await startS3({ directory: join(parent, 'short'), bucket: Bucket, credentials });
    const s3 = client({ endpoint: shortLived.url });
    await put('large.png', { Body: Buffer.alloc(8_000_000) }, s3);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'large.png' }));
    await shortLived.close();
    await expect(Body?.transformToByteArray()).rejects.toThrow();
  });

  it('answers NotImplemented to other operations', async () => {
    const rest = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
    await expect(client().send(new ListBucketsCommand())).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(get('x?versionId=1')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const versioned = new GetObjectCommand({ Bucket, Key: 'x', VersionId: '1' });
    await expect(client().send(versioned)).rejects.toMatchObject(rest);
  });
});

describe('the S3 on this machine verifies bodies', () => {
  const refused = (name: string, httpStatusCode = 400) => ({ name, $metadata: { httpStatusCode } });

  it.each(['CRC32', 'SHA1', 'SHA256'] as const)('by %s, of a buffer and of a stream', async (ChecksumAlgorithm) => {
    await put('checked.png', { ChecksumAlgorithm });
    const stream = {
      Body: Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]),
      ContentLength: bytes.length,
    };
    await put('streamed.png', { ...stream, ChecksumAlgorithm });
    const property = `Checksum${ChecksumAlgorithm}` as const;
    const [one, other] = await Promise.all([get('checked.png'), get('streamed.png')]);
    expect(other.bytes).toEqual(bytes);
    expect(one[property]).toMatch(/=$/);
    expect(other.ContentEncoding).toBeUndefined();
  });

  it('refuses a wrong checksum, and a wrong length', async () => {
    const other = Buffer.alloc(4).toString('base64');
    await expect(put('x', { ChecksumCRC32: other })).rejects.toMatchObject(refused('BadDigest'));
    await expect(put('x', { ContentMD5: createHash('md5').digest('base64') })).rejects.toMatchObject(
      refused('BadDigest'),
    );
    await expect(put('x', { ChecksumAlgorithm: 'CRC32C' })).rejects.toMatchObject(refused('NotImplemented', 501));
    await expect(get('x')).rejects.toMatchObject(refused('NoSuchKey', 404));
  });

  it('refuses a body that was damaged in transit, with or without chunks', async () => {
    const network = await startNetwork(server.url);
    network.disturb('damaged request');
    const s3 = client({ endpoint: network.url });
    await expect(put('damaged', {}, s3)).rejects.toMatchObject(refused('XAmzContentSHA256Mismatch'));
    const stream = { Body: Readable.from([bytes]), ContentLength: bytes.length };
    await expect(put('damaged', stream, s3)).rejects.toMatchObject(refused('BadDigest'));
    await expect(get('damaged')).rejects.toMatchObject(refused('NoSuchKey', 404));
    await network.close();
  });

  it('stores nothing of an aborted upload', async () => {
    const before = await allFiles();
    const gone = new AbortController();
    async function* half() {
      yield bytes;
      gone.abort();
      await new Promise(() => {});
    }
    const upload = new PutObjectCommand({
      ...{ Bucket, Key: 'broken-off' },
      ...{ Body: Readable.from(half()), ContentLength: 2 * bytes.length },
    });
    await expect(client().send(upload, { abortSignal: gone.signal })).rejects.toThrow();
    await expect(get('broken-off')).rejects.toMatchObject(refused('NoSuchKey', 404));
    expect(await allFiles()).toEqual(before);
  });
});

describe('the S3 on this machine checks signatures', () => {
  const refused = (name: string, httpStatusCode = 403) => ({ name, $metadata: { httpStatusCode } });

  it('refuses another access key, another secret, and unsigned requests', async () => {
    const as = (config: S3ClientConfig) => put('x', {}, client(config));
    const other = { ...credentials, accessKeyId: 'ANOTHER' };
    await expect(as({ credentials: other })).rejects.toMatchObject(refused('InvalidAccessKeyId'));
    const guessed = { ...credentials, secretAccessKey: 'guessed' };
    await expect(as({ credentials: guessed })).rejects.toMatchObject(refused('SignatureDoesNotMatch'));
    const anonymous = await fetch(`${server.url}/${Bucket}/x`);
    expect(anonymous.status).toBe(403);
    expect(await anonymous.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('refuses an old signature', async () => {
    for (const systemClockOffset of [-16 * 60_000, 16 * 60_000]) {
      const late = client({ systemClockOffset });
      await expect(put('x', {}, late)).rejects.toMatchObject(refused('RequestTimeTooSkewed'));
    }
  });

  it('has one bucket', async () => {
    const elsewhere = client().send(new GetObjectCommand({ Bucket: 'another', Key: 'x' }));
    await expect(elsewhere).rejects.toMatchObject(refused('NoSuchBucket', 404));
  });
});
