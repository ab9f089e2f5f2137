import { countMetrics } from '../domain/metrics.ts';
import type { ProjectPath } from '../domain/project.ts';
import { imageQuotaExceeded } from '../domain/refusal.ts';
import { transact } from './dynamo.ts';
import { keys } from './table.ts';

const daySeconds = 24 * 60 * 60;

/** A portrait that is counted. */
export interface Counted {
  /** Takes it off again, where nothing was drawn and nothing has cost. */
  giveBack(): Promise<void>;
}

/**
 * Counts a portrait of this day (UTC). Refuses the one after the last that the project may have drawn. A transaction of one item, which is made once
 * however often its answer is lost.
 */
export async function countPortrait({ projectId }: ProjectPath, maxImagesPerDay: number): Promise<Counted> {
  const now = Math.floor(Date.now() / 1000);
  const refusal = () => {
    countMetrics({ QuotaRefusals: 1 }, { projectId, maxImagesPerDay });
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
