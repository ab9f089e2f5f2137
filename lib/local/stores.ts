import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localCredentials } from './credentials.ts';
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
  /** The credentials with which AWS clients sign. */
  readonly credentials: Credentials;
  readonly adminKey: string;
  /** The ARN of the table's stream. */
  readonly streamArn: string;
  /** The requests to the stand-in for OpenAI. */
  readonly imageRequests: readonly ImageRequest[];
  close(): Promise<void>;
}

export interface StoresOptions {
  /** The data directory; without one, the data is removed on closing. */
  readonly directory?: string | undefined;
  /** Stacks that share an engine need different tables. */
  readonly tableName?: string | undefined;
  /** Whether to remove the data of earlier runs first. */
  readonly reset?: boolean;
  /** Called if a store ends unexpectedly. */
  readonly onFailure?: (error: Error) => void;
}

/** Starts the stores and stand-ins that the functions call. Throws if another program uses the data directory. */
export async function startStores({ onFailure, ...given }: StoresOptions = {}): Promise<Stores> {
  const external = process.env[externalVariable];
  if (given.reset && external) {
    const reason = `--reset cannot empty the DynamoDB at ${external}, the value of ${externalVariable}, so it would only remove half of the data.`;
    throw new Error(`${reason} Delete its table and the data directory by hand.`);
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

  const credentials = await localCredentials(directory);
  const starting = [
    startDynamoDb({ file: join(directory, 'dynamodb.sqlite'), onFailure }).then(closing),
    startS3({ directory: join(directory, 's3'), bucket, credentials }).then(closing),
    startKms({ directory, credentials }).then(closing),
    startSecrets({ directory, name: settings.ADMIN_KEY_SECRET, credentials }).then(closing),
    startOpenAiImages().then(closing),
  ] as const;
  // If one fails, it waits for the others, so that they are closed too.
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
