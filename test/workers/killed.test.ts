import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Key, keys } from '../../functions/storage/table.ts';
import { checkProject } from '../../functions/upkeep/check.ts';
import { kinds } from '../../functions/upkeep/findings.ts';
import { checkData } from '../../lib/check-data/check.ts';
import { endpoints } from '../../lib/contract/functions.ts';
import { type Client, newProject, useStack } from '../support/api.ts';
import { eventFor } from '../support/events.ts';
import { png } from '../support/pictures.ts';
import { type Call, type Interceptor, refuse } from '../support/recorder.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack({ environment: { KEEP_PORTRAITS: '1' } });
const table = useRecorder('AWS_ENDPOINT_URL_DYNAMODB');
const bucket = useRecorder('AWS_ENDPOINT_URL_S3');
beforeEach(() => {
  for (const method of ['error', 'log'] as const) vi.spyOn(console, method).mockImplementation(() => {});
});
afterEach(async () => {
  revive();
  await stack.drain();
});

const isWrite = ({ operation, method, path }: Call): boolean =>
  operation ? /Write|Put|Update|Delete/.test(operation) : method !== 'GET' && !path.includes('list-type');

/** Kills the running process, if it is not this one. */
let killProcess = () => {};

/**
 * Kills an operation before or after its nth write: from then on, none of its calls reach the stores, as if its process was killed. Returns the number
 * of writes.
 */
function killAt(number: number, when: 'before' | 'after'): () => number {
  let writes = 0;
  let killed = false;
  const killing =
    (die: (...given: Parameters<Interceptor>) => unknown): Interceptor =>
    async (call, response, forward) => {
      if (killed) return die(call, response, forward);
      if (!isWrite(call) || ++writes !== number) return;
      killed = true;
      if (when === 'after') await forward();
      killProcess();
      return die(call, response, forward);
    };
  table.intercept(killing((_, response) => refuse(response, 400, 'AccessDeniedException')));
  bucket.intercept(killing((_, response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')));
  return () => writes;
}

function revive(): void {
  killProcess = () => {};
  for (const store of [table, bucket]) store.intercept();
}

interface Scene {
  readonly project: Client & { readonly id: string };
  readonly ada: string;
  /** A persona with an uploaded image. */
  readonly bea: string;
  readonly uploaded: string;
  readonly keyId: string;
}

/** `draws`: whether Ada has a portrait, which takes most of the time. */
async function newScene(draws: boolean): Promise<Scene> {
  const project = await newProject(stack.api);
  const picture = { imageBase64: png().toString('base64'), role: 'any' };
  const create = async (name: string) => (await project.post('/personas', { name, systemPrompt: 'x' })).body.id;
  const [ada, bea, { body: image }, { body: key }] = await Promise.all([
    create('Ada'),
    create('Bea'),
    project.post('/images', picture),
    project.post('/keys', { name: 'CI', access: 'read' }),
    project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } }),
  ]);
  await project.put(`/personas/${bea}`, { imageUrl: image.id });
  if (draws) await project.post(`/personas/${ada}/generate-image`);
  return { project, ada, bea, uploaded: image.id, keyId: key.id };
}

type Deed = (scene: Scene) => Promise<unknown>;

const withKey = { 'Idempotency-Key': 'once' };

const findings = ({ project }: Scene) =>
  checkProject(project.id, { storedBefore: new Date(Date.now() + 1000), keepPortraits: 1 }, 1);

/** Kills an operation before and after each of its writes, each time in a new scene, and checks what is left. */
async function killEverywhere(
  deed: Deed,
  { prepare = nothing, draws = false }: { prepare?: Deed; draws?: boolean },
  look: (scene: Scene) => Promise<void>,
): Promise<number> {
  for (let number = 1; ; number++) {
    for (const when of ['before', 'after'] as const) {
      const scene = await newScene(draws);
      await prepare(scene);
      const writes = killAt(number, when);
      await deed(scene);
      revive();
      if (writes() < number) return number - 1;
      await look(scene);
      await scene.project.delete('');
    }
  }
}

/** In a separate process, since it retries storing a paid picture as long as it runs. */
const draw: Deed = async ({ project, ada }) => {
  const row = endpoints.find(({ name }) => name === 'generate-image') as (typeof endpoints)[number];
  const event = {
    ...eventFor(row),
    multiValueHeaders: { 'Idempotency-Key': [withKey['Idempotency-Key']] },
    pathParameters: { projectId: project.id, personaId: ada },
  };
  const script = fileURLToPath(new URL('../support/invoke-process.ts', import.meta.url));
  const child = fork(script, [row.file, JSON.stringify(event)], { stdio: 'ignore' });
  killProcess = () => child.kill('SIGKILL');
  await once(child, 'exit');
};

/** Repeats the drawing after its lease has expired: one key pays for one picture, whenever it was killed. */
const drawAgain: Deed = async ({ project, ada }) => {
  await endLease(keys.drawing(project.id, ada));
  const { status, body } = await project.post(`/personas/${ada}/generate-image`, undefined, withKey);
  expect([200, body.code]).toContainEqual(status === 502 ? 'image_outcome_unknown' : status);
  const identifier = createHash('sha256').update(project.id).digest('hex');
  const bought = stack.imageRequests.filter(({ parameters }) => parameters.safety_identifier === identifier);
  expect(bought.length).toBeLessThanOrEqual(1);
  // Only runs that never called the provider may have no picture.
  if (bought.length === 0) expect(status).toBe(502);
};

async function endLease({ PK, SK }: Key): Promise<void> {
  const client = new DynamoDBClient({ endpoint: table.target });
  const held = new UpdateItemCommand({
    TableName: process.env.TABLE_NAME,
    Key: { PK: { S: PK }, SK: { S: SK } },
    UpdateExpression: 'SET expiresAt = :past',
    ConditionExpression: 'attribute_exists(PK)',
    ExpressionAttributeValues: { ':past': { N: '0' } },
  });
  await client.send(held).catch((error: Error) => expect(error.name).toBe('ConditionalCheckFailedException'));
  client.destroy();
}

const createOnce: Deed = ({ project }) => project.post('/personas', { name: 'Eve' }, withKey);

/** Repeats the request: the persona exists once. */
const createAgain: Deed = async (scene) => {
  expect(await createOnce(scene)).toMatchObject({ status: 201, body: { name: 'Eve' } });
  const { body } = await scene.project.get('/personas?fields=name');
  expect(body.filter(({ name }: { name: string }) => name === 'Eve')).toHaveLength(1);
};

const nothing: Deed = async () => {};
const picture = { imageBase64: png().toString('base64'), role: 'any' };

const calls: readonly [string, Deed, number, Deed?][] = [
  ['a create with a key', createOnce, 1, createAgain],
  ['a create', ({ project }) => project.post('/personas', { name: 'Eve' }), 1],
  ['a rename', ({ project, ada }) => project.put(`/personas/${ada}`, { name: 'Eve' }), 1],
  ['an edit', ({ project, ada }) => project.put(`/personas/${ada}`, { description: 'x' }), 1],
  ['a change of the image', ({ project, ada, uploaded }) => project.put(`/personas/${ada}`, { imageUrl: uploaded }), 1],
  [
    'a batch',
    ({ project }) =>
      project.post('/personas/batch', {
        personas: [{ name: 'Ada', tags: ['x'] }, { name: 'Eve' }, { name: 'Eve', tags: ['x'] }],
        onConflict: 'replace',
      }),
    3,
  ],
  ['a duplicate', ({ project, ada }) => project.post(`/personas/${ada}/duplicate`), 1],
  ['an upload', ({ project }) => project.post('/images', picture), 2],
  ['a drawing with a key', draw, 5, drawAgain],
  ['the end of a persona', ({ project, ada }) => project.delete(`/personas/${ada}`), 1],
  ['the end of an image', ({ project, uploaded }) => project.delete(`/images/${uploaded}`), 2],
  ['the end of a key', ({ project, keyId }) => project.delete(`/keys/${keyId}`), 1],
  ['a new key', ({ project }) => project.post('/keys', { name: 'Other', access: 'read' }), 1],
  ['the end of a project', ({ project }) => project.delete(''), 1],
];

describe('killed anywhere', () => {
  it.each(calls)(
    '%s leaves at most orphans, which a repair removes',
    async (_name, deed, expected, again = nothing) => {
      const writes = await killEverywhere(deed, {}, async (scene) => {
        await again(scene);
        for (const { kind } of await findings(scene)) expect(kinds[kind].left && kind).toBe(kind);
        const { id } = scene.project;
        expect(await checkData({ project: id, all: false, hours: -1, repair: true, json: true, pause: 1 })).toBe(0);
      });
      expect(writes).toBe(expected);
    },
    120_000,
  );

  const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 300_000 } as Context;

  const told: readonly [string, Deed, (scene: Scene) => readonly [string, string, string]][] = [
    ['a project', ({ project }) => project.delete(''), ({ project }) => ['PROJECTS', `GONE#${project.id}`, 'INSERT']],
    [
      'a persona',
      ({ project, ada }) => project.delete(`/personas/${ada}`),
      ({ project, ada }) => [`PROJECT#${project.id}`, `PERSONA#${ada}`, 'REMOVE'],
    ],
    [
      'an image',
      ({ project, uploaded }) => project.delete(`/images/${uploaded}`),
      ({ project, uploaded }) => [`PROJECT#${project.id}`, `IMAGE#${uploaded}`, 'MODIFY'],
    ],
  ];

  it.each(told)(
    'clean-up after %s is finished by its next invocations',
    async (_name, prepare, recordOf) => {
      const { handler } = await import('../../functions/workers/clean-up.ts');
      const deed = (scene: Scene) => {
        const [PK, SK, eventName] = recordOf(scene);
        const dynamodb = { SequenceNumber: '1', Keys: { PK: { S: PK }, SK: { S: SK } } };
        return handler({ Records: [{ eventName, dynamodb }] } as DynamoDBStreamEvent, context);
      };
      const writes = await killEverywhere(deed, { prepare, draws: true }, async (scene) => {
        for (const { kind } of await findings(scene)) expect(kinds[kind].left && kind).toBe(kind);
        await stack.drain();
        expect(await findings(scene)).toEqual([]);
      });
      expect(writes).toBeGreaterThan(1);
    },
    120_000,
  );

  it('reconcile is finished by its next run', async () => {
    const { handler } = await import('../../functions/workers/reconcile.ts');
    const run = () => handler({}, { ...context, getRemainingTimeInMillis: () => 900_000 });
    const prepare: Deed = ({ project, uploaded }) => project.delete(`/images/${uploaded}`);
    const writes = await killEverywhere(
      () => run().catch(() => {}),
      { prepare },
      async (scene) => {
        for (let runs = 0; runs < 2 && (await findings(scene)).length > 0; runs++) await run();
        expect(await findings(scene)).toEqual([]);
        // The next run checks it too.
        await scene.project.delete('');
        await stack.drain();
      },
    );
    expect(writes).toBeGreaterThan(3);
  }, 120_000);
});
