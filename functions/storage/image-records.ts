/** The table's items of an image, for the modules that write them: images.ts and personas.ts. */
import * as z from 'zod/mini';
import { portraitRole } from '../domain/image-role.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { type Item, type Write, writeConflict } from './dynamo.ts';
import { keys } from './table.ts';

export const ImageRecord = z.object({
  role: z.string(),
  /** The persona for which it was drawn, or to which it was given first. */
  personaId: z.optional(z.string()),
  /** The model that drew it. */
  model: z.optional(z.string()),
  /** When its deletion began, in ISO 8601: it is invisible, and is being removed from the personas that refer to it. */
  deletedAt: z.optional(z.string()),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** Parses the record of an image; undefined if there is none, or the image is being deleted. */
export function recordFrom(item: Item | undefined): ImageRecord | undefined {
  const record = item && ImageRecord.parse(item);
  return record?.deletedAt ? undefined : record;
}

/** The persona for which an image was drawn, and the model. */
export interface Drawn {
  readonly personaId: string;
  readonly model: string;
}

/** The writes that assign an uploaded portrait to the first persona that gets it; none for other images. */
export function adoptionWrites({ projectId, personaId }: PersonaPath, imageId: string, image: ImageRecord): Write[] {
  if (image.role !== portraitRole || image.personaId !== undefined) return [];
  return [
    {
      Update: {
        Key: keys.image(projectId, imageId),
        UpdateExpression: 'SET personaId = :persona',
        ConditionExpression:
          'attribute_exists(PK) AND attribute_not_exists(personaId) AND attribute_not_exists(deletedAt)',
        ExpressionAttributeValues: { ':persona': personaId },
      },
      otherwise: writeConflict,
    },
    { Put: { Item: keys.portrait(projectId, personaId, imageId) } },
  ];
}

/** The writes that record a stored image; `drawn` if it was drawn for a persona. */
export const imageWrites = (projectId: string, imageId: string, role: string, drawn?: Drawn): Write[] => [
  { Put: { Item: { ...keys.image(projectId, imageId), role, ...drawn } } },
  { Put: { Item: keys.role(projectId, role, imageId) } },
  ...(drawn ? [{ Put: { Item: keys.portrait(projectId, drawn.personaId, imageId) } }] : []),
];
