import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { lists } from '../../functions/storage/table.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

async function newSitter() {
  const project = await newProject(stack.api);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' } });
  const { body } = await project.post('/personas', { name: 'Greta', systemPrompt: 'You trust no chatbot.' });
  const path = `/personas/${body.id}`;
  return {
    project,
    id: body.id as string,
    path,
    draw: async () => (await project.post(`${path}/generate-image`)).body.imageUrl as string,
    list: async () => (await project.get(`${path}/portraits`)).body as Json[],
  };
}

const upload = async (project: Client, role: string) =>
  (await project.post('/images', { imageBase64: png().toString('base64'), role })).body.id as string;

describe('the portraits of a persona', () => {
  it('are those drawn for it, newest first, with model and time', async () => {
    const { project, draw, list } = await newSitter();
    expect(await list()).toEqual([]);
    const before = new Date().toISOString();
    const first = await draw();
    const llmSettings = { provider: 'openai', models: { image: 'gpt-image-2' } };
    await project.put('/config', { llmSettings });
    const second = await draw();
    const listed = await list();
    expect(listed).toEqual([
      { id: second, createdAt: expect.any(String), model: 'gpt-image-2', current: true },
      { id: first, createdAt: expect.any(String), model: 'gpt-image-2.6-flare', current: false },
    ]);
    for (const { createdAt } of listed) {
      expect(createdAt >= before).toBe(true);
      expect(createdAt <= new Date().toISOString()).toBe(true);
    }
  });

  it('can be restored', async () => {
    const { project, path, draw, list } = await newSitter();
    const first = await draw();
    const second = await draw();
    expect((await project.put(path, { imageUrl: first })).body.imageUrl).toBe(first);
    expect((await list()).map(({ id, current }) => [id, current])).toEqual([
      [second, false],
      [first, true],
    ]);
  });

  it('include none that were deleted, and exist without a current one', async () => {
    const { project, path, draw, list } = await newSitter();
    const first = await draw();
    const second = await draw();
    await project.put(path, { imageUrl: null });
    expect((await list()).map(({ id }) => id)).toEqual([second, first]);
    await project.delete(`/images/${first}`);
    expect((await list()).map(({ id }) => id)).toEqual([second]);
  });

  it('include an upload that was first given to it, without a model', async () => {
    const { project, path, draw, list } = await newSitter();
    const uploaded = await upload(project, 'persona-avatar');
    expect(await list()).toEqual([]);
    await project.put(path, { imageUrl: uploaded });
    const drawn = await draw();
    expect(await list()).toEqual([
      { id: drawn, createdAt: expect.any(String), model: 'gpt-image-2.6-flare', current: true },
      { id: uploaded, createdAt: expect.any(String), current: false },
    ]);
    const { body: other } = await project.post('/personas', { name: 'Ada' });
    await project.put(`/personas/${other.id}`, { imageUrl: uploaded });
    expect((await project.get(`/personas/${other.id}/portraits`)).body).toMatchObject([
      { id: uploaded, current: true },
    ]);
    await project.put(`/personas/${other.id}`, { imageUrl: null });
    expect((await project.get(`/personas/${other.id}/portraits`)).body).toEqual([]);
    expect(await list()).toHaveLength(2);
  });

  it('include an image of another role only while it is current', async () => {
    const { project, path, list } = await newSitter();
    const picture = await upload(project, 'wallpaper');
    await project.put(path, { imageUrl: picture });
    expect(await list()).toMatchObject([{ id: picture, current: true }]);
    await project.put(path, { imageUrl: null });
    expect(await list()).toEqual([]);
  });

  it('leave nothing behind of a deleted upload', async () => {
    const { project, id, path } = await newSitter();
    const uploaded = await upload(project, 'persona-avatar');
    await project.put(path, { imageUrl: uploaded });
    await project.delete(`/images/${uploaded}`);
    const client = new DynamoDBClient();
    const { PK, prefix } = lists.portraits(project.id, id);
    const { Count } = await client.send(
      new QueryCommand({
        TableName: process.env.TABLE_NAME,
        KeyConditionExpression: 'PK = :partition AND begins_with(SK, :prefix)',
        ExpressionAttributeValues: { ':partition': { S: PK }, ':prefix': { S: prefix } },
      }),
    );
    client.destroy();
    expect(Count).toBe(0);
  });

  it('are not found without the persona or the project', async () => {
    const { project, path } = await newSitter();
    await project.delete(path);
    expect((await project.get(`${path}/portraits`)).body.code).toBe('persona_not_found');
    await stack.api.delete(`/projects/${project.id}`);
    expect((await project.get(`${path}/portraits`)).body.code).toBe('project_not_found');
  });
});
