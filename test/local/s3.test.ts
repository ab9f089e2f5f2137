import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credentials } from '../../lib/local/environment.ts';
import { startS3 } from '../../lib/local/s3.ts';

const Bucket = 'personas-images';
const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));

let parent: string;
let directory: string;
let server: Awaited<ReturnType<typeof startS3>>;

const fromEnvironment = () => new S3Client();

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 's3-'));
  directory = join(parent, 'made', 'objects');
  server = await startS3({ directory, bucket: Bucket });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await server.close();
  await rm(parent, { recursive: true });
});

const put = (Key: string, s3 = fromEnvironment()) =>
  s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: bytes,
      ContentType: 'image/webp',
      CacheControl: 'private, max-age=31536000, immutable',
      Metadata: { role: 'persona-avatar' },
    }),
  );

describe('the S3 on this machine', () => {
  it('keeps an object with its type, its cache control and its metadata', async () => {
    const s3 = fromEnvironment();
    await put('p1/a1b2-3.png', s3);
    const object = await s3.send(new GetObjectCommand({ Bucket, Key: 'p1/a1b2-3.png' }));
    expect(object).toMatchObject({
      ContentType: 'image/webp',
      CacheControl: 'private, max-age=31536000, immutable',
      ContentLength: bytes.length,
      Metadata: { role: 'persona-avatar' },
      ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? [])).toEqual(bytes);
  });

  it.each([{ AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED' }, { AWS_SESSION_TOKEN: 'session' }])(
    'works with %j too',
    async (settings) => {
      for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
      const s3 = fromEnvironment();
      await put('p1/other.png', s3);
      const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'p1/other.png' }));
      expect(ContentLength).toBe(bytes.length);
      for (const name of Object.keys(settings)) vi.stubEnv(name, undefined);
    },
  );

  it('forgets a deleted object, and minds no second deletion', async () => {
    const s3 = fromEnvironment();
    await put('p2/gone.png', s3);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'p2/gone.png' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'p2/gone.png' }));
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'p2/gone.png' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('lists and deletes many', async () => {
    const s3 = fromEnvironment();
    const keys = ['p3/a.png', 'p3/b.png', 'p3/c.png'];
    await Promise.all(keys.map((key) => put(key, s3)));
    const list = async () => (await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'p3/' }))).Contents ?? [];
    expect((await list()).map(({ Key }) => Key)).toEqual(keys);
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
    expect(await list()).toEqual([]);
  });

  it('closes even though an answer was not read to its end', async () => {
    const shortLived = await startS3({ directory, bucket: Bucket });
    const s3 = new S3Client({ endpoint: shortLived.url });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'p4/large.png', Body: Buffer.alloc(8_000_000) }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'p4/large.png' }));
    await shortLived.close();
    await expect(Body?.transformToByteArray()).rejects.toThrow();
  });

  it('does not know other access keys', async () => {
    const s3 = new S3Client({ credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });
    await expect(put('p1/x.png', s3)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  });

  it('keeps its objects between two runs', async () => {
    await put('p5/kept.png');
    await server.close();
    server = await startS3({ directory, bucket: Bucket });
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
    const { ContentType } = await fromEnvironment().send(new HeadObjectCommand({ Bucket, Key: 'p5/kept.png' }));
    expect(ContentType).toBe('image/webp');
  });
});
