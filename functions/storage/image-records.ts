/** What the table holds of an image, for the modules that write it: images.ts and personas.ts. */
import * as z from 'zod/mini';
import { portraitRole } from '../domain/image-role.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { type Item, type Write, writeConflict } from './dynamo.ts';
import { keys } from './table.ts';

export const ImageRecord = z.object({
  role: z.string(),
  /** The persona whose portrait it is: for whom it was drawn, or to whom it was given first. */
  personaId: z.optional(z.string()),
  /** What drew it. */
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

/** The writes by which an uploaded portrait becomes one of the first persona that is given it; none for any other image. */
export function adopting({ projectId, personaId }: PersonaPath, imageId: string, image: ImageRecord): Write[] {
  if (image.role !== portraitRole || image.personaId !== undefined) return [];
  return [
    {
      Update: {
        Key: keys.image(projectId, imageId),
        UpdateExpression: 'SET personaId = :persona',
        ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(personaId) AND attribute_not_exists(dying)',
        ExpressionAttributeValues: { ':persona': personaId },
      },
      otherwise: writeConflict,
    },
    { Put: { Item: keys.portrait(projectId, personaId, imageId) } },
  ];
}

/** The writes that record a stored image; `drawn` where it was drawn for a persona. */
export const recording = (projectId: string, imageId: string, role: string, drawn?: Drawn): Write[] => [
  { Put: { Item: { ...keys.image(projectId, imageId), role, ...drawn } } },
  { Put: { Item: keys.role(projectId, role, imageId) } },
  ...(drawn ? [{ Put: { Item: keys.portrait(projectId, drawn.personaId, imageId) } }] : []),
];
