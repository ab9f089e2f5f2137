import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { keptCredentials } from './credentials.ts';
import { lock, removeData } from './data-directory.ts';
import { createTable, externalVariable, startDynamoDb } from './dynamodb.ts';
import { type Addresses, bucket, region, settings } from './environment.ts';
import { startKms } from './kms.ts';
import { type ImageRequest, startOpenAiImages } from './openai/images.ts';
import { startS3 } from './s3/server.ts';
import { startSecrets } from './secrets.ts';
import type { Credentials } from './signature.ts';

export interface Stores {
  readonly addresses: Addresses;
  /** What the clients of AWS sign with. */
  readonly credentials: Credentials;
  /** The operator's key. */
  readonly adminKey: string;
  /** Of the table, where its changes are read. */
  readonly streamArn: string;
  /** What the stand-in for OpenAI was asked for. */
  readonly imageRequests: readonly ImageRequest[];
  close(): Promise<void>;
}

export interface StoresOptions {
  /** Where data is kept between runs; without one it goes with the stores. */
  readonly directory?: string | undefined;
  /** Where several stacks share an engine, each needs one of its own. */
  readonly tableName?: string | undefined;
  /** Whether the data of earlier runs is removed first. */
  readonly reset?: boolean;
  /** Told where a store ends by itself. */
  readonly onFailure?: (error: Error) => void;
}

/** Whatever a deployment's functions call, on this machine. Throws where another program uses the same data. */
export async function startStores({ onFailure, ...given }: StoresOptions = {}): Promise<Stores> {
  const external = process.env[externalVariable];
  if (given.reset && external) {
    const half = `--reset cannot empty the DynamoDB at ${external}, which ${externalVariable} names, and would leave half of the data.`;
    throw new Error(`${half} Delete its table and the data directory by hand.`);
  }
  await using resources = new AsyncDisposableStack();
  const closing = <Resource extends { close(): Promise<void> }>(resource: Resource): Resource => {
    resources.defer(() => resource.close());
    return resource;
  };

  const directory = given.directory ?? (await mkdtemp(join(tmpdir(), 'personas-api-')));
  if (!given.directory) resources.defer(() => rm(directory, { recursive: true }));
  if (given.directory) {
    const held = await lock(join(directory, 'lock'));
    resources.defer(() => held.close());
  }
  if (given.reset) await removeData(directory);

  const credentials = await keptCredentials(directory);
  const starting = [
    startDynamoDb({ file: join(directory, 'dynamodb.sqlite'), onFailure }).then(closing),
    startS3({ directory: join(directory, 's3'), bucket, credentials }).then(closing),
    startKms({ directory, credentials }).then(closing),
    startSecrets({ directory, name: settings.ADMIN_KEY_SECRET, credentials }).then(closing),
    startOpenAiImages().then(closing),
  ] as const;
  // Where one fails, the others are waited for, so that they are closed too.
  await Promise.allSettled(starting);
  const [dynamoDb, s3, kms, secrets, openAi] = await Promise.all(starting);

  const client = new DynamoDBClient({ endpoint: dynamoDb.url, region, credentials });
  const streamArn = await createTable(client, given.tableName ?? settings.TABLE_NAME).finally(() => client.destroy());

  const started = resources.move();
  return {
    addresses: {
      dynamodb: dynamoDb.url,
      s3: s3.url,
      kms: kms.url,
      secretsmanager: secrets.url,
      openai: openAi.url,
    },
    credentials,
    adminKey: secrets.adminKey,
    imageRequests: openAi.requests,
    streamArn,
    close: () => started.disposeAsync(),
  };
}
