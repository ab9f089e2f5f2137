import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startOpenAiImages } from '../local/openai/images.ts';
import { addressOf } from './gateway-address.ts';
import { account, identity, startMiniStack, version } from './mini-stack.ts';
import { forMiniStack } from './template.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stage = 'rehearsal';
const stackName = `personas-api-${stage}`;

/** MiniStack enforces throttling, and the smoke test calls faster than the default allows. */
const options = [`stage=${stage}`, 'retainData=false', 'throttleRate=1000', 'throttleBurst=2000'];

const run = promisify(execFile);

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const line = (mark: string) => console.log(`${mark} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  try {
    const result = await work();
    line('✓');
    return result;
  } catch (error) {
    line('✗');
    throw error;
  }
}

const environmentFor = (url: string) => ({
  ...process.env,
  ...identity,
  AWS_PROFILE: undefined,
  AWS_ENDPOINT_URL: url,
  CDK_DISABLE_VERSION_CHECK: '1',
});

/** Runs a Node program. Throws with its output if it fails. */
async function node(environment: NodeJS.ProcessEnv, file: string, ...args: readonly string[]): Promise<void> {
  await run(process.execPath, [join(root, file), ...args], {
    cwd: root,
    env: environment,
    timeout: 300_000,
    maxBuffer: 100_000_000,
  }).catch((error: Error & { stdout: string; stderr: string }) => {
    throw new Error(`${file} ${args[0]} failed:\n${`${error.stdout}${error.stderr}`.slice(-5000)}`);
  });
}

/**
 * Deploys the stack with CDK to an AWS emulator, tests it, updates it, and removes it. Works in `directory`; what it starts is closed with
 * `resources`. Throws at the first step that fails.
 */
export async function rehearse(directory: string, resources: AsyncDisposableStack): Promise<void> {
  const miniStack = await step(`MiniStack ${version} is installed and started`, () => startMiniStack(directory));
  resources.defer(() => miniStack.close());
  const openAi = await startOpenAiImages();
  resources.defer(() => openAi.close());
  const environment = environmentFor(miniStack.url);
  const cdk = (...args: readonly string[]) => node(environment, 'node_modules/aws-cdk/bin/cdk', ...args);
  const client = { endpoint: miniStack.url, region: identity.AWS_REGION, credentials: miniStackCredentials };
  const cloudFormation = new CloudFormationClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const output = join(directory, 'cdk.out');

  /** The deployed resources: physical ids by logical ids. */
  async function deployed(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: cloudFormation },
      { StackName: stackName },
    )) {
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        ids.set(LogicalResourceId, PhysicalResourceId);
    }
    return ids;
  }

  /** Returns the deployed template. */
  async function deploy(...context: readonly string[]): Promise<Template> {
    await cdk('synth', '--quiet', '--output', output, ...[...options, ...context].flatMap((option) => ['-c', option]));
    const file = join(output, `${stackName}.template.json`);
    const template = forMiniStack(JSON.parse(await readFile(file, 'utf8')), openAi.url);
    await writeFile(file, JSON.stringify(template));
    const outputs = ['--outputs-file', join(directory, 'outputs.json')];
    await cdk('deploy', '--app', output, '--require-approval', 'never', ...outputs);
    return template;
  }

  await step('cdk bootstrap', async () => {
    await cdk('bootstrap', '--app', '', `aws://${account}/${identity.AWS_REGION}`);
    // Its policy denies calls without TLS.
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: `cdk-hnb659fds-assets-${account}-${identity.AWS_REGION}` }));
  });
  const first = await step('cdk deploy', () => deploy());
  const before = await deployed();

  const outputs = JSON.parse(await readFile(join(directory, 'outputs.json'), 'utf8'))[stackName];
  const [, apiId = ''] = /\/\/([^.]+)/.exec(outputs.ApiUrl) ?? [];
  const gateway = await addressOf(apiId, miniStack.url);
  resources.defer(() => gateway.close());
  const url = `${gateway.url}/${stage}`;
  const [, SecretId] = /--secret-id (\S+)/.exec(outputs.AdminKeyCommand) ?? [];
  const { SecretString: adminKey = '' } = await new SecretsManagerClient(client).send(
    new GetSecretValueCommand({ SecretId }),
  );
  const smoke = (key: string, ...args: readonly string[]) =>
    node({ ...environment, PERSONAS_API_KEY: key }, 'bin/smoke.ts', url, ...args);
  const call = callerOf(url, adminKey);

  await step('the smoke test, with the admin key', () => smoke(adminKey));
  const project = await step('the smoke test, with a project key', async () => {
    const { id } = await call('POST', '/projects', 201, { name: 'Rehearsal' });
    const { key } = await call('POST', `/projects/${id}/keys`, 201, { name: 'smoke', access: 'write' });
    await smoke(key, '--project', id);
    return id;
  });
  await step('the permissions of each key', () => checkKeys(url, call, project));

  await step('a portrait is drawn', () => draw(call, project));
  await step('the worker has removed the deleted data', () =>
    eventually(() => node(environment, 'bin/check-data.ts', '--stack', stackName, '--older-than', '0')),
  );

  const second = await step('cdk deploy, with one function changed', () => deploy('imageModel=gpt-image-2'));
  await step('the update changed only that function and replaced nothing', async () => {
    const changed = Object.keys(second.Resources).filter(
      (id) => JSON.stringify(second.Resources[id]) !== JSON.stringify(first.Resources[id]),
    );
    const types = changed.map((id) => second.Resources[id]?.Type);
    expectSame('types of the changed resources', types, ['AWS::Lambda::Function']);
    expectSame('resources', [...(await deployed())], [...before]);
    await call('GET', `/projects/${project}/config`, 200);
  });
  await step('cdk drift finds none', () => cdk('drift', '--app', output, '--fail'));

  await step('cdk destroy', async () => {
    await empty(s3, outputs.BucketName);
    await cdk('destroy', '--app', output, '--force');
    await expectGone('the stack', cloudFormation.send(new DescribeStacksCommand({ StackName: stackName })));
    const { TableName } = outputs;
    await expectGone('its table', new DynamoDBClient(client).send(new DescribeTableCommand({ TableName })));
  });
}

const miniStackCredentials = {
  accessKeyId: identity.AWS_ACCESS_KEY_ID,
  secretAccessKey: identity.AWS_SECRET_ACCESS_KEY,
};

type Template = ReturnType<typeof forMiniStack>;
type Json = ReturnType<typeof JSON.parse>;
type Call = (method: string, path: string, status: number, body?: object) => Promise<Json>;

/** Calls the API with a key. Throws on an unexpected status. */
function callerOf(url: string, key: string): Call {
  return async (method, path, status, body) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    expectSame(`${method} ${path}: ${answer}`, response.status, status);
    return answer && JSON.parse(answer);
  };
}

/** Checks that a key with `read` cannot write, and cannot use another project or create keys, and that a wrong key is refused. */
async function checkKeys(url: string, call: Call, project: string): Promise<void> {
  const personas = `/projects/${project}/personas`;
  const { id, key } = await call('POST', `/projects/${project}/keys`, 201, { name: 'reader', access: 'read' });
  const { id: other } = await call('POST', '/projects', 201, { name: 'Another' });
  const reader = callerOf(url, key);
  await reader('GET', personas, 200);
  await reader('POST', personas, 403, { name: 'Ada' });
  await reader('GET', `/projects/${other}/personas`, 403);
  await reader('POST', `/projects/${project}/keys`, 403, { name: 'another', access: 'read' });
  await callerOf(url, `${key}x`)('GET', personas, 401);
  await call('DELETE', `/projects/${project}/keys/${id}`, 204);
  await call('DELETE', `/projects/${other}`, 204);
}

/** Draws a portrait with a provider key that KMS encrypts and decrypts. */
async function draw(call: Call, project: string): Promise<void> {
  const llmSettings = { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' };
  await call('PUT', `/projects/${project}/config`, 200, { llmSettings });
  const ada = { name: 'Ada', systemPrompt: 'You are Ada.' };
  const { id } = await call('POST', `/projects/${project}/personas`, 201, ada);
  await call('POST', `/projects/${project}/personas/${id}/generate-image`, 200);
}

/** Retries for half a minute. */
async function eventually(work: () => Promise<void>): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(1000);
    }
  }
}

/** Empties the bucket, since the function that does so on AWS is left out. */
async function empty(s3: S3Client, bucket: string): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  const [got, wanted] = [found, expected].map((value) => JSON.stringify(value));
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** Throws unless the call fails because the resource does not exist. */
async function expectGone(what: string, call: Promise<unknown>): Promise<void> {
  const found = await call.catch(({ name }: Error) => name);
  if (!['ValidationError', 'ResourceNotFoundException'].includes(String(found)))
    throw new Error(`${what} still exists`);
}
