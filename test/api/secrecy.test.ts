/** Plants secrets, and searches all output for them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys, tableName } from '../../functions/storage/table.ts';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { failures } from '../../lib/local/openai/failures.ts';
import { type Answer, type Client, clientOf, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { bannerOf, killGroup, runProgram } from '../support/program.ts';

const secrets = {
  providerKey: 'sk-local-canary-1f6c2a90b7',
  prompt: 'canary prompt 5d0e',
  description: 'canary description 7b31',
  headerName: 'x-canary-header-c4f2',
  headerValue: 'canary value 90ad',
  projectName: 'canary project 63c8',
  fileName: 'canary-file-18ee.png',
};

describe('the whole program', () => {
  const answers: Answer[] = [];
  const pictures: Buffer[] = [];
  const found: Record<string, string> = {};
  let printed = '';
  let data: string;

  /** Records the answers. */
  const told = async (answer: Promise<Answer>): Promise<Answer> => {
    answers.push(await answer);
    return answer;
  };

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'personas-secrecy-'));
    const program = runProgram([process.execPath, 'bin/local.ts', '--auth', '--port', '0', '--data', data]);
    try {
      const { url } = await bannerOf(program);
      const banner = program.output();
      // The start prints the admin key on purpose.
      const [, adminKey = ''] = /Bearer (\S+)'/.exec(banner) ?? [];
      found.adminKey = adminKey;
      await story(clientOf(`${url}/api`, { Authorization: `Bearer ${adminKey}` }));
      program.child.kill();
      expect(await program.ended).toBe(0);
      printed = program.output().slice(banner.length);
    } finally {
      killGroup(program);
    }
  });
  afterAll(() => rm(data, { recursive: true, force: true }));

  async function story(admin: Client): Promise<void> {
    const project = await newProject(admin, secrets.projectName);
    const configured = (apiKey: string) =>
      told(project.put('/config', { llmSettings: { provider: 'openai', apiKey, models: { image: '' } } }));
    const { prompt, description, headerName, headerValue } = secrets;
    const { body: persona } = await project.post('/personas', {
      name: 'Ada',
      systemPrompt: prompt,
      description,
      headers: { [headerName]: headerValue },
    });
    const path = `/personas/${persona.id}`;
    await told(
      project.post('/personas', { name: 'Ada', systemPrompt: prompt, headers: { [headerName]: headerValue } }),
    );

    for (const access of ['read', 'write']) {
      const { body } = await project.post('/keys', { name: access, access });
      found[`${access} key`] = body.key;
      await told(project.get('/keys'));
      const holder = project.as(body.key);
      await told(holder.get('/config'));
      await told(holder.put(path, { description: access === 'read' ? prompt : description }));
      await told(holder.delete(`/keys/${body.id}`));
    }
    await told(project.as(`${found['read key']?.slice(0, -1)}!`).get(path));

    const picture = png(5, 7);
    pictures.push(picture);
    const imageBase64 = picture.toString('base64');
    const role = 'persona-avatar-styleguide';
    await told(project.post('/images', { imageBase64, role, filename: secrets.fileName }));
    await told(project.post('/images', { imageBase64: `${imageBase64}!`, role, filename: secrets.fileName }));
    await told(project.post('/images', { imageBase64, role: prompt }));

    await configured(secrets.providerKey);
    const drawn = await project.post(`${path}/generate-image`);
    expect(drawn.status).toBe(200);
    pictures.push((await project.get(`/images/${drawn.body.imageUrl}`)).body);
    for (const mode of Object.keys(failures).filter((name) => name !== 'silent')) {
      await configured(`${secrets.providerKey}-fail-${mode}`);
      const failed = await told(project.post(`${path}/generate-image`));
      expect(failed.status, mode).toBeGreaterThanOrEqual(400);
    }
    await told(project.put('/config', { llmSettings: { provider: secrets.providerKey, apiKey: secrets.providerKey } }));
    await told(project.put('/config', { maxConcurrency: secrets.providerKey }));

    for (const body of [
      `{"name": "${prompt}", "systemPrompt": `,
      `"${prompt}"`,
      { name: prompt, systemPrompt: [prompt] },
      { name: `\0${prompt}` },
      { name: 'Bea', headers: { [`${headerName} `]: headerValue } },
      { name: 'Bea', headers: { [headerName]: `${headerValue}\n` } },
      { name: 'Bea', systemPrompt: prompt.repeat(10_000) },
      { name: 'Bea', headers: prompt },
    ]) {
      await told(project.post('/personas', body));
      await told(project.put(path, body));
    }
    await told(project.get(`/personas/${encodeURIComponent(prompt)}?prompt=${encodeURIComponent(prompt)}`));
    await told(project.get(`/images?role=${encodeURIComponent(prompt)}`));
    await told(admin.get(`/${encodeURIComponent(prompt)}`));
  }

  const planted = () => ({
    ...secrets,
    ...found,
    ...Object.fromEntries(
      pictures.flatMap((picture, index) => [
        [`picture ${index}`, picture.subarray(16, 40).toString('latin1')],
        [`picture ${index} in base64`, picture.toString('base64').slice(20, 60)],
      ]),
    ),
  });

  it('prints no secret, in success and in failure', () => {
    expect(printed).toMatch(/^POST +\S+\/generate-image 502 /m);
    for (const [what, secret] of Object.entries(planted())) expect(printed, what).not.toContain(secret);
  });

  it('returns no secret in errors, and no key in lists', () => {
    expect(answers.filter(({ status }) => status >= 400).length).toBeGreaterThan(30);
    // An error names an invalid header.
    const { headerName: _, ...hidden } = planted();
    for (const { status, headers, body } of answers) {
      const text = JSON.stringify([...headers, body]);
      const wanted = Object.entries(status >= 400 ? hidden : { providerKey: secrets.providerKey, ...found });
      for (const [what, secret] of wanted) expect(text, what).not.toContain(secret);
    }
  });

  it('stores no key that a copy of the table would reveal', async () => {
    const engine = await startDynamoDb({ file: join(data, 'dynamodb.sqlite') });
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        endpoint: engine.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      }),
    );
    try {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: 'personas' }));
      const text = Items.flatMap((item) => Object.values(item).map(readable)).join('\n');
      expect(text).toContain(secrets.prompt);
      const { adminKey = '', 'read key': read = '', 'write key': write = '' } = found;
      for (const key of [secrets.providerKey, adminKey, read, write]) {
        expect(key.length).toBeGreaterThan(20);
        expect(text).not.toContain(key.slice(8));
        expect(text).not.toContain(Buffer.from(key).toString('base64').slice(8, 28));
      }
    } finally {
      client.destroy();
      await engine.close();
    }
  });
});

/** An attribute as text, including bytes. */
const readable = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? Buffer.from(inner).toString('latin1') : inner));

describe("a project's encrypted provider key", () => {
  const stack = useStack();

  it('cannot be decrypted for another project', async () => {
    const [mine, other] = [await newProject(stack.api), await newProject(stack.api)];
    const llmSettings = { provider: 'openai', apiKey: secrets.providerKey };
    for (const project of [mine, other]) await project.put('/config', { llmSettings });
    const client = DynamoDBDocumentClient.from(new DynamoDBClient());
    const itemOf = async ({ id }: { id: string }) =>
      (await client.send(new GetCommand({ TableName: tableName(), Key: keys.project(id) }))).Item;
    const copied = { ...(await itemOf(other)), llm: (await itemOf(mine))?.llm };
    await client.send(new PutCommand({ TableName: tableName(), Item: copied }));
    client.destroy();

    const drawIn = async (project: Client) => {
      const { body } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count.' });
      return project.post(`/personas/${body.id}/generate-image`);
    };
    expect(await drawIn(other)).toMatchObject({ status: 500, body: { error: 'Internal server error' } });
    expect(stack.imageRequests).toHaveLength(0);
    expect((await drawIn(mine)).status).toBe(200);
    expect(stack.imageRequests).toHaveLength(1);
  });
});
