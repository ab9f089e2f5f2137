import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newProject, useStack } from '../support/api.ts';

const stack = useStack();

// The quota is for a day, which must not end during a test.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A project with a provider, and personas to draw. */
async function drawingProject(personas: number, config: object) {
  const project = await newProject(stack.api);
  const llmSettings = { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' };
  expect((await project.put('/config', { llmSettings, ...config })).status).toBe(200);
  const ids: string[] = [];
  for (let n = 1; n <= personas; n++) {
    ids.push((await project.post('/personas', { name: `P${n}`, systemPrompt: 'You count.' })).body.id);
  }
  return { project, draw: () => Promise.all(ids.map((id) => project.post(`/personas/${id}/generate-image`))) };
}

it('draws as many portraits a day as the project allows, even concurrently', async () => {
  const { project, draw } = await drawingProject(5, { maxImagesPerDay: 2 });
  expect((await project.get('/config')).body.maxImagesPerDay).toBe(2);
  const answers = await draw();
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429, 429]);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({ code: 'image_quota_exceeded' });
  const seconds = Number(refused?.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(24 * 60 * 60);
});

it('draws none if the project allows none, without calling the provider', async () => {
  const { draw } = await drawingProject(1, { maxImagesPerDay: 0 });
  const before = stack.imageRequests.length;
  expect((await draw())[0]).toMatchObject({ status: 429, body: { code: 'image_quota_exceeded' } });
  expect(stack.imageRequests).toHaveLength(before);
});

it('allows 200 by default', async () => {
  const { project, draw } = await drawingProject(1, {});
  const day = new Date().toISOString().slice(0, 10);
  const client = new DynamoDBClient();
  await client.send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: { PK: { S: `PROJECT#${project.id}` }, SK: { S: `QUOTA#${day}` }, drawn: { N: '199' } },
    }),
  );
  client.destroy();
  expect((await draw())[0]?.status).toBe(200);
  expect((await draw())[0]?.status).toBe(429);
});

it.each([1_001, Number.MAX_SAFE_INTEGER])(
  "refuses %i portraits a day, beyond the deployment's limit",
  async (images) => {
    const project = await newProject(stack.api);
    expect((await project.put('/config', { maxImagesPerDay: 1_000 })).body).toMatchObject({
      maxImagesPerDay: 1_000,
      limits: { maxImagesPerDay: 1_000, styleReferences: 4, keepPortraits: 20 },
    });
    expect(await project.put('/config', { maxImagesPerDay: images })).toMatchObject({
      status: 400,
      body: { error: 'maxImagesPerDay must be at most 1000, the limit of this deployment' },
    });
  },
);

it("uses the deployment's limit if the project's is higher", async () => {
  const { draw } = await drawingProject(3, { maxImagesPerDay: 2 });
  vi.stubEnv('MAX_IMAGES_PER_DAY', '1');
  try {
    expect((await draw()).map(({ status }) => status).sort()).toEqual([200, 429, 429]);
  } finally {
    vi.unstubAllEnvs();
  }
});

it.each([[-1], [1.5], ['many']])('refuses %s portraits a day', async (maxImagesPerDay) => {
  const project = await newProject(stack.api);
  expect(await project.put('/config', { maxImagesPerDay })).toMatchObject({
    status: 400,
    body: { error: 'maxImagesPerDay must be a whole number from 0' },
  });
});
