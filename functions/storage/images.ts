/** The records of the images: what is listed, may be a persona's portrait, and is served. The bytes are in objects.ts. */
import type { ImagePath, ImagesQuery } from '../domain/image.ts';
import type { Page } from '../domain/paging.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageNotFound, versionMismatch } from '../domain/refusal.ts';
import type { Precondition } from '../domain/version.ts';
import { getItems, write } from './dynamo.ts';
import { type ImageRecord, recordFrom, recording } from './image-records.ts';
import { queryPages, readPage } from './lists.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';
import { keys, lists } from './table.ts';

/** Records an image that is stored. */
export async function record({ projectId, imageId }: ImagePath, role: string): Promise<void> {
  await write(...recording(projectId, imageId, role));
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
 *
 * First a mark: from then on nobody reads the image. A persona that is given it writes that it refers to it, then looks for the mark, so
 * that one of both sees the other: the image never goes while a persona refers to it.
 */
export async function remove(path: ImagePath, precondition: Precondition): Promise<void> {
  const { projectId, imageId } = path;
  const { role, personaId } = await get(path);
  if (!precondition(imageId)) throw versionMismatch();
  await write(
    {
      Update: {
        Key: keys.image(projectId, imageId),
        UpdateExpression: 'SET dying = :true',
        ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(dying)',
        ExpressionAttributeValues: { ':true': true },
      },
      otherwise: imageNotFound,
    },
    { Delete: { Key: keys.role(projectId, role, imageId) } },
    ...(personaId ? [{ Delete: { Key: keys.portrait(projectId, personaId, imageId) } }] : []),
  );
  await detachFromAll(path);
  await write({ Delete: { Key: keys.image(projectId, imageId) } });
}

const personasAtOnce = 10;

/** Takes an image that is being deleted from every persona that refers to it. */
async function detachFromAll({ projectId, imageId }: ImagePath): Promise<void> {
  const referrers = lists.referrers(projectId, imageId);
  for await (const page of queryPages(referrers, ['SK'], {})) {
    const personaIds = page.map(({ SK }) => SK.slice(referrers.prefix.length));
    for (let start = 0; start < personaIds.length; start += personasAtOnce) {
      const some = personaIds.slice(start, start + personasAtOnce);
      await Promise.all(some.map((personaId) => personas.detachImage({ projectId, personaId }, imageId)));
    }
  }
}
