/** The bytes of the images, in S3: immutable, each under its project and id, with its true media type. */
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Image, ImagePath } from '../domain/image.ts';
import type { MediaType } from '../domain/image-header.ts';
import { imageNotFound, Refusal } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';
import * as images from './images.ts';
import { patience } from './patience.ts';

const s3 = new S3Client(patience);

const address = ({ projectId, imageId }: ImagePath) => ({
  Bucket: setting('BUCKET_NAME'),
  Key: `projects/${projectId}/${imageId}`,
});

/**
 * Stores the bytes, then has them recorded, so that no record ever lacks its bytes. Bytes whose record was refused are removed;
 * where it is unknown whether they were recorded they stay, and without a record nobody is shown them.
 */
export async function store<Result>(path: ImagePath, image: Image, record: () => Promise<Result>): Promise<Result> {
  await s3.send(new PutObjectCommand({ ...address(path), Body: image.bytes, ContentType: image.mediaType }));
  try {
    return await record();
  } catch (error) {
    if (error instanceof Refusal && error.kind !== 'unavailable') await remove(path);
    throw error;
  }
}

export interface StoredImage {
  readonly mediaType: MediaType;
  readonly body: Readable;
}

/** Opens an image for reading. Refuses where it is gone: its record goes first, so that it may have been seen until now. */
export async function open(path: ImagePath): Promise<StoredImage> {
  try {
    const { Body, ContentType } = await s3.send(new GetObjectCommand(address(path)));
    return { mediaType: ContentType as MediaType, body: Body as Readable };
  } catch (error) {
    // To a reader who may not list the bucket S3 says no more of an object that is missing.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if (error instanceof Error && error.name === 'AccessDenied') await images.confirm(path);
    throw error instanceof NoSuchKey ? imageNotFound() : error;
  }
}

/** Opens an image beside the look-up that has to allow it. Refuses what the look-up refuses. */
export async function openIf(allowed: Promise<void>, path: ImagePath): Promise<StoredImage> {
  const [permission, image] = await Promise.allSettled([allowed, open(path)]);
  if (permission.status === 'fulfilled' && image.status === 'fulfilled') return image.value;
  if (image.status === 'fulfilled') image.value.body.destroy();
  throw permission.status === 'rejected' ? permission.reason : (image as PromiseRejectedResult).reason;
}

/** The whole of an image; undefined where it is gone. */
export async function readIfThere(path: ImagePath): Promise<Image | undefined> {
  try {
    const { mediaType, body } = await open(path);
    return { mediaType, bytes: await buffer(body) };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

export async function remove(path: ImagePath): Promise<void> {
  await s3.send(new DeleteObjectCommand(address(path)));
}
