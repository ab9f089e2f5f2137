import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Client, clientOf, type Json, newProject, useStack } from '../support/api.ts';
import { jpeg, lossyWebp, png } from '../support/pictures.ts';
import { bannerOf, killGroup, runProgram } from '../support/program.ts';
import { useTool } from '../support/tool.ts';

const stack = useStack({ auth: true });
const tools = useTool();

const providerKey = 'sk-local-stand-in-for-openai';
const config = {
  llmSettings: { provider: 'openai', apiKey: providerKey, models: { image: 'gpt-image-2', evaluation: 'gpt-6.1-sol' } },
  maxConcurrency: 3,
  maxImagesPerDay: 7,
};

/** A project with one of everything. */
async function fullProject() {
  const project = await newProject(stack.api.as(stack.adminKey), 'Checkout bot 日本');
  await project.put('/config', config);
  const upload = async (picture: Buffer, role: string) =>
    (await project.post('/images', { imageBase64: picture.toString('base64'), role })).body.id;
  const portraits = [
    await upload(png(), 'persona-avatar'),
    await upload(jpeg, 'persona-avatar'),
    await upload(lossyWebp, 'upload'),
  ];
  for (const size of [4, 5, 6]) await upload(png(size, 1), 'persona-avatar-styleguide');
  const drafts = [
    {
      name: 'Greta',
      description: 'Retired',
      systemPrompt: 'You are "Greta".\n\u2028🎭',
      headers: { 'X-A': 'ü' },
      tags: ['a, b', 'c'],
    },
    { name: '=Tom', description: '', systemPrompt: 'x'.repeat(100_000) },
    { name: 'Ann' },
    { name: 'Name only' },
  ];
  for (const [index, draft] of drafts.entries()) {
    const { id } = (await project.post('/personas', draft)).body;
    if (portraits[index]) await project.put(`/personas/${id}`, { imageUrl: portraits[index] });
  }
  return project;
}

/** Another deployment: `npm start` in another process. */
async function startAnother(): Promise<string> {
  const server = runProgram([process.execPath, 'bin/local.ts', '--port', '0', '--data', join(tools.folder, 'other')]);
  onTestFinished(async () => {
    killGroup(server);
    await server.ended;
  });
  return (await bannerOf(server)).url;
}

/** Everything in a project, without ids and times. */
async function everythingOf(project: Client): Promise<Json> {
  const { body: settings } = await project.get('/config');
  const picture = async (id?: string) => id && (await project.get(`/images/${id}`)).body.toString('base64');
  const personas = [];
  for (const { id: _, createdAt: __, updatedAt: ___, imageUrl, ...persona } of (await project.get('/personas')).body) {
    personas.push({ ...persona, portrait: await picture(imageUrl) });
  }
  const images: Record<string, unknown[]> = {};
  for (const role of ['persona-avatar', 'persona-avatar-styleguide']) {
    const { ids } = (await project.get(`/images?role=${role}`)).body;
    images[role] = await Promise.all(ids.map(picture));
  }
  return { settings, personas, images };
}

it.each(['all.jsonl', 'folder'])(
  'moves a whole project into another deployment by %s, field by field',
  async (target) => {
    const project = await fullProject();
    const from = { PERSONAS_API_URL: stack.url, PERSONAS_API_KEY: stack.adminKey, PERSONAS_API_PROJECT: project.id };
    expect(await tools.run(['export', target], { environment: from })).toEqual({
      code: 0,
      stdout: '',
      stderr: '4 personas exported.\n',
    });
    const lines = await readFile(join(tools.folder, target, target === 'folder' ? 'personas.jsonl' : ''), 'utf8');
    expect(lines).not.toContain('sk-');

    const url = await startAnother();
    const to = { PERSONAS_API_URL: url, PERSONAS_OPENAI_KEY: providerKey };
    const moved = await tools.run(['import', target], { environment: to });
    expect(moved.stderr).toContain('4 personas created, 6 images stored, 3 portraits set.');
    expect(moved.code).toBe(0);

    const map = JSON.parse(await readFile(join(tools.folder, `${target}.map.json`), 'utf8'));
    const arrived = clientOf(`${url}/api/projects/${map.projects[project.id]}`);
    const [before, after] = [await everythingOf(project), await everythingOf(arrived)];
    // A portrait with another role gets the role of portraits.
    const uploaded = lossyWebp.toString('base64');
    before.images['persona-avatar'].push(uploaded);
    for (const { images } of [before, after]) images['persona-avatar'].sort();
    expect(after).toEqual(before);

    const ids = (personas: Json[]) => personas.map(({ id }) => id);
    const old = ids((await project.get('/personas')).body);
    expect(old.map((id) => map.personas[id])).toEqual(ids((await arrived.get('/personas')).body));
  },
);

it('replaces an earlier export in a folder, and refuses other folders', async () => {
  const project = await fullProject();
  const environment = {
    PERSONAS_API_URL: stack.url,
    PERSONAS_API_KEY: stack.adminKey,
    PERSONAS_API_PROJECT: project.id,
  };
  await tools.run(['export', 'again'], { environment });
  const roles = join(tools.folder, 'again/images');
  const before = (await readdir(roles, { recursive: true })).length;
  const [greta] = (await project.get('/personas')).body;
  await project.delete(`/images/${greta.imageUrl}`);
  expect((await tools.run(['export', 'again'], { environment })).code).toBe(0);
  expect((await readdir(roles, { recursive: true })).length).toBe(before - 1);

  await writeFile(join(tools.folder, 'precious.txt'), 'x');
  const refused = await tools.run(['export', '.'], { environment });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('has other files. Use a new folder, or that of an earlier export.');
});

it('leaves no file behind after a failed export', async () => {
  const environment = { PERSONAS_API_URL: stack.url, PERSONAS_API_KEY: stack.adminKey };
  const nowhere = '00000000-0000-4000-8000-000000000000';
  const { code, stderr } = await tools.run(['export', 'broken.jsonl', '--project', nowhere], { environment });
  expect(stderr).toBe('Project not found\n');
  expect(code).toBe(1);
  expect((await readdir(tools.folder)).filter((name) => name.startsWith('broken'))).toEqual([]);
});

it('writes tables, cards and simulated users, to standard output too', async () => {
  const project = await fullProject();
  const environment = {
    PERSONAS_API_URL: stack.url,
    PERSONAS_API_KEY: stack.adminKey,
    PERSONAS_API_PROJECT: project.id,
  };
  const exported = async (...args: string[]) => (await tools.run(['export', ...args], { environment })).stdout;
  expect(await exported('-', '--format', 'csv')).toMatch(/^id,name,description,systemPrompt,headers,tags\b/);
  expect(await exported('-', '--format', 'promptfoo')).toContain('id: promptfoo:simulated-user');
  expect((await exported('-', '--no-images')).split('\n')).toHaveLength(1 + 4 + 1);
  expect((await tools.run(['export', 'x.doc'], { environment })).code).toBe(2);

  expect((await tools.run(['export', 'cards', '--format', 'cards'], { environment })).code).toBe(0);
  expect(
    (await readdir(join(tools.folder, 'cards'))).map((name) => name.replace(/-[0-9a-f]{8}\./, '.')).toSorted(),
  ).toEqual(['ann.json', 'greta.png', 'name-only.json', 'tom.json']);
  const diff = await tools.run(['diff', 'cards'], { environment });
  // Cards cannot have empty texts.
  expect(diff.stdout).toBe('~ =Tom\n    description\n      - \n0 to create, 1 to update, 0 to delete, 3 the same.\n');
});
