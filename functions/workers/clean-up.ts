/**
 * Removes what deletions leave behind. It is told of changes of the table at least once and in no order, also of those of one
 * transaction: each record is a hint, and what is so is read again.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import type { ImagePath } from '../domain/image.ts';
import { countMetrics } from '../domain/metrics.ts';
import type { PersonaPath } from '../domain/persona.ts';
import { logFault } from '../http/log.ts';
import * as drawings from '../storage/drawings.ts';
import * as images from '../storage/images.ts';
import * as personas from '../storage/personas.ts';
import * as projects from '../storage/projects.ts';
import { removeGoneProject } from '../upkeep/gone-project.ts';
import { removeDyingImage, retainPortraits } from '../upkeep/images.ts';

/** What is left for the last step before Lambda ends the function. */
const lastStepInMillis = 20_000;

/** Answers the records that failed, each with its fault in the log; Lambda sends them again, and those behind them. */
export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  const exists = remembered(projects.isThere);
  const failed: DynamoDBRecord[] = [];
  let removed = 0;
  await withDeadline(context.getRemainingTimeInMillis() - lastStepInMillis, async () => {
    for (const record of event.Records) {
      try {
        if (context.getRemainingTimeInMillis() < lastStepInMillis) throw new Error('The time is over');
        removed += await cleanUp(record, exists);
      } catch (error) {
        logFault(error, context.awsRequestId);
        failed.push(record);
      }
    }
  });
  if (removed > 0) countMetrics({ CleanUpFindings: removed });
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
}

/** Answers how many projects and images have come to their end. */
async function cleanUp(
  { eventName, dynamodb }: DynamoDBRecord,
  exists: (projectId: string) => Promise<boolean>,
): Promise<number> {
  const [partition, projectId = ''] = dynamodb?.Keys?.PK?.S?.split('#') ?? [];
  const [kind, id = '', otherId = ''] = dynamodb?.Keys?.SK?.S?.split('#') ?? [];
  if (kind === 'GONE' && eventName !== 'REMOVE') return Number(await removeGoneProject(id));
  if (partition !== 'PROJECT') return 0;
  if (!(await exists(projectId))) {
    // It may have come after the last round of the project's end.
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
      return afterMark({ projectId, imageId: id });
    case 'REFERRER INSERT':
      await afterReference({ projectId, imageId: id, personaId: otherId });
      return 0;
    case 'REFERRER REMOVE':
      await afterRelease({ projectId, imageId: id });
      return 0;
    default:
      return 0;
  }
}

async function afterMark(path: ImagePath): Promise<number> {
  if (!(await images.find(path))?.dying) return 0;
  await removeDyingImage(path);
  return 1;
}

/** Whoever gave the image to the persona may have died before it looked for the mark. */
async function afterReference({ imageId, ...path }: ImagePath & PersonaPath): Promise<void> {
  const record = await images.find({ ...path, imageId });
  if (!record || record.dying) await personas.detachImage(path, imageId);
}

/** A portrait that is too old, or whose persona is gone, was kept as long as another persona had it. */
async function afterRelease({ projectId, imageId }: ImagePath): Promise<void> {
  const record = await images.find({ projectId, imageId });
  if (record?.personaId) await retainPortraits({ projectId, personaId: record.personaId });
}

/** Asks once for each argument, as long as the answer is no failure. */
function remembered<Result>(ask: (argument: string) => Promise<Result>): (argument: string) => Promise<Result> {
  const answers = new Map<string, Promise<Result>>();
  return (argument) => {
    const answer = answers.get(argument) ?? ask(argument);
    answers.set(argument, answer);
    answer.catch(() => answers.delete(argument));
    return answer;
  };
}
