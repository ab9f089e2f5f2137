import { type Image, newImageId, styleRole } from './domain/image.ts';
import { PersonaPath } from './domain/persona.ts';
import { drawnWith } from './domain/portrait.ts';
import { setting } from './domain/settings.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import { drawPortrait } from './portraits/draw-portrait.ts';
import * as drawings from './storage/drawings.ts';
import * as images from './storage/images.ts';
import * as objects from './storage/objects.ts';
import * as personas from './storage/personas.ts';
import { countPortrait } from './storage/portrait-quota.ts';
import { openKey } from './storage/provider-keys.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    const { persona, project } = await personas.get(path);
    const { key, model = setting('IMAGE_MODEL'), maxImagesPerDay } = drawnWith(persona, project);
    return drawings.alone(path, async () => {
      const [apiKey, references] = await Promise.all([
        openKey(path.projectId, key.sealed),
        styleReferences(path),
        countPortrait(path, maxImagesPerDay),
      ]);
      const image = await drawPortrait({ persona, references, model, apiKey, projectId: path.projectId });
      const imagePath = { ...path, imageId: newImageId(image) };
      const drawn = await objects.store(imagePath, image, () => personas.bearDrawn(path, imagePath.imageId));
      return ok(drawn.persona, drawn.tag);
    });
  },
});

/** Without those that are deleted meanwhile. */
async function styleReferences({ projectId }: PersonaPath): Promise<Image[]> {
  const ids = await images.listByRole({ projectId }, styleRole, Number(setting('STYLE_REFERENCES')));
  const found = await Promise.all(ids.map((imageId) => objects.readIfThere({ projectId, imageId })));
  return found.filter((image) => image !== undefined);
}

export const handler = streamingLambda(endpoint);
