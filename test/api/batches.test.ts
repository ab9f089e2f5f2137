import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

let project: Client & { readonly id: string };
beforeEach(async () => {
  project = await newProject(stack.api);
});

const nobody = '01890000-0000-7000-8000-000000000000';
const batch = (personas: unknown, options: object = {}) => project.post('/personas/batch', { personas, ...options });
const create = async (fields: object) => (await project.post('/personas', fields)).body;
const list = async (): Promise<Json[]> => (await project.get('/personas')).body;
const namesIn = async () => (await list()).map(({ name }) => name);
const said = ({ status, body }: Answer) => ({ status, error: body?.error, code: body?.code });

/** Without ids, which differ. */
const resultsOf = ({ status, body }: Answer) => {
  expect(status).toBe(200);
  return body.results.map(({ id: _, ...result }: Json) => result);
};
const taken = (name: string) => ({
  status: 'failed',
  name,
  error: `Persona with name "${name}" already exists`,
  code: 'persona_name_taken',
});
const created = (name: string) => ({ status: 'created', name });

describe('a batch', () => {
  it('creates its personas in order, with all fields', async () => {
    const personas = Array.from({ length: 100 }, (_, index) => ({
      name: `Persona ${99 - index}`,
      description: `The ${index}th`,
      systemPrompt: 'You wait.',
      headers: { 'X-Index': `${index}` },
      tags: ['batch', `tag ${index % 3}`],
    }));
    const { status, body } = await batch(personas);
    expect(status).toBe(200);
    expect(body.results.map(({ status: outcome }: Json) => outcome)).toEqual(Array(100).fill('created'));
    const all = await list();
    expect(all.map(({ id, name }) => ({ id, name }))).toEqual(body.results.map(({ id, name }: Json) => ({ id, name })));
    for (const [index, { id, createdAt, updatedAt, ...fields }] of all.entries()) {
      expect([fields, updatedAt]).toEqual([personas[index], createdAt]);
    }
    expect(all.map(({ createdAt }) => createdAt)).toEqual(all.map(({ createdAt }) => createdAt).toSorted());
    expect((await project.get('/personas?tag=batch&tag=tag%202&q=99TH')).body).toEqual([]);
    expect((await project.get('/personas?tag=batch&tag=tag%202&q=98TH')).body).toEqual([all[98]]);
  });

  it('reports why each invalid entry fails, and creates the others', async () => {
    const answer = await batch([
      { name: ' Ada ' },
      {},
      { name: 5 },
      null,
      'Ada',
      [],
      { name: 'x'.repeat(201) },
      { name: 'Headers', headers: { 'a b': 'c' } },
      { name: 'Tags', tags: [5] },
      { name: 'Large', systemPrompt: '\u20ac'.repeat(100_000), description: '\u20ac'.repeat(10_000), headers: large },
      { name: 'Ben', description: null, imageUrl: 'x.png', id: nobody, colour: 'red' },
    ]);
    const invalid = (name: string, error: string) => ({ status: 'failed', name, error, code: 'invalid_request' });
    expect(resultsOf(answer)).toEqual([
      created('Ada'),
      invalid('', 'Name is required'),
      invalid('', 'name must be a string'),
      invalid('', 'a persona must be an object'),
      invalid('', 'a persona must be an object'),
      invalid('', 'a persona must be an object'),
      invalid('x'.repeat(200), 'name must be at most 200 characters'),
      invalid('Headers', "headers must have names of at most 200 characters, of letters, digits and !#$%&'*+-.^_`|~"),
      invalid('Tags', 'a value of tags must be a string'),
      { status: 'failed', name: 'Large', error: 'A persona must be at most 350 KB of JSON', code: 'persona_too_large' },
      created('Ben'),
    ]);
    const [ada, ben] = await list();
    expect(answer.body.results.map(({ id }: Json) => id).filter(Boolean)).toEqual([ada.id, ben.id]);
    expect(Object.keys(ben)).toEqual(['id', 'name', 'createdAt', 'updatedAt']);
  });

  const large = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x-${index}`, 'x'.repeat(1_000)]));

  it.each([
    [{}, 'personas must be an array of 1 to 100 personas'],
    [{ personas: [] }, 'personas must be an array of 1 to 100 personas'],
    [{ personas: { 0: { name: 'Ada' } } }, 'personas must be an array of 1 to 100 personas'],
    [
      { personas: Array.from({ length: 101 }, (_, index) => ({ name: `Ada ${index}` })) },
      'personas must be an array of 1 to 100 personas',
    ],
    [{ personas: [{ name: 'Ada' }], onConflict: 'merge' }, 'onConflict must be one of fail, skip, rename, replace'],
    [{ personas: [{ name: 'Ada' }], dryRun: 'yes' }, 'dryRun must be true or false'],
  ])('is refused as a whole: %j', async (body, error) => {
    expect(said(await project.post('/personas/batch', body))).toEqual({ status: 400, error, code: 'invalid_request' });
    expect(await list()).toEqual([]);
  });

  it('is refused in an unknown project before its body is checked', async () => {
    for (const body of [{ personas: [{ name: 'Ada' }] }, { personas: [] }, '{']) {
      expect(said(await stack.api.post(`/projects/${nobody}/personas/batch`, body)).error).toBe('Project not found');
    }
  });

  it('may have 5 MB and not more', async () => {
    const padded = (bytes: number) => {
      const body = (length: number) =>
        JSON.stringify({
          personas: Array.from({ length: 50 }, (_, index) => ({ name: `P${index}`, systemPrompt: 'x'.repeat(99_000) })),
          colour: 'x'.repeat(length),
        });
      return body(bytes - Buffer.byteLength(body(0)));
    };
    expect(said(await project.post('/personas/batch', padded(5 * 1024 * 1024 + 1)))).toEqual({
      status: 413,
      error: 'Request body must be at most 5 MB',
      code: 'body_too_large',
    });
    const { status, body } = await project.post('/personas/batch', padded(5 * 1024 * 1024));
    expect([status, body.results.filter((result: Json) => result.status === 'created').length]).toEqual([200, 50]);
  });

  it('may have 100 personas of the largest form', async () => {
    const personas = Array.from({ length: 100 }, (_, index) => ({
      name: `Persona ${index}`,
      description: '"\\"',
      systemPrompt: '[{,"',
      headers: Object.fromEntries(Array.from({ length: 50 }, (__, header) => [`x-${header}`, '"'])),
      tags: Array.from({ length: 20 }, (__, tag) => `tag ${tag}`),
    }));
    const { body } = await project.post('/personas/batch', JSON.stringify({ personas }, undefined, 4));
    expect(body.results.map(({ status }: Json) => status)).toEqual(Array(100).fill('created'));
  });
});

describe('an entry whose name is taken', () => {
  it('fails by default', async () => {
    const { id } = await create({ name: 'Ada' });
    const personas = [{ name: 'Ada' }, { name: 'Ben' }, { name: ' Ben' }, { name: 'ben' }];
    const results = [taken('Ada'), created('Ben'), taken('Ben'), created('ben')];
    expect(resultsOf(await batch(personas))).toEqual(results);
    expect(await namesIn()).toEqual(['Ada', 'Ben', 'ben']);
    expect(resultsOf(await batch(personas, { onConflict: 'fail' }))).toEqual([
      taken('Ada'),
      taken('Ben'),
      taken('Ben'),
      taken('ben'),
    ]);
    expect((await list())[0]).toMatchObject({ id });
  });

  it('is skipped, with the id of the persona that has it', async () => {
    const ada = await create({ name: 'Ada', description: 'First' });
    const { body } = await batch([{ name: 'Ada', description: 'Second' }, { name: 'Ben' }, { name: 'Ben' }], {
      onConflict: 'skip',
    });
    const ben = (await list())[1];
    expect(body.results).toEqual([
      { status: 'skipped', id: ada.id, name: 'Ada' },
      { status: 'created', id: ben.id, name: 'Ben' },
      { status: 'skipped', id: ben.id, name: 'Ben' },
    ]);
    expect((await list())[0]).toEqual(ada);
  });

  it('is created under the next free name, in order', async () => {
    await create({ name: 'Ada' });
    await create({ name: 'Ada (3)' });
    const names = ['Ada', 'Ada', 'Ada (2)', 'Ben', 'Ben (2)', 'Ben', 'Ben', 'Cleo'];
    const { body } = await batch(
      names.map((name) => ({ name })),
      { onConflict: 'rename' },
    );
    expect(body.results.map(({ status, name }: Json) => [status, name])).toEqual([
      ['created', 'Ada (2)'],
      ['created', 'Ada (4)'],
      ['created', 'Ada (5)'],
      ['created', 'Ben'],
      ['created', 'Ben (2)'],
      ['created', 'Ben (3)'],
      ['created', 'Ben (4)'],
      ['created', 'Cleo'],
    ]);
    expect((await list()).slice(2).map(({ id, name }) => ({ id, name }))).toEqual(
      body.results.map(({ id, name }: Json) => ({ id, name })),
    );
  });

  it('is created under the next name, cut to 200 characters', async () => {
    const long = 'x'.repeat(200);
    const cut = `${'x'.repeat(196)} (2)`;
    const answer = await batch([{ name: long }, { name: long }, { name: cut }], { onConflict: 'rename' });
    expect(resultsOf(answer)).toEqual([created(long), created(cut), created(`${'x'.repeat(196)} (3)`)]);
  });

  it('replaces the fields that it has, and keeps the others and the portrait', async () => {
    const { body: image } = await project.post('/images', {
      imageBase64: png().toString('base64'),
      role: 'persona-avatar',
    });
    const ada = await create({ name: 'Ada', description: 'First', systemPrompt: 'You count.', tags: ['a'] });
    const { body: before } = await project.put(`/personas/${ada.id}`, { imageUrl: image.id });
    const { body } = await batch(
      [
        { name: 'Ada', description: 'Second', systemPrompt: null, headers: { a: 'b' } },
        { name: 'Ben', description: 'First', tags: ['b'] },
        { name: 'Ben', description: 'Second' },
      ],
      { onConflict: 'replace' },
    );
    const [after, ben] = await list();
    expect(body.results).toEqual([
      { status: 'replaced', id: ada.id, name: 'Ada' },
      { status: 'created', id: ben.id, name: 'Ben' },
      { status: 'replaced', id: ben.id, name: 'Ben' },
    ]);
    const { systemPrompt: _, ...kept } = before;
    expect(after).toEqual({ ...kept, description: 'Second', headers: { a: 'b' }, updatedAt: after.updatedAt });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(ben).toMatchObject({ name: 'Ben', description: 'Second', tags: ['b'] });
  });

  it('does not replace fields if the persona would be too large', async () => {
    const headers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'x'.repeat(7_000)]));
    const ada = await create({ name: 'Ada', headers });
    for (const dryRun of [true, false]) {
      const answer = await batch([{ name: 'Ada', systemPrompt: 'x'.repeat(99_000) }], {
        onConflict: 'replace',
        dryRun,
      });
      expect(resultsOf(answer)).toEqual([expect.objectContaining({ status: 'failed', code: 'persona_too_large' })]);
    }
    expect(await list()).toEqual([ada]);
  });
});

describe('a dry run', () => {
  const personas = [
    { name: 'Ada' },
    { name: 'Ada' },
    { name: 'Ada (2)' },
    { name: '' },
    { name: 'Ben' },
    { name: 'Ben', tags: ['b'] },
    { name: 'Ben', systemPrompt: 'x'.repeat(100_001) },
  ];

  it.each(['fail', 'skip', 'rename', 'replace'])('returns the results and changes nothing: %s', async (onConflict) => {
    const ada = await create({ name: 'Ada', description: 'First' });
    const told = await batch(personas, { onConflict, dryRun: true });
    expect(await list()).toEqual([ada]);
    const done = await batch(personas, { onConflict, dryRun: false });
    expect(resultsOf(told)).toEqual(resultsOf(done));
    const known = done.body.results.map(({ id, ...result }: Json) => (id === ada.id ? { id, ...result } : result));
    expect(told.body.results).toEqual(known);
  });
});

describe('the route of batches', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'])('is not that of a persona called batch for %s', async (method) => {
    const { status, headers } = await project.send(method, '/personas/batch');
    expect([status, headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  it('answers the preflight for itself', async () => {
    const { status, headers } = await project.send('OPTIONS', '/personas/batch');
    expect([status, headers.get('access-control-allow-methods')]).toEqual([204, 'OPTIONS,POST']);
  });

  it('only exists at its path', async () => {
    expect(said(await project.post('/personas/batch/duplicate', {})).error).toBe('Persona not found');
    expect(said(await project.get('/personas/Batch')).error).toBe('Persona not found');
    expect(resultsOf(await project.post('/personas/batch/', { personas: [{ name: 'Ada' }] }))).toEqual([
      created('Ada'),
    ]);
  });
});
