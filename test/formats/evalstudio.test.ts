import { openAsBlob } from 'node:fs';
import { readFile as readBytes, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFolder } from '../../functions/formats/read.ts';

/** Created by EvalStudio 0.8, with fake keys. */
const workspace = fileURLToPath(new URL('evalstudio-workspace', import.meta.url));
const checkout = '70d99d99-9c0f-43aa-b4ed-11eb3c2fbba2';

async function filesOf(folder: string): Promise<Map<string, Blob>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await openAsBlob(path)] as const)),
  );
}

const withPersonas = async (personas: unknown) =>
  new Map([
    ...(await filesOf(workspace)),
    [
      `projects/${checkout}/data/personas.json`,
      new Blob([typeof personas === 'string' ? personas : JSON.stringify(personas)]),
    ],
  ]);

it('reads every project, persona, image and setting of a workspace', async () => {
  const { projects, warnings } = await readFolder(await filesOf(workspace));
  const [first, second] = projects;
  expect(projects.map(({ id, name }) => [id, name])).toEqual([
    [checkout, 'Checkout bot'],
    ['e431ed2e-54c1-415d-9371-c00fea5eecf9', 'Refund bot'],
  ]);
  expect(first?.settings).toEqual({
    llmSettings: {
      provider: 'openai',
      apiKey: 'sk-not-a-real-key-workspace-0001',
      models: { evaluation: 'gpt-5-mini', persona: 'gpt-4.1-mini' },
    },
    maxConcurrency: 4,
  });
  expect(second?.settings).toEqual({
    llmSettings: {
      provider: 'anthropic',
      apiKey: 'sk-ant-not-a-real-key-project-0002',
      models: { evaluation: 'claude-sonnet-4-5-20250929' },
    },
    maxConcurrency: 2,
  });
  expect(first?.personas.map(({ fields, portrait }) => [fields.name, portrait])).toEqual([
    ['Grumpy Greta', '574e8a15-1839-468b-85d6-04f297467820.png'],
    ['Impatient Tom', '2248bfb2-0b9a-4358-b9be-3c611b70384e.png'],
    ['Zoë 日本 🎭', 'f8cfbd8e-000c-4489-a0e1-9809a1bee1b0.png'],
    ['Ghost', undefined],
    ['Name only', undefined],
  ]);
  expect(first?.personas[0]).toMatchObject({
    id: 'd10f3a45-bfb4-4765-9a45-5265ff3753b6',
    fields: { description: 'Has seen too many chatbots', headers: { 'X-Test-User': 'greta', 'Accept-Language': 'de' } },
  });
  expect(first?.personas[4]?.fields).toEqual({ name: 'Name only', description: '' });
  expect(second?.personas.map(({ fields }) => fields)).toEqual([
    { name: 'Grumpy Greta', systemPrompt: 'You are another Greta.' },
  ]);
  expect(first?.images.map(({ id, role }) => `${role}/${id}`).toSorted()).toEqual([
    'persona-avatar-styleguide/0e485670-716b-4f78-be43-da19fc576d0c.png',
    'persona-avatar-styleguide/2198c4a1-851f-4334-94e2-c727cc9226e6.webp',
    'persona-avatar-styleguide/84c785de-3d5b-4f91-932c-d0c3153bdb2a.PNG',
    'persona-avatar/2248bfb2-0b9a-4358-b9be-3c611b70384e.png',
    'persona-avatar/54e92ac7-9263-4f61-b9ac-7c00e8ce6ea0.png',
    'persona-avatar/574e8a15-1839-468b-85d6-04f297467820.png',
    'upload/f8cfbd8e-000c-4489-a0e1-9809a1bee1b0.png',
  ]);
  for (const { id, role, load } of first?.images ?? []) {
    expect(Buffer.from(await load())).toEqual(
      await readBytes(join(workspace, 'projects', checkout, 'data/images', role, id)),
    );
  }
  expect(warnings).toEqual([
    {
      at: 'Checkout bot, persona 4',
      message: 'Its portrait "dee9d0b0-a6b4-4d63-b9c1-96fbab2cae55.png" is missing.',
    },
  ]);
});

it('warns about an empty name, and names that are equal after trimming', async () => {
  const { projects, warnings } = await readFolder(
    await withPersonas([
      { id: 'a', name: '' },
      { id: 'b', name: 'Tom' },
      { id: 'c', name: 'Tom ' },
    ]),
  );
  expect(projects[0]?.personas.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(warnings).toEqual([
    { at: 'Checkout bot, persona 1', message: 'Left out: Name is required.' },
    { at: 'Checkout bot, persona 3', message: '"Tom" is also the name of Checkout bot, persona 2.' },
  ]);
});

it('reads a project without personas', async () => {
  const files = await filesOf(workspace);
  files.delete(`projects/${checkout}/data/personas.json`);
  expect((await readFolder(files)).projects[0]?.personas).toEqual([]);
});

describe('refuses, naming the file,', () => {
  const personas = `projects/${checkout}/data/personas.json`;
  it.each([
    ['a truncated file', '[{"name": "Gre', `${personas}: It is not valid JSON; it may be truncated.`],
    ['a file that is not a list', {}, 'It is not an array of personas.'],
    ['an entry that is not an object', ['Greta'], 'persona 1 is not an object.'],
  ])('%s', async (_, content, message) => {
    await expect(readFolder(await withPersonas(content))).rejects.toThrow(message);
  });

  it('a configuration without projects', async () => {
    const files = new Map([['evalstudio.config.json', new Blob(['{"version": 2}'])]]);
    await expect(readFolder(files)).rejects.toThrow('evalstudio.config.json has no projects');
  });
});
