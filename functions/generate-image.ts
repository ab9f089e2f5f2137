import { type Image, type ImagePath, newImageId, styleRole } from './domain/image.ts';
import { PersonaPath } from './domain/persona.ts';
import { setting } from './domain/settings.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { streamingLambda } from './http/lambda.ts';
import { ok } from './http/reply.ts';
import { drawnWith } from './portraits/prompt.ts';
import * as drawings from './storage/drawings.ts';
import * as images from './storage/images.ts';
import * as personas from './storage/personas.ts';
import { countPortrait } from './storage/portrait-quota.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath },
  async handle({ path }) {
    const { persona, project } = await personas.get(path);
    const { key, model = setting('IMAGE_MODEL'), maxImagesPerDay } = drawnWith(persona, project);
    // OpenAI's, S3's and KMS's clients: a cold start that ends in a refusal does not wait for them.
    const [{ drawPortrait }, { openKey }, objects] = await Promise.all([
      import('./portraits/openai/draw.ts'),
      import('./storage/provider-keys.ts'),
      import('./storage/objects.ts'),
    ]);
    return drawings.alone(path, async () => {
      const [apiKey, references] = await Promise.all([
        openKey(path.projectId, key.sealed),
        styleReferences(path, objects.readIfThere),
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
async function styleReferences(
  { projectId }: PersonaPath,
  read: (path: ImagePath) => Promise<Image | undefined>,
): Promise<Image[]> {
  const query = { role: styleRole, limit: Number(setting('STYLE_REFERENCES')) };
  const { entries } = await images.listByRole({ projectId }, query);
  const found = await Promise.all(entries.map((imageId) => read({ projectId, imageId })));
  return found.filter((image) => image !== undefined);
}

export const handler = streamingLambda(endpoint);
