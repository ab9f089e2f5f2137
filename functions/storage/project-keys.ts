import { v7 as uuidv7 } from 'uuid';
import { timeOf } from '../domain/fields.ts';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
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

/** Makes a key and answers it, the only time that it is seen. Refuses where the project is gone. */
export async function create(
  { projectId }: ProjectPath,
  fields: NewKey,
  request?: IdempotentRequest,
): Promise<Once<ListedKey & { readonly key?: string }>> {
  await projects.mustExist({ projectId });
  const id = uuidv7();
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
  // The table's time to live, in seconds: an expired key goes by itself some time later.
  const expiresAt = expiry && Math.floor(expiry.getTime() / 1000);
  return once({ projectId }, request, id, {
    async make(_, notes) {
      await write(
        ...notes,
        { Put: { Item: { ...keys.keyRecord(id), projectId, access, hash: hashOf(key), expiresAt } } },
        { Put: { Item: { ...keys.listedKey(projectId, id), listed: JSON.stringify(listed), expiresAt } } },
      );
      return { ...listed, key };
    },
    find: (keyId) => getListed({ projectId, keyId }),
  });
}

/** A key as it is listed, without the key itself. Refuses where there is none. */
async function getListed({ projectId, keyId }: KeyPath): Promise<ListedKey> {
  const item = await getItem(keys.listedKey(projectId, keyId));
  if (!item) throw keyNotFound();
  return ListedKey.parse(JSON.parse(String(item.listed)));
}

/** The keys of a project, oldest first. Refuses where the project is gone. */
export async function list(path: ProjectPath, query: Paging): Promise<Page<ListedKey, Paging>> {
  return projects.ifExists(
    path,
    readPage(lists.keys(path.projectId), ['listed'], query, (_, { listed }) => ListedKey.parse(JSON.parse(listed))),
  );
}

/** The key opens nothing any more, within the minute for which it may still be remembered. Refuses where there is none. */
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

/** What is known of a key; undefined for one that was never made, is revoked, has expired, or whose project is gone. */
export async function find(keyId: string): Promise<KeyRecord | undefined> {
  const item = await getItem(keys.keyRecord(keyId));
  if (!item) return undefined;
  const record = KeyRecord.parse(item);
  if (record.expiresAt !== undefined && record.expiresAt * 1000 <= Date.now()) return undefined;
  return (await getItem(keys.project(record.projectId))) && record;
}
