/**
 * Removes what deletions leave behind. Stream records arrive at least once and in any order, even those of one transaction. So a record only says
 * where to look, and the worker reads the present state.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import type { ImagePath } from '../domain/image.ts';
import { writeMetrics } from '../domain/metrics.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { logFault } from '../http/log.ts';
import * as drawings from '../storage/drawings.ts';
import * as images from '../storage/images.ts';
import * as personas from '../storage/personas.ts';
import * as projects from '../storage/projects.ts';
import { removeDeletedProject } from '../upkeep/deleted-project.ts';
import { finishDeletion, retainPortraits } from '../upkeep/images.ts';

/** Time reserved for the last step before Lambda's timeout. */
const lastStepInMillis = 20_000;

/** Returns the failed records, whose faults are in the log. Lambda delivers them and the later ones again. */
export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  const exists = memoize(projects.exists);
  const failed: DynamoDBRecord[] = [];
  let removed = 0;
  await withDeadline(context.getRemainingTimeInMillis() - lastStepInMillis, async () => {
    for (const record of event.Records) {
      try {
        if (context.getRemainingTimeInMillis() < lastStepInMillis) throw new Error('Not enough time is left');
        removed += await cleanUp(record, exists);
      } catch (error) {
        logFault(error, context.awsRequestId);
        failed.push(record);
      }
    }
  });
  if (removed > 0) writeMetrics({ CleanUpFindings: removed });
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
}

/** Returns how many projects and images were completely removed. */
async function cleanUp(
  { eventName, dynamodb }: DynamoDBRecord,
  exists: (projectId: string) => Promise<boolean>,
): Promise<number> {
  const [partition, projectId = ''] = dynamodb?.Keys?.PK?.S?.split('#') ?? [];
  const [kind, id = '', otherId = ''] = dynamodb?.Keys?.SK?.S?.split('#') ?? [];
  if (kind === 'GONE' && eventName !== 'REMOVE') return Number(await removeDeletedProject(id));
  if (partition !== 'PROJECT') return 0;
  if (!(await exists(projectId))) {
    // It may have been written after the last round of the project's removal.
    if (eventName === 'INSERT') await projects.reopenTombstone(projectId);
    return 0;
  }
  switch (`${kind} ${eventName}`) {
    case 'PERSONA REMOVE':
      await drawings.removeLease({ projectId, personaId: id });
      await retainPortraits({ projectId, personaId: id });
      return 0;
    case 'PORTRAIT INSERT':
      await retainPortraits({ projectId, personaId: id });
      return 0;
    case 'IMAGE MODIFY':
      return afterDeletionMark({ projectId, imageId: id });
    case 'REFERRER INSERT':
      await afterReferrerAdded({ projectId, imageId: id, personaId: otherId });
      return 0;
    case 'REFERRER REMOVE':
      await afterReferrerRemoved({ projectId, imageId: id });
      return 0;
    default:
      return 0;
  }
}

async function afterDeletionMark(path: ImagePath): Promise<number> {
  if (!(await images.find(path))?.deletedAt) return 0;
  await finishDeletion(path);
  return 1;
}

/** The function that gave the image to the persona may have been killed before it checked whether the image is deleted. */
async function afterReferrerAdded({ imageId, ...path }: ImagePath & PersonaPath): Promise<void> {
  const record = await images.find({ ...path, imageId });
  if (!record || record.deletedAt) await personas.detachImage(path, imageId);
}

/** An old portrait, or one of a deleted persona, is kept only as long as another persona uses it. */
async function afterReferrerRemoved({ projectId, imageId }: ImagePath): Promise<void> {
  const record = await images.find({ projectId, imageId });
  if (record?.personaId) await retainPortraits({ projectId, personaId: record.personaId });
}

/** Caches the result for each argument, unless it fails. */
function memoize<Result>(load: (argument: string) => Promise<Result>): (argument: string) => Promise<Result> {
  const answers = new Map<string, Promise<Result>>();
  return (argument) => {
    const answer = answers.get(argument) ?? load(argument);
    answers.set(argument, answer);
    answer.catch(() => answers.delete(argument));
    return answer;
  };
}
