import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '../../functions/storage/table.ts';
import { listen } from '../../lib/local/listen.ts';
import { newProject, useStack } from '../support/api.ts';
import { refuse } from '../support/recorder.ts';
import { useRecorder } from '../support/use-recorder.ts';

const goodKey = 'sk-local-stand-in-for-openai';

const stack = useStack();
const dynamoDb = useRecorder('AWS_ENDPOINT_URL_DYNAMODB');
const s3 = useRecorder('AWS_ENDPOINT_URL_S3');
const provider = useRecorder('OPENAI_BASE_URL');
let table: DynamoDBClient;
beforeAll(() => {
  table = new DynamoDBClient({ endpoint: dynamoDb.target });
});
afterAll(() => table.destroy());
beforeEach(() => {
  vi.spyOn(console, 'error');
  provider.forget();
});
afterEach(() => void vi.unstubAllEnvs());

/** A project with a provider, and a persona that can be drawn. */
async function newSitter(config: object = {}) {
  const project = await newProject(stack.api);
  const setKey = (apiKey: string) => project.put('/config', { llmSettings: { provider: 'openai', apiKey }, ...config });
  await setKey(goodKey);
  const { body } = await project.post('/personas', { name: 'Greta', systemPrompt: 'You trust no chatbot.' });
  const path = `/personas/${body.id}`;
  const lease = keys.drawing(project.id, body.id);
  return {
    project,
    path,
    lease,
    setKey,
    draw: (key?: string) => project.post(`${path}/generate-image`, undefined, key ? { 'Idempotency-Key': key } : {}),
  };
}

/** Holds back requests to the provider until they are released. */
function holdProvider() {
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  provider.intercept(() => {
    arrived.resolve();
    return held.promise;
  });
  return { arrived: arrived.promise, release: held.resolve };
}

const itemAt = async ({ PK, SK }: { PK: string; SK: string }) => {
  const Key = { PK: { S: PK }, SK: { S: SK } };
  return (await table.send(new GetItemCommand({ TableName: process.env.TABLE_NAME, Key }))).Item;
};

const secondsFromNow = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

/** Simulates a killed run: the lease has expired and is not renewed. */
async function endLease({ PK, SK }: { PK: string; SK: string }): Promise<void> {
  await table.send(
    new UpdateItemCommand({
      TableName: process.env.TABLE_NAME,
      Key: { PK: { S: PK }, SK: { S: SK } },
      UpdateExpression: 'SET expiresAt = :past, #token = :other',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':past': { N: secondsFromNow(-2) }, ':other': { S: randomUUID() } },
    }),
  );
}

describe('a drawing with an Idempotency-Key', () => {
  it('is paid for once: a repeated request returns the persona as it is', async () => {
    const { project, path, draw } = await newSitter();
    const key = randomUUID();
    const { body } = await draw(key);
    await project.put(path, { description: 'Renamed' });
    const { status, headers, body: again } = await draw(key);
    expect([status, headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(again).toMatchObject({ imageUrl: body.imageUrl, description: 'Renamed' });
    expect(provider.calls).toHaveLength(1);
    await draw(randomUUID());
    expect(provider.calls).toHaveLength(2);
  });

  it('continues when the caller hangs up, and a repeated request returns the portrait', async () => {
    const { project, path, draw } = await newSitter();
    const key = randomUUID();
    const { arrived, release } = holdProvider();
    const caller = new AbortController();
    const headers = { ...project.always, 'Idempotency-Key': key };
    const hungUp = fetch(`${project.base}${path}/generate-image`, { method: 'POST', headers, signal: caller.signal });
    await arrived;
    caller.abort();
    await expect(hungUp).rejects.toThrow();

    const running = await draw(key);
    expect([running.status, running.body.code]).toEqual([409, 'idempotency_in_progress']);
    const wait = Number(running.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(46);
    release();
    await vi.waitFor(async () => expect((await project.get(path)).body).toHaveProperty('imageUrl'), 10_000);
    const { status, headers: told, body } = await draw(key);
    expect([status, told.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(body.imageUrl).toBe((await project.get(path)).body.imageUrl);
    expect(provider.calls).toHaveLength(1);
  });

  it.each([
    ['fail-server-error', 502, 'image_provider_error'],
    ['fail-hang-up', 502, 'image_provider_error'],
    ['fail-silent', 504, 'image_provider_timeout'],
  ])('that failed by %s repeats that failure, since it may have cost money', async (mode, status, code) => {
    if (status === 504) vi.stubEnv('PROVIDER_TIMEOUT_MS', '300');
    const { draw, setKey } = await newSitter();
    await setKey(`sk-local-${mode}-0123456789`);
    const key = randomUUID();
    const first = await draw(key);
    await setKey(goodKey);
    const again = await draw(key);
    for (const answer of [first, again]) expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(provider.calls).toHaveLength(1);
  });

  it.each(['fail-invalid-key', 'fail-rate-limit', 'fail-moderation', 'fail-insufficient-quota', 'fail-overloaded'])(
    'that failed by %s is drawn by the same key afterwards',
    async (mode) => {
      const { draw, setKey } = await newSitter();
      await setKey(`sk-local-${mode}-0123456789`);
      const key = randomUUID();
      expect((await draw(key)).status).toBeGreaterThanOrEqual(400);
      await setKey(goodKey);
      const { status, headers } = await draw(key);
      expect([status, headers.has('idempotency-replayed')]).toEqual([200, false]);
    },
  );

  it('is not drawn again if its run was killed, whatever its outcome', async () => {
    const { project, path, lease, draw } = await newSitter();
    const key = randomUUID();
    const { arrived, release } = holdProvider();
    const cutOff = draw(key);
    await arrived;
    await endLease(lease);
    const { status, body } = await draw(key);
    expect([status, body.code]).toEqual([502, 'image_outcome_unknown']);
    expect(provider.calls).toHaveLength(1);

    // Another key may draw the persona.
    provider.intercept();
    expect((await draw(randomUUID())).status).toBe(200);
    const { imageUrl } = (await project.get(path)).body;
    // A run that lost its lease still stores the portrait.
    release();
    expect((await cutOff).status).toBe(200);
    expect((await project.get(path)).body.imageUrl).not.toBe(imageUrl);
    expect((await draw(key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it('checks the key after the project and before the persona', async () => {
    const { project, path, draw } = await newSitter();
    const key = randomUUID();
    await draw(key);
    await project.delete(path);
    expect((await draw(key)).body.code).toBe('persona_not_found');
    const other = await project.post(`${path}/generate-image`, { other: true }, { 'Idempotency-Key': key });
    expect(other.body.code).toBe('idempotency_key_reused');
    await stack.api.delete(`/projects/${project.id}`);
    expect((await draw(key)).body.code).toBe('project_not_found');
  });
});

describe('the lease of a drawing', () => {
  it('keeps others out until it expires', async () => {
    const { lease, draw } = await newSitter();
    const { arrived, release } = holdProvider();
    const first = draw();
    await arrived;
    const { status, body, headers } = await draw();
    expect([status, body.code]).toEqual([409, 'image_generation_in_progress']);
    const left = Number((await itemAt(lease))?.expiresAt?.N) - Date.now() / 1000;
    expect(left).toBeLessThanOrEqual(45);
    expect(Math.abs(Number(headers.get('retry-after')) - left)).toBeLessThanOrEqual(3);
    release();
    expect((await first).status).toBe(200);
    expect(await itemAt(lease)).toBeUndefined();
  });

  it('frees the persona when it expires', async () => {
    const { lease, draw } = await newSitter();
    const { arrived, release } = holdProvider();
    const died = draw();
    await arrived;
    await endLease(lease);
    provider.intercept();
    expect((await draw()).status).toBe(200);
    release();
    await died;
  });
});

describe('the quota', () => {
  // The quota is for a day, which must not end during a test.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const day = () => new Date().toISOString().slice(0, 10);
  const drawn = async (projectId: string) => Number((await itemAt(keys.quota(projectId, day())))?.drawn?.N ?? 0);

  it.each(['fail-rate-limit', 'fail-invalid-key', 'fail-moderation', 'fail-overloaded'])(
    'gives back a drawing that the provider refused: %s',
    async (mode) => {
      const { project, draw, setKey } = await newSitter({ maxImagesPerDay: 1 });
      await setKey(`sk-local-${mode}-0123456789`);
      for (let n = 0; n < 3; n++) expect((await draw()).body.code).not.toBe('image_quota_exceeded');
      await setKey(goodKey);
      expect((await draw()).status).toBe(200);
      expect(await drawn(project.id)).toBe(1);
    },
  );

  it('gives back a drawing that never reached the provider', async () => {
    const { project, draw } = await newSitter({ maxImagesPerDay: 1 });
    const nobody = await listen(async () => {});
    await nobody.close();
    vi.stubEnv('OPENAI_BASE_URL', `${nobody.url}/v1`);
    expect((await draw()).body.code).toBe('image_provider_error');
    vi.unstubAllEnvs();
    expect(await drawn(project.id)).toBe(0);
    expect((await draw()).status).toBe(200);
  });

  it('counts a drawing that may have cost money', async () => {
    const { project, draw, setKey } = await newSitter({ maxImagesPerDay: 1 });
    await setKey('sk-local-fail-server-error-0123456789');
    await draw();
    await setKey(goodKey);
    expect((await draw()).body.code).toBe('image_quota_exceeded');
    expect(await drawn(project.id)).toBe(1);
  });

  it('counts once if an answer is lost', async () => {
    const { project, draw } = await newSitter({ maxImagesPerDay: 2 });
    let lost = 0;
    dynamoDb.intercept(async ({ operation, input }, response, forward) => {
      if (lost > 0 || operation !== 'TransactWriteItems' || !JSON.stringify(input).includes('QUOTA#')) return;
      lost += 1;
      await forward();
      response.destroy();
    });
    expect((await draw()).status).toBe(200);
    expect(lost).toBe(1);
    expect(await drawn(project.id)).toBe(1);
  });
});

describe('a portrait that is paid for', () => {
  it('is stored after outages of table or bucket of 20 s, and its lease is renewed', async () => {
    const [ofTable, ofBucket] = [await newSitter(), await newSitter()];
    const outage = { until: Number.POSITIVE_INFINITY };
    const isOut = () => performance.now() < outage.until;
    provider.intercept(() => {
      if (outage.until === Number.POSITIVE_INFINITY) outage.until = performance.now() + 20_000;
    });
    const began = Date.now() / 1000;
    let bought = false;
    dynamoDb.intercept(({ input }, response) => {
      if (bought && isOut() && JSON.stringify(input).includes(ofTable.project.id))
        refuse(response, 500, 'InternalServerError');
    });
    s3.intercept(({ method, path }, response) => {
      if (method !== 'PUT') return;
      bought = true;
      if (isOut() && path.includes(ofBucket.project.id)) response.writeHead(500).end();
    });
    const drawing = [ofTable.draw(), ofBucket.draw()];
    await sleep(17_000);
    expect(Number((await itemAt(ofBucket.lease))?.expiresAt?.N)).toBeGreaterThan(began + 45 + 10);
    for (const { status, body } of await Promise.all(drawing)) {
      expect(status).toBe(200);
      expect(body).toHaveProperty('imageUrl');
    }
    expect(provider.calls).toHaveLength(2);
    for (const { project, path } of [ofTable, ofBucket]) {
      const { imageUrl } = (await project.get(path)).body;
      expect((await project.get(`/images/${imageUrl}`)).status).toBe(200);
    }
  }, 60_000);
});
