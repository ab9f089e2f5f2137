/**
 * Runs of a batch under an Idempotency-Key: the ids of all entries are noted before the first is made, and what became of each after the last.
 * A run that died is resumed under the same ids; an entry that failed is tried again.
 */
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod/mini';
import { deadline } from '../domain/deadline.ts';
import type { IdempotentRequest } from '../domain/idempotency.ts';
import type { ProjectPath } from '../domain/project.ts';
import { idempotencyInProgress, Refusal } from '../domain/refusal.ts';
import { getItem, transact, write } from './dynamo.ts';
import { findNote, noteWrite } from './idempotency.ts';
import { keys } from './table.ts';

const Run = z.object({
  ids: z.array(z.string()),
  /** Seconds since 1970; 0 where it is over. */
  runsUntil: z.number(),
  /** What became of each entry, where it did not fail. */
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

/** Ids for a batch that nobody notes. */
export const newIds = (count: number): string[] => Array.from({ length: count }, () => uuidv7());

/** Begins a run, or takes it up where it was left. Refuses while it is running, and another request with the key. */
export async function begin(path: ProjectPath, request: IdempotentRequest, count: number): Promise<BatchRun> {
  const fresh = { ids: newIds(count), settled: Array<Settled>(count).fill(null) };
  try {
    await transact(noteWrite(path, request, { ...fresh, runsUntil: endOfRun() }));
    return { ...fresh, isReplay: false };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== idempotencyInProgress(0).code) throw error;
  }
  await findNote(path, request);
  const run = Run.parse(await getItem(keys.idempotency(path.projectId, request.key)));
  if (run.runsUntil > now()) throw idempotencyInProgress(run.runsUntil - now());
  if (run.settled.some((entry) => !entry)) await takeUp(path, request, run);
  return { ...run, isReplay: true };
}

/** Of those who come at once, one takes the run up. */
async function takeUp(path: ProjectPath, request: IdempotentRequest, { runsUntil }: Run): Promise<void> {
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

/** Ends the run. Where that fails, it is taken for running until its time is over, and what it made is found by its ids. */
export async function end(path: ProjectPath, request: IdempotentRequest, settled: readonly Settled[]): Promise<void> {
  await write({
    Update: {
      Key: keys.idempotency(path.projectId, request.key),
      UpdateExpression: 'SET runsUntil = :over, settled = :settled',
      ExpressionAttributeValues: { ':over': 0, ':settled': settled },
    },
  }).catch(() => {});
}
