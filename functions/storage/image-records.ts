/** What the table holds of an image, for the modules that write it: images.ts and personas.ts. */
import * as z from 'zod/mini';
import type { Item, Write } from './dynamo.ts';
import { keys } from './table.ts';

export const ImageRecord = z.object({
  role: z.string(),
  /** The persona for whom it was drawn, and the model that drew it, if it was. */
  personaId: z.optional(z.string()),
  model: z.optional(z.string()),
  /** Since when it is being deleted, in ISO 8601: gone for every reader, and being taken from the personas that refer to it. */
  dying: z.optional(z.string()),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** Reads the record of an image; undefined where there is none, or the image is being deleted. */
export function recordFrom(item: Item | undefined): ImageRecord | undefined {
  const record = item && ImageRecord.parse(item);
  return record?.dying ? undefined : record;
}

/** For whom an image was drawn, and by which model. */
export interface Drawn {
  readonly personaId: string;
  readonly model: string;
}

/** The writes that record a stored image; `drawn` where it was drawn for a persona. */
export const recording = (projectId: string, imageId: string, role: string, drawn?: Drawn): Write[] => [
  { Put: { Item: { ...keys.image(projectId, imageId), role, ...drawn } } },
  { Put: { Item: keys.role(projectId, role, imageId) } },
  ...(drawn ? [{ Put: { Item: keys.portrait(projectId, drawn.personaId, imageId) } }] : []),
];
