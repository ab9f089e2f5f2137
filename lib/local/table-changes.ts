/**
 * What Lambda's event source mapping is to a worker: reads the table's stream and hands on what its row asks for, in batches, one after another.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  type DynamoDBStreamsClientConfig,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';

export type ChangesHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;

export interface WorkerOptions {
  /** What the sort keys of the changed items begin with. */
  readonly changesOf: readonly string[];
  /** Seconds that one invocation has. */
  readonly timeout: number;
  readonly handler: ChangesHandler;
}

export interface StreamOptions {
  readonly client: DynamoDBStreamsClientConfig;
  readonly streamArn: string;
  /** Where it is kept between runs how far the stream was read. Without it, the stream is read from its beginning. */
  readonly positionFile?: string;
}

export interface TableChanges {
  /** Hands on all changes that were made until now, and those that the worker makes meanwhile. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 100;
/** Attempts at a batch. What fails then is told, and passed over. */
const mostAttempts = 5;
/** Milliseconds between two looks at a stream without changes. */
const idle = 500;

/** Begins to read; with `follow`, goes on until it is closed. */
export function readTableChanges(
  worker: WorkerOptions,
  { client, streamArn, positionFile }: StreamOptions,
  follow: boolean,
): TableChanges {
  const streams = new DynamoDBStreamsClient(client);
  const shards = shardsOf(streams, streamArn);
  let position: Promise<Record<string, string>> | undefined;

  /** Answers whether there were changes. */
  async function step(): Promise<boolean> {
    position ??= readPosition(positionFile, streamArn);
    const read = await position;
    let changes = false;
    for (const { shardId, records } of await shards.next(read)) {
      const wanted = records.filter(({ dynamodb }) =>
        worker.changesOf.some((prefix) => dynamodb?.Keys?.SK?.S?.startsWith(prefix)),
      );
      if (wanted.length > 0) await deliver(worker, wanted.map(asLambdaSees));
      read[shardId] = records.at(-1)?.dynamodb?.SequenceNumber ?? '';
      changes = true;
    }
    if (changes && positionFile) await writeFile(positionFile, JSON.stringify({ streamArn, read }), { mode: 0o600 });
    return changes;
  }

  let turn = Promise.resolve(false);
  /** One step at a time, whoever asks. */
  const inTurn = () => {
    turn = turn.then(step, step);
    return turn;
  };
  const closing = new AbortController();
  const following = follow ? followUntil(closing.signal, inTurn) : Promise.resolve();
  return {
    async drain() {
      while (await inTurn());
    },
    async close() {
      closing.abort();
      await following;
      await turn.catch(() => {});
      streams.destroy();
    },
  };
}

async function followUntil(signal: AbortSignal, step: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted) {
    const changes = await step().catch((error: Error) => {
      if (!signal.aborted) console.error(`The table's changes cannot be read: ${error.message}`);
      return false;
    });
    if (!changes) await sleep(idle, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Where the stream was read last: the sequence number by shard. */
async function readPosition(file: string | undefined, streamArn: string): Promise<Record<string, string>> {
  const text = file && (await readFile(file, 'utf8').catch(() => undefined));
  const kept = text ? JSON.parse(text) : {};
  return kept.streamArn === streamArn ? kept.read : {};
}

interface Batch {
  readonly shardId: string;
  readonly records: readonly StreamRecord[];
}

/** Reads the shards of a stream, each as far as it goes. */
function shardsOf(streams: DynamoDBStreamsClient, StreamArn: string) {
  let iterators: Map<string, string> | undefined;

  async function open(read: Readonly<Record<string, string>>): Promise<Map<string, string>> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const opened = new Map<string, string>();
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      const SequenceNumber = read[ShardId];
      const shard = { StreamArn, ShardId };
      const fromStart = new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
      const goOn = new GetShardIteratorCommand({
        ...shard,
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber,
      });
      const { ShardIterator } = await streams.send(SequenceNumber ? goOn : fromStart).catch((error: Error) => {
        // Records are kept for a day: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
        if (error.name === 'TrimmedDataAccessException') return streams.send(fromStart);
        throw error;
      });
      if (ShardIterator) opened.set(ShardId, ShardIterator);
    }
    return opened;
  }

  return {
    /** The next records of each shard that has some. */
    async next(read: Readonly<Record<string, string>>): Promise<Batch[]> {
      const opened = iterators ?? (await open(read));
      iterators = opened;
      const batches: Batch[] = [];
      for (const [shardId, ShardIterator] of opened) {
        const query = new GetRecordsCommand({ ShardIterator, Limit: batchSize });
        const { Records = [], NextShardIterator } = await streams.send(query).catch((error: Error) => {
          iterators = undefined;
          throw error;
        });
        if (Records.length > 0) batches.push({ shardId, records: Records });
        if (NextShardIterator) opened.set(shardId, NextShardIterator);
        // The shard has ended, and others follow it.
        else iterators = undefined;
      }
      return batches;
    },
  };
}

/** The clients of AWS make dates of times, which Lambda hands on in seconds. */
const asLambdaSees = ({ dynamodb, ...record }: StreamRecord): DynamoDBRecord =>
  ({
    ...record,
    dynamodb: {
      ...dynamodb,
      ApproximateCreationDateTime: Math.floor(Number(dynamodb?.ApproximateCreationDateTime) / 1000),
    },
  }) as DynamoDBRecord;

/** Sends the first record that failed again, and those behind it, as Lambda does where single records may fail. */
async function deliver({ handler, timeout }: WorkerOptions, records: readonly DynamoDBRecord[]): Promise<void> {
  let left = records;
  for (let attempt = 1; left.length > 0; attempt++) {
    const failed = await failuresOf(handler, left, timeout);
    const first = left.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
    if (first < 0) return;
    left = left.slice(first);
    if (attempt === mostAttempts) {
      console.error(
        `Cleaning up after ${failed.size} changes failed ${mostAttempts} times: npm run check-data finds what is left`,
      );
      return;
    }
    await sleep(100 * 2 ** attempt);
  }
}

async function failuresOf(
  handler: ChangesHandler,
  records: readonly DynamoDBRecord[],
  timeout: number,
): Promise<Set<string>> {
  const end = Date.now() + timeout * 1000;
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
  const { batchItemFailures } = await handler({ Records: [...records] }, context as Context);
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
}
