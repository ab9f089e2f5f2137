import { timeOf } from '../domain/fields.ts';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { newId } from '../domain/new-id.ts';
import type { Page, Paging } from '../domain/paging.ts';
import type { ProjectPath } from '../domain/project.ts';
import { hashOf, type KeyPath, KeyRecord, ListedKey, makeKey, type NewKey } from '../domain/project-key.ts';
import { keyNotFound } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';
import { getItem, write } from './dynamo.ts';
import { once } from './idempotency.ts';
import { readPage } from './lists.ts';
import * as projects from './projects.ts';
import { keys, lists } from './table.ts';

/** Creates a key and returns it, only this once. Refuses if the project does not exist. */
export async function create(
  { projectId }: ProjectPath,
  fields: NewKey,
  request?: IdempotentRequest,
): Promise<Once<ListedKey & { readonly key?: string }>> {
  await projects.mustExist({ projectId });
  const id = newId();
  const key = makeKey(setting('STAGE'), id);
  const { name, access } = fields;
  const expiry = fields.expiresAt ? new Date(fields.expiresAt) : undefined;
  const listed: ListedKey = {
    id,
    name,
    access,
    lastFour: key.slice(-4),
    createdAt: timeOf(id),
    ...(expiry && { expiresAt: expiry.toISOString() }),
  };
  // For the table's time to live, in seconds: DynamoDB deletes an expired key some time later.
  const expiresAt = expiry && Math.floor(expiry.getTime() / 1000);
  return once({ projectId }, request, id, {
    async make(_, idempotencyWrites) {
      await write(
        ...idempotencyWrites,
        { Put: { Item: { ...keys.keyRecord(id), projectId, access, hash: hashOf(key), expiresAt } } },
        { Put: { Item: { ...keys.listedKey(projectId, id), listed: JSON.stringify(listed), expiresAt } } },
      );
      return { ...listed, key };
    },
    find: (keyId) => getListed({ projectId, keyId }),
  });
}

/** A key without its secret. Refuses if it does not exist. */
async function getListed({ projectId, keyId }: KeyPath): Promise<ListedKey> {
  const item = await getItem(keys.listedKey(projectId, keyId));
  if (!item) throw keyNotFound();
  return ListedKey.parse(JSON.parse(String(item.listed)));
}

/** The keys of a project, oldest first. Refuses if the project does not exist. */
export async function list(path: ProjectPath, query: Paging): Promise<Page<ListedKey, Paging>> {
  return projects.ifExists(
    path,
    readPage(lists.keys(path.projectId), ['listed'], query, (_, { listed }) => ListedKey.parse(JSON.parse(listed))),
  );
}

/** Revokes a key; the authorizer may cache it for another minute. Refuses if it does not exist. */
export async function remove({ projectId, keyId }: KeyPath): Promise<void> {
  await projects.mustExist({ projectId });
  await write(
    {
      Delete: { Key: keys.listedKey(projectId, keyId), ConditionExpression: 'attribute_exists(PK)' },
      otherwise: keyNotFound,
    },
    { Delete: { Key: keys.keyRecord(keyId) } },
  );
}

/** The record of a key; undefined if it does not exist, was revoked, has expired, or its project does not exist. */
export async function find(keyId: string): Promise<KeyRecord | undefined> {
  const item = await getItem(keys.keyRecord(keyId));
  if (!item) return undefined;
  const record = KeyRecord.parse(item);
  if (record.expiresAt !== undefined && record.expiresAt * 1000 <= Date.now()) return undefined;
  return (await getItem(keys.project(record.projectId))) && record;
}
