import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from '../../functions/domain/deadline.ts';
import * as personas from '../../functions/storage/personas.ts';
import { keys, tableName } from '../../functions/storage/table.ts';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { invoke } from '../../lib/local/runtime.ts';
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';
import { eventFor } from '../support/events.ts';
import { exampleRequest, withIds, wrongBody } from '../support/examples.ts';
import { png } from '../support/pictures.ts';
import { type Call, type Interceptor, refuse } from '../support/recorder.ts';
import { tour } from '../support/tour.ts';
import { useRecorder } from '../support/use-recorder.ts';

const styleRole = 'persona-avatar-styleguide';
const picture = { imageBase64: png().toString('base64'), role: styleRole };

/** Ends pages of the table after so many items, as DynamoDB does after 1 MB. */
let pageSize = 10_000;

const stack = useStack();
const recorder = useRecorder('AWS_ENDPOINT_URL_DYNAMODB', ({ operation, input }) => ({
  ...input,
  ...(/Item|Query/.test(operation) && { ReturnConsumedCapacity: 'TOTAL' }),
  ...(operation === 'Query' && { Limit: Math.min(input.Limit ?? pageSize, pageSize) }),
}));
const s3 = useRecorder('AWS_ENDPOINT_URL_S3');
const kms = useRecorder('AWS_ENDPOINT_URL_KMS');
afterEach(() => {
  pageSize = 10_000;
});

/** The log lines of a failed function. */
const log = () => vi.mocked(console.error).mock.calls.flat();
beforeEach(() => void vi.spyOn(console, 'error'));

interface Scene {
  readonly project: Client & { readonly id: string };
  /** Ada, with a system prompt. */
  readonly personaId: string;
  readonly persona: string;
  /** A style reference. */
  readonly imageId: string;
  readonly keyId: string;
}

const forgetCalls = () => {
  for (const { forget } of [recorder, s3, kms]) forget();
};

/** A project with a provider, a persona, an image and a key. Clears the recorder. */
async function newScene(): Promise<Scene> {
  const project = await newProject(stack.api);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
  const { body: persona } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count.' });
  const { body: image } = await project.post('/images', picture);
  const { body: key } = await project.post('/keys', { name: 'CI', access: 'read' });
  forgetCalls();
  return { project, personaId: persona.id, persona: `/personas/${persona.id}`, imageId: image.id, keyId: key.id };
}

/** Deletes an item directly in the table, unrecorded. */
async function vanish({ PK, SK }: { PK: string; SK: string }): Promise<void> {
  const client = new DynamoDBClient({ endpoint: recorder.target });
  await client.send(new DeleteItemCommand({ TableName: tableName(), Key: { PK: { S: PK }, SK: { S: SK } } }));
  client.destroy();
}

const operations = () => recorder.calls.map(({ operation }) => operation);

/** The tokens of all sent transactions. */
const transactionTokens = () =>
  recorder.calls.flatMap(({ operation, input }) =>
    operation === 'TransactWriteItems' ? [input.ClientRequestToken] : [],
  );

/** Rejects so many calls of an operation, as DynamoDB does, and passes the others on. */
const refusing = (operation: string, times: number, error: string, details?: object): Interceptor => {
  let left = times;
  return (call, response) => {
    if (call.operation === operation && left-- > 0) refuse(response, 400, error, details);
  };
};

/** Passes so many calls of an operation on, but drops their answers. */
const losingAnswers = (operation: string, times: number): Interceptor => {
  let left = times;
  return async (call, response, forward) => {
    if (call.operation !== operation || left-- <= 0) return;
    await forward();
    response.destroy();
  };
};

/** Answers so many calls with all keys unprocessed. */
const leavingUnprocessed = (times: number): Interceptor => {
  let left = times;
  return ({ operation, input }, response) => {
    if (operation !== 'BatchGetItem' || left-- <= 0) return;
    const answer = { Responses: {}, UnprocessedKeys: input.RequestItems };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  };
};

/** 99 more personas of nearly 1 kB. */
async function makeOthers(project: Client): Promise<void> {
  const others = Array.from({ length: 99 }, (_, index) => ({ name: `Bea ${index}`, systemPrompt: 'x'.repeat(720) }));
  const { body } = await project.post('/personas/batch', { personas: others });
  expect(body.results.map(({ status }: Json) => status)).toEqual(Array(99).fill('created'));
  recorder.forget();
}

/** All operations, with their calls and billed units for items of at most 1 kB. */
const deeds: readonly [
  name: string,
  act: (scene: Scene) => Promise<Answer>,
  calls: readonly string[],
  { read?: number; write?: number },
][] = [
  ['get a persona', ({ project, persona }) => project.get(persona), ['BatchGetItem'], { read: 2 }],
  [
    'list 100 personas',
    async ({ project }) => {
      await makeOthers(project);
      return project.get('/personas');
    },
    ['GetItem', 'Query'],
    { read: 26 },
  ],
  [
    'find a word in 100 personas',
    async ({ project }) => {
      await makeOthers(project);
      return project.get('/personas?q=ADA&limit=10');
    },
    ['GetItem', 'Query'],
    { read: 26 },
  ],
  [
    'create a persona',
    ({ project }) => project.post('/personas', { name: 'Bea' }),
    ['GetItem', 'TransactWriteItems'],
    { read: 1, write: 4 },
  ],
  [
    'create a persona, with an Idempotency-Key',
    ({ project }) => project.post('/personas', { name: 'Bea' }, { 'Idempotency-Key': 'bea' }),
    ['GetItem', 'GetItem', 'TransactWriteItems'],
    { read: 2, write: 6 },
  ],
  [
    'create 10 personas in a batch',
    ({ project }) =>
      project.post('/personas/batch', {
        personas: Array.from({ length: 10 }, (_, index) => ({ name: `Bea ${index}` })),
      }),
    ['GetItem', ...Array(10).fill('TransactWriteItems')],
    { read: 1, write: 40 },
  ],
  [
    'duplicate a persona',
    ({ project, persona }) => project.post(`${persona}/duplicate`),
    ['BatchGetItem', 'Query', 'TransactWriteItems'],
    { read: 3, write: 4 },
  ],
  [
    'update a persona',
    ({ project, persona }) => project.put(persona, { name: 'Ada', description: 'Calm' }),
    ['BatchGetItem', 'UpdateItem'],
    { read: 2, write: 1 },
  ],
  ['update a persona with nothing', ({ project, persona }) => project.put(persona, {}), ['BatchGetItem'], { read: 2 }],
  [
    'rename a persona',
    ({ project, persona }) => project.put(persona, { name: 'Bea' }),
    ['BatchGetItem', 'TransactWriteItems'],
    { read: 2, write: 6 },
  ],
  [
    'give a persona another image',
    ({ project, persona, imageId }) => project.put(persona, { imageUrl: imageId }),
    ['BatchGetItem', 'GetItem', 'TransactWriteItems'],
    { read: 4, write: 4 },
  ],
  [
    'delete a persona',
    ({ project, persona }) => project.delete(persona),
    ['BatchGetItem', 'TransactWriteItems'],
    { read: 2, write: 4 },
  ],
  [
    'draw a portrait',
    ({ project, persona }) => project.post(`${persona}/generate-image`),
    [
      'BatchGetItem',
      'BatchGetItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'Query',
      'TransactWriteItems',
      'TransactWriteItems',
    ],
    { read: 6, write: 14 },
  ],
  [
    'draw a portrait, with an Idempotency-Key',
    ({ project, persona }) => project.post(`${persona}/generate-image`, undefined, { 'Idempotency-Key': 'ada' }),
    [
      'BatchGetItem',
      'BatchGetItem',
      'DeleteItem',
      'GetItem',
      'GetItem',
      'GetItem',
      'Query',
      'TransactWriteItems',
      'TransactWriteItems',
      'TransactWriteItems',
    ],
    { read: 8, write: 19 },
  ],
  [
    'list the portraits',
    async ({ project, persona, imageId }) => {
      await project.put(persona, { imageUrl: imageId });
      forgetCalls();
      return project.get(`${persona}/portraits`);
    },
    ['BatchGetItem', 'BatchGetItem', 'Query'],
    { read: 4 },
  ],
  [
    'upload an image',
    ({ project }) => project.post('/images', picture),
    ['GetItem', 'TransactWriteItems'],
    { read: 1, write: 4 },
  ],
  ['get an image', ({ project, imageId }) => project.get(`/images/${imageId}`), ['BatchGetItem'], { read: 2 }],
  [
    'list the images of a role',
    ({ project }) => project.get(`/images?role=${styleRole}`),
    ['GetItem', 'Query'],
    { read: 2 },
  ],
  [
    'delete an image',
    ({ project, imageId }) => project.delete(`/images/${imageId}`),
    ['BatchGetItem', 'Query', 'TransactWriteItems'],
    { read: 3, write: 4 },
  ],
  ['list the projects', () => stack.api.get('/projects?limit=1'), ['Query'], { read: 1 }],
  ['create a project', () => stack.api.post('/projects', { name: 'Another' }), ['TransactWriteItems'], { write: 4 }],
  ['delete a project', ({ project }) => project.delete(''), ['TransactWriteItems'], { write: 6 }],
  ['get the settings', ({ project }) => project.get('/config'), ['GetItem'], { read: 1 }],
  [
    'change the settings',
    ({ project }) => project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-other' } }),
    ['GetItem', 'PutItem'],
    { read: 1, write: 1 },
  ],
  [
    'rename a project',
    ({ project }) => project.put('/config', { name: 'Renamed' }),
    ['GetItem', 'TransactWriteItems'],
    { read: 1, write: 4 },
  ],
  [
    'create a key',
    ({ project }) => project.post('/keys', { name: 'CI', access: 'read' }),
    ['GetItem', 'TransactWriteItems'],
    { read: 1, write: 4 },
  ],
  ['list the keys', ({ project }) => project.get('/keys'), ['GetItem', 'Query'], { read: 2 }],
  [
    'revoke a key',
    ({ project, keyId }) => project.delete(`/keys/${keyId}`),
    ['GetItem', 'TransactWriteItems'],
    { read: 1, write: 4 },
  ],
  ['get a part of a list', ({ project }) => project.get('/personas?limit=1'), ['GetItem', 'Query'], { read: 2 }],
];

describe('the calls', () => {
  it.each(deeds)(
    'to %s are those of the chart, with its capacity',
    async (_name, act, calls, { read = 0, write = 0 }) => {
      const scene = await newScene();
      const { status } = await act(scene);
      expect(status).toBeLessThan(300);
      expect(operations().sort()).toEqual(calls);
      const writes = recorder.calls.filter(({ operation }) => /Write|Put|Update|Delete/.test(operation));
      const reads = recorder.calls.filter((call) => !writes.includes(call));
      expect([capacity(reads), capacity(writes)]).toEqual([read, write]);
    },
  );

  it('have the costs of docs/costs.md', async () => {
    const page = await readFile(new URL('../../docs/costs.md', import.meta.url), 'utf8');
    const bill = [...page.matchAll(/^\| ([^|]+) \| (\d*) ?\| (\d*) ?\| \$([\d.]+) \|/gm)].map(
      ([, name, read, write, dollars]) => [name, Number(read), Number(write), Number(dollars)],
    );
    const cheaper = ['update a persona with nothing', 'get a part of a list'];
    expect(bill).toEqual(
      deeds
        .filter(([name]) => !cheaper.includes(name))
        .map(([name, , , { read = 0, write = 0 }]) => {
          return [name, read, write, Number((read * 0.125 + write * 0.625).toFixed(2))];
        }),
    );
  });

  it("of an update during the project's deletion succeed as if they came before", async () => {
    const { project, persona } = await newScene();
    recorder.intercept(async ({ operation }) => {
      if (operation === 'UpdateItem') await vanish(keys.project(project.id));
    });
    expect(await project.put(persona, { description: 'Calm' })).toMatchObject({ status: 200 });
    recorder.intercept();
    for (const answer of [await project.get(persona), await project.put(persona, { description: 'Late' })]) {
      expect(answer).toMatchObject({ status: 404, body: { error: 'Project not found' } });
    }
  });

  it('to get an image call S3 once', async () => {
    const { project, imageId } = await newScene();
    await project.get(`/images/${imageId}`);
    expect(s3.calls).toHaveLength(1);
  });
});

const capacity = (calls: readonly Call[]): number =>
  calls.flatMap(({ output }) => output.ConsumedCapacity).reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);

describe('an endpoint', () => {
  /** Makes an endpoint do everything that it can do. */
  async function exercise(endpoint: Endpoint, { project, personaId, imageId, keyId }: Scene): Promise<void> {
    const { persona, bodies = [], goneMeanwhile } = tour[endpoint.name] ?? {};
    const ids = { projectId: project.id, personaId, imageId, keyId };
    const call = (other?: object) => {
      const { method, address, body } = exampleRequest(endpoint, ids, other);
      return stack.api.below('/..').send(method, address, body);
    };
    if (persona) {
      expect(await project.put(`/personas/${personaId}`, withIds(persona, ids))).toMatchObject({ status: 200 });
      forgetCalls();
    }
    const wrong = wrongBody(endpoint);
    for (const body of wrong ? [wrong] : []) expect(await call(body)).toMatchObject({ status: 400 });
    for (const body of [undefined, ...bodies]) expect((await call(body)).status).toBeLessThan(300);
    if (endpoint.method === 'POST') {
      const { method, address, body } = exampleRequest(endpoint, ids);
      const named = body && { ...body, name: 'Made once' };
      for (const replayed of [null, 'true']) {
        const answer = await stack.api.below('/..').send(method, address, named, { 'Idempotency-Key': 'once' });
        expect(answer.status).toBeLessThan(300);
        expect(answer.headers.get('idempotency-replayed')).toBe(replayed);
      }
    }
    if (goneMeanwhile === 'image') {
      recorder.intercept(async ({ operation }) => {
        if (operation === 'TransactWriteItems') await vanish(keys.image(project.id, imageId));
      });
      expect(await call()).toMatchObject({ status: 201 });
    }
    if (goneMeanwhile !== 'persona') return;
    s3.intercept(async ({ method }) => {
      if (method === 'PUT') await vanish(keys.persona(project.id, personaId));
    });
    expect(await call()).toMatchObject({ status: 404 });
  }

  it.each(endpoints)('$name uses exactly the actions of its row, with strongly consistent reads', async (endpoint) => {
    const { actions } = endpoint;
    await exercise(endpoint, await newScene());
    expect(actionsSeen()).toEqual({
      table: actions.table ?? [],
      bucket: actions.bucket ?? [],
      kmsKey: actions.kmsKey ?? [],
    });
    for (const { operation, input } of recorder.calls) {
      if (['GetItem', 'Query'].includes(operation)) expect(input.ConsistentRead).toBe(true);
      if (operation === 'BatchGetItem') expect(input.RequestItems[tableName()].ConsistentRead).toBe(true);
    }
  });
});

const transacted: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
};
const ofObjects: Readonly<Record<string, string>> = { GET: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' };

/** The IAM actions of the recorded calls, as in a row of the table. */
function actionsSeen() {
  const sorted = (actions: (string | undefined)[]) => [...new Set(actions)].sort();
  return {
    table: sorted(
      recorder.calls.flatMap(({ operation, input }) =>
        operation === 'TransactWriteItems'
          ? input.TransactItems.map((item: object) => transacted[Object.keys(item)[0] ?? ''])
          : [operation],
      ),
    ),
    bucket: sorted(s3.calls.map(({ method }) => ofObjects[method])),
    kmsKey: sorted(kms.calls.map(({ operation }) => operation)),
  };
}

describe('a list of more than one page', () => {
  const count = 8;
  let project: Scene['project'];
  let names: string[];

  beforeAll(async () => {
    project = await newProject(stack.api);
    // 300 KB each, so that three fill a page of 1 MB.
    const systemPrompt = '€'.repeat(100_000);
    names = Array.from({ length: count }, (_, index) => `Persona ${index + 1}`);
    for (const name of names) expect((await project.post('/personas', { name, systemPrompt })).status).toBe(201);
    await project.post('/images', picture);
  });

  beforeEach(() => recorder.forget());

  const queries = () => recorder.calls.filter(({ operation }) => operation === 'Query');
  const list = () => fetch(`${project.base}/personas`);

  it('reads only persona items, page by page, and returns them in order', async () => {
    const { body } = await project.get('/personas');
    expect(body.map(({ name }: Json) => name)).toEqual(names);
    expect(operations().sort()).toEqual(['GetItem', 'Query', 'Query', 'Query']);
    for (const { input } of queries()) {
      expect(input).not.toHaveProperty('FilterExpression');
      expect(input.ExpressionAttributeValues).toEqual({
        ':partition': { S: `PROJECT#${project.id}` },
        ':prefix': { S: 'PERSONA#' },
      });
    }
    expect(queries().map(({ input }) => input.ExclusiveStartKey)).toEqual([
      undefined,
      ...queries()
        .slice(0, -1)
        .map(({ output }) => output.LastEvaluatedKey),
    ]);
  });

  it.each([
    [1, 1, 2],
    [2, 1, 3],
    [3, 2, 4],
    [7, 3, 8],
    [8, 3, 8],
    [1000, 3, 8],
  ])('with a limit of %i takes %i queries and reads %i items', async (limit, count, read) => {
    const { body, headers } = await project.get(`/personas?limit=${limit}`);
    expect(body.map(({ name }: Json) => name)).toEqual(names.slice(0, limit));
    expect(headers.has('link')).toBe(limit < names.length);
    expect(queries()).toHaveLength(count);
    expect(queries().reduce((sum, { output }) => sum + output.Count, 0)).toBe(read);
    // Units of 4 kB: those of the items, and at most one more for each page.
    const units = (read * 300) / 4;
    expect(capacity(queries())).toBeGreaterThanOrEqual(units * 0.95);
    expect(capacity(queries())).toBeLessThanOrEqual(units + count);
  });

  it('of images, keys and projects continues over pages of the table up to the limit', async () => {
    await project.post('/keys', { name: 'One', access: 'read' });
    const { body: two } = await project.post('/keys', { name: 'Two', access: 'read' });
    await project.post('/images', picture);
    pageSize = 1;
    const { body: keys } = await project.get('/keys?limit=2');
    expect([keys.length, keys[1].id]).toEqual([2, two.id]);
    expect((await project.get(`/images?role=${styleRole}&limit=2`)).body.ids).toHaveLength(2);
    expect((await stack.api.get('/projects?limit=3')).body).toHaveLength(3);
    expect((await stack.api.get('/projects')).body.length).toBeGreaterThan(3);
  });

  it('ends a page early if it would not fit into memory', async () => {
    const { project, imageId } = await newScene();
    const ids = [imageId];
    for (let index = 1; index < 33; index++) ids.push((await project.post('/images', picture)).body.id);
    pageSize = 1;
    const { body, headers } = await project.get(`/images?role=${styleRole}&limit=1000`);
    expect(body.ids).toEqual(ids.slice(0, 31));
    const [, cursor] = /cursor=([\w-]+)/.exec(`${headers.get('link')}`) ?? [];
    const rest = await project.get(`/images?role=${styleRole}&limit=1000&cursor=${cursor}`);
    expect([rest.body.ids, rest.headers.has('link')]).toEqual([ids.slice(31), false]);
    expect((await project.get(`/images?role=${styleRole}`)).body.ids).toEqual(ids);
  });

  it('continues over pages of the table until a page of matches is full', async () => {
    pageSize = 2;
    const { body, headers } = await project.get('/personas?q=PERSONA&limit=5');
    expect(body.map(({ name }: Json) => name)).toEqual(names.slice(0, 5));
    expect(queries()).toHaveLength(3);
    expect(headers.has('link')).toBe(true);
    const nothing = await project.get(`/personas?q=${names.at(-1)}&tag=none&limit=1`);
    expect([nothing.body, nothing.headers.has('link')]).toEqual([[], false]);
  });

  it('ends a page of matches at the deadline, with a link to the next one', async () => {
    pageSize = 3;
    const query = { q: 'PERSONA', limit: 1000 };
    const { batches, next } = await withDeadline(0, () => personas.list({ projectId: project.id }, query));
    const { value = [] } = await batches.next();
    expect(value.map((text) => JSON.parse(text).name)).toEqual(names.slice(0, 3));
    expect(next).toEqual({ ...query, cursor: expect.any(String) });
    const rest = await project.get(`/personas?q=PERSONA&cursor=${next?.cursor}`);
    expect(rest.body.map(({ name }: Json) => name)).toEqual(names.slice(3));
  });

  it('starts before its later pages are read', async () => {
    const held = Promise.withResolvers<void>();
    recorder.intercept(({ input }) => (input.ExclusiveStartKey ? held.promise : undefined));
    const response = await list();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader?.read())?.value ?? '';
    expect(response.status).toBe(200);
    expect(text).toMatch(/^\[\{"id":"[^"]+","name":"Persona 1"/);
    expect(queries().filter(({ output }) => output)).toHaveLength(1);
    held.resolve();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += part.value;
    expect(JSON.parse(text)).toHaveLength(count);
  });

  it('breaks off if a later page fails, as invalid JSON', async () => {
    recorder.intercept(({ input }, response) => {
      if (input.ExclusiveStartKey) refuse(response, 500, 'InternalServerError');
    });
    const response = await list();
    expect(response.status).toBe(200);
    let text = '';
    const read = async () => {
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part;
    };
    await expect(read()).rejects.toThrow();
    expect(text).toMatch(/^\[\{"id"/);
    expect(() => JSON.parse(text)).toThrow();
  });

  it('continues to its end when the caller hangs up', async () => {
    const held = Promise.withResolvers<void>();
    recorder.intercept(() => held.promise);
    const caller = new AbortController();
    const response = fetch(`${project.base}/personas`, { signal: caller.signal });
    await expect.poll(() => queries().length).toBe(1);
    caller.abort();
    await expect(response).rejects.toThrow();
    held.resolve();
    await expect.poll(() => queries().filter(({ output }) => output).length).toBe(3);
  });

  it('is refused if its first page fails', async () => {
    recorder.intercept(({ operation }, response) => {
      if (operation === 'Query') refuse(response, 500, 'InternalServerError');
    });
    expect(await project.get('/personas')).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
  });
});

describe('a temporary fault', () => {
  type Deed = readonly [string, (scene: Scene) => Promise<Answer>, number];
  const deeds: readonly Deed[] = [
    ['a create', ({ project }) => project.post('/personas', { name: 'Bea' }), 201],
    ['a rename', ({ project, persona }) => project.put(persona, { name: 'Bea' }), 200],
    ['a new portrait', ({ project, persona, imageId }) => project.put(persona, { imageUrl: imageId }), 200],
    ['a delete', ({ project, persona }) => project.delete(persona), 204],
    ['an upload', ({ project }) => project.post('/images', picture), 201],
    ['the end of an image', ({ project, imageId }) => project.delete(`/images/${imageId}`), 204],
    ['a drawing', ({ project, persona }) => project.post(`${persona}/generate-image`), 200],
    ['a new project', () => stack.api.post('/projects', { name: 'Another' }), 201],
    ["a project's new name", ({ project }) => project.put('/config', { name: 'Another' }), 200],
    ['the end of a project', ({ project }) => project.delete(''), 204],
  ];

  const conflict = { CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict', Message: 'Ongoing' }] };

  it.each(deeds)('does not disturb %s, after conflicts with other transactions', async (_deed, act, status) => {
    const scene = await newScene();
    recorder.intercept(refusing('TransactWriteItems', 3, 'TransactionCanceledException', conflict));
    expect((await act(scene)).status).toBe(status);
    const tokens = transactionTokens();
    expect(tokens).toHaveLength(new Set(tokens).size + 3);
  });

  it.each(deeds)('does not refuse %s after a lost answer', async (_deed, act, status) => {
    const scene = await newScene();
    recorder.intercept(losingAnswers('TransactWriteItems', 2));
    expect((await act(scene)).status).toBe(status);
    const tokens = transactionTokens();
    expect(tokens).toHaveLength(new Set(tokens).size + 2);
  });

  it.each(deeds)('does not refuse %s after a lost answer and throttling', async (_deed, act, status) => {
    const scene = await newScene();
    const lose = losingAnswers('TransactWriteItems', 1);
    const throttle = refusing('TransactWriteItems', 1, 'TransactionCanceledException', {
      CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'None' }],
    });
    let attempts = 0;
    recorder.intercept((...call) =>
      (call[0].operation === 'TransactWriteItems' && attempts++ === 0 ? lose : throttle)(...call),
    );
    expect((await act(scene)).status).toBe(status);
  });

  it('counts a portrait once after a late answer', async () => {
    const { project, persona } = await newScene();
    await project.put('/config', { maxImagesPerDay: 2 });
    recorder.intercept(losingAnswers('TransactWriteItems', 1));
    const draw = async () => (await project.post(`${persona}/generate-image`)).status;
    expect([await draw(), await draw(), await draw()]).toEqual([200, 200, 429]);
  });

  it('creates one persona after a lost answer', async () => {
    const { project, personaId } = await newScene();
    recorder.intercept(losingAnswers('TransactWriteItems', 1));
    const { status, body } = await project.post('/personas', { name: 'Bea' });
    expect(status).toBe(201);
    expect((await project.get('/personas')).body.map(({ id }: Json) => id)).toEqual([personaId, body.id]);
  });

  const singles: readonly [string, string, Deed[1]][] = [
    ['UpdateItem', 'an update', ({ project, persona }) => project.put(persona, { description: 'Calm' })],
    ['PutItem', 'a setting', ({ project }) => project.put('/config', { maxConcurrency: 2 })],
    ['PutItem', 'a drawing', ({ project, persona }) => project.post(`${persona}/generate-image`)],
    ['DeleteItem', 'a drawing', ({ project, persona }) => project.post(`${persona}/generate-image`)],
  ];

  it.each(singles)('with a lost answer to the %s of %s is not noticed', async (operation, _deed, act) => {
    const scene = await newScene();
    recorder.intercept(losingAnswers(operation, 1));
    expect((await act(scene)).status).toBe(200);
    expect((await scene.project.post(`${scene.persona}/generate-image`)).status).toBe(200);
  });

  it.each(singles.slice(0, 2))('with a conflict of the %s of %s is not noticed', async (operation, _, act) => {
    const scene = await newScene();
    recorder.intercept(refusing(operation, 3, 'TransactionConflictException'));
    expect((await act(scene)).status).toBe(200);
  });

  it('keeps the first of two changes, and adds the retried one', async () => {
    const { project, persona } = await newScene();
    let others = 0;
    recorder.intercept(async ({ operation }) => {
      if (operation === 'UpdateItem' && others++ === 0) await project.put(persona, { description: 'Calm' });
    });
    const { body } = await project.put(persona, { systemPrompt: 'You count twice.' });
    expect(body).toMatchObject({ description: 'Calm', systemPrompt: 'You count twice.' });
  });

  it('keeps the first of two changes, and refuses the conditional one', async () => {
    const { project, persona } = await newScene();
    const { headers } = await project.get(persona);
    let others = 0;
    recorder.intercept(async ({ operation }) => {
      if (operation === 'UpdateItem' && others++ === 0) await project.put(persona, { description: 'Calm' });
    });
    const { status } = await project.put(
      persona,
      { systemPrompt: 'You err.' },
      { 'If-Match': `${headers.get('etag')}` },
    );
    expect(status).toBe(412);
    expect((await project.get(persona)).body).toMatchObject({ description: 'Calm', systemPrompt: 'You count.' });
  });

  it('with a lost answer to a conditional change is not noticed', async () => {
    const { project, persona } = await newScene();
    for (const [operation, changes] of [
      ['UpdateItem', { description: 'Calm' }],
      ['TransactWriteItems', { name: 'Bea' }],
    ] as const) {
      const { headers } = await project.get(persona);
      recorder.intercept(losingAnswers(operation, 1));
      const changed = await project.put(persona, changes, { 'If-Match': `${headers.get('etag')}` });
      expect([changed.status, changed.body]).toEqual([200, expect.objectContaining(changes)]);
      expect((await project.get(persona)).headers.get('etag')).toBe(changed.headers.get('etag'));
    }
  });

  it.each([
    ['a persona', ({ project, persona }: Scene) => project.get(persona)],
    ['an image', ({ project, imageId }: Scene) => project.get(`/images/${imageId}`)],
  ])('retries %s with unprocessed keys', async (_what, read) => {
    const scene = await newScene();
    recorder.intercept(leavingUnprocessed(2));
    expect((await read(scene)).status).toBe(200);
    expect(operations()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['is missing', (response) => response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')],
    // As S3 answers without the permission to list the bucket.
    ['is denied', (response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')],
  ])('leaves out a style reference that is deleted while it is read, if %s', async (_how, answer) => {
    const { project, persona, imageId } = await newScene();
    s3.intercept(async ({ method, path }, response) => {
      if (method !== 'GET' || !path.includes(imageId)) return;
      await project.delete(`/images/${imageId}`);
      answer(response);
    });
    expect((await project.post(`${persona}/generate-image`)).status).toBe(200);
    expect(stack.imageRequests.at(-1)?.references).toEqual([]);
  });

  it('does not undo a portrait whose lease cannot be released', async () => {
    const { project, persona } = await newScene();
    recorder.intercept(refusing('DeleteItem', 1, 'AccessDeniedException'));
    const { status, body } = await project.post(`${persona}/generate-image`);
    expect(status).toBe(200);
    expect((await project.get(persona)).body).toEqual(body);
  });
});

describe('a permanent fault', () => {
  it('ends a create and a read after bounded attempts, and reserves no name', async () => {
    const { project, personaId } = await newScene();
    const unprocessed = leavingUnprocessed(Number.POSITIVE_INFINITY);
    const conflicting = refusing('TransactWriteItems', Number.POSITIVE_INFINITY, 'TransactionCanceledException', {
      CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'TransactionConflict' }],
    });
    recorder.intercept((...call) => [unprocessed, conflicting].map((interceptor) => interceptor(...call)));
    const seconds = 3;
    for (const name of ['create-persona', 'get-persona']) {
      const { handler } = await import(`../../functions/${name}.ts`);
      const row = endpoints.find((endpoint) => endpoint.name === name);
      const pathParameters = { projectId: project.id, personaId };
      const event = { ...eventFor(row as (typeof endpoints)[number]), pathParameters };
      const { statusCode, headers, body } = await invoke(handler, event, seconds);
      expect([statusCode, JSON.parse(String(body)).code, headers['Retry-After']]).toEqual([
        503,
        'storage_unavailable',
        '1',
      ]);
    }
    for (const operation of ['TransactWriteItems', 'BatchGetItem']) {
      expect(operations().filter((made) => made === operation).length).toBeLessThanOrEqual(30);
    }
    recorder.intercept();
    expect((await project.post('/personas', { name: 'Bea' })).status).toBe(201);
  });

  it.each([
    ['S3', () => s3],
    ['KMS', () => kms],
  ])('of %s leaves a persona unchanged, and its lease free', async (_service, recorderOf) => {
    const { project, persona } = await newScene();
    const before = (await project.get(persona)).body;
    recorderOf().intercept((_, response) => void response.writeHead(500).end());
    const { status, body } = await project.post(`${persona}/generate-image`);
    expect([status, body.code]).toEqual([503, 'storage_unavailable']);
    expect((await project.get(persona)).body).toEqual(before);
    recorderOf().intercept();
    expect((await project.post(`${persona}/generate-image`)).status).toBe(200);
  });
});

describe('when the table fails', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await newScene();
  });
  const requests = [
    ['GET', () => scene.persona],
    ['PUT', () => scene.persona],
    ['DELETE', () => scene.persona],
    ['POST', () => '/personas'],
    ['GET', () => '/personas'],
    ['GET', () => `/images/${scene.imageId}`],
    ['GET', () => '/config'],
    ['POST', () => `${scene.persona}/generate-image`],
  ] as const;
  const answers = () =>
    Promise.all(
      requests.map(([method, path]) =>
        scene.project.send(method, path(), ['POST', 'PUT'].includes(method) ? { name: 'Eve' } : undefined),
      ),
    );

  const outages: readonly [string, Interceptor][] = [
    ['throttles', (_, response) => refuse(response, 400, 'ProvisionedThroughputExceededException')],
    ['has a fault', (_, response) => refuse(response, 500, 'InternalServerError')],
    ['is not there', (_, response) => response.destroy()],
  ];

  it.each(outages)('because it %s, every endpoint answers 503', async (_how, interceptor) => {
    recorder.intercept(interceptor);
    for (const { status, headers, body } of await answers()) {
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
      expect(body).toEqual({
        error: 'Storage is busy; try again',
        code: 'storage_unavailable',
        requestId: headers.get('x-request-id'),
      });
    }
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException'])(
    'by %s, the answer reveals nothing',
    async (error) => {
      recorder.intercept((_, response) => refuse(response, 400, error));
      for (const { status, headers, body } of await answers()) {
        const requestId = headers.get('x-request-id');
        expect(status).toBe(500);
        expect(headers.has('retry-after')).toBe(false);
        expect(body).toEqual({ error: 'Internal server error', code: 'internal_error', requestId });
        const lines = log().filter((line) => line.includes(requestId));
        expect(lines).toHaveLength(1);
        expect(JSON.parse(lines[0])).toMatchObject({ level: 'ERROR', name: error });
        expect(lines[0]).not.toContain('of table personas');
      }
    },
  );

  it("to answer, the caller gets 503 before Lambda's timeout", async () => {
    const name = 'get-persona';
    const { handler } = await import(`../../functions/${name}.ts`);
    recorder.intercept(() => new Promise(() => {}));
    const event = eventFor({ name, method: 'GET', path: scene.persona });
    const { statusCode, headers, body } = await invoke(handler, event, 1);
    expect([statusCode, headers['Retry-After'], JSON.parse(String(body)).code]).toEqual([
      503,
      '1',
      'storage_unavailable',
    ]);
  });

  it('by not existing, every endpoint answers 503', async () => {
    await recorder.close();
    expect((await answers()).map(({ status }) => status)).toEqual(requests.map(() => 503));
  });
});
