import { writeMetrics } from '../domain/metrics.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageQuotaExceeded } from '../domain/refusal.ts';
import { transact } from './dynamo.ts';
import { keys } from './table.ts';

const daySeconds = 24 * 60 * 60;

/** A counted portrait. */
export interface Counted {
  /** Takes it back, if nothing was drawn and nothing cost money. */
  giveBack(): Promise<void>;
}

/**
 * Counts a portrait of this day (UTC). Refuses if the project's quota is used up. It is a transaction of one item, so that a retry after a lost
 * answer does not count twice.
 */
export async function countPortrait({ projectId }: ProjectPath, maxImagesPerDay: number): Promise<Counted> {
  const now = Math.floor(Date.now() / 1000);
  const refusal = () => {
    writeMetrics({ QuotaRefusals: 1 }, { projectId, maxImagesPerDay });
    return imageQuotaExceeded(maxImagesPerDay, daySeconds - (now % daySeconds));
  };
  if (maxImagesPerDay === 0) throw refusal();
  const Key = keys.quota(projectId, new Date(now * 1000).toISOString().slice(0, 10));
  await transact({
    Update: {
      Key,
      UpdateExpression: 'ADD drawn :one SET expiresAt = :later',
      ConditionExpression: 'attribute_not_exists(drawn) OR drawn < :most',
      ExpressionAttributeValues: { ':one': 1, ':most': maxImagesPerDay, ':later': now + 2 * daySeconds },
    },
    otherwise: refusal,
  });
  return {
    giveBack: () =>
      transact({
        Update: {
          Key,
          UpdateExpression: 'ADD drawn :minusOne',
          ConditionExpression: 'drawn > :none',
          ExpressionAttributeValues: { ':minusOne': -1, ':none': 0 },
        },
      }),
  };
}
