import { DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '../../functions/storage/table.ts';
import type { Finding, Kind } from '../../functions/upkeep/findings.ts';
import { checkData } from '../../lib/check-data/check.ts';
import { type Client, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { mentionsOf } from '../support/stored.ts';

const stack = useStack();

type Key = { readonly PK: string; readonly SK: string };
const keyOf = ({ PK, SK }: Key) => ({ PK: { S: PK }, SK: { S: SK } });
const dynamo = () => new DynamoDBClient();
const TableName = () => process.env.TABLE_NAME;
const put = (key: Key, more: object = {}) =>
  dynamo().send(new PutItemCommand({ TableName: TableName(), Item: { ...keyOf(key), ...more } }));
const drop = (key: Key) => dynamo().send(new DeleteItemCommand({ TableName: TableName(), Key: keyOf(key) }));
const objectOf = (key: string) => ({ Bucket: process.env.BUCKET_NAME, Key: key });

interface Scene {
  readonly project: Client & { readonly id: string };
  readonly id: string;
  /** Ada has a drawn portrait, Bea an uploaded image. */
  readonly ada: string;
  readonly bea: string;
  readonly drawn: string;
  readonly uploaded: string;
  readonly keyId: string;
}

async function newScene(): Promise<Scene> {
  const project = await newProject(stack.api);
  scenes.push(project.id);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
  const create = async (name: string) => (await project.post('/personas', { name, systemPrompt: 'x' })).body.id;
  const [ada, bea] = [await create('Ada'), await create('Bea')];
  const drawn = (await project.post(`/personas/${ada}/generate-image`)).body.imageUrl;
  const picture = { imageBase64: png().toString('base64'), role: 'any' };
  const uploaded = (await project.post('/images', picture)).body.id;
  await project.put(`/personas/${bea}`, { imageUrl: uploaded });
  const keyId = (await project.post('/keys', { name: 'CI', access: 'read' })).body.id;
  return { project, id: project.id, ada, bea, drawn, uploaded, keyId };
}

/** Removes what the test leaves. */
const scenes: string[] = [];
afterEach(async () => {
  await Promise.all(scenes.splice(0).map((id) => stack.api.delete(`/projects/${id}`)));
  await stack.drain();
});

const printed = vi.spyOn(console, 'log');
beforeEach(() => void printed.mockReset());

/** The findings of the check, and whether they are repaired. */
async function check(project: string | undefined, more: { repair?: boolean; all?: boolean; hours?: number } = {}) {
  printed.mockReset();
  const wrong = await checkData({ project, all: false, hours: 0, repair: false, json: true, pause: 1, ...more });
  const result = JSON.parse(printed.mock.calls.flat().join(''));
  expect(wrong).toBe(result.wrong);
  return result as { wrong: number; findings: (Finding & { repaired: boolean })[] };
}

const image = '01890000-0000-7000-8000-000000000000.png';
const persona = '01890000-0000-7000-8000-000000000000';

/** For each fault: how to cause it, its findings, and whether it can be repaired. */
const faults: readonly [Kind, (scene: Scene) => Promise<unknown>, readonly Kind[], repairable?: boolean][] = [
  ['project-unlisted', ({ id }) => drop(keys.directoryEntry(id)), ['project-unlisted']],
  ['name-missing', ({ id }) => drop(keys.name(id, 'Ada')), ['name-missing']],
  ['name-left', ({ id, ada }) => put(keys.name(id, 'Eve'), { personaId: { S: ada } }), ['name-left']],
  [
    'image-missing',
    ({ id, uploaded }) =>
      Promise.all([
        drop(keys.image(id, uploaded)),
        dynamo().send(new DeleteItemCommand({ TableName: TableName(), Key: keyOf(keys.role(id, 'any', uploaded)) })),
      ]),
    ['image-missing', 'object-left'],
  ],
  ['referrer-missing', ({ id, uploaded, bea }) => drop(keys.referrer(id, uploaded, bea)), ['referrer-missing']],
  ['referrer-left', ({ id, uploaded, ada }) => put(keys.referrer(id, uploaded, ada)), ['referrer-left']],
  [
    'object-missing',
    ({ id, uploaded }) => new S3Client().send(new DeleteObjectCommand(objectOf(`projects/${id}/${uploaded}`))),
    ['object-missing'],
    false,
  ],
  [
    'object-left',
    ({ id }) => new S3Client().send(new PutObjectCommand({ ...objectOf(`projects/${id}/${image}`), Body: 'x' })),
    ['object-left'],
  ],
  ['role-missing', ({ id, uploaded }) => drop(keys.role(id, 'any', uploaded)), ['role-missing']],
  ['role-left', ({ id }) => put(keys.role(id, 'any', image)), ['role-left']],
  ['portrait-missing', ({ id, ada, drawn }) => drop(keys.portrait(id, ada, drawn)), ['portrait-missing']],
  ['portrait-left', ({ id, ada }) => put(keys.portrait(id, ada, image)), ['portrait-left']],
  ['image-left', ({ project, uploaded }) => project.delete(`/images/${uploaded}`), ['image-left']],
  ['portrait-unkept', ({ project, ada }) => project.delete(`/personas/${ada}`), ['portrait-unkept', 'image-left']],
  ['key-left', ({ keyId }) => drop(keys.keyRecord(keyId)), ['key-left']],
  [
    'unreadable',
    ({ id }) => put(keys.persona(id, persona), { persona: { S: '{' }, version: { N: '1' } }),
    ['unreadable'],
    false,
  ],
  ['project-left', ({ id }) => drop(keys.project(id)), ['project-left']],
];

describe('the check', () => {
  it('finds nothing in consistent data', async () => {
    const { id } = await newScene();
    expect(await check(id)).toMatchObject({ wrong: 0, findings: [] });
  });

  it.each(faults)('finds %s, and repairs it if possible', async (_kind, plant, found, repairable = true) => {
    const scene = await newScene();
    await plant(scene);
    const { findings } = await check(scene.id);
    expect(found).toEqual(expect.arrayContaining(findings.map(({ kind }) => kind)));
    expect(findings.map(({ kind }) => kind)).toContain(found[0]);
    const { wrong } = await check(scene.id, { repair: true });
    expect(wrong).toBe(repairable ? 0 : 1);
    expect(await check(scene.id)).toMatchObject({ wrong });
  });

  it('removes a deleted project, and finds an unlisted one', async () => {
    const { id, keyId } = await newScene();
    for (const key of [keys.project(id), keys.directoryEntry(id)]) await drop(key);
    for (const object of await mentionsOf(id))
      if (object.startsWith('projects/')) await new S3Client().send(new DeleteObjectCommand(objectOf(object)));
    expect((await check(undefined)).findings).toEqual([]);
    const { findings } = await check(undefined, { all: true });
    expect(findings).toEqual([expect.objectContaining({ kind: 'project-left', projectId: id })]);
    expect(await check(undefined, { all: true, repair: true })).toMatchObject({ wrong: 0 });
    expect([...(await mentionsOf(id)), ...(await mentionsOf(keyId))]).toEqual([]);
  });

  it('finds an unlisted key', async () => {
    const { id, keyId } = await newScene();
    await drop(keys.listedKey(id, keyId));
    const { findings } = await check(undefined, { all: true });
    expect(findings).toEqual([expect.objectContaining({ kind: 'key-unlisted', projectId: id, about: [keyId] })]);
    expect(await check(undefined, { all: true, repair: true })).toMatchObject({ wrong: 0 });
    expect(await mentionsOf(keyId)).toEqual([]);
  });

  it('ignores a young object without a record', async () => {
    const { id } = await newScene();
    await new S3Client().send(new PutObjectCommand({ ...objectOf(`projects/${id}/${image}`), Body: 'x' }));
    expect(await check(id, { hours: 24 })).toMatchObject({ wrong: 0 });
    expect(await check(id)).toMatchObject({ wrong: 1 });
  });

  it('prints sentences for people', async () => {
    const { id } = await newScene();
    await drop(keys.name(id, 'Ada'));
    await checkData({ project: id, all: false, hours: 24, repair: false, json: false, pause: 1 });
    const [sentence, summary] = printed.mock.calls.flat();
    expect(sentence).toMatch(
      new RegExp(`^Wrong\\. Project ${id}: The name of a persona is not reserved for it: Ada \\S+$`),
    );
    expect(summary).toBe('Projects checked: 1. Wrong: 1.');
  });
});

describe('reconcile', () => {
  const run = async (milliseconds = 900_000) => {
    const { handler } = await import('../../functions/workers/reconcile.ts');
    const end = Date.now() + milliseconds;
    const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => end - Date.now() };
    vi.spyOn(console, 'error').mockReset();
    await handler({}, context as Parameters<typeof handler>[1]);
    return vi
      .mocked(console.error)
      .mock.calls.flat()
      .map((line) => JSON.parse(line));
  };

  it('finishes clean-up, and reports other findings without content', async () => {
    const { project, id, ada, uploaded, drawn } = await newScene();
    await project.delete(`/images/${uploaded}`);
    await project.delete(`/personas/${ada}`);
    await drop(keys.name(id, 'Bea'));
    const told = await run();
    expect(told).toEqual([{ level: 'ERROR', requestId: 'test', projectId: id, finding: 'name-missing' }]);
    await run();
    expect([...(await mentionsOf(uploaded)), ...(await mentionsOf(drawn))]).toEqual([]);
    await check(id, { repair: true });
  });

  it('continues where the last run ended', async () => {
    const scenes = [await newScene(), await newScene()];
    const [first, second] = scenes.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (const { id } of scenes) await drop(keys.name(id, 'Ada'));
    const place = { PK: 'PROJECTS', SK: 'RECONCILE' };
    await put(place, { projectId: { S: first?.id ?? '' } });
    expect((await run()).map(({ projectId }) => projectId)).toEqual([second?.id]);
    expect((await run()).map(({ projectId }) => projectId)).toEqual([first?.id, second?.id]);
    expect(await run(100_000)).toEqual([]);
  });

  it('continues after a project that cannot be checked', async () => {
    const { id } = await newScene();
    const { id: other } = await newScene();
    await drop(keys.name(other, 'Ada'));
    await dynamo().send(
      new UpdateItemCommand({
        TableName: TableName(),
        Key: keyOf(keys.project(id)),
        UpdateExpression: 'REMOVE #name',
        ExpressionAttributeNames: { '#name': 'name' },
      }),
    );
    expect((await run()).map(({ projectId, name }) => projectId ?? name)).toEqual(expect.arrayContaining([other]));
  });
});
