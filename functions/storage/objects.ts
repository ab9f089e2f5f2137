/** The bytes of the images, in S3: immutable, each under its project and id, with its true media type. */
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

/** Stores the bytes: before their record, so that no record ever lacks them. Without a record nobody is shown them. */
export async function put(path: ImagePath, image: Image): Promise<void> {
  await s3.send(new PutObjectCommand({ ...address(path), Body: image.bytes, ContentType: image.mediaType }));
}

/** Stores the bytes, then has them recorded. Removes them where the record is refused, but not where it may be made all the same. */
export async function store<Result>(path: ImagePath, image: Image, record: () => Promise<Result>): Promise<Result> {
  await put(path, image);
  try {
    return await record();
  } catch (error) {
    if (error instanceof Refusal && error.kind !== 'unavailable') await remove(path);
    throw error;
  }
}

/** Looks up the record of an image. Refuses where there is none. */
type LookUp = (path: ImagePath) => Promise<void>;

/** Reads an image. Refuses where it is gone: its record goes first, so that it may have been seen until now. */
async function fetchImage(path: ImagePath, lookUp: LookUp): Promise<Image> {
  try {
    return await fetchWhole(path);
  } catch (error) {
    // To a reader who may not list the bucket S3 says no more of an object that is missing.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if (error instanceof Error && error.name === 'AccessDenied') await lookUp(path);
    throw error instanceof NoSuchKey ? imageNotFound() : error;
  }
}

/** What breaks off or is damaged is fetched again: the SDK does so only until an answer begins, and checks it as it is read to its end. */
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

/** Reads an image beside the look-up of its record. Refuses what the look-up refuses. */
export async function readRecorded(path: ImagePath, lookUp: LookUp): Promise<Image> {
  const [record, image] = await Promise.allSettled([lookUp(path), fetchImage(path, lookUp)]);
  if (record.status === 'rejected') throw record.reason;
  if (image.status === 'rejected') throw image.reason;
  return image.value;
}

/** Reads an image; undefined where it is gone. */
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

/** The ids of the projects of which there are objects, in pages. */
export async function* projectPages(): AsyncGenerator<string[], void, undefined> {
  const query = { Bucket: setting('BUCKET_NAME'), Prefix: 'projects/', Delimiter: '/' };
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: s3 }, query)) {
    yield CommonPrefixes.map(({ Prefix = '' }) => Prefix.slice(query.Prefix.length, -1));
  }
}

/** Removes at most 1 000 objects of a project. Throws where S3 could not remove one of them. */
export async function removeMany(projectId: string, imageIds: readonly string[]): Promise<void> {
  if (imageIds.length === 0) return;
  const Objects = imageIds.map((imageId) => ({ Key: prefixOf(projectId) + imageId }));
  const { Errors = [] } = await s3.send(
    new DeleteObjectsCommand({ Bucket: setting('BUCKET_NAME'), Delete: { Objects, Quiet: true } }),
  );
  if (Errors[0]) throw new Error(`S3 did not remove ${Errors.length} objects: ${Errors[0].Code}`);
}
