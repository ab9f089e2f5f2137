import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateScan,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { storageUnavailable } from '../domain/refusal.ts';
import { clientDefaults } from './client-defaults.ts';
import { retry } from './retry.ts';
import { type Key, tableName } from './table.ts';

/**
 * The client of the document client, for calls that need no conversion of items. It connects on the first call: connecting while the module
 * is loaded makes a cold start 3 % longer (`npm run bench -- --only tricks`). With the CPU share of 512 MB simulated, it saved a third, but
 * only if the initialisation waited for it, which takes an ES module around each bundle and a call in each new instance.
 */
export const dynamo = new DynamoDBClient(clientDefaults);
// It traverses every answer for a log line that is not written.
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
  return retryOn(Busy, async () => {
    const { Responses, UnprocessedKeys } = await documents.send(
      new BatchGetCommand({ RequestItems: { [tableName()]: { Keys: [...wanted], ConsistentRead: true } } }),
    );
    if (UnprocessedKeys?.[tableName()]) throw new Busy('UnprocessedKeys');
    const found = Responses?.[tableName()] ?? [];
    return wanted.map(({ PK, SK }) => found.find((item) => item.PK === PK && item.SK === SK));
  });
}

/** The maximum number of items in one call: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchSize = 25;
const batchesAtOnce = 4;

/** Deletes items in any order. An item that does not exist is not an error. */
export async function deleteItems(unwanted: readonly Key[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(unwanted.length / batchSize) }, (_, index) =>
    unwanted.slice(index * batchSize, (index + 1) * batchSize),
  ).values();
  const work = async () => {
    for (const batch of batches) await deleteBatch(batch);
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, work));
}

async function deleteBatch(batch: readonly Key[]): Promise<void> {
  let requests = batch.map(({ PK, SK }) => ({ DeleteRequest: { Key: { PK, SK } as Item } }));
  await retryOn(Busy, async () => {
    const { UnprocessedItems } = await documents.send(
      new BatchWriteCommand({ RequestItems: { [tableName()]: requests } }),
    );
    const left = UnprocessedItems?.[tableName()];
    if (!left) return;
    requests = left as typeof requests;
    throw new Busy('UnprocessedItems');
  });
}

/** The keys and project ids of all items, in pages of 1 MB. It reads the whole table, which is what it costs. */
export async function* scanKeys(): AsyncGenerator<(Key & { projectId: string })[], void, undefined> {
  const input = { TableName: tableName(), ProjectionExpression: 'PK, SK, projectId', ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: documents }, input))
    yield Items.map(({ PK, SK, projectId }) => ({ PK, SK, projectId: projectId ?? '' }));
}

/** Another caller has changed the item since it was read, so the change has to be computed again. */
class WriteConflict extends Error {}
export const writeConflict = () => new WriteConflict();

/** Repeats a change, with its reads, after each WriteConflict, until the function's deadline. Then it throws a refusal. */
export const retryConflicts = <Result>(change: () => Promise<Result>): Promise<Result> =>
  retryOn(WriteConflict, change);

/** The table is throttled, or the item is in another transaction: the same call may succeed a moment later. */
class Busy extends Error {}

/** Repeats an attempt after each error of that class, until the function's deadline. Then it throws a refusal. */
async function retryOn<Result>(
  Retryable: typeof Busy | typeof WriteConflict,
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await retry(attempt, (error) => error instanceof Retryable);
  } catch (error) {
    throw error instanceof Retryable ? storageUnavailable(error) : error;
  }
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Action = 'Put' | 'Update' | 'Delete';

/** One write, without the name of the table. */
export type Write = {
  [A in Action]: { [K in A]: Omit<NonNullable<TransactItem[A]>, 'TableName'> } & {
    /** The error to throw if its condition does not hold. */
    otherwise?: () => Error;
    /** The same condition, evaluated on a read: after a conflict, it avoids a retry that would fail. */
    condition?: { readonly key: Key; holds(item: Item | undefined): boolean };
  };
}[Action];

/**
 * Makes all of the writes or none: several in a transaction, a single one without, which costs half. The first one whose condition
 * does not hold determines the error, so their order matters.
 */
export async function write(...writes: readonly Write[]): Promise<void> {
  const [only] = writes;
  if (!only || writes.length > 1) return transact(...writes);
  const { Put, Update, Delete } = inTable(only);
  await send(writes, async () => {
    if (Put) await documents.send(new PutCommand(Put));
    if (Update) await documents.send(new UpdateCommand(Update));
    if (Delete) await documents.send(new DeleteCommand(Delete));
  });
}

/**
 * The same, with a transaction also for a single write. It is made once, however often its answer is lost: all attempts share a token, by
 * which DynamoDB recognises it for 10 minutes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export async function transact(...writes: readonly Write[]): Promise<void> {
  const transaction = { TransactItems: writes.map(inTable), ClientRequestToken: randomUUID() };
  await send(writes, async () => void (await documents.send(new TransactWriteCommand(transaction))));
}

const send = (writes: readonly Write[], call: () => Promise<void>): Promise<void> =>
  retryOn(Busy, () =>
    call().catch(async (error: unknown) => {
      const meaning = meaningOf(error, writes);
      if (meaning instanceof Busy) await Promise.all(writes.map(checkCondition));
      throw meaning;
    }),
  );

/** Throws the write's error if its condition no longer holds. Transactions never block or reject this read. */
async function checkCondition({ condition, otherwise }: Write): Promise<void> {
  if (condition && otherwise && !condition.holds(await getItem(condition.key))) throw otherwise();
}

const inTable = ({ otherwise: _, condition: __, ...action }: Write): TransactItem =>
  Object.fromEntries(Object.entries(action).map(([name, input]) => [name, { TableName: tableName(), ...input }]));

/** The error that a failed write means to its caller: that of the write, Busy, or else the error itself. */
function meaningOf(error: unknown, writes: readonly Write[]): unknown {
  if (error instanceof ConditionalCheckFailedException) return writes[0]?.otherwise?.() ?? error;
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException)
    return new Busy(error.name, { cause: error });
  if (!(error instanceof TransactionCanceledException)) return error;
  const codes = (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code);
  const failed = codes.indexOf('ConditionalCheckFailed');
  if (failed >= 0) return writes[failed]?.otherwise?.() ?? error;
  return codes.some((code) => transient.has(code)) ? new Busy(error.name, { cause: error }) : error;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, cancellation reasons. */
const transient = new Set(['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError']);
