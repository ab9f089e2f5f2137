/** The records of images. Only an image with a record is listed, served, or a persona's portrait. Its bytes are in objects.ts. */
import { deadline } from '../domain/deadline.ts';
import type { ImagePath, ImagesQuery } from '../domain/image.ts';
import type { Page } from '../domain/paging.ts';
import type { PersonaPath } from '../domain/persona.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageNotFound, versionMismatch } from '../domain/refusal.ts';
import type { Precondition } from '../domain/version.ts';
import { getItem, getItems, type Write, write } from './dynamo.ts';
import { ImageRecord, imageWrites, recordFrom } from './image-records.ts';
import { idPages, queryPages, readPage } from './lists.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';
import { keys, lists } from './table.ts';

/** Records an image whose bytes are stored. */
export async function record(
  { projectId, imageId }: ImagePath,
  role: string,
  idempotencyWrites: readonly Write[],
): Promise<void> {
  await write(...idempotencyWrites, ...imageWrites(projectId, imageId, role));
}

/** The ids of a role's images, oldest first. Refuses if the project does not exist. */
export async function listByRole(path: ProjectPath, query: ImagesQuery): Promise<Page<string, ImagesQuery>> {
  return projects.ifExists(
    path,
    readPage(lists.role(path.projectId, query.role), [], query, (id) => id),
  );
}

/** Refuses if the project or the image does not exist. */
export const mustExist = async (path: ImagePath): Promise<void> => void (await get(path));

async function get({ projectId, imageId }: ImagePath): Promise<ImageRecord> {
  const [project, item] = await getItems(keys.project(projectId), keys.image(projectId, imageId));
  projects.fromItem(project);
  const record = recordFrom(item);
  if (!record) throw imageNotFound();
  return record;
}

/**
 * Deletes an image, and removes it from the personas that refer to it. Refuses if it does not exist, or the precondition does not hold; an image
 * never changes, so its id is its tag.
 */
export async function remove(path: ImagePath, precondition: Precondition): Promise<void> {
  const record = await get(path);
  if (!precondition(path.imageId)) throw versionMismatch();
  await markDeleted(path, record);
  await detachFromAll(path);
}

/**
 * Marks an image as deleted: it is invisible from now on, and clean-up removes its object and record. Whoever gives the image to a persona writes
 * the referrer first and then looks for this mark, so no persona keeps a deleted image. Refuses if it is already marked.
 */
export async function markDeleted({ projectId, imageId }: ImagePath, { role, personaId }: ImageRecord): Promise<void> {
  await write(
    {
      Update: {
        Key: keys.image(projectId, imageId),
        UpdateExpression: 'SET deletedAt = :now',
        ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(deletedAt)',
        ExpressionAttributeValues: { ':now': new Date().toISOString() },
      },
      otherwise: imageNotFound,
    },
    { Delete: { Key: keys.role(projectId, role, imageId) } },
    ...(personaId ? [{ Delete: { Key: keys.portrait(projectId, personaId, imageId) } }] : []),
  );
}

const personasAtOnce = 10;

/** Removes a deleted image from the personas that refer to it. After the deadline, clean-up does the rest. */
export async function detachFromAll({ projectId, imageId }: ImagePath): Promise<void> {
  const end = deadline();
  for await (const personaIds of idPages(lists.referrers(projectId, imageId))) {
    for (let start = 0; start < personaIds.length && performance.now() < end; start += personasAtOnce) {
      const some = personaIds.slice(start, start + personasAtOnce);
      await Promise.all(some.map((personaId) => personas.detachImage({ projectId, personaId }, imageId)));
    }
  }
}

/** The record of an image, even if it is being deleted; undefined if there is none. */
export async function find({ projectId, imageId }: ImagePath): Promise<ImageRecord | undefined> {
  const item = await getItem(keys.image(projectId, imageId));
  return item && ImageRecord.parse(item);
}

export async function exists(path: ImagePath): Promise<boolean> {
  const record = await find(path);
  return record !== undefined && !record.deletedAt;
}

/** Restores the entries of an existing image in the lists of its role and its persona. */
export async function relist(path: ImagePath): Promise<void> {
  const { projectId, imageId } = path;
  const record = await find(path);
  if (!record || record.deletedAt) return;
  const { role, personaId, model = '' } = record;
  const [, ...listings] = imageWrites(projectId, imageId, role, personaId ? { personaId, model } : undefined);
  await write(...listings);
}

export async function hasReferrers({ projectId, imageId }: ImagePath): Promise<boolean> {
  const first = await queryPages(lists.referrers(projectId, imageId), ['SK'], { limit: 1 }).next();
  return !first.done && first.value.length > 0;
}

/** The ids of the portraits of a persona that exist, oldest first. */
export async function drawnFor({ projectId, personaId }: PersonaPath): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of idPages(lists.portraits(projectId, personaId))) ids.push(...page);
  return ids;
}

/** Removes the record of a deleted image, after its object. */
export const removeRecord = ({ projectId, imageId }: ImagePath): Promise<void> =>
  write({ Delete: { Key: keys.image(projectId, imageId) } });
