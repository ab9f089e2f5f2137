import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable, startDynamoDb } from './dynamodb.ts';
import { startKms } from './kms.ts';
import { type ImageRequest, startOpenAiImages } from './openai/images.ts';
import { credentials, startS3 } from './s3.ts';
import { startSecrets } from './secrets.ts';

/** Where each store and stand-in listens, without a slash at the end. */
export interface Addresses {
  readonly dynamodb: string;
  readonly s3: string;
  readonly kms: string;
  readonly secretsmanager: string;
  readonly openai: string;
}

export interface Stores {
  readonly addresses: Addresses;
  /** The operator's key. */
  readonly adminKey: string;
  /** What the stand-in for OpenAI was asked for. */
  readonly imageRequests: readonly ImageRequest[];
  close(): Promise<void>;
}

export const bucket = 'personas-portraits';
const region = 'us-east-1';

/** Whatever a deployment's functions call, on this machine. Data is kept in `directory`; without one it goes with the stores. */
export async function startStores(given: { readonly directory?: string | undefined } = {}): Promise<Stores> {
  await using resources = new AsyncDisposableStack();
  const closing = <Resource extends { close(): Promise<void> }>(resource: Resource): Resource => {
    resources.defer(() => resource.close());
    return resource;
  };

  const directory = given.directory ?? (await mkdtemp(join(tmpdir(), 'personas-api-')));
  if (!given.directory) resources.defer(() => rm(directory, { recursive: true }));
  const starting = [
    startDynamoDb({ file: join(directory, 'dynamodb.sqlite') }).then(closing),
    startS3({ directory: join(directory, 's3'), bucket }).then(closing),
    startKms({ directory }).then(closing),
    startSecrets({ directory, name: settings.ADMIN_KEY_SECRET }).then(closing),
    startOpenAiImages().then(closing),
  ] as const;
  // Where one fails, the others are waited for, so that they are closed too.
  await Promise.allSettled(starting);
  const [dynamoDb, s3, kms, secrets, openAi] = await Promise.all(starting);

  const client = new DynamoDBClient({ endpoint: dynamoDb.url, region, credentials });
  await createTable(client, settings.TABLE_NAME);
  client.destroy();

  const started = resources.move();
  return {
    addresses: {
      dynamodb: dynamoDb.url,
      s3: s3.url,
      kms: kms.url,
      secretsmanager: secrets.url,
      openai: openAi.url,
    },
    adminKey: secrets.adminKey,
    imageRequests: openAi.requests,
    close: () => started.disposeAsync(),
  };
}

/** What a deployment sets for its functions. */
export const settings = {
  TABLE_NAME: 'personas',
  BUCKET_NAME: bucket,
  KEY_ID: 'alias/personas-api-local',
  ADMIN_KEY_SECRET: 'personas-api-local/admin-key',
  STAGE: 'local',
  CORS_ORIGINS: '*',
  IMAGE_MODEL: 'gpt-image-2.6-flare',
  STYLE_REFERENCES: '4',
  PROVIDER_TIMEOUT_MS: '240000',
};

/** The stand-ins take these and no others; whatever account the shell may know is left alone. */
export const awsIdentity = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: '',
};

/** How the clients of AWS and OpenAI find the stores. With `liveOpenAi`, portraits are drawn by OpenAI itself. */
export function addressVariables(
  { dynamodb, s3, kms, secretsmanager, openai }: Addresses,
  { liveOpenAi = false }: { readonly liveOpenAi?: boolean | undefined } = {},
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_KMS: kms,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsmanager,
    ...(!liveOpenAi && { OPENAI_BASE_URL: openai }),
  };
}
