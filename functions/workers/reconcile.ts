/**
 * Checks the data of all projects once a day: finishes what clean-up left, and reports other inconsistencies. If the time of a run is not enough,
 * the next one continues.
 */
import type { Context } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import { writeMetrics } from '../domain/metrics.ts';
import { setting } from '../domain/settings.ts';
import { logFault, loggingFaults } from '../http/log.ts';
import { deleteCheckpoint, readCheckpoint, saveCheckpoint } from '../storage/reconcile-checkpoint.ts';
import { checkProject, projectIds } from '../upkeep/check.ts';
import { kinds, type Limits } from '../upkeep/findings.ts';
import { repair } from '../upkeep/repair.ts';

const day = 24 * 60 * 60 * 1000;
/** Time reserved for the last project before Lambda's timeout. */
const lastProjectInMillis = 120_000;

export const handler = (_event: unknown, context: Context): Promise<void> =>
  loggingFaults(context.awsRequestId, () => reconcileAll(context));

async function reconcileAll(context: Context): Promise<void> {
  const limits = { storedBefore: new Date(Date.now() - day), keepPortraits: Number(setting('KEEP_PORTRAITS')) };
  let checkpoint = await readCheckpoint();
  let wrong = 0;
  for (const projectId of (await projectIds()).filter((id) => !checkpoint || id > checkpoint)) {
    const left = context.getRemainingTimeInMillis();
    if (left < lastProjectInMillis) return writeMetrics({ ReconcileFindings: wrong });
    wrong += await withDeadline(left - lastProjectInMillis / 2, () =>
      reconcile(projectId, limits, context.awsRequestId),
    );
    checkpoint = projectId;
    await saveCheckpoint(projectId);
  }
  await deleteCheckpoint();
  writeMetrics({ ReconcileFindings: wrong });
}

/** Returns the number of inconsistencies of a project. A failed check counts as one and does not stop the others. */
async function reconcile(projectId: string, limits: Limits, requestId: string): Promise<number> {
  try {
    const { true: left = [], false: wrong = [] } = Object.groupBy(
      await checkProject(projectId, limits),
      ({ kind }) => `${kinds[kind].left}` as const,
    );
    // Without the ids, since they may include a persona's name; npm run check-data shows them.
    for (const { kind } of wrong)
      console.error(JSON.stringify({ level: 'ERROR', requestId, projectId, finding: kind }));
    for (const finding of left) await repair(finding);
    return wrong.length;
  } catch (error) {
    logFault(error, requestId);
    return 1;
  }
}
