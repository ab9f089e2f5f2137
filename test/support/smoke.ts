/** Runs `npm run smoke` as a process against the stack of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { LocalStack } from '../../lib/local/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everything that is stored after the workers have run. */
export async function stored({ drain }: Pick<LocalStack, 'drain'>) {
  await drain();
  const [{ Items = [] }, { Contents = [] }] = await Promise.all([
    new DynamoDBClient().send(new ScanCommand({ TableName: process.env.TABLE_NAME })),
    new S3Client().send(new ListObjectsV2Command({ Bucket: process.env.BUCKET_NAME })),
  ]);
  // Idempotency records expire after a day.
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

/** The names of the checks, each after its mark. */
export const marked = (lines: readonly string[]) =>
  lines.filter((line) => /^[✓✗-]/u.test(line)).map((line) => line.replace(/ +\d+ ms$|: .*/, ''));

/** The checks of the gateway's own answers. */
export const gatewayChecks = [
  '✓ an unknown route is answered 404, with its request id',
  '✓ an unsupported method is answered 405',
  '✓ a preflight is answered',
  '✓ the web page answers, without a slash',
  '✓ the web page answers, with a slash',
  '- TLS 1.1 is refused',
];

export const allChecks = [
  '✓ the status is ok',
  ...gatewayChecks,
  '✓ a call without a key is refused',
  '✓ a wrong key is refused',
  '✓ a project is created',
  '✓ its settings are returned',
  '✓ its settings are returned with a trailing slash, too',
  '✓ a persona is created',
  '✓ repeated with its Idempotency-Key, it is not created again',
  '✓ its Location is right',
  '✓ it is returned as it was created',
  '✓ it is in the list once',
  '✓ it is found by its tag and by its name',
  '✓ HEAD of the list has the headers of GET',
  '✓ a portrait without a system prompt is refused',
  '✓ it is renamed and keeps its other fields',
  '✓ a second persona of that name is refused',
  '✓ it is duplicated',
  '✓ a batch returns the result of each entry',
  '✓ a portrait without a provider is refused',
  '✓ an image is uploaded',
  '✓ it is in the list of its role',
  '✓ its bytes are returned unchanged',
  '✓ with that ETag, the answer is 304',
  '✓ HEAD of the image has the headers of GET',
  '✓ an unknown image is not found',
  '✓ the image is deleted',
  '✓ the persona is deleted',
  '✓ its duplicate is deleted',
  '✓ the persona of the batch is deleted',
  '✓ the project is deleted',
  '✓ nothing is left',
];
export const without = (...names: string[]) => allChecks.filter((line) => !names.some((name) => line.endsWith(name)));
