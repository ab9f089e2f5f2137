import { S3Failure } from './failure.ts';
import type { Objects } from './objects.ts';
import { document, element, textElement } from './xml.ts';

const pageLimit = 1000;

/** One page of ListObjectsV2, in XML. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjects(objects: Objects, bucket: string, query: URLSearchParams): Promise<string> {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const maxKeys = Math.min(Number(query.get('max-keys') ?? pageLimit), pageLimit);
  if (!Number.isInteger(maxKeys) || maxKeys < 0) {
    throw new S3Failure(400, 'InvalidArgument', 'max-keys is not a valid number.');
  }

  /** The entry of a key: the key itself, or its common prefix up to the delimiter. */
  const listedAs = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? key : key.slice(0, end + delimiter.length);
  };
  const entries = new Set((await objects.keys(prefix)).map(listedAs).filter((entry) => entry > after));
  const page = [...entries].slice(0, maxKeys);
  const isCommon = (entry: string) => delimiter !== '' && entry.endsWith(delimiter) && entry.length > prefix.length;
  const contents = await Promise.all(page.filter((entry) => !isCommon(entry)).map((key) => describe(objects, key)));
  const last = page.length < entries.size ? page.at(-1) : undefined;
  return document(
    'ListBucketResult',
    textElement('Name', bucket),
    textElement('Prefix', prefix),
    textElement('KeyCount', page.length),
    textElement('MaxKeys', maxKeys),
    textElement('IsTruncated', page.length < entries.size),
    ...(last === undefined ? [] : [textElement('NextContinuationToken', Buffer.from(last).toString('base64url'))]),
    ...contents,
    ...page.filter(isCommon).map((entry) => element('CommonPrefixes', textElement('Prefix', entry))),
  );
}

/** Empty if the object was deleted meanwhile. */
async function describe(objects: Objects, key: string): Promise<string> {
  const object = await objects.open(key);
  if (!object) return '';
  await using _ = object.file;
  return element(
    'Contents',
    textElement('Key', key),
    textElement('LastModified', object.lastModified.toISOString()),
    textElement('ETag', object.etag),
    textElement('Size', object.size),
    textElement('StorageClass', 'STANDARD'),
  );
}
