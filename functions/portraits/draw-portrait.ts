/** Drawing a portrait: all that a refusal does not need, with the clients of S3, KMS and OpenAI. */
import type { IdempotentRequest } from '../domain/idempotency.ts';
import { type Image, newImageId } from '../domain/image.ts';
import { styleRole } from '../domain/image-role.ts';
import type { Persona, PersonaPath } from '../domain/persona.ts';
import type { ProjectPath } from '../domain/project.ts';
import { Refusal } from '../domain/refusal.ts';
import { setting } from '../domain/settings.ts';
import * as drawings from '../storage/drawings.ts';
import * as images from '../storage/images.ts';
import * as objects from '../storage/objects.ts';
import * as personas from '../storage/personas.ts';
import { countPortrait } from '../storage/portrait-quota.ts';
import { openKey } from '../storage/provider-keys.ts';
import { retry } from '../storage/retry.ts';
import type { DrawingSettings } from './drawing-settings.ts';
import { openAi } from './openai/provider.ts';
import { drawCounted } from './outcome.ts';
import type { StyleReference } from './provider.ts';

export interface Drawn extends personas.Tagged {
  readonly references: ReferenceCount;
}

/** Style references: those of the project, and how many of them the provider was sent. */
interface ReferenceCount {
  readonly all: number;
  readonly sent: number;
}

/**
 * The persona with a new portrait, which is stored. Refuses while another one of it is drawn, beyond the day's quota, and with what
 * the provider says. A request with an Idempotency-Key is noted before the provider is called, and never calls it again once that may
 * have cost.
 */
export async function drawPortrait(
  path: PersonaPath,
  persona: Persona,
  settings: DrawingSettings,
  request: IdempotentRequest | undefined,
): Promise<Drawn> {
  return drawings.withLease(path, request, async () => {
    const bought = await buy(path, persona, settings).catch(async (error: unknown) => {
      if (request) await drawings.settle(path, request, error);
      throw error;
    });
    return { ...(await keep(path, bought, request)), references: bought.references };
  });
}

interface Bought {
  readonly image: Image;
  readonly model: string;
  readonly references: ReferenceCount;
}

/** Has the portrait drawn, which counts for the day: not where the provider refused it or was never reached. */
async function buy(
  path: PersonaPath,
  persona: Persona,
  { key, model = setting('IMAGE_MODEL'), maxImagesPerDay }: DrawingSettings,
): Promise<Bought> {
  const { projectId } = path;
  const [apiKey, { all, references }] = await Promise.all([openKey(projectId, key.sealed), styleReferences(path)]);
  const counted = await countPortrait(path, maxImagesPerDay);
  try {
    const image = await drawCounted(openAi, { persona, references, model, apiKey, projectId });
    return { image, model, references: { all, sent: references.length } };
  } catch (error) {
    // Where that fails, the portrait counts until the day is over.
    if (!drawings.mayHaveCost(error)) await counted.giveBack().catch(() => {});
    throw error;
  }
}

/** Stores what was paid for: whatever fails, it is tried until the function's own end. Refuses where the persona is gone. */
async function keep(
  path: PersonaPath,
  { image, model }: Bought,
  request: IdempotentRequest | undefined,
): Promise<personas.Tagged> {
  const imageId = newImageId(image);
  const notes = request ? [drawings.noteDrawn(path, request, imageId)] : [];
  const attach = () => personas.attachPortrait(path, { imageId, model, notes });
  return retry(
    () => objects.store({ projectId: path.projectId, imageId }, image, attach),
    (error) => !(error instanceof Refusal) || error.kind === 'unavailable',
  );
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
