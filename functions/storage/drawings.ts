import { randomUUID } from 'node:crypto';
import type { PersonaPath } from '../domain/persona.ts';
import { generationInProgress } from '../domain/refusal.ts';
import { write } from './dynamo.ts';
import { type Key, keys } from './table.ts';

/** Longer than generate-image may run (270 s): a run that died has freed its persona after that. */
const seconds = 300;

/** Does the work with the lease of this persona: nobody else draws it meanwhile. Refuses while another one does. */
export async function withLease<Result>(
  { projectId, personaId }: PersonaPath,
  work: () => Promise<Result>,
): Promise<Result> {
  const Key = keys.drawing(projectId, personaId);
  const token = randomUUID();
  const now = Math.floor(Date.now() / 1000);
  await write({
    Put: {
      Item: { ...Key, token, expiresAt: now + seconds },
      // Its own token is there where the answer to a first attempt was lost and the SDK tried again.
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now OR #token = :token',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':now': now, ':token': token },
    },
    otherwise: () => generationInProgress(10),
  });
  try {
    return await work();
  } finally {
    await release(Key, token);
  }
}

/** What the work came to does not depend on this: where it fails, the persona is free when the time is up. */
async function release(Key: Key, token: string): Promise<void> {
  const own = {
    ConditionExpression: '#token = :token',
    ExpressionAttributeNames: { '#token': 'token' },
    ExpressionAttributeValues: { ':token': token },
  };
  await write({ Delete: { Key, ...own } }).catch(() => {});
}

/** Removes the lease of a persona that is gone. */
export const removeLease = ({ projectId, personaId }: PersonaPath): Promise<void> =>
  write({ Delete: { Key: keys.drawing(projectId, personaId) } });
