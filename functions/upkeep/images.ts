import type { ImagePath } from '../domain/image.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { setting } from '../domain/settings.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';

/** Finishes the deletion of an image. Its record is removed last, so that an interrupted deletion can be continued. */
export async function finishDeletion(path: ImagePath): Promise<void> {
  await images.detachFromAll(path);
  if (await images.hasReferrers(path))
    throw new Error('Not enough time to remove an image from all personas that refer to it');
  await objects.remove(path);
  await images.removeRecord(path);
}

/**
 * Deletes the portraits of a persona that are not among its newest `KEEP_PORTRAITS` and that no persona refers to; 0 keeps all. Of a deleted
 * persona, none is kept.
 */
export async function retainPortraits(path: PersonaPath): Promise<void> {
  const { projectId } = path;
  const max = Number(setting('KEEP_PORTRAITS')) || Number.POSITIVE_INFINITY;
  const drawn = await images.drawnFor(path);
  const kept = (await personas.find(path)) ? Math.min(max, drawn.length) : 0;
  for (const imageId of drawn.slice(0, drawn.length - kept)) {
    const imagePath = { projectId, imageId };
    const record = await images.find(imagePath);
    if (!record || record.deletedAt || (await images.hasReferrers(imagePath))) continue;
    await images.markDeleted(imagePath, record);
  }
}
