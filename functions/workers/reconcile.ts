/**
 * Looks at the data of all projects once a day: finishes what clean-up left, and tells what else is wrong. What the time of a run does not
 * allow is looked at by the next one.
 */
import type { Context } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import { countMetrics } from '../domain/metrics.ts';
import { setting } from '../domain/settings.ts';
import { logFault, loggingFaults } from '../http/log.ts';
import { forgetPlace, keepPlace, keptPlace } from '../storage/reconcile-place.ts';
import { checkProject, projectIds } from '../upkeep/check.ts';
import { kinds, type Limits } from '../upkeep/findings.ts';
import { repair } from '../upkeep/repair.ts';

const day = 24 * 60 * 60 * 1000;
/** What is left for the last project before Lambda ends the function. */
const lastProjectInMillis = 120_000;

export const handler = (_event: unknown, context: Context): Promise<void> =>
  loggingFaults(context.awsRequestId, () => reconcileAll(context));

async function reconcileAll(context: Context): Promise<void> {
  const limits = { storedBefore: new Date(Date.now() - day), keepPortraits: Number(setting('KEEP_PORTRAITS')) };
  let place = await keptPlace();
  let wrong = 0;
  for (const projectId of (await projectIds()).filter((id) => !place || id > place)) {
    const left = context.getRemainingTimeInMillis();
    if (left < lastProjectInMillis) return countMetrics({ ReconcileFindings: wrong });
    wrong += await withDeadline(left - lastProjectInMillis / 2, () =>
      reconcile(projectId, limits, context.awsRequestId),
    );
    place = projectId;
    await keepPlace(projectId);
  }
  await forgetPlace();
  countMetrics({ ReconcileFindings: wrong });
}

/** Answers how much is wrong with a project. One that cannot be looked at counts as one, and does not keep the others from it. */
async function reconcile(projectId: string, limits: Limits, requestId: string): Promise<number> {
  try {
    const { true: left = [], false: wrong = [] } = Object.groupBy(
      await checkProject(projectId, limits),
      ({ kind }) => `${kinds[kind].left}` as const,
    );
    // What they are about may be a name: npm run check-data tells it.
    for (const { kind } of wrong)
      console.error(JSON.stringify({ level: 'ERROR', requestId, projectId, finding: kind }));
    for (const finding of left) await repair(finding);
    return wrong.length;
  } catch (error) {
    logFault(error, requestId);
    return 1;
  }
}
