/** Drawing a portrait: all that a refusal does not need, with the clients of S3, KMS and OpenAI. */
import { type Image, newImageId, styleRole } from '../domain/image.ts';
import type { Persona, PersonaPath } from '../domain/persona.ts';
import type { ProjectPath } from '../domain/project.ts';
import { setting } from '../domain/settings.ts';
import * as drawings from '../storage/drawings.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';
import { countPortrait } from '../storage/portrait-quota.ts';
import { openKey } from '../storage/provider-keys.ts';
import type { DrawingSettings } from './drawing-settings.ts';
import { openAi } from './openai/provider.ts';

/**
 * The persona with a new portrait, which is stored. Refuses while another one of it is drawn, beyond the day's quota, and with what
 * the provider says.
 */
export async function drawPortrait(
  path: PersonaPath,
  persona: Persona,
  { key, model = setting('IMAGE_MODEL'), maxImagesPerDay }: DrawingSettings,
): Promise<personas.Tagged> {
  const { projectId } = path;
  return drawings.alone(path, async () => {
    const [apiKey, references] = await Promise.all([
      openKey(projectId, key.sealed),
      styleReferences(path),
      countPortrait(path, maxImagesPerDay),
    ]);
    const image = await openAi.draw({ persona, references, model, apiKey, projectId });
    const imagePath = { projectId, imageId: newImageId(image) };
    return objects.store(imagePath, image, () => personas.bearDrawn(path, imagePath.imageId));
  });
}

/** The project's style images, oldest first, without those that are deleted meanwhile. */
async function styleReferences({ projectId }: ProjectPath): Promise<Image[]> {
  const query = { role: styleRole, limit: Number(setting('STYLE_REFERENCES')) };
  const { entries } = await images.listByRole({ projectId }, query);
  const found = await Promise.all(entries.map((imageId) => objects.readIfThere({ projectId, imageId })));
  return found.filter((image) => image !== undefined);
}
