import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

const stack = useStack();
const making = endpoints.filter(({ method }) => method === 'POST');

let table: DynamoDBClient;
beforeAll(() => {
  table = new DynamoDBClient();
});
afterAll(() => table.destroy());

/** The idempotency records in the table. */
async function notes(): Promise<Json[]> {
  const { Items = [] } = await table.send(new ScanCommand({ TableName: process.env.TABLE_NAME }));
  return Items.filter(({ SK }) => SK?.S?.startsWith('IDEMPOTENCY#'));
}

/** A project with a provider and a persona, and a repeatable call of an endpoint in it. */
async function scene(endpoint: Endpoint) {
  const project = await newProject(stack.api);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' } });
  const { body: persona } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count.' });
  const ids = { projectId: project.id, personaId: persona.id };
  const call = (key: string, body?: object, caller: Client = stack.api) => {
    const request = exampleRequest(endpoint, ids, body);
    return caller.below('/..').send('POST', request.address, request.body, { 'Idempotency-Key': key });
  };
  return { project, persona, call };
}

describe.each(making)('$method $path', (endpoint) => {
  it('carries out a request once per key, and returns its result again', async () => {
    const { call } = await scene(endpoint);
    const key = randomUUID();
    const first = await call(key);
    expect([first.status, first.headers.has('idempotency-replayed')]).toEqual([
      first.status < 300 && first.status,
      false,
    ]);
    const again = await call(key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([first.status, 'true']);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const { key: secret, ...open } = first.body;
    expect(again.body).toEqual(open);
    if (secret !== undefined) expect(JSON.stringify(again.body)).not.toContain(secret);
  });

  it('carries it out once for 20 concurrent requests', async () => {
    const { call } = await scene(endpoint);
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(key)));
    const made = answers.filter(({ status }) => status < 300);
    const told = new Set(made.map(({ body: { key: _, ...open } }) => JSON.stringify(open)));
    expect(told.size).toBe(1);
    for (const { status, body, headers } of answers.filter((answer) => !made.includes(answer))) {
      expect([status, body.code]).toEqual([409, 'idempotency_in_progress']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('refuses the same key with another request', async () => {
    const { call } = await scene(endpoint);
    const key = randomUUID();
    await call(key);
    const { status, body } = await call(key, { ...exampleRequest(endpoint, {}).body, name: 'Another one' });
    expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('stores no answer and no secret', async () => {
    const { call } = await scene(endpoint);
    const key = `a key to be found ${randomUUID()}`;
    const { body } = await call(key);
    const kept = JSON.stringify(await notes());
    for (const secret of [key, body.key, 'a key to be found', 'Grumpy Greta', 'Checkout bot'].filter(Boolean))
      expect(kept).not.toContain(secret);
  });

  it.each(['', 'x'.repeat(256), 'ä', 'a\tb'])('refuses the key %j', async (key) => {
    const { call } = await scene(endpoint);
    const { status, body } = await call(key);
    expect([status, body.code]).toEqual([400, 'idempotency_key_invalid']);
  });
});

const createPersona = making.find(({ name }) => name === 'create-persona') as Endpoint;

it('distinguishes the same key in two projects', async () => {
  const key = randomUUID();
  const [one, other] = [await scene(createPersona), await scene(createPersona)];
  const [first, second] = [await one.call(key), await other.call(key)];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
});

it('returns the present persona, or 404 after its deletion', async () => {
  const { project, call } = await scene(createPersona);
  const key = randomUUID();
  const { body } = await call(key);
  await project.put(`/personas/${body.id}`, { name: 'Renamed' });
  expect((await call(key)).body).toMatchObject({ id: body.id, name: 'Renamed' });
  await project.delete(`/personas/${body.id}`);
  expect(await call(key)).toMatchObject({ status: 404, body: { code: 'persona_not_found' } });
});

it('does not record a refusal, so the key can be used again', async () => {
  const { project, call } = await scene(createPersona);
  const key = randomUUID();
  expect((await call(key, { name: 'Ada' })).status).toBe(409);
  expect((await call(key, { name: '' })).status).toBe(400);
  const { status, headers } = await call(key, { name: 'Bea' });
  expect([status, headers.has('idempotency-replayed')]).toEqual([201, false]);
  expect((await project.get('/personas')).body).toHaveLength(2);
});

it('refuses a deleted project before it checks the key', async () => {
  const { project, call } = await scene(createPersona);
  const key = randomUUID();
  await call(key);
  await stack.api.delete(`/projects/${project.id}`);
  expect((await call(key)).body.code).toBe('project_not_found');
});

it('forgets a key after 24 hours, even if the item still exists', async () => {
  const { project, call } = await scene(createPersona);
  const key = randomUUID();
  const { body } = await call(key);
  await project.delete(`/personas/${body.id}`);
  const mine = (await notes()).find(({ PK }) => PK.S.includes(project.id));
  expect(Number(mine.expiresAt.N) - Date.now() / 1000).toBeGreaterThan(86_000);
  await table.send(
    new UpdateItemCommand({
      TableName: process.env.TABLE_NAME,
      Key: { PK: mine.PK, SK: mine.SK },
      UpdateExpression: 'SET expiresAt = :past',
      ExpressionAttributeValues: { ':past': { N: String(Math.floor(Date.now() / 1000) - 1) } },
    }),
  );
  const { status, headers } = await call(key);
  expect([status, headers.has('idempotency-replayed')]).toEqual([201, false]);
});

describe('a batch', () => {
  const createPersonas = making.find(({ name }) => name === 'create-personas') as Endpoint;
  const three = { personas: [{ name: 'Bea' }, { name: 'Cy' }, { name: 'Dan' }] };
  const resultsOf = (answer: Json) => answer.body.results.map(({ status, name }: Json) => [status, name]);

  it('whose run was killed is resumed with the recorded ids', async () => {
    const { project, call } = await scene(createPersonas);
    const key = randomUUID();
    const { body } = await call(key, three);
    const [bea, cy, dan] = body.results.map(({ id }: Json) => id);
    // Simulates a run that was killed before its last entry, and before it recorded the results.
    await project.delete(`/personas/${dan}`);
    const note = (await notes()).find(({ PK }) => PK.S.includes(project.id));
    await table.send(
      new UpdateItemCommand({
        TableName: process.env.TABLE_NAME,
        Key: { PK: note.PK, SK: note.SK },
        UpdateExpression: 'SET settled = :nothing, runsUntil = :past',
        ExpressionAttributeValues: {
          ':nothing': { L: [{ NULL: true }, { NULL: true }, { NULL: true }] },
          ':past': { N: String(Math.floor(Date.now() / 1000) - 1) },
        },
      }),
    );
    const again = await call(key, three);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(again.body).toEqual(body);
    expect((await project.get('/personas')).body.map(({ id }: Json) => id).slice(1)).toEqual([bea, cy, dan]);
  });

  it('only retries failed entries', async () => {
    const { project, call } = await scene(createPersonas);
    const { body: holder } = await project.post('/personas', { name: 'Cy' });
    const key = randomUUID();
    const first = await call(key, three);
    expect(resultsOf(first)).toEqual([
      ['created', 'Bea'],
      ['failed', 'Cy'],
      ['created', 'Dan'],
    ]);
    await project.delete(`/personas/${holder.id}`);
    const again = await call(key, three);
    expect(resultsOf(again).map(([status]: Json) => status)).toEqual(['created', 'created', 'created']);
    expect([0, 2].map((index) => again.body.results[index].id)).toEqual(
      [0, 2].map((index) => first.body.results[index].id),
    );
    expect((await project.get('/personas')).body).toHaveLength(4);
  });

  it('returns its personas as they are now', async () => {
    const { project, call } = await scene(createPersonas);
    const key = randomUUID();
    const { body } = await call(key, three);
    const [bea, cy] = body.results.map(({ id }: Json) => id);
    await project.put(`/personas/${bea}`, { name: 'Renamed' });
    await project.delete(`/personas/${cy}`);
    const again = await call(key, three);
    expect(again.body.results).toMatchObject([
      { status: 'created', id: bea, name: 'Renamed' },
      { status: 'failed', name: 'Cy', code: 'persona_not_found' },
      { status: 'created', name: 'Dan' },
    ]);
    expect((await project.get('/personas')).body).toHaveLength(3);
  });

  it('in a dry run is not recorded', async () => {
    const { call } = await scene(createPersonas);
    const key = randomUUID();
    expect((await call(key, { ...three, dryRun: true })).status).toBe(200);
    const { status, headers } = await call(key, three);
    expect([status, headers.has('idempotency-replayed')]).toEqual([200, false]);
  });
});

it('ignores the key for other methods', async () => {
  const { project, persona } = await scene(createPersona);
  const headers = { 'Idempotency-Key': 'x'.repeat(300) };
  expect((await project.get(`/personas/${persona.id}`, headers)).status).toBe(200);
  expect((await project.delete(`/personas/${persona.id}`, headers)).status).toBe(204);
});
