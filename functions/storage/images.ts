/** The records of the images: what is listed, may be borne by a persona, and is served. The bytes are in objects.ts. */
import * as z from 'zod/mini';
import type { ImagePath, ImagesQuery } from '../domain/image.ts';
import type { Page } from '../domain/paging.ts';
import { changed } from '../domain/persona.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageNotFound, versionMismatch } from '../domain/refusal.ts';
import type { Precondition } from '../domain/version.ts';
import { getItems, overtaken, retried, type Write, write } from './dynamo.ts';
import { recording } from './image-writes.ts';
import { readPage } from './lists.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';
import { keys } from './table.ts';

const Image = z.object({
  role: z.string(),
  /** The persona for whom it was drawn, if it was. */
  personaId: z.optional(z.string()),
  /** Every persona that bears it, and maybe some that did. */
  bearers: z._default(z.set(z.string()), new Set()),
  version: z.number(),
});

/** Records an image that is stored. Refuses where the project is gone. */
export async function record({ projectId, imageId }: ImagePath, role: string): Promise<void> {
  await retried(() => write(projects.mustLive(projectId), ...recording(projectId, imageId, role)));
}

/** The ids of a role's images, oldest first. Refuses where the project is gone. */
export async function listByRole(path: ProjectPath, query: ImagesQuery): Promise<Page<string, ImagesQuery>> {
  return projects.living(
    path,
    readPage(keys.role(path.projectId, query.role), [], query, (id) => id),
  );
}

/** Refuses unless the project lives and holds this image. */
export async function confirm({ projectId, imageId }: ImagePath): Promise<void> {
  const [project, image] = await getItems(keys.project(projectId), keys.image(projectId, imageId));
  projects.fromItem(project);
  if (!image) throw imageNotFound();
}

/**
 * Removes the record, and with it the image from every persona that bears it. Refuses where there is none, or the caller wants
 * another one: an image never changes, so its id is its tag.
 */
export async function remove(path: ImagePath, precondition: Precondition): Promise<void> {
  let done = false;
  while (!done) done = await retried(() => removeStep(path, precondition));
}

/** Personas of at most 350 KB each in a transaction of at most 4 MB. */
const personasPerStep = 10;

/** Takes the image from up to ten personas; if those were all that ever bore it, its records go in the same transaction. */
async function removeStep({ projectId, imageId }: ImagePath, precondition: Precondition): Promise<boolean> {
  const [project, item] = await getItems(keys.project(projectId), keys.image(projectId, imageId));
  projects.fromItem(project);
  if (!item) throw imageNotFound();
  if (!precondition(imageId)) throw versionMismatch();
  const { role, personaId, bearers, version } = Image.parse(item);

  const step = [...bearers].slice(0, personasPerStep);
  const last = step.length === bearers.size;
  const unchanged = {
    Key: keys.image(projectId, imageId),
    ConditionExpression: 'version = :version',
  };
  const records: Write[] = last
    ? [
        { Delete: { ...unchanged, ExpressionAttributeValues: { ':version': version } }, otherwise: overtaken },
        { Delete: { Key: keys.role(projectId, role, imageId) } },
        ...(personaId ? [{ Delete: { Key: keys.portrait(projectId, personaId, imageId) } }] : []),
      ]
    : [
        {
          Update: {
            ...unchanged,
            UpdateExpression: 'DELETE bearers :step ADD version :one',
            ExpressionAttributeValues: { ':version': version, ':step': new Set(step), ':one': 1 },
          },
          otherwise: overtaken,
        },
      ];
  await write(...records, ...(await takenFrom(projectId, imageId, step)));
  return last;
}

/** The writes that take the image from those of these personas that bear it now. */
async function takenFrom(projectId: string, imageId: string, personaIds: readonly string[]): Promise<Write[]> {
  if (personaIds.length === 0) return [];
  const items = await getItems(...personaIds.map((personaId) => keys.persona(projectId, personaId)));
  return items.flatMap((item) => {
    if (!item) return [];
    const { persona, version } = personas.fromItem(item);
    if (persona.imageUrl !== imageId) return [];
    const bare = changed(persona, { imageUrl: null }, new Date().toISOString());
    return [personas.replace({ projectId, personaId: persona.id }, bare, version)];
  });
}
