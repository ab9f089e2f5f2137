import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { storageUnavailable } from '../domain/refusal.ts';
import { patience } from './patience.ts';
import { type Key, tableName } from './table.ts';

/**
 * The client beneath, for what has no need of the document client's translation. It connects when it is first asked: a first round trip
 * while the module is loaded makes a cold start 3 % longer (`npm run bench -- --only tricks`). Where the CPU of 512 MB was imitated it
 * saved a third, but only if the initialisation waited for it, and so an ES module around each bundle and a call in each new instance.
 */
export const dynamo = new DynamoDBClient(patience);
// Walks every answer for a log line that nobody takes.
dynamo.middlewareStack.remove('loggerMiddleware');

export const documents = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });

export type Item = Record<string, unknown>;

/** One item, or undefined. Strongly consistent. */
export async function getItem(key: Key): Promise<Item | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName: tableName(), Key: key, ConsistentRead: true }));
  return Item;
}

/** Several items in one call, in the order of their keys; undefined for those that do not exist. Strongly consistent. */
export async function getItems(...wanted: readonly Key[]): Promise<(Item | undefined)[]> {
  return retried(async () => {
    const { Responses, UnprocessedKeys } = await documents.send(
      new BatchGetCommand({ RequestItems: { [tableName()]: { Keys: [...wanted], ConsistentRead: true } } }),
    );
    if (UnprocessedKeys?.[tableName()]) throw overtaken();
    const found = Responses?.[tableName()] ?? [];
    return wanted.map(({ PK, SK }) => found.find((item) => item.PK === PK && item.SK === SK));
  });
}

/** What an attempt throws when another caller came first, or the table was too busy: it is to be made again from its start. */
export class Overtaken extends Error {}
export const overtaken = () => new Overtaken();

/** For how long an attempt is made again, in milliseconds: with its last one within the time of any function. */
const endurance = 6_000;

/**
 * Makes an attempt again for as long as it throws Overtaken, for 6 seconds. Refuses then. Each comes at a random moment of a span that
 * doubles, and is as long as an attempt takes at least: so those who want the same come apart, however slow the table is.
 */
export async function retried<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const first = performance.now();
  for (let tried = 1; ; tried++) {
    const start = performance.now();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      const now = performance.now();
      if (now - first > endurance) throw storageUnavailable(error);
      await sleep(Math.random() * Math.min(2_000, Math.max(10, now - start) * 2 ** tried));
    }
  }
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Action = keyof TransactItem;

/** One write, without the table's name, and what to throw if its condition does not hold. */
export type Write = {
  [A in Action]: { [K in A]: Omit<NonNullable<TransactItem[A]>, 'TableName'> } & {
    /** `exists`: whether the item was there; known where the write asks for ReturnValuesOnConditionCheckFailure. */
    otherwise?: (exists: boolean) => Error;
  };
}[Action];

/**
 * Makes all of the writes or none: a single one by itself, which costs half, several in a transaction. The first one whose
 * condition does not hold says what is thrown; so order them.
 */
export async function write(...writes: readonly Write[]): Promise<void> {
  try {
    await send(writes.map(({ otherwise: _, ...action }) => inTable(action)));
  } catch (error) {
    throw refused(error, writes) ?? error;
  }
}

async function send(items: TransactItem[]): Promise<unknown> {
  const [only] = items;
  if (items.length === 1 && only?.Put) return documents.send(new PutCommand(only.Put));
  if (items.length === 1 && only?.Update) return documents.send(new UpdateCommand(only.Update));
  if (items.length === 1 && only?.Delete) return documents.send(new DeleteCommand(only.Delete));
  return documents.send(new TransactWriteCommand({ TransactItems: items }));
}

const inTable = (action: object): TransactItem =>
  Object.fromEntries(Object.entries(action).map(([name, input]) => [name, { TableName: tableName(), ...input }]));

/** What a failed write means; undefined where that is not for us to say. */
function refused(error: unknown, writes: readonly Write[]): Error | undefined {
  if (error instanceof TransactionConflictException) return new Overtaken(error.name, { cause: error });
  if (error instanceof ConditionalCheckFailedException) return writes[0]?.otherwise?.(error.Item !== undefined);
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
  if (failed >= 0) return writes[failed]?.otherwise?.(reasons[failed]?.Item !== undefined);
  return reasons.some(({ Code }) => Code && passing.has(Code))
    ? new Overtaken(error.name, { cause: error })
    : undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, cancellation reasons. */
const passing = new Set(['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError']);
