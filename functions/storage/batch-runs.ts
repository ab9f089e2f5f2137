/**
 * Runs of a batch with an Idempotency-Key. The ids of all entries are recorded before the first one is created, and the results after the last
 * one. A run that was killed is resumed with the same ids; entries that failed are tried again.
 */
import * as z from 'zod/mini';
import { deadline } from '../domain/deadline.ts';
import type { IdempotentRequest } from '../domain/idempotency.ts';
import { newIds } from '../domain/new-id.ts';
import type { ProjectPath } from '../domain/project.ts';
import { idempotencyInProgress, Refusal } from '../domain/refusal.ts';
import { getItem, transact, write } from './dynamo.ts';
import { findRecord, recordWrite } from './idempotency.ts';
import { keys } from './table.ts';

const Run = z.object({
  ids: z.array(z.string()),
  /** Seconds since 1970; 0 if the run has ended. */
  runsUntil: z.number(),
  /** The result of each entry; null if it failed. */
  settled: z.array(z.nullable(z.object({ status: z.enum(['created', 'replaced', 'skipped']), id: z.string() }))),
});
type Run = z.infer<typeof Run>;
export type Settled = Run['settled'][number];

export interface BatchRun {
  readonly ids: readonly string[];
  readonly settled: readonly Settled[];
  readonly isReplay: boolean;
}

const now = () => Math.floor(Date.now() / 1000);
const endOfRun = () => Math.ceil(Date.now() / 1000 + (deadline() - performance.now()) / 1000);

/** Starts a run, or resumes it. Refuses while it is running, and another request with the same key. */
export async function begin(path: ProjectPath, request: IdempotentRequest, count: number): Promise<BatchRun> {
  const fresh = { ids: newIds(count), settled: Array<Settled>(count).fill(null) };
  try {
    await transact(recordWrite(path, request, { ...fresh, runsUntil: endOfRun() }));
    return { ...fresh, isReplay: false };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== idempotencyInProgress(0).code) throw error;
  }
  await findRecord(path, request);
  const run = Run.parse(await getItem(keys.idempotency(path.projectId, request.key)));
  if (run.runsUntil > now()) throw idempotencyInProgress(run.runsUntil - now());
  if (run.settled.some((entry) => !entry)) await resume(path, request, run);
  return { ...run, isReplay: true };
}

/** Of concurrent requests, one resumes the run. */
async function resume(path: ProjectPath, request: IdempotentRequest, { runsUntil }: Run): Promise<void> {
  await transact({
    Update: {
      Key: keys.idempotency(path.projectId, request.key),
      UpdateExpression: 'SET runsUntil = :end',
      ConditionExpression: 'runsUntil = :before',
      ExpressionAttributeValues: { ':end': endOfRun(), ':before': runsUntil },
    },
    otherwise: () => idempotencyInProgress(1),
  });
}

/** Ends the run. If that fails, it counts as running until `runsUntil`; then the ids show what it created. */
export async function end(path: ProjectPath, request: IdempotentRequest, settled: readonly Settled[]): Promise<void> {
  await write({
    Update: {
      Key: keys.idempotency(path.projectId, request.key),
      UpdateExpression: 'SET runsUntil = :over, settled = :settled',
      ExpressionAttributeValues: { ':over': 0, ':settled': settled },
    },
  }).catch(() => {});
}
