/** Runs `npm run smoke` as a process against a stack of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { LocalStack } from '../../lib/local/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All that the stores of a stack hold once its workers have done their work. */
export async function stored({ drain }: Pick<LocalStack, 'drain'>) {
  await drain();
  const [{ Items = [] }, { Contents = [] }] = await Promise.all([
    new DynamoDBClient().send(new ScanCommand({ TableName: process.env.TABLE_NAME })),
    new S3Client().send(new ListObjectsV2Command({ Bucket: process.env.BUCKET_NAME })),
  ]);
  // The note of a request with an Idempotency-Key goes by itself after a day.
  const items = Items.filter(({ SK }) => !SK?.S?.startsWith('IDEMPOTENCY#'));
  return { items, objects: Contents.map(({ Key }) => Key) };
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number; readonly lines: string[] }>;
}

/** Starts the program with a key in its environment, if any. */
export function start(args: readonly string[], key?: string, command = [process.execPath, 'bin/smoke.ts']): Program {
  const { PERSONAS_API_KEY: _, ...environment } = process.env;
  const [file = '', ...before] = command;
  const child = spawn(file, [...before, ...args], {
    cwd: root,
    env: { ...environment, ...(key && { PERSONAS_API_KEY: key }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([output, errors, [code]]) => ({ code, lines: (output + errors).trim().split('\n') }),
  );
  return { child, ended };
}

export const smoke = (args: readonly string[], key?: string) => start(args, key).ended;

/** The names of the checks, each behind its mark. */
export const marked = (lines: readonly string[]) =>
  lines.filter((line) => /^[✓✗-]/u.test(line)).map((line) => line.replace(/ +\d+ ms$|: .*/, ''));

/** What the gateway answers by itself. */
export const gatewayStory = [
  '✓ an unknown route is told, with its request id',
  '✓ a method that is not offered is told',
  '✓ a preflight is answered',
  '✓ the page is there, without a slash',
  '✓ the page is there, with a slash',
  '- TLS 1.1 is refused',
];

export const story = [
  '✓ status says that the API is well',
  ...gatewayStory,
  '✓ a call without a key is refused',
  '✓ a wrong key is refused',
  '✓ a project is made',
  '✓ its settings are there',
  '✓ they are there with a slash at the end, too',
  '✓ a persona is made',
  '✓ asked for again with its key, it is not made again',
  '✓ its Location leads to it',
  '✓ it is read back as it was made',
  '✓ it is in the list, once',
  '✓ it is found by its tag and by its name',
  '✓ HEAD of the list tells what GET would',
  '✓ a portrait without a system prompt is refused',
  '✓ it is renamed and keeps the rest',
  '✓ a second one of that name is refused',
  '✓ it is duplicated',
  '✓ a batch tells what became of each persona',
  '✓ a portrait without a provider is refused',
  '✓ an image is uploaded',
  '✓ its role lists it',
  '✓ its very bytes come back',
  '✓ with that ETag they are not sent again',
  '✓ HEAD of the image tells what GET would',
  '✓ an unknown image is not found',
  '✓ the image is deleted',
  '✓ the persona is deleted',
  '✓ its duplicate is deleted',
  '✓ that of the batch is deleted',
  '✓ the project is deleted',
  '✓ nothing of it is left',
];
export const without = (...names: string[]) => story.filter((line) => !names.some((name) => line.endsWith(name)));
