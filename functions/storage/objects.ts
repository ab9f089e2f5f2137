/** The bytes of images, as immutable S3 objects under project and id, with their media type. */
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Image, ImagePath } from '../domain/image.ts';
import type { MediaType } from '../domain/image-header.ts';
import { imageNotFound, Refusal, storageUnavailable } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';
import { clientDefaults, maxAttempts } from './client-defaults.ts';

const s3 = new S3Client(clientDefaults);

const prefixOf = (projectId: string) => `projects/${projectId}/`;
const address = ({ projectId, imageId }: ImagePath) => ({
  Bucket: setting('BUCKET_NAME'),
  Key: prefixOf(projectId) + imageId,
});

/** Stores the bytes. It comes before the record, so that no record lacks its bytes; without a record, the bytes are invisible. */
export async function put(path: ImagePath, image: Image): Promise<void> {
  await s3.send(new PutObjectCommand({ ...address(path), Body: image.bytes, ContentType: image.mediaType }));
}

/** Stores the bytes, then records them. Removes them if the record is refused, but not if it may still have been written. */
export async function store<Result>(path: ImagePath, image: Image, record: () => Promise<Result>): Promise<Result> {
  await put(path, image);
  try {
    return await record();
  } catch (error) {
    if (error instanceof Refusal && error.kind !== 'unavailable') await remove(path);
    throw error;
  }
}

/** Looks up the record of an image. Refuses if there is none. */
type LookUp = (path: ImagePath) => Promise<void>;

/** Reads an image. Refuses if it does not exist: it may have been deleted after its record was read. */
async function fetchImage(path: ImagePath, lookUp: LookUp): Promise<Image> {
  try {
    return await fetchWhole(path);
  } catch (error) {
    // Without the permission to list the bucket, S3 answers AccessDenied for a missing object.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if (error instanceof Error && error.name === 'AccessDenied') await lookUp(path);
    throw error instanceof NoSuchKey ? imageNotFound() : error;
  }
}

/** Retries an answer that breaks off or is damaged. The SDK retries only until the body starts, and verifies its checksum at the end. */
async function fetchWhole(path: ImagePath): Promise<Image> {
  for (let attempt = 1; ; attempt++) {
    const { Body, ContentType } = await s3.send(new GetObjectCommand(address(path)));
    try {
      return { mediaType: ContentType as MediaType, bytes: await buffer(Body as Readable) };
    } catch (error) {
      if (attempt === maxAttempts) throw storageUnavailable(error);
    }
  }
}

/** Reads an image while its record is looked up. Refuses what the look-up refuses. */
export async function readRecorded(path: ImagePath, lookUp: LookUp): Promise<Image> {
  const [record, image] = await Promise.allSettled([lookUp(path), fetchImage(path, lookUp)]);
  if (record.status === 'rejected') throw record.reason;
  if (image.status === 'rejected') throw image.reason;
  return image.value;
}

/** Reads an image; undefined if it does not exist. */
export async function read(path: ImagePath, lookUp: LookUp): Promise<Image | undefined> {
  try {
    return await fetchImage(path, lookUp);
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'not_found') return undefined;
    throw error;
  }
}

export async function remove(path: ImagePath): Promise<void> {
  await s3.send(new DeleteObjectCommand(address(path)));
}

export interface ListedObject {
  readonly imageId: string;
  readonly storedAt: Date;
}

/** The objects of a project, in pages of at most 1 000. */
export async function* listPages(projectId: string): AsyncGenerator<ListedObject[], void, undefined> {
  const Prefix = prefixOf(projectId);
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: setting('BUCKET_NAME'), Prefix },
  )) {
    yield Contents.map(({ Key = '', LastModified = new Date() }) => ({
      imageId: Key.slice(Prefix.length),
      storedAt: LastModified,
    }));
  }
}

/** The ids of projects with objects, in pages. */
export async function* projectPages(): AsyncGenerator<string[], void, undefined> {
  const query = { Bucket: setting('BUCKET_NAME'), Prefix: 'projects/', Delimiter: '/' };
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: s3 }, query)) {
    yield CommonPrefixes.map(({ Prefix = '' }) => Prefix.slice(query.Prefix.length, -1));
  }
}

/** Removes at most 1 000 objects of a project. Throws if S3 could not remove all of them. */
export async function removeMany(projectId: string, imageIds: readonly string[]): Promise<void> {
  if (imageIds.length === 0) return;
  const Objects = imageIds.map((imageId) => ({ Key: prefixOf(projectId) + imageId }));
  const { Errors = [] } = await s3.send(
    new DeleteObjectsCommand({ Bucket: setting('BUCKET_NAME'), Delete: { Objects, Quiet: true } }),
  );
  if (Errors[0]) throw new Error(`S3 did not remove ${Errors.length} objects: ${Errors[0].Code}`);
}
