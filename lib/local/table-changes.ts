/**
 * The event source mapping of a worker: reads the table's stream and passes the records that the worker's row selects to its handler, in batches, one after another.
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
  /** Prefixes of the sort keys of the changed items. */
  readonly changesOf: readonly string[];
  /** Timeout of an invocation, in seconds. */
  readonly timeout: number;
  readonly handler: ChangesHandler;
}

export interface StreamOptions {
  readonly client: DynamoDBStreamsClientConfig;
  readonly streamArn: string;
  /** Stores the position in the stream between runs. Without it, the stream is read from its beginning. */
  readonly positionFile?: string;
}

export interface TableChanges {
  /** Delivers all changes made until now, and those that the worker itself makes meanwhile. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 100;
/** Attempts at a batch. Records that still fail are reported and skipped. */
const maxAttempts = 5;
/** Milliseconds between two reads of a stream without changes. */
const pollInterval = 500;

/** With `follow`, reads until it is closed; otherwise only on `drain`. */
export function readTableChanges(
  worker: WorkerOptions,
  { client, streamArn, positionFile }: StreamOptions,
  follow: boolean,
): TableChanges {
  const streams = new DynamoDBStreamsClient(client);
  const shards = shardsOf(streams, streamArn);
  let position: Promise<Record<string, string>> | undefined;

  /** Returns whether there were changes. */
  async function step(): Promise<boolean> {
    position ??= readPosition(positionFile, streamArn);
    const read = await position;
    let changes = false;
    for (const { shardId, records } of await shards.next(read)) {
      const wanted = records.filter(({ dynamodb }) =>
        worker.changesOf.some((prefix) => dynamodb?.Keys?.SK?.S?.startsWith(prefix)),
      );
      if (wanted.length > 0) await deliver(worker, wanted.map(asLambdaRecord));
      read[shardId] = records.at(-1)?.dynamodb?.SequenceNumber ?? '';
      changes = true;
    }
    if (changes && positionFile) await writeFile(positionFile, JSON.stringify({ streamArn, read }), { mode: 0o600 });
    return changes;
  }

  let last = Promise.resolve(false);
  /** Serialises the steps of all callers. */
  const nextStep = () => {
    last = last.then(step, step);
    return last;
  };
  const closing = new AbortController();
  const following = follow ? followUntil(closing.signal, nextStep) : Promise.resolve();
  return {
    async drain() {
      while (await nextStep());
    },
    async close() {
      closing.abort();
      await following;
      await last.catch(() => {});
      streams.destroy();
    },
  };
}

async function followUntil(signal: AbortSignal, step: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted) {
    const changes = await step().catch((error: Error) => {
      if (!signal.aborted) console.error(`Cannot read the table's stream: ${error.message}`);
      return false;
    });
    if (!changes) await sleep(pollInterval, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** The sequence number of the last record that was read, by shard. */
async function readPosition(file: string | undefined, streamArn: string): Promise<Record<string, string>> {
  const text = file && (await readFile(file, 'utf8').catch(() => undefined));
  const stored = text ? JSON.parse(text) : {};
  return stored.streamArn === streamArn ? stored.read : {};
}

interface Batch {
  readonly shardId: string;
  readonly records: readonly StreamRecord[];
}

/** Reads the shards of a stream. */
function shardsOf(streams: DynamoDBStreamsClient, StreamArn: string) {
  let iterators: Map<string, string> | undefined;

  async function open(read: Readonly<Record<string, string>>): Promise<Map<string, string>> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const opened = new Map<string, string>();
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      const SequenceNumber = read[ShardId];
      const shard = { StreamArn, ShardId };
      const fromStart = new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
      const afterLast = new GetShardIteratorCommand({
        ...shard,
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber,
      });
      const { ShardIterator } = await streams.send(SequenceNumber ? afterLast : fromStart).catch((error: Error) => {
        // Records are kept for a day: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
        if (error.name === 'TrimmedDataAccessException') return streams.send(fromStart);
        throw error;
      });
      if (ShardIterator) opened.set(ShardId, ShardIterator);
    }
    return opened;
  }

  return {
    /** The next records of each shard, without shards that have none. */
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
        // The shard is closed; its successors are opened next.
        else iterators = undefined;
      }
      return batches;
    },
  };
}

/** The SDK parses times into dates; in Lambda's events they are numbers of seconds. */
const asLambdaRecord = ({ dynamodb, ...record }: StreamRecord): DynamoDBRecord =>
  ({
    ...record,
    dynamodb: {
      ...dynamodb,
      ApproximateCreationDateTime: Math.floor(Number(dynamodb?.ApproximateCreationDateTime) / 1000),
    },
  }) as DynamoDBRecord;

/** Repeats from the first failed record on, as Lambda does with `ReportBatchItemFailures`. */
async function deliver({ handler, timeout }: WorkerOptions, records: readonly DynamoDBRecord[]): Promise<void> {
  let remaining = records;
  for (let attempt = 1; remaining.length > 0; attempt++) {
    const failed = await failuresOf(handler, remaining, timeout);
    const first = remaining.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
    if (first < 0) return;
    remaining = remaining.slice(first);
    if (attempt === maxAttempts) {
      console.error(
        `The clean-up after ${failed.size} changes failed ${maxAttempts} times; npm run check-data finds what is left`,
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
