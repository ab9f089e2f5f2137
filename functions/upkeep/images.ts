import type { ImagePath } from '../domain/image.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { setting } from '../domain/settings.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';

/** Ends the deletion of an image that is marked: its record goes last, so that it leads here until all else is gone. */
export async function removeDyingImage(path: ImagePath): Promise<void> {
  await images.detachFromAll(path);
  if (await images.hasReferrers(path))
    throw new Error('The time did not allow to take an image from all of its personas');
  await objects.remove(path);
  await images.removeRecord(path);
}

/**
 * Has the portraits go that were drawn for a persona, that nobody refers to, and that are older than the newest `KEEP_PORTRAITS` of them; 0
 * keeps all. Of a persona that is gone, none is kept.
 */
export async function retainPortraits(path: PersonaPath): Promise<void> {
  const { projectId } = path;
  const most = Number(setting('KEEP_PORTRAITS')) || Number.POSITIVE_INFINITY;
  const drawn = await images.drawnFor(path);
  const kept = (await personas.find(path)) ? Math.min(most, drawn.length) : 0;
  for (const imageId of drawn.slice(0, drawn.length - kept)) {
    const imagePath = { projectId, imageId };
    const record = await images.find(imagePath);
    if (!record || record.dying || (await images.hasReferrers(imagePath))) continue;
    await images.markDying(imagePath, record);
  }
}
