import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { imageLine } from '../../functions/formats/json-lines.ts';
import { newProject, useStack } from '../support/api.ts';
import { jpeg, png } from '../support/pictures.ts';
import { startRecorder } from '../support/recorder.ts';
import { useTool } from '../support/tool.ts';

const stack = useStack();
const tools = useTool();
let files = 0;

async function start(url = stack.url) {
  const project = await newProject(stack.api);
  const key = stack.adminKey;
  const environment = { PERSONAS_API_URL: url, PERSONAS_API_KEY: key, PERSONAS_API_PROJECT: project.id };
  const tool = (...args: string[]) => tools.run(args, { environment });
  return { project, tool };
}

async function fileOf(...lines: (object | string)[]): Promise<string> {
  const name = `${files++}.jsonl`;
  await writeFile(
    join(tools.folder, name),
    lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''),
  );
  return name;
}

const greta = { name: 'Greta', description: 'Retired', systemPrompt: 'You are Greta.', headers: { 'X-User': 'greta' } };

describe('apply', () => {
  it('makes the personas equal to the file, and changes nothing the second time', async () => {
    const { project, tool } = await start();
    await project.post('/personas', { ...greta, description: 'Young', systemPrompt: 'You are Greta.\nOld.' });
    await project.post('/personas', { name: 'Ghost' });
    await project.post('/personas', { name: 'Same', description: '' });
    const file = await fileOf(greta, { name: 'Tom', tags: [] }, { name: 'Same', description: '' });

    const first = await tool('apply', file);
    expect(first).toMatchObject({ code: 0, stderr: '2 of 2 changes applied.\n' });
    expect(first.stdout).toBe(
      [
        '~ Greta',
        '    description',
        '      - Young',
        '      + Retired',
        '    systemPrompt',
        '      - You are Greta.',
        '      - Old.',
        '      + You are Greta.',
        '+ Tom',
        '1 to create, 1 to update, 0 to delete, 1 the same.',
        '1 persona not in the file: --prune deletes what is not in it.',
        '',
      ].join('\n'),
    );
    const after = (await project.get('/personas')).body;
    expect(after).toMatchObject([greta, { name: 'Ghost' }, { name: 'Same' }, { name: 'Tom' }]);

    const second = await tool('apply', file);
    expect(second.stdout).toContain('0 to create, 0 to update, 0 to delete, 3 the same.');
    expect((await project.get('/personas')).body).toEqual(after);
    expect((await tool('diff', file)).code).toBe(0);
  });

  it('removes absent fields, but keeps the portrait', async () => {
    const { project, tool } = await start();
    const { id } = (await project.post('/personas', greta)).body;
    const imageUrl = (await project.post('/images', { imageBase64: png().toString('base64'), role: 'persona-avatar' }))
      .body.id;
    await project.put(`/personas/${id}`, { imageUrl });
    expect((await tool('apply', await fileOf({ name: 'Greta' }))).code).toBe(0);
    const { createdAt: _, updatedAt: __, ...persona } = (await project.get(`/personas/${id}`)).body;
    expect(persona).toEqual({ id, name: 'Greta', imageUrl });
  });

  it('keeps fields without a column', async () => {
    const { project, tool } = await start();
    await project.post('/personas', greta);
    await writeFile(join(tools.folder, 'a.csv'), 'name,description\nGreta,Young\n');
    expect((await tool('apply', 'a.csv')).code).toBe(0);
    expect((await project.get('/personas')).body).toMatchObject([{ ...greta, description: 'Young' }]);
  });

  it('sets portraits, and compares them by their bytes', async () => {
    const { project, tool } = await start();
    await project.post('/personas', { name: 'Tom' });
    const file = await fileOf(
      { name: 'Greta', imageUrl: 'a.png' },
      { name: 'Tom', imageUrl: 'b.jpg' },
      imageLine('a.png', 'persona-avatar', png()),
      imageLine('b.jpg', 'persona-avatar', jpeg),
    );
    expect((await tool('diff', file)).stdout).toContain('~ Tom\n    portrait\n');
    expect((await tool('apply', file)).code).toBe(0);
    const personas = (await project.get('/personas')).body;
    const portraits = new Map<string, Buffer>();
    for (const { name, imageUrl } of personas) portraits.set(name, (await project.get(`/images/${imageUrl}`)).body);
    expect(portraits).toEqual(
      new Map([
        ['Tom', jpeg],
        ['Greta', png()],
      ]),
    );
    expect((await tool('apply', file)).stdout).toContain('0 to create, 0 to update, 0 to delete, 2 the same.');
    expect((await project.get('/images?role=persona-avatar')).body.ids).toHaveLength(2);
  });

  it('deletes what is not in the file with --prune, before other changes', async () => {
    const { project, tool } = await start();
    for (const name of ['Greta', 'Tom']) await project.post('/personas', { name });
    const file = await fileOf({ name: 'Ann' });
    expect((await tool('diff', file, '--prune')).stdout).toBe(
      '+ Ann\n- Greta\n- Tom\n1 to create, 0 to update, 2 to delete, 0 the same.\n',
    );
    expect((await tool('apply', file, '--prune')).code).toBe(0);
    expect((await project.get('/personas')).body).toMatchObject([{ name: 'Ann' }]);
  });

  it('changes nothing in a dry run, or with an invalid entry or duplicate names', async () => {
    const { project, tool } = await start();
    await project.post('/personas', { name: 'Ghost' });
    const before = (await project.get('/personas')).body;
    expect(await tool('apply', await fileOf(greta), '--prune', '--dry-run')).toMatchObject({ code: 0, stderr: '' });
    expect(await tool('apply', await fileOf(greta, { name: '' }))).toEqual({
      code: 2,
      stdout: '',
      stderr: 'line 2: Left out: Name is required.\nNothing was applied. Fix the entries above first.\n',
    });
    expect((await tool('apply', await fileOf(greta, { name: ' Greta' }))).stderr).toContain(
      '"Greta" is also the name of line 1.',
    );
    expect(await tool('apply', await fileOf(greta, '{"name": "To'))).toMatchObject({ code: 2, stdout: '' });
    expect((await project.get('/personas')).body).toEqual(before);
  });

  it('keeps concurrent changes of other fields', async () => {
    const recorder = await startRecorder(stack.url);
    onTestFinished(() => recorder.close());
    const { project, tool } = await start(recorder.url);
    const { id } = (await project.post('/personas', greta)).body;
    let changedBetween = 0;
    recorder.intercept(async ({ method }) => {
      if (method === 'PUT' && changedBetween++ === 0)
        await project.put(`/personas/${id}`, { name: 'Greta', description: 'Meanwhile' });
    });
    await writeFile(join(tools.folder, 'b.csv'), 'name,systemPrompt\nGreta,You are Gerda.\n');
    expect(await tool('apply', 'b.csv')).toMatchObject({ code: 0, stderr: '1 of 1 changes applied.\n' });
    expect(changedBetween).toBe(2);
    expect((await project.get(`/personas/${id}`)).body).toMatchObject({
      description: 'Meanwhile',
      systemPrompt: 'You are Gerda.',
    });
  });

  it('continues after a refusal, and reports it', async () => {
    const { project, tool } = await start();
    const tooLarge = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`X-${index}`, 'x'.repeat(8000)]));
    const { code, stderr } = await tool('apply', await fileOf({ name: 'Large', headers: tooLarge }, { name: 'Tom' }));
    expect(stderr).toMatch(/^Large: .*350 KB.*\n1 of 2 changes applied\.\n$/);
    expect(code).toBe(3);
    expect((await project.get('/personas')).body).toMatchObject([{ name: 'Tom' }]);
  });
});

describe('diff', () => {
  it('has an exit status and JSON for programs', async () => {
    const { project, tool } = await start();
    await project.post('/personas', { ...greta, description: 'Young' });
    await project.post('/personas', { name: 'Ghost' });
    const { code, stdout } = await tool('diff', await fileOf(greta, { name: 'Tom' }), '--json');
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual({
      changes: [
        { kind: 'update', name: 'Greta', differences: [{ field: 'description', from: 'Young', to: 'Retired' }] },
        { kind: 'create', name: 'Tom' },
      ],
      same: 0,
      others: ['Ghost'],
    });
  });
});
