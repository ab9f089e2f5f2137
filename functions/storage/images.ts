/** The records of the images: what is listed, may be a persona's portrait, and is served. The bytes are in objects.ts. */
import { deadline } from '../domain/deadline.ts';
import type { ImagePath, ImagesQuery } from '../domain/image.ts';
import type { Page } from '../domain/paging.ts';
import type { PersonaPath } from '../domain/persona.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageNotFound, versionMismatch } from '../domain/refusal.ts';
import type { Precondition } from '../domain/version.ts';
import { getItem, getItems, type Write, write } from './dynamo.ts';
import { ImageRecord, recordFrom, recording } from './image-records.ts';
import { idPages, queryPages, readPage } from './lists.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';
import { keys, lists } from './table.ts';

/** Records an image that is stored, after `notes`. */
export async function record({ projectId, imageId }: ImagePath, role: string, notes: readonly Write[]): Promise<void> {
  await write(...notes, ...recording(projectId, imageId, role));
}

/** The ids of a role's images, oldest first. Refuses where the project is gone. */
export async function listByRole(path: ProjectPath, query: ImagesQuery): Promise<Page<string, ImagesQuery>> {
  return projects.ifExists(
    path,
    readPage(lists.role(path.projectId, query.role), [], query, (id) => id),
  );
}

/** Refuses unless the project exists and holds this image. */
export const mustExist = async (path: ImagePath): Promise<void> => void (await get(path));

async function get({ projectId, imageId }: ImagePath): Promise<ImageRecord> {
  const [project, item] = await getItems(keys.project(projectId), keys.image(projectId, imageId));
  projects.fromItem(project);
  const record = recordFrom(item);
  if (!record) throw imageNotFound();
  return record;
}

/**
 * Removes the image, and takes it from every persona that refers to it. Refuses where there is none, or the caller wants another one: an image
 * never changes, so its id is its tag.
 */
export async function remove(path: ImagePath, precondition: Precondition): Promise<void> {
  const record = await get(path);
  if (!precondition(path.imageId)) throw versionMismatch();
  await markDying(path, record);
  await detachFromAll(path);
}

/**
 * From then on nobody reads the image, and the clean-up removes its object and its record. A persona that is given it writes that it refers to
 * it, then looks for the mark, so that one of both sees the other: no persona is left with an image that is gone. Refuses where it is marked.
 */
export async function markDying({ projectId, imageId }: ImagePath, { role, personaId }: ImageRecord): Promise<void> {
  await write(
    {
      Update: {
        Key: keys.image(projectId, imageId),
        UpdateExpression: 'SET dying = :now',
        ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(dying)',
        ExpressionAttributeValues: { ':now': new Date().toISOString() },
      },
      otherwise: imageNotFound,
    },
    { Delete: { Key: keys.role(projectId, role, imageId) } },
    ...(personaId ? [{ Delete: { Key: keys.portrait(projectId, personaId, imageId) } }] : []),
  );
}

const personasAtOnce = 10;

/** Takes an image that is gone from every persona that refers to it. What the deadline does not allow is left to the clean-up. */
export async function detachFromAll({ projectId, imageId }: ImagePath): Promise<void> {
  const end = deadline();
  for await (const personaIds of idPages(lists.referrers(projectId, imageId))) {
    for (let start = 0; start < personaIds.length && performance.now() < end; start += personasAtOnce) {
      const some = personaIds.slice(start, start + personasAtOnce);
      await Promise.all(some.map((personaId) => personas.detachImage({ projectId, personaId }, imageId)));
    }
  }
}

/** The record of an image, also of one that is being deleted; undefined where there is none. */
export async function find({ projectId, imageId }: ImagePath): Promise<ImageRecord | undefined> {
  const item = await getItem(keys.image(projectId, imageId));
  return item && ImageRecord.parse(item);
}

export async function isThere(path: ImagePath): Promise<boolean> {
  const record = await find(path);
  return record !== undefined && !record.dying;
}

/** Lists an image that is there by its role, and for the persona for whom it was drawn. */
export async function relist(path: ImagePath): Promise<void> {
  const { projectId, imageId } = path;
  const record = await find(path);
  if (!record || record.dying) return;
  const { role, personaId, model = '' } = record;
  const [, ...listings] = recording(projectId, imageId, role, personaId ? { personaId, model } : undefined);
  await write(...listings);
}

export async function hasReferrers({ projectId, imageId }: ImagePath): Promise<boolean> {
  const first = await queryPages(lists.referrers(projectId, imageId), ['SK'], { limit: 1 }).next();
  return !first.done && first.value.length > 0;
}

/** The ids of the images that were drawn for a persona and are there, oldest first. */
export async function drawnFor({ projectId, personaId }: PersonaPath): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of idPages(lists.portraits(projectId, personaId))) ids.push(...page);
  return ids;
}

/** Removes the record of an image that is being deleted, once its object is gone. */
export const removeRecord = ({ projectId, imageId }: ImagePath): Promise<void> =>
  write({ Delete: { Key: keys.image(projectId, imageId) } });
