import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { mentionsOf } from '../support/stored.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack({ auth: true, environment: { KEEP_PORTRAITS: '2' } });
const s3 = useRecorder('AWS_ENDPOINT_URL_S3');
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));

type Project = Client & { readonly id: string };
const api = () => stack.api.as(stack.adminKey);
const picture = { imageBase64: png().toString('base64'), role: 'persona-avatar-styleguide' };

async function drawingProject(): Promise<Project> {
  const project = await newProject(api());
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
  return project;
}
const create = async (project: Project, name: string): Promise<string> =>
  (await project.post('/personas', { name, systemPrompt: 'You count.' })).body.id;
const draw = async (project: Project, id: string): Promise<string> =>
  (await project.post(`/personas/${id}/generate-image`)).body.imageUrl;
const upload = async (project: Project): Promise<string> => (await project.post('/images', picture)).body.id;
const statusOf = async (project: Project, imageId: string) => (await project.get(`/images/${imageId}`)).status;

/** Writes an item directly, like a late write of another caller. */
async function put(PK: string, SK: string): Promise<void> {
  const client = new DynamoDBClient();
  await client.send(new PutItemCommand({ TableName: process.env.TABLE_NAME, Item: { PK: { S: PK }, SK: { S: SK } } }));
  client.destroy();
}

describe('the deletion of a project', () => {
  it('removes it from table and bucket, and keeps another one', async () => {
    const [project, other] = [await drawingProject(), await drawingProject()];
    for (const at of [project, other]) {
      const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => create(at, `Persona ${index}`)));
      await Promise.all([...ids.slice(0, 3).map((id) => draw(at, id)), upload(at), upload(at)]);
      await at.post('/keys', { name: 'CI', access: 'read' });
      await Promise.all(ids.slice(2).map((id) => at.delete(`/personas/${id}`)));
    }
    await stack.drain();
    const before = await mentionsOf(other.id);
    expect(before.length).toBeGreaterThan(10);
    expect((await api().delete(`/projects/${project.id}`)).status).toBe(204);
    await stack.drain();
    expect(await mentionsOf(project.id)).toEqual([]);
    expect(await mentionsOf(other.id)).toEqual(before);
  });

  it('removes its keys first', async () => {
    const project = await drawingProject();
    const { body } = await project.post('/keys', { name: 'CI', access: 'write' });
    const withKey = stack.api.as(body.key).below(`/projects/${project.id}`);
    expect((await api().delete(`/projects/${project.id}`)).status).toBe(204);
    expect((await withKey.get('/personas')).status).toBe(401);
  });

  it('also removes what is written after it', async () => {
    const project = await drawingProject();
    await api().delete(`/projects/${project.id}`);
    await stack.drain();
    await put(`PROJECT#${project.id}`, 'PERSONA#late');
    await put(`PROJECT#${project.id}`, 'NAME#late');
    expect((await project.get('/personas')).status).toBe(404);
    await stack.drain();
    expect(await mentionsOf(project.id)).toEqual([]);
  });

  it('continues after any failed call to S3', async () => {
    const project = await drawingProject();
    await Promise.all(Array.from({ length: 3 }, () => upload(project)));
    await api().delete(`/projects/${project.id}`);
    let calls = 0;
    s3.intercept((_, response) => {
      if (calls++ < 7) response.writeHead(500).end();
    });
    await stack.drain();
    expect(await mentionsOf(project.id)).toEqual([]);
  });

  it('continues in the next invocation', async () => {
    const project = await drawingProject();
    await Promise.all(Array.from({ length: 3 }, () => upload(project)));
    await api().delete(`/projects/${project.id}`);
    const { handler } = await import('../../functions/workers/clean-up.ts');
    const dynamodb = { SequenceNumber: '1', Keys: { PK: { S: 'PROJECTS' }, SK: { S: `GONE#${project.id}` } } };
    // Only the time reserved for the last step.
    const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 20_000 } as Parameters<typeof handler>[1];
    await handler({ Records: [{ eventName: 'INSERT', dynamodb }] } as DynamoDBStreamEvent, context);
    expect(await mentionsOf(project.id)).toContain(`PROJECTS GONE#${project.id}`);
    expect(await mentionsOf(project.id)).toContainEqual(expect.stringMatching(/^projects/));
    await stack.drain();
    expect(await mentionsOf(project.id)).toEqual([]);
  });

  it('does not touch an existing project, whatever the stream says', async () => {
    const project = await drawingProject();
    await create(project, 'Ada');
    await put('PROJECTS', `GONE#${project.id}`);
    await stack.drain();
    expect((await project.get('/personas')).body).toHaveLength(1);
  });
});

describe('the deletion of a persona', () => {
  it('removes its portraits, except those that another persona uses', async () => {
    const project = await drawingProject();
    const [ada, bea] = [await create(project, 'Ada'), await create(project, 'Bea')];
    const [first, second] = [await draw(project, ada), await draw(project, ada)];
    const uploaded = await upload(project);
    await project.put(`/personas/${bea}`, { imageUrl: first });
    await project.delete(`/personas/${ada}`);
    await stack.drain();
    expect([await statusOf(project, first), await statusOf(project, second)]).toEqual([200, 404]);
    await project.put(`/personas/${bea}`, { imageUrl: uploaded });
    await stack.drain();
    expect([await statusOf(project, first), await statusOf(project, uploaded)]).toEqual([404, 200]);
    expect([...(await mentionsOf(first)), ...(await mentionsOf(second)), ...(await mentionsOf(ada))]).toEqual([]);
  });
});

describe('the portraits of a persona', () => {
  it('are limited to the newest ones and the current one', async () => {
    const project = await drawingProject();
    const ada = await create(project, 'Ada');
    const ids = [];
    for (let index = 0; index < 3; index++) ids.push(await draw(project, ada));
    await project.put(`/personas/${ada}`, { imageUrl: ids[0] });
    ids.push(await draw(project, ada));
    await project.put(`/personas/${ada}`, { imageUrl: ids[1] });
    await stack.drain();
    expect(await Promise.all(ids.map((id) => statusOf(project, id)))).toEqual([404, 200, 200, 200]);
  });
});

describe('the deletion of an image', () => {
  it('removes its object, however often S3 fails, and then its record', async () => {
    const project = await drawingProject();
    const id = await upload(project);
    expect((await project.delete(`/images/${id}`)).status).toBe(204);
    expect(await mentionsOf(id)).toEqual([`PROJECT#${project.id} IMAGE#${id}`, `projects/${project.id}/${id}`]);
    let calls = 0;
    s3.intercept((_, response) => {
      if (calls++ < 5) response.writeHead(500).end();
    });
    await stack.drain();
    expect(calls).toBeGreaterThan(5);
    expect(await mentionsOf(id)).toEqual([]);
  });

  it('removes it from a persona that a killed function gave it to', async () => {
    const project = await drawingProject();
    const [id, ada] = [await upload(project), await create(project, 'Ada')];
    await project.put(`/personas/${ada}`, { imageUrl: id });
    await project.delete(`/images/${id}`);
    await stack.drain();
    const { body: before } = await project.get(`/personas/${ada}`);
    const client = new DynamoDBClient();
    const Item = {
      PK: { S: `PROJECT#${project.id}` },
      SK: { S: `PERSONA#${ada}` },
      persona: { S: JSON.stringify({ ...before, imageUrl: id }) },
      version: { N: '7' },
    };
    await client.send(new PutItemCommand({ TableName: process.env.TABLE_NAME, Item }));
    client.destroy();
    await put(`PROJECT#${project.id}`, `REFERRER#${id}#${ada}`);
    await stack.drain();
    expect((await project.get(`/personas/${ada}`)).body).not.toHaveProperty('imageUrl');
    expect(await mentionsOf(id)).toEqual([]);
  });
});

describe('a batch', () => {
  const record = (number: number, PK: string, SK: string, eventName: string) => ({
    eventName,
    dynamodb: { SequenceNumber: `${number}`, Keys: { PK: { S: PK }, SK: { S: SK } } },
  });
  const handle = async (...Records: Json[]) => {
    const { handler } = await import('../../functions/workers/clean-up.ts');
    const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 300_000 };
    return handler({ Records } as DynamoDBStreamEvent, context as Parameters<typeof handler>[1]);
  };

  it('is processed except for a failed record, which it returns', async () => {
    const project = await drawingProject();
    const [poisoned, ada, bea] = [await upload(project), await create(project, 'Ada'), await create(project, 'Bea')];
    const portraits = [await draw(project, ada), await draw(project, bea)];
    await project.delete(`/images/${poisoned}`);
    s3.intercept(({ path }, response) => {
      if (path.includes(poisoned)) response.writeHead(500).end();
    });
    await Promise.all([ada, bea].map((id) => project.delete(`/personas/${id}`)));
    const answer = await handle(
      record(1, `PROJECT#${project.id}`, `PERSONA#${ada}`, 'REMOVE'),
      record(2, `PROJECT#${project.id}`, `IMAGE#${poisoned}`, 'MODIFY'),
      record(3, `PROJECT#${project.id}`, `PERSONA#${bea}`, 'REMOVE'),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(await Promise.all(portraits.map((id) => statusOf(project, id)))).toEqual([404, 404]);
    s3.intercept();
    await stack.drain();
    expect(await mentionsOf(poisoned)).toEqual([]);
  });

  it('of unknown records does nothing', async () => {
    const strange = [record(1, 'PROJECT#', '', 'INSERT'), record(2, 'X', 'KEY#1', 'INSERT'), { eventName: 'INSERT' }];
    expect(await handle(...strange.slice(1))).toEqual({ batchItemFailures: [] });
  });
});
