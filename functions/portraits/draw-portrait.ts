/** Draws portraits. A module of its own, loaded when needed, since it brings the clients of S3, KMS and OpenAI. */
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
import { decryptKey } from '../storage/provider-keys.ts';
import { retry } from '../storage/retry.ts';
import type { DrawingSettings } from './drawing-settings.ts';
import { openAi } from './openai/provider.ts';
import { drawWithMetrics } from './outcome.ts';
import type { StyleReference } from './provider.ts';

export interface Drawn extends personas.Tagged {
  readonly references: ReferenceCount;
}

/** How many style references the project has, and how many were sent to the provider. */
interface ReferenceCount {
  readonly all: number;
  readonly sent: number;
}

/**
 * Draws and stores a new portrait of a persona. Refuses while another one of it is drawn, if the day's quota is used up, and if the provider
 * refuses. A request with an Idempotency-Key is recorded before the provider is called, and does not call it again if that may have cost
 * money.
 */
export async function drawPortrait(
  path: PersonaPath,
  persona: Persona,
  settings: DrawingSettings,
  request: IdempotentRequest | undefined,
): Promise<Drawn> {
  return drawings.withLease(path, request, async () => {
    const drawn = await requestPicture(path, persona, settings).catch(async (error: unknown) => {
      if (request) await drawings.settle(path, request, error);
      throw error;
    });
    return { ...(await storePicture(path, drawn, request)), references: drawn.references };
  });
}

interface DrawnPicture {
  readonly image: Image;
  readonly model: string;
  readonly references: ReferenceCount;
}

/** Requests the picture from the provider. It counts for the daily quota, unless the provider refused it or was not reached. */
async function requestPicture(
  path: PersonaPath,
  persona: Persona,
  { key, model = setting('IMAGE_MODEL'), maxImagesPerDay }: DrawingSettings,
): Promise<DrawnPicture> {
  const { projectId } = path;
  const [apiKey, { all, references }] = await Promise.all([
    decryptKey(projectId, key.ciphertext),
    styleReferences(path),
  ]);
  const counted = await countPortrait(path, maxImagesPerDay);
  try {
    const image = await drawWithMetrics(openAi, { persona, references, model, apiKey, projectId });
    return { image, model, references: { all, sent: references.length } };
  } catch (error) {
    // If this fails, the portrait counts until the end of the day.
    if (!drawings.mayHaveCost(error)) await counted.giveBack().catch(() => {});
    throw error;
  }
}

/** Stores the picture, which was paid for: any failure is retried until the deadline. Refuses if the persona does not exist any more. */
async function storePicture(
  path: PersonaPath,
  { image, model }: DrawnPicture,
  request: IdempotentRequest | undefined,
): Promise<personas.Tagged> {
  const imageId = newImageId(image);
  const idempotencyWrites = request ? [drawings.recordDrawn(path, request, imageId)] : [];
  const attach = () => personas.attachPortrait(path, { imageId, model, idempotencyWrites });
  return retry(
    () => objects.store({ projectId: path.projectId, imageId }, image, attach),
    (error) => !(error instanceof Refusal) || error.kind === 'unavailable',
  );
}

/** The newest style images of the project, oldest first, without those deleted meanwhile, and the number of all. */
async function styleReferences({ projectId }: ProjectPath) {
  const { entries } = await images.listByRole({ projectId }, { role: styleRole });
  const newest = entries.slice(-Number(setting('STYLE_REFERENCES')));
  const found = await Promise.all(
    newest.map(async (id) => ({ id, ...(await objects.read({ projectId, imageId: id }, images.mustExist)) })),
  );
  return { all: entries.length, references: found.filter(isLoaded) };
}

const isLoaded = (reference: { id: string } & Partial<Image>): reference is StyleReference =>
  reference.bytes !== undefined;
