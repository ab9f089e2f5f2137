import type { PersonaPath } from '../domain/persona.ts';
import { generationInProgress } from '../domain/refusal.ts';
import { write } from './dynamo.ts';
import { keys } from './table.ts';

/** Longer than generate-image may run (270 s): a run that died has freed its persona after that. */
const seconds = 300;

/** Does the work as the only one that draws this persona. Refuses while another one does. */
export async function alone<Result>(
  { projectId, personaId }: PersonaPath,
  work: () => Promise<Result>,
): Promise<Result> {
  const Key = keys.drawing(projectId, personaId);
  const now = Math.floor(Date.now() / 1000);
  await write({
    Put: {
      Item: { ...Key, expiresAt: now + seconds },
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now',
      ExpressionAttributeValues: { ':now': now },
    },
    otherwise: () => generationInProgress(10),
  });
  try {
    return await work();
  } finally {
    await write({ Delete: { Key } });
  }
}
