import { beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { type Answer, type Client, newProject, useStack } from '../support/api.ts';
import { exampleRequest, type Ids, wrongBody } from '../support/examples.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const nobody = '01890000-0000-7000-8000-000000000000';
const said = ({ status, body }: Answer) => ({ status, error: body?.error, code: body?.code });
const projectNotFound = { status: 404, error: 'Project not found', code: 'project_not_found' };
const refused = (error: unknown, code = 'invalid_request') => ({ status: 400, error, code });

const limits = { maxImagesPerDay: 1_000, styleReferences: 4, keepPortraits: 20 };

describe('creating a project', () => {
  it('answers 201 with its id and name', async () => {
    const { status, body } = await stack.api.post('/projects', { name: 'Checkout bot' });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(uuid), name: 'Checkout bot' });
    expect((await stack.api.get(`/projects/${body.id}/config`)).body).toEqual({
      version: 3,
      name: 'Checkout bot',
      limits,
    });
  });

  it('ignores other fields', async () => {
    const { status, body } = await stack.api.post('/projects', { name: 'x', id: nobody, maxConcurrency: 'many' });
    expect([status, Object.keys(body).sort()]).toEqual([201, ['id', 'name']]);
    expect(body.id).not.toBe(nobody);
  });

  it.each([{}, { name: null }, { name: '' }, { name: ' \n' }])('refuses %j: a name is required', async (body) => {
    expect(said(await stack.api.post('/projects', body))).toEqual(refused('Name is required'));
  });

  it.each([5, true, [], {}, 'n'.repeat(201), 'a\0b'])('refuses the name %j', async (name) => {
    expect(said(await stack.api.post('/projects', { name }))).toEqual(refused(expect.stringMatching(/^name /)));
  });

  it('accepts the name of another project', async () => {
    const [one, other] = [await newProject(stack.api, 'Twins'), await newProject(stack.api, 'Twins')];
    expect(one.id).not.toBe(other.id);
    await one.post('/personas', { name: 'Ann' });
    expect((await other.get('/personas')).body).toEqual([]);
  });

  it('creates all concurrent projects', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stack.api.post('/projects', { name: 'Together' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(20);
  });
});

describe('listing projects', () => {
  it('returns id and name of each, oldest first', async () => {
    const made = [];
    for (const name of ['zebra', 'Ant', 'Mole']) made.push((await stack.api.post('/projects', { name })).body);
    await stack.api.put(`/projects/${made[1].id}/config`, { name: 'Bee', maxConcurrency: 2 });
    made[1].name = 'Bee';
    const { status, body } = await stack.api.get('/projects');
    expect(status).toBe(200);
    const ids = new Set(made.map(({ id }) => id));
    expect(body.filter(({ id }: { id: string }) => ids.has(id))).toEqual(made);
  });

  it('does not show deleted ones', async () => {
    const [kept, gone] = [await newProject(stack.api), await newProject(stack.api)];
    await stack.api.delete(`/projects/${gone.id}`);
    const ids = (await stack.api.get('/projects')).body.map(({ id }: { id: string }) => id);
    expect(ids).toContain(kept.id);
    expect(ids).not.toContain(gone.id);
  });
});

const unknownIds = [nobody, 'x', '__proto__', '%2F', `${nobody}x`, 'a'.repeat(3000)];

describe('settings', () => {
  let project: Client;
  const put = (changes: unknown) => project.put('/config', changes);
  const config = async () => (await project.get('/config')).body;
  beforeAll(async () => {
    project = await newProject(stack.api, 'Settings');
  });

  it.each(unknownIds)('of an unknown project are not found: %s', async (id) => {
    expect(said(await stack.api.get(`/projects/${id}/config`))).toEqual(projectNotFound);
    expect(said(await stack.api.put(`/projects/${id}/config`, { name: 'x' }))).toEqual(projectNotFound);
    expect(said(await stack.api.put(`/projects/${id}/config`, {}))).toEqual(projectNotFound);
  });

  it('of an unknown project are not found, before the body is checked', async () => {
    for (const body of [undefined, '{', [], { name: 5 }, { llmSettings: {} }]) {
      expect(said(await stack.api.put(`/projects/${nobody}/config`, body))).toEqual(projectNotFound);
    }
  });

  it('are returned complete after a change, and to the next reader', async () => {
    project = await newProject(stack.api, 'Whole');
    const { status, body } = await put({
      name: ' Renamed ',
      maxConcurrency: 3,
      llmSettings: { provider: 'openai', apiKey: 'sk-1234567890abcdef', models: { evaluation: 'e', image: 'i' } },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      version: 3,
      name: 'Renamed',
      llmSettings: { provider: 'openai', apiKey: '****', models: { evaluation: 'e', image: 'i' } },
      maxConcurrency: 3,
      limits,
    });
    expect(await config()).toEqual(body);
  });

  it('stay if a field is absent; unknown fields are ignored', async () => {
    project = await newProject(stack.api, 'Stays');
    const { body: before } = await put({
      maxConcurrency: 3,
      llmSettings: { provider: 'openai', apiKey: 'k', models: { image: 'i' } },
    });
    expect((await put({})).body).toEqual(before);
    expect((await put({ version: 9, colour: 'red', id: 'x' })).body).toEqual(before);
    expect((await put({ maxConcurrency: 4 })).body).toEqual({ ...before, maxConcurrency: 4 });
    expect((await put({ name: 'Other' })).body).toEqual({ ...before, maxConcurrency: 4, name: 'Other' });
  });

  it('are cleared by null', async () => {
    project = await newProject(stack.api, 'Cleared');
    await put({ maxConcurrency: 3, llmSettings: { provider: 'openai', apiKey: 'k' } });
    expect((await put({ maxConcurrency: null })).body).not.toHaveProperty('maxConcurrency');
    expect((await put({ llmSettings: null })).body).toEqual({ version: 3, name: 'Cleared', limits });
    expect(await config()).toEqual({ version: 3, name: 'Cleared', limits });
    expect((await put({ maxConcurrency: null, llmSettings: null })).status).toBe(200);
  });

  it('forget the key when they are cleared', async () => {
    await put({ llmSettings: { provider: 'openai', apiKey: 'k' } });
    await put({ llmSettings: null });
    expect(said(await put({ llmSettings: { provider: 'openai' } }))).toEqual(
      refused('LLM provider API key is required', 'api_key_required'),
    );
  });

  it.each([1, 2, 1000])('accept %s as maxConcurrency', async (maxConcurrency) => {
    expect((await put({ maxConcurrency })).body.maxConcurrency).toBe(maxConcurrency);
  });

  it.each([0, -1])('refuse %s as maxConcurrency', async (maxConcurrency) => {
    expect(said(await put({ maxConcurrency }))).toEqual(refused('maxConcurrency must be at least 1'));
  });

  it.each([0.5, 1.5, '2', true, [], {}, 1e300])('refuse %j as maxConcurrency: not a whole number', async (value) => {
    expect(said(await put({ maxConcurrency: value }))).toEqual(
      refused(expect.stringMatching(/^maxConcurrency must be at least 1/)),
    );
  });

  it.each([null, '', '  '])('refuse the name %j', async (name) => {
    expect(said(await put({ name }))).toEqual(refused('Name is required'));
  });

  it.each<[unknown, RegExp]>([
    [{ name: 5 }, /^name /],
    [{ name: 'n'.repeat(201) }, /^name .*200/],
    [{ llmSettings: 'openai' }, /^llmSettings /],
    [{ llmSettings: [] }, /^llmSettings /],
    [{ llmSettings: { provider: 'openai', apiKey: 5 } }, /^llmSettings.apiKey /],
    [{ llmSettings: { provider: 'openai', apiKey: 'k', models: 'm' } }, /^llmSettings.models /],
    [{ llmSettings: { provider: 'openai', apiKey: 'k', models: { image: 5 } } }, /^llmSettings.models.image /],
    [{ llmSettings: { provider: 'mistral', apiKey: 'k' } }, /^llmSettings.provider .*openai.*anthropic/],
    [{ llmSettings: { provider: 'OpenAI', apiKey: 'k' } }, /^llmSettings.provider /],
    [{ llmSettings: { provider: 5, apiKey: 'k' } }, /^llmSettings.provider /],
  ])('refuse %j, and nothing is changed', async (changes, error) => {
    const before = await config();
    expect(said(await put({ maxConcurrency: 77, ...(changes as object) }))).toEqual(
      refused(expect.stringMatching(error)),
    );
    expect(await config()).toEqual(before);
  });
});

describe('llmSettings', () => {
  let project: Client;
  const put = (llmSettings: unknown) => project.put('/config', { llmSettings });
  const stored = async () => (await project.get('/config')).body.llmSettings;
  const keyRequired = refused('LLM provider API key is required', 'api_key_required');
  beforeAll(async () => {
    project = await newProject(stack.api);
  });

  it.each([{}, { provider: null }, { provider: '' }, { apiKey: 'k' }, { models: {} }])(
    'need a provider: %j',
    async (llmSettings) => {
      expect(said(await put(llmSettings))).toEqual(refused('LLM provider type is required'));
    },
  );

  it.each([{}, { apiKey: null }, { apiKey: '' }, { apiKey: '****' }, { apiKey: 'sk-1...cdef' }])(
    'need a key if none is stored: %j',
    async (fields) => {
      project = await newProject(stack.api);
      expect(said(await put({ provider: 'openai', ...fields }))).toEqual(keyRequired);
      expect(await stored()).toBeUndefined();
    },
  );

  it.each([
    ['k', '****'],
    ['sk-1234567890abcdef', '****'],
    ['sk-1234567890abcdefg', 'sk-1...defg'],
    ['sk-1234567890123456789012345678901234567890abcdef', 'sk-1...cdef'],
    ['sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbAA', 'sk-a...bbAA'],
  ])('show the key %s as %s', async (apiKey, mask) => {
    const { status, body } = await put({ provider: 'openai', apiKey });
    expect([status, body.llmSettings]).toEqual([200, { provider: 'openai', apiKey: mask }]);
    expect(await stored()).toEqual({ provider: 'openai', apiKey: mask });
    const answers = await Promise.all([project.get('/config'), project.get('/personas'), stack.api.get('/projects')]);
    for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(`"${apiKey}"`);
  });

  const long = 'sk-1234567890123456789012345678901234567890abcdef';
  it.each([
    ['absent', long, {}],
    ['null', long, { apiKey: null }],
    ['the mask', long, { apiKey: 'sk-1...cdef' }],
    ['the mask of a short key', 'short', { apiKey: '****' }],
  ])('keep the key of the same provider if it is %s', async (_, apiKey, again) => {
    project = await newProject(stack.api);
    const { body: first } = await put({ provider: 'openai', apiKey, models: { image: 'one' } });
    const { status, body } = await put({ provider: 'openai', ...again, models: { image: 'gpt-image-2' } });
    expect(status).toBe(200);
    expect(body.llmSettings).toEqual({ ...first.llmSettings, models: { image: 'gpt-image-2' } });
    expect(await keyInUse()).toBe(apiKey);
  });

  it('accept a new key of the same provider', async () => {
    await put({ provider: 'openai', apiKey: 'sk-old' });
    const other = 'sk-99999999999999999999999999999999';
    expect((await put({ provider: 'openai', apiKey: other })).body.llmSettings.apiKey).toBe('sk-9...9999');
    expect(await keyInUse()).toBe(other);
  });

  it('trim the key', async () => {
    expect((await put({ provider: 'openai', apiKey: ` ${long}\n` })).body.llmSettings.apiKey).toBe('sk-1...cdef');
    expect(await keyInUse()).toBe(long);
  });

  it.each([{}, { apiKey: null }, { apiKey: '****' }, { apiKey: 'sk-1...cdef' }])(
    'need a new key for another provider: %j',
    async (fields) => {
      await put({ provider: 'openai', apiKey: long, models: null });
      expect(said(await put({ provider: 'anthropic', ...fields }))).toEqual(keyRequired);
      expect(await stored()).toEqual({ provider: 'openai', apiKey: 'sk-1...cdef' });
    },
  );

  it('change to another provider with its key, and back only with a key', async () => {
    await put({ provider: 'openai', apiKey: long });
    const { body } = await put({ provider: 'anthropic', apiKey: 'sk-ant-0123456789abcdef' });
    expect(body.llmSettings).toEqual({ provider: 'anthropic', apiKey: 'sk-a...cdef' });
    expect(said(await put({ provider: 'openai' }))).toEqual(keyRequired);
  });

  it('are replaced, except for key and image model', async () => {
    await put({ provider: 'openai', apiKey: long, models: { evaluation: 'e', persona: 'p', image: 'i' } });
    const models = async (models?: object | null) =>
      (await put({ provider: 'openai', ...(models !== undefined && { models }) })).body.llmSettings.models;
    expect(await models({ persona: 'q' })).toEqual({ persona: 'q', image: 'i' });
    expect(await models({})).toEqual({ image: 'i' });
    expect(await models()).toEqual({ image: 'i' });
    expect(await models({ persona: 'q', image: null })).toEqual({ persona: 'q' });
    expect(await models({ image: 'i' })).toEqual({ image: 'i' });
    expect(await models(null)).toBeUndefined();
  });

  it('trim models, and ignore blank ones', async () => {
    const models = { evaluation: ' e\n', persona: ' \t', image: ' gpt-image-2 ' };
    const { body } = await put({ provider: 'openai', apiKey: long, models });
    expect(body.llmSettings.models).toEqual({ evaluation: 'e', image: 'gpt-image-2' });
    const { body: blank } = await put({ provider: 'openai', models: { image: '  ' } });
    expect(blank.llmSettings).not.toHaveProperty('models');
  });

  it('have only known models with a value', async () => {
    const models = { evaluation: 'e', persona: null, image: '', other: 'x', constructor: 'y' };
    const { body } = await put({ provider: 'openai', apiKey: long, models, region: 'eu' });
    expect(body.llmSettings).toEqual({ provider: 'openai', apiKey: 'sk-1...cdef', models: { evaluation: 'e' } });
  });

  /** The key with which the provider is called. */
  async function keyInUse() {
    const { body: persona } = await project.post('/personas', { name: `P ${Math.random()}`, systemPrompt: 'x' });
    await project.post(`/personas/${persona.id}/generate-image`);
    return stack.imageRequests.at(-1)?.apiKey;
  }
});

describe('concurrent changes of settings', () => {
  it('all survive if they change different fields', async () => {
    const project = await newProject(stack.api, 'Before');
    const changes = [{ name: 'After' }, { maxConcurrency: 7 }, { llmSettings: { provider: 'openai', apiKey: 'k' } }];
    const answers = await Promise.all(changes.map((change) => project.put('/config', change)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await project.get('/config')).body).toEqual({
      version: 3,
      name: 'After',
      maxConcurrency: 7,
      llmSettings: { provider: 'openai', apiKey: '****' },
      limits,
    });
  });

  it('keep the name in the list and in the settings equal', async () => {
    const project = await newProject(stack.api);
    const names = Array.from({ length: 12 }, (_, index) => `Name ${index}`);
    const answers = await Promise.all(names.map((name) => project.put('/config', { name })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const listed = (await stack.api.get('/projects')).body.find(({ id }: { id: string }) => id === project.id);
    expect(listed.name).toBe((await project.get('/config')).body.name);
  });
});

describe('deleting a project', () => {
  it.each(unknownIds)('refuses an unknown one: %s', async (id) => {
    expect(said(await stack.api.delete(`/projects/${id}`))).toEqual(projectNotFound);
  });

  it('answers 204 without a body, once', async () => {
    const { id } = await newProject(stack.api);
    const { status, body } = await stack.api.delete(`/projects/${id}`);
    expect([status, body]).toEqual([204, undefined]);
    expect(said(await stack.api.delete(`/projects/${id}`))).toEqual(projectNotFound);
  });

  it('answers 204 to exactly one of several concurrent requests', async () => {
    const { id } = await newProject(stack.api);
    const answers = await Promise.all(Array.from({ length: 10 }, () => stack.api.delete(`/projects/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(404)]);
  });

  describe('for every endpoint', () => {
    let deleted: Client;
    let ids: Ids;
    let leftover: { id: string; name: string; imageUrl: string };

    beforeAll(async () => {
      const project = await newProject(stack.api);
      deleted = project;
      const { body: persona } = await project.post('/personas', { name: 'Left over', systemPrompt: 'x' });
      const { body: other } = await project.post('/personas', { name: 'Other', systemPrompt: 'x' });
      const { body: image } = await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
      await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'k' } });
      ids = { projectId: project.id, personaId: persona.id, imageId: image.id, keyId: nobody };
      leftover = { id: other.id, name: persona.name, imageUrl: image.id };
      expect((await project.get(`/images/${image.id}`)).status).toBe(200);
      expect((await stack.api.delete(`/projects/${project.id}`)).status).toBe(204);
    });

    it.each<[string, () => object]>([
      ['a name that another one still holds', () => ({ name: leftover.name })],
      ['a new name', () => ({ name: 'Reborn' })],
      ['an image that is still stored', () => ({ imageUrl: leftover.imageUrl })],
      ['an image that is not stored', () => ({ imageUrl: `${nobody}.png` })],
      ['nothing', () => ({})],
      [
        'too much',
        () => ({
          systemPrompt: 's'.repeat(100_000),
          headers: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index, 'v'.repeat(8000)])),
        }),
      ],
    ])('makes its personas unknown to a change of %s', async (_, changes) => {
      expect(said(await deleted.put(`/personas/${leftover.id}`, changes()))).toEqual(projectNotFound);
    });

    const ofProject = endpoints.filter(({ path }) => path.includes('{projectId}'));
    it.each(ofProject)('makes it unknown: $name', async (endpoint) => {
      const { method, address, body } = exampleRequest(endpoint, ids);
      const api = stack.api.below('/..');
      expect(said(await api.send(method, address, body))).toEqual(projectNotFound);
      const wrong = wrongBody(endpoint);
      if (wrong) expect(said(await api.send(method, address, wrong))).toEqual(projectNotFound);
      if (method === 'GET') expect((await api.send('HEAD', address)).status).toBe(404);
    });
  });
});
