import type { PersonaPath } from '../domain/persona.ts';
import { imageUnknown } from '../domain/refusal.ts';
import type { Write } from './dynamo.ts';
import { keys } from './table.ts';

/** The writes that record a stored image; one that was drawn for a persona is borne by it from the start. */
export function recording(projectId: string, imageId: string, role: string, personaId?: string): Write[] {
  const drawn = personaId === undefined ? {} : { personaId, bearers: new Set([personaId]) };
  return [
    { Put: { Item: { ...keys.image(projectId, imageId), role, version: 1, ...drawn } } },
    { Put: { Item: keys.role(projectId, role, imageId) } },
    ...(personaId === undefined ? [] : [{ Put: { Item: keys.portrait(projectId, personaId, imageId) } }]),
  ];
}

/**
 * The write that notes a persona among those that have borne an image. A note is never taken back, so that a persona that
 * bears an image is always among them. Refuses where the image is gone.
 */
export const bearing = ({ projectId, personaId }: PersonaPath, imageId: string): Write => ({
  Update: {
    Key: keys.image(projectId, imageId),
    UpdateExpression: 'ADD bearers :persona, version :one',
    ConditionExpression: 'attribute_exists(PK)',
    ExpressionAttributeValues: { ':persona': new Set([personaId]), ':one': 1 },
  },
  otherwise: imageUnknown,
});
