import type { ProjectPath } from '../domain/project.ts';
import { imageQuotaExceeded } from '../domain/refusal.ts';
import { transact } from './dynamo.ts';
import { keys } from './table.ts';

const daySeconds = 24 * 60 * 60;

/** Counts a portrait of this day (UTC). Refuses the one after the last that the project may have drawn. */
export async function countPortrait({ projectId }: ProjectPath, maxImagesPerDay: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const refusal = () => imageQuotaExceeded(maxImagesPerDay, daySeconds - (now % daySeconds));
  if (maxImagesPerDay === 0) throw refusal();
  await transact({
    Update: {
      Key: keys.quota(projectId, new Date(now * 1000).toISOString().slice(0, 10)),
      UpdateExpression: 'ADD drawn :one SET expiresAt = :later',
      ConditionExpression: 'attribute_not_exists(drawn) OR drawn < :most',
      ExpressionAttributeValues: { ':one': 1, ':most': maxImagesPerDay, ':later': now + 2 * daySeconds },
    },
    otherwise: refusal,
  });
}
