import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeCardPng } from '../../functions/formats/character-card.ts';
import { imageLine } from '../../functions/formats/json-lines.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { startRecorder } from '../support/recorder.ts';
import { useTool } from '../support/tool.ts';

const stack = useStack({ auth: true });
const tools = useTool();
const workspace = fileURLToPath(new URL('../formats/evalstudio-workspace', import.meta.url));

/** A tool with the admin key. */
const toolFor = (settings: Readonly<Record<string, string>> = {}) => {
  const environment = { PERSONAS_API_URL: stack.url, PERSONAS_API_KEY: stack.adminKey, ...settings };
  return {
    run: (...args: string[]) => tools.run(args, { environment }),
    start: (...args: string[]) => tools.start(args, { environment }),
  };
};

const admin = () => stack.api.as(stack.adminKey);
const mapIn = async (name: string) => JSON.parse(await readFile(join(tools.folder, name), 'utf8'));
const at = (id: string) => admin().below(`/projects/${id}`);

async function personasOf(project: Client): Promise<Json[]> {
  return (await project.get('/personas')).body;
}

async function fileOf(name: string, lines: readonly (object | string)[]): Promise<void> {
  const texts = lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`));
  await writeFile(join(tools.folder, name), texts.join(''));
}

const checkout = '70d99d99-9c0f-43aa-b4ed-11eb3c2fbba2';
const refund = 'e431ed2e-54c1-415d-9371-c00fea5eecf9';

describe('a workspace of EvalStudio', () => {
  it('is imported with every project, persona, image and setting', async () => {
    const { code, stdout, stderr } = await toolFor().run(
      'import',
      workspace,
      '--with-keys',
      '--map',
      'whole.json',
      '--json',
    );
    expect(code).toBe(3);
    expect(stderr).toContain(
      'Checkout bot, persona 4: Its portrait "dee9d0b0-a6b4-4d63-b9c1-96fbab2cae55.png" is missing.',
    );
    expect(JSON.parse(stdout)).toEqual({
      images: 7,
      created: 6,
      replaced: 0,
      skipped: 0,
      portraits: 3,
      refused: 0,
      map: 'whole.json',
      finished: true,
    });
    const { projects, personas, images } = await mapIn('whole.json');
    const [first, second] = [at(projects[checkout]), at(projects[refund])];

    expect((await first.get('/config')).body).toMatchObject({
      name: 'Checkout bot',
      llmSettings: {
        provider: 'openai',
        apiKey: 'sk-n...0001',
        models: { evaluation: 'gpt-5-mini', persona: 'gpt-4.1-mini' },
      },
      maxConcurrency: 4,
    });
    expect((await second.get('/config')).body).toMatchObject({
      name: 'Refund bot',
      llmSettings: { provider: 'anthropic', models: { evaluation: 'claude-sonnet-4-5-20250929' } },
      maxConcurrency: 2,
    });

    for (const [project, old] of [
      [first, checkout],
      [second, refund],
    ] as const) {
      const path = join(workspace, 'projects', old, 'data/personas.json');
      const before: Json[] = JSON.parse(await readFile(path, 'utf8'));
      const expected = before.map(({ createdAt: _, updatedAt: __, ...persona }) => ({
        ...persona,
        id: personas[persona.id],
        ...(persona.imageUrl && { imageUrl: images[persona.imageUrl] }),
      }));
      const arrived = (await personasOf(project)).map(({ createdAt: _, updatedAt: __, ...persona }) => persona);
      expect(arrived).toEqual(
        expected.map(({ imageUrl, ...persona }) => (imageUrl ? { ...persona, imageUrl } : persona)),
      );
    }
    for (const [role, count] of [
      ['persona-avatar', 3],
      ['persona-avatar-styleguide', 3],
      ['upload', 1],
    ]) {
      const { ids } = (await first.get(`/images?role=${role}`)).body;
      expect(ids).toHaveLength(Number(count));
      for (const id of ids) {
        const [old] = Object.entries(images).find(([, image]) => image === id) ?? [];
        const path = join(workspace, 'projects', checkout, 'data/images', String(role), String(old));
        expect((await first.get(`/images/${id}`)).body).toEqual(await readFile(path));
      }
    }
  });

  it('is imported without keys by default, and with one from the environment', async () => {
    const { run } = toolFor();
    const { stderr } = await run('import', workspace, '--map', 'keyless.json');
    expect(stderr).toContain('Checkout bot: Its provider, openai, is left out');
    const keyless = (await mapIn('keyless.json')).projects;
    const { llmSettings, maxConcurrency } = (await at(keyless[checkout]).get('/config')).body;
    expect({ llmSettings, maxConcurrency }).toEqual({ llmSettings: undefined, maxConcurrency: 4 });

    const given = toolFor({ PERSONAS_OPENAI_KEY: 'sk-local-stand-in-for-openai' });
    await given.run('import', workspace, '--map', 'given.json');
    const { projects } = await mapIn('given.json');
    expect((await at(projects[checkout]).get('/config')).body.llmSettings.apiKey).toBe('sk-l...enai');
    // The key is for another provider.
    expect((await at(projects[refund]).get('/config')).body).not.toHaveProperty('llmSettings');
  });

  it('is imported from a running service as from the folder', async () => {
    const { run } = toolFor();
    const open = await startRecorder(stack.url);
    onTestFinished(() => open.close());
    // EvalStudio needs no key.
    open.intercept(async (_call, response) => {
      const { path } = _call;
      const answer = await fetch(stack.url + path, { headers: { Authorization: `Bearer ${stack.adminKey}` } });
      response
        .writeHead(answer.status, Object.fromEntries(answer.headers))
        .end(Buffer.from(await answer.arrayBuffer()));
    });
    await run('import', workspace, '--only', 'Checkout bot', '--map', 'from.json', '--new-project', 'To be read');
    const from = at((await mapIn('from.json')).projects[checkout]);

    const { code } = await run('import', open.url, '--only', 'To be read', '--map', 'to.json');
    expect(code).toBe(0);
    const map = await mapIn('to.json');
    const [to] = Object.values<string>(map.projects).map(at);
    const plain = ({ id: _, imageUrl, createdAt: __, updatedAt: ___, ...persona }: Json) => ({
      ...persona,
      portrait: Boolean(imageUrl),
    });
    expect(to && (await personasOf(to)).map(plain)).toEqual((await personasOf(from)).map(plain));
  });
});

describe('into a project', () => {
  it('imports a table, and reports refusals', async () => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    await project.post('/personas', { name: 'Tom', description: 'There before' });
    await writeFile(join(tools.folder, 'table.csv'), 'name,tags\nGreta,"a, b"\nTom,c\n');
    expect(await run('import', 'table.csv')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'line 3, Tom: Persona with name "Tom" already exists\n' +
        '1 persona created, 1 refused, 0 images stored, 0 portraits set. table.csv.map.json maps old ids to new ones.\n',
    });
    const [, greta] = await personasOf(project);
    expect(greta).toMatchObject({ name: 'Greta', tags: ['a', 'b'] });
    expect((await mapIn('table.csv.map.json')).personas).toEqual({ Greta: greta.id });
  });

  it.each([
    ['skip', ['Tom'], { skipped: 1 }],
    ['replace', ['Tom'], { replaced: 1 }],
    ['rename', ['Tom', 'Tom (2)'], { created: 1 }],
  ])('can %s a persona whose name is taken', async (onConflict, names, tally) => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    const { id } = (await project.post('/personas', { name: 'Tom', description: 'There before', systemPrompt: 'Old' }))
      .body;
    await fileOf(`${onConflict}.jsonl`, [
      { name: 'Tom', systemPrompt: 'New', imageUrl: 'a.png' },
      imageLine('a.png', 'persona-avatar', png()),
    ]);
    const { code, stdout } = await run('import', `${onConflict}.jsonl`, '--on-conflict', onConflict, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(tally);
    const personas = await personasOf(project);
    expect(personas.map(({ name }) => name)).toEqual(names);
    expect(personas.find((persona) => persona.id === id)).toMatchObject({
      description: 'There before',
      systemPrompt: onConflict === 'replace' ? 'New' : 'Old',
    });
    expect(personas.map(({ imageUrl }) => Boolean(imageUrl))).toEqual(
      { skip: [false], replace: [true], rename: [false, true] }[onConflict],
    );
  });

  it("imports a persona's card as the same persona with the same portrait", async () => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    const fields = {
      description: 'Retired',
      systemPrompt: 'You are {{char}}.',
      headers: { 'X-A': 'b' },
      tags: ['old'],
    };
    const persona = (await project.post('/personas', { name: 'Greta', ...fields })).body;
    await writeFile(join(tools.folder, 'greta.png'), writeCardPng(persona, png()));
    await project.delete(`/personas/${persona.id}`);
    expect((await run('import', 'greta.png')).code).toBe(0);
    const [greta] = await personasOf(project);
    expect(greta).toMatchObject({ name: 'Greta', ...fields });
    expect((await project.get(`/images/${greta.imageUrl}`)).body).toEqual(png());
  });

  it('shows the results of a dry run, and changes nothing', async () => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    await project.post('/personas', { name: 'Tom' });
    const before = await personasOf(project);
    await fileOf('dry.jsonl', [{ name: 'Greta' }, { name: 'Tom' }]);
    const { code, stdout } = await run('import', 'dry.jsonl', '--dry-run');
    expect(stdout).toBe(
      '2 personas and 0 images.\ncreated   Greta\nfailed    Tom: Persona with name "Tom" already exists\n',
    );
    expect(code).toBe(3);
    expect(await personasOf(project)).toEqual(before);
    await expect(mapIn('dry.jsonl.map.json')).rejects.toThrow('ENOENT');
  });

  it('leaves out a refused image, and imports its persona', async () => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    await fileOf('odd.jsonl', [
      { name: 'Greta', imageUrl: 'a.png' },
      imageLine('a.png', 'persona-avatar', Buffer.from('GIF89a')),
    ]);
    const { code, stderr } = await run('import', 'odd.jsonl');
    expect(stderr).toMatch(/^image a\.png: /);
    expect(code).toBe(3);
    expect(await personasOf(project)).toMatchObject([{ name: 'Greta' }]);
  });

  it('sends nothing of a truncated file', async () => {
    const project = await newProject(admin());
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    await fileOf('cut.jsonl', [{ name: 'Greta' }, '{"name": "To']);
    expect(await run('import', 'cut.jsonl')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'cut.jsonl: Line 2 is not valid JSON; it may be truncated.\n',
    });
    expect(await personasOf(project)).toEqual([]);
  });
});

it('repeats entries for which there was no time, without conflicts with itself', async () => {
  const project = await newProject(admin());
  const recorder = await startRecorder(stack.url);
  onTestFinished(() => recorder.close());
  await fileOf('busy.jsonl', [{ name: 'Greta' }, { name: 'Tom' }]);
  const { run } = toolFor({ PERSONAS_API_URL: recorder.url, PERSONAS_API_PROJECT: project.id });
  let batches = 0;
  recorder.intercept(async ({ path }, response, forward) => {
    if (!path.endsWith('/batch') || batches++ > 0) return;
    const { status, headers, body } = await forward();
    // Tom is created, but the answer is lost.
    const { results } = JSON.parse(body.toString());
    results[1] = { status: 'failed', name: 'Tom', error: 'Storage is busy', code: 'storage_unavailable' };
    const { 'content-length': _, ...others } = headers;
    response.writeHead(status, others).end(JSON.stringify({ results }));
  });
  const { code, stdout, stderr } = await run('import', 'busy.jsonl', '--json');
  expect(stderr).not.toContain('already exists');
  expect(JSON.parse(stdout)).toMatchObject({ created: 2, refused: 0 });
  expect(code).toBe(0);
  const ids = (await personasOf(project)).map(({ id }) => id);
  expect(Object.values((await mapIn('busy.jsonl.map.json')).personas)).toEqual(ids);
});

describe('interrupted', () => {
  const count = 250;

  it.each(['images', 'personas/batch'])(
    'continues where it stopped, and creates nothing twice: at %s',
    async (path) => {
      const project = await newProject(admin());
      const recorder = await startRecorder(stack.url);
      onTestFinished(() => recorder.close());
      const name = path.replace('/', '-');
      const personas = Array.from({ length: count }, (_, index) => ({
        name: `Persona ${index}`,
        ...(index % 25 === 0 && { imageUrl: `${index}.png` }),
      }));
      const images = personas.flatMap(({ imageUrl }, index) =>
        imageUrl ? [imageLine(imageUrl, 'persona-avatar', png(index + 1, 1))] : [],
      );
      await fileOf(`${name}.jsonl`, [...personas, ...images]);
      const { run, start } = toolFor({ PERSONAS_API_URL: recorder.url, PERSONAS_API_PROJECT: project.id });

      const { child, ended } = start('import', `${name}.jsonl`);
      let calls = 0;
      recorder.intercept(async (call, response, forward) => {
        if (call.method !== 'POST' || !call.path.endsWith(path)) return;
        calls += 1;
        if (calls !== 2) return;
        // The service processes it, but the answer is lost.
        await forward();
        child.kill('SIGINT');
        await ended;
        response.destroy();
      });
      const interrupted = await ended;
      expect(interrupted.code).toBe(130);
      expect(interrupted.stderr).toMatch(
        /Not finished; run the same command again to continue \(.*\)\.\nInterrupted\.\n$/,
      );
      await vi.waitFor(() => expect(calls).toBeGreaterThanOrEqual(2));

      recorder.intercept();
      const { code, stderr } = await run('import', `${name}.jsonl`);
      expect(stderr).toMatch(/maps old ids to new ones/);
      expect(code).toBe(0);
      const arrived = await personasOf(project);
      expect(arrived.map((persona) => persona.name)).toEqual(personas.map((persona) => persona.name));
      expect((await project.get('/images?role=persona-avatar')).body.ids).toHaveLength(images.length);
      for (const [index, { imageUrl }] of arrived.entries()) {
        const picture = imageUrl && (await project.get(`/images/${imageUrl}`)).body;
        expect(picture).toEqual(index % 25 === 0 ? png(index + 1, 1) : undefined);
      }
      const { personas: map } = await mapIn(`${name}.jsonl.map.json`);
      expect(map).toEqual(Object.fromEntries(arrived.map((persona) => [persona.name, persona.id])));
    },
  );

  it('refuses the map of a finished import, or of another service', async () => {
    const [project, other] = [await newProject(admin()), await newProject(admin())];
    await fileOf('twice.jsonl', [{ name: 'Greta' }]);
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    await run('import', 'twice.jsonl');
    expect(await run('import', 'twice.jsonl')).toMatchObject({ code: 2, stdout: '' });
    expect((await run('import', 'twice.jsonl')).stderr).toMatch(
      /^twice\.jsonl\.map\.json says that this import was finished at 20/,
    );
    const map = await mapIn('twice.jsonl.map.json');
    await fileOf('twice.jsonl.map.json', [{ ...map, finishedAt: undefined }]);
    const elsewhere = toolFor({ PERSONAS_API_PROJECT: other.id });
    expect((await elsewhere.run('import', 'twice.jsonl')).stderr).toMatch(
      /belongs to an import into .*Use another --map\.\n$/,
    );
    await fileOf('twice.jsonl.map.json', [{}]);
    expect((await run('import', 'twice.jsonl')).stderr).toMatch(/is not the map of an import/);
    expect(await personasOf(project)).toHaveLength(1);
  });
});

describe('reports errors:', () => {
  it.each([
    ['a missing file', ['nowhere.csv'], /^nowhere\.csv cannot be read: ENOENT/],
    ['a file of another kind', ['notes.txt'], /^notes\.txt: only files with the extensions jsonl/],
    [
      'a project that the source does not have',
      [workspace, '--only', 'Nobody’s'],
      /^It has 0 projects called "Nobody’s"/m,
    ],
    ['several projects for one', [workspace, '--new-project', 'One'], /^It has 2 projects\. Use --only/m],
    [
      'two targets',
      [workspace, '--new-project', 'One', '--project', 'Two'],
      /^Use either --project or --new-project\./,
    ],
    ['no way to decide', ['notes.csv', '--on-conflict', 'guess'], /Allowed choices are fail, skip, rename, replace/],
  ])('%s', async (_, args, message) => {
    await writeFile(join(tools.folder, 'notes.txt'), 'x');
    await writeFile(join(tools.folder, 'notes.csv'), 'name\nGreta\n');
    const { code, stderr } = await toolFor().run('import', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('names the line of an image that is not base64', async () => {
    const project = await newProject(admin());
    await fileOf('broken.jsonl', [{ name: 'Greta' }, { image: { id: 'a.png', role: 'x', imageBase64: '%' } }]);
    const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
    const { code, stderr } = await run('import', 'broken.jsonl');
    expect(stderr).toContain('Line 2 is not valid base64; it may be truncated.');
    expect(code).toBe(2);
    expect(await personasOf(project)).toEqual([]);
  });
});

it('reads a folder of cards', async () => {
  const project = await newProject(admin());
  await mkdir(join(tools.folder, 'cards'));
  for (const name of ['Greta', 'Tom']) {
    const card = writeCardPng({ id: 'a', name, createdAt: '', updatedAt: '' }, png());
    await writeFile(join(tools.folder, 'cards', `${name}.png`), card);
  }
  const { run } = toolFor({ PERSONAS_API_PROJECT: project.id });
  expect((await run('import', 'cards')).code).toBe(0);
  expect((await personasOf(project)).map(({ name, imageUrl }) => [name, Boolean(imageUrl)])).toEqual([
    ['Greta', true],
    ['Tom', true],
  ]);
});
