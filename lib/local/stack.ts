import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable, startDynamoDb } from './dynamodb.ts';
import { type GatewayOptions, startGateway } from './gateway.ts';
import { startKms } from './kms.ts';
import type { Listener } from './listen.ts';
import { type ImageRequest, startOpenAiImages } from './openai-images.ts';
import { installRuntime } from './runtime.ts';
import { credentials, startS3 } from './s3.ts';
import { startSecrets } from './secrets.ts';

export interface LocalOptions extends Partial<GatewayOptions> {
  /** Where data is kept between runs; without one it goes with the stack. */
  readonly directory?: string;
  /** Whether portraits are drawn by OpenAI itself. Default: by the stand-in. */
  readonly liveOpenAi?: boolean;
  /** Whether callers need keys. Default: every route is open. */
  readonly auth?: boolean;
  /** Settings of the functions, where they differ from a deployment's defaults. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalStack {
  /** Without a slash at the end. */
  readonly url: string;
  /** The operator's key, where callers need keys. */
  readonly adminKey: string;
  /** What the stand-in for OpenAI was asked for. */
  readonly imageRequests: readonly ImageRequest[];
  close(): Promise<void>;
}

const bucket = 'personas-portraits';

/**
 * Everything that a deployment has, on this machine: stores, stand-ins and gateway. The functions run in this process and find
 * what Lambda would give them, also its environment variables; so a process can have one stack.
 */
export async function startStack(options: LocalOptions = {}): Promise<LocalStack> {
  await using resources = new AsyncDisposableStack();
  const closing = <Resource extends { close(): Promise<void> }>(resource: Resource): Resource => {
    resources.defer(() => resource.close());
    return resource;
  };

  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'personas-api-')));
  if (!options.directory) resources.defer(() => rm(directory, { recursive: true }));
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

  const openAiAddress = options.liveOpenAi ? {} : { OPENAI_BASE_URL: openAi.url };
  const environment = {
    ...awsAddresses(dynamoDb, s3, kms, secrets),
    ...settings,
    ...openAiAddress,
    ...options.environment,
  };
  resources.defer(setEnvironment(environment));
  const client = new DynamoDBClient();
  await createTable(client, settings.TABLE_NAME);
  client.destroy();

  installRuntime();
  const gateway = closing(
    await startGateway({
      port: 0,
      authorizer: options.auth ? (await import('../../functions/trust/authorize.ts')).handler : undefined,
      handlerOf: async (name) => (await import(`../../functions/${name}.ts`)).handler,
      ...options,
    }),
  );
  const started = resources.move();
  return {
    url: gateway.url,
    adminKey: secrets.adminKey,
    imageRequests: openAi.requests,
    close: () => started.disposeAsync(),
  };
}

/** What a deployment sets for its functions. */
const settings = {
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

/** How the AWS SDK finds the stores; whatever account the shell may know is left alone. */
const awsAddresses = (dynamoDb: Listener, s3: Listener, kms: Listener, secrets: Listener) => ({
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: '',
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_ENDPOINT_URL_KMS: kms.url,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
});

/** Sets variables of this process. Answers how to undo that. */
function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
