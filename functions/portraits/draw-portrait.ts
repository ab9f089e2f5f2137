/** Drawing a portrait: all that a refusal does not need, with the clients of S3, KMS and OpenAI. */
import { type Image, newImageId } from '../domain/image.ts';
import { styleRole } from '../domain/image-role.ts';
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
import type { StyleReference } from './provider.ts';

export interface Drawn extends personas.Tagged {
  /** Style references: those of the project, and how many of them the provider was sent. */
  readonly references: { readonly all: number; readonly sent: number };
}

/**
 * The persona with a new portrait, which is stored. Refuses while another one of it is drawn, beyond the day's quota, and with what
 * the provider says.
 */
export async function drawPortrait(
  path: PersonaPath,
  persona: Persona,
  { key, model = setting('IMAGE_MODEL'), maxImagesPerDay }: DrawingSettings,
): Promise<Drawn> {
  const { projectId } = path;
  return drawings.withLease(path, async () => {
    const [apiKey, { all, references }] = await Promise.all([
      openKey(projectId, key.sealed),
      styleReferences(path),
      countPortrait(path, maxImagesPerDay),
    ]);
    const image = await openAi.draw({ persona, references, model, apiKey, projectId });
    const imagePath = { projectId, imageId: newImageId(image) };
    const drawn = await objects.store(imagePath, image, () => personas.attachPortrait(path, imagePath.imageId));
    return { ...drawn, references: { all, sent: references.length } };
  });
}

/** The newest of the project's style images, oldest first, without those that are deleted meanwhile; and how many it has in all. */
async function styleReferences({ projectId }: ProjectPath) {
  const { entries } = await images.listByRole({ projectId }, { role: styleRole });
  const newest = entries.slice(-Number(setting('STYLE_REFERENCES')));
  const found = await Promise.all(
    newest.map(async (id) => ({ id, ...(await objects.read({ projectId, imageId: id }, images.mustExist)) })),
  );
  return { all: entries.length, references: found.filter(isThere) };
}

const isThere = (reference: { id: string } & Partial<Image>): reference is StyleReference =>
  reference.bytes !== undefined;
