import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

let project: Awaited<ReturnType<typeof newProject>>;
beforeAll(async () => {
  project = await newProject(stack.api);
});

let made = 0;
const newName = () => `Persona ${++made}`;
const create = async (fields: object = {}, at: Client = project) =>
  (await at.post('/personas', { name: newName(), ...fields })).body;
const upload = async (at: Client = project) =>
  (await at.post('/images', { imageBase64: png().toString('base64'), role: 'any' })).body.id;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const nobody = '01890000-0000-7000-8000-000000000000';

/** An answer without its request id. */
const said = ({ status, body }: Answer) => ({ status, error: body?.error, code: body?.code });
const personaNotFound = { status: 404, error: 'Persona not found', code: 'persona_not_found' };
const projectNotFound = { status: 404, error: 'Project not found', code: 'project_not_found' };
const taken = (name: string) => ({
  status: 409,
  error: `Persona with name "${name}" already exists`,
  code: 'persona_name_taken',
});

describe('creating a persona', () => {
  it('answers 201 with the whole persona', async () => {
    const fields = {
      name: 'Greta',
      description: 'An engineer',
      systemPrompt: 'You are Greta.',
      headers: { 'X-User': 'greta', Authorization: 'Bearer abc' },
    };
    const { status, body } = await project.post('/personas', fields);
    expect(status).toBe(201);
    expect(body).toEqual({
      ...fields,
      id: expect.stringMatching(uuid),
      createdAt: expect.stringMatching(instant),
      updatedAt: body.createdAt,
    });
  });

  it('returns only fields with a value', async () => {
    const { body } = await project.post('/personas', {
      name: newName(),
      description: null,
      systemPrompt: null,
      headers: null,
    });
    expect(Object.keys(body).sort()).toEqual(['createdAt', 'id', 'name', 'updatedAt']);
  });

  it('keeps empty texts and empty headers', async () => {
    const fields = { description: '', systemPrompt: '', headers: {} };
    const persona = await create(fields);
    expect(persona).toMatchObject(fields);
    expect((await project.get(`/personas/${persona.id}`)).body).toEqual(persona);
  });

  it.each(['', '/'])('returns the Location of the persona for /personas%s', async (slash) => {
    const { headers, body } = await project.post(`/personas${slash}`, { name: newName() });
    const location = headers.get('location');
    expect(location).toBe(`/api/projects/${project.id}/personas/${body.id}`);
    expect((await stack.api.get(`${location}`.replace('/api', ''))).body).toEqual(body);
  });

  it('ignores imageUrl, id, createdAt, updatedAt and unknown fields', async () => {
    const ignored = { imageUrl: 5, id: nobody, createdAt: '2001-01-01T00:00:00.000Z', updatedAt: false, colour: 'red' };
    const persona = await create(ignored);
    expect(Object.keys(persona).sort()).toEqual(['createdAt', 'id', 'name', 'updatedAt']);
    expect(persona.id).not.toBe(nobody);
    expect(persona.createdAt).not.toBe(ignored.createdAt);
  });

  it('ignores even the image of this project', async () => {
    expect(await create({ imageUrl: await upload() })).not.toHaveProperty('imageUrl');
  });

  it.each([
    [{}],
    [{ name: null }],
    [{ name: '' }],
    [{ name: '  \t\n ' }],
    [{ name: '\u00a0\u2003\ufeff' }],
    [{ name: '\u200b' }],
    [{ name: ' \u2060 \u00ad' }],
    [{ name: '\u3164' }],
    [{ name: '\u2800 \u2800' }],
    [{ name: '\u200d\u200f' }],
    [{ name: '\ufe0f' }],
    [{ name: '\u0301' }],
    [{ name: '\u{e0041}' }],
    [{ description: 'No name' }],
  ])('refuses %j: a name is required', async (body) => {
    const answer = await project.post('/personas', body);
    expect(said(answer)).toEqual({ status: 400, error: 'Name is required', code: 'invalid_request' });
    expect(answer.body.details).toEqual([{ path: 'name', message: 'Name is required' }]);
  });

  it('stores texts unchanged', async () => {
    const text = ' \u0000\u0007 "\\ \r\n\t e\u0301 \u2028 </script> 👩‍🚀 ';
    const persona = await create({ description: text, systemPrompt: text });
    expect((await project.get(`/personas/${persona.id}`)).body).toMatchObject({
      description: text,
      systemPrompt: text,
    });
  });
});

describe('names', () => {
  it('are stored in NFC and trimmed', async () => {
    expect((await create({ name: ' \t\u00a0Ame\u0301lie Poulain\n\ufeff' })).name).toBe('Am\u00e9lie Poulain');
  });

  it('keep their inner white space and their case', async () => {
    expect((await create({ name: 'Mc  Kay-O’Neill' })).name).toBe('Mc  Kay-O’Neill');
  });

  it.each([
    ['Bea', 'Bea'],
    ['Bert', ' Bert\n'],
    ['Zo\u00eb', 'Zoe\u0308'],
    ['Rene\u0301', '\u2003Ren\u00e9'],
    ['"quoted"', '"quoted" '],
    ['Ann', 'Ann\u200b'],
    ['Ann B', '\ufeff\u00ad \u2060Ann B\u3164 \u{e0041}'],
    ['Ann C', '\ufe0fAnn C'],
  ])('conflict: %j and %j', async (first, second) => {
    const at = await newProject(stack.api);
    const persona = await create({ name: first }, at);
    expect(said(await at.post('/personas', { name: second }))).toEqual(taken(persona.name));
    expect((await at.get('/personas')).body).toEqual([persona]);
  });

  it.each([
    'می\u200cخواهم',
    'क्\u200dष',
    '\u200fאנה (C++)\u200f',
    '\u061cليلى',
    '1\ufe0f\u20e3',
    '👩🏽\u200d🚀',
    '❤\ufe0f\u200d🔥',
    '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    '葛\u{e0100}城',
    '⠁⠝⠝',
    '…',
    '😀',
  ])('keep characters that scripts need: %j', async (name) => {
    expect((await create({ name }, await newProject(stack.api))).name).toBe(name);
  });

  it.each([
    ['Alice', 'alice'],
    ['Ada B', 'Ada  B'],
    ['Ada', 'Ad\u00e1'],
    ['ﬁ', 'fi'],
    ['constructor', '__proto__'],
  ])('do not conflict: %j and %j', async (first, second) => {
    const at = await newProject(stack.api);
    await create({ name: first }, at);
    expect((await at.post('/personas', { name: second })).status).toBe(201);
  });

  it('do not conflict across projects', async () => {
    const name = newName();
    await create({ name });
    expect((await (await newProject(stack.api)).post('/personas', { name })).status).toBe(201);
  });

  it('conflict when a persona is renamed, and nothing is changed then', async () => {
    const [one, other] = [await create(), await create({ description: 'before' })];
    const answer = await project.put(`/personas/${other.id}`, { name: ` ${one.name}`, description: 'after' });
    expect(said(answer)).toEqual(taken(one.name));
    expect((await project.get(`/personas/${other.id}`)).body).toEqual(other);
  });

  it('do not conflict with their own persona', async () => {
    const { id, name } = await create({ name: 'Andr\u00e9' });
    for (const own of [name, ' Andre\u0301 ']) {
      const { status, body } = await project.put(`/personas/${id}`, { name: own });
      expect([status, body.name]).toEqual([200, name]);
    }
  });

  it('are free at once after a rename', async () => {
    const [from, to] = [newName(), newName()];
    const { id } = await create({ name: from });
    expect((await project.put(`/personas/${id}`, { name: to })).body.name).toBe(to);
    expect((await project.post('/personas', { name: from })).status).toBe(201);
    expect(said(await project.post('/personas', { name: to }))).toEqual(taken(to));
  });

  it('are free at once after a deletion', async () => {
    const { id, name } = await create();
    await project.delete(`/personas/${id}`);
    expect((await project.post('/personas', { name })).status).toBe(201);
  });

  it('can be swapped with a third one', async () => {
    const [one, other] = [await create(), await create()];
    const rename = async (id: string, name: string) => (await project.put(`/personas/${id}`, { name })).status;
    expect(await rename(one.id, newName())).toBe(200);
    expect(await rename(other.id, one.name)).toBe(200);
    expect(await rename(one.id, other.name)).toBe(200);
  });
});

describe('getting a persona', () => {
  it('returns the same as its creation', async () => {
    const persona = await create({ description: 'd', systemPrompt: 's', headers: { a: 'b' } });
    const { status, body } = await project.get(`/personas/${persona.id}`);
    expect(status).toBe(200);
    expect(body).toEqual(persona);
  });
});

describe('listing personas', () => {
  it('returns an empty array for a new project', async () => {
    const { status, body } = await (await newProject(stack.api)).get('/personas');
    expect(status).toBe(200);
    expect(body).toEqual([]);
  });

  it('returns complete personas, oldest first, whatever their names and edits', async () => {
    const at = await newProject(stack.api);
    const personas = [];
    for (const name of ['Zoe', 'adam', 'Mia', 'Ben']) personas.push(await create({ name, headers: { name } }, at));
    personas[2] = (await at.put(`/personas/${personas[2].id}`, { name: 'Aaron' })).body;
    expect((await at.get('/personas')).body).toEqual(personas);
  });

  it('goes beyond one page of the table', async () => {
    const at = await newProject(stack.api);
    const systemPrompt = 'x'.repeat(90_000);
    const ids = [];
    for (let count = 0; count < 25; count++) ids.push((await create({ systemPrompt }, at)).id);
    const { body } = await at.get('/personas');
    expect(body.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(body.every((persona: { systemPrompt: string }) => persona.systemPrompt === systemPrompt)).toBe(true);
  });

  it('shows neither images, nor personas of other projects', async () => {
    const at = await newProject(stack.api);
    await upload(at);
    await create();
    expect((await at.get('/personas')).body).toEqual([]);
  });

  it('refuses an unknown project', async () => {
    expect(said(await stack.api.get(`/projects/${nobody}/personas`))).toEqual(projectNotFound);
  });
});

describe('updating a persona', () => {
  const whole = { description: 'd', systemPrompt: 's', headers: { one: '1', two: '2' }, tags: ['one', 'two'] };

  it.each([
    { name: 'Updated' },
    { description: 'new' },
    { systemPrompt: 'new' },
    { description: '' },
    { systemPrompt: '' },
    { headers: { three: '3' } },
    { headers: {} },
    { tags: ['three'] },
    { description: 'a', systemPrompt: 'b', headers: { One: '1' } },
  ])('changes the fields of %j and keeps the others', async (changes) => {
    const before = await create(whole);
    const { status, body } = await project.put(`/personas/${before.id}`, changes);
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, ...changes, updatedAt: expect.stringMatching(instant) });
    expect(body.updatedAt >= before.updatedAt).toBe(true);
    expect((await project.get(`/personas/${before.id}`)).body).toEqual(body);
  });

  it.each(['description', 'systemPrompt', 'headers', 'tags'])('removes %s if it is null', async (field) => {
    const { [field]: _, ...before } = await create(whole);
    const { status, body } = await project.put(`/personas/${before.id}`, { [field]: null });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, updatedAt: body.updatedAt });
    expect((await project.get(`/personas/${before.id}`)).body).toEqual(body);
  });

  it('moves updatedAt and nothing else', async () => {
    const before = await create();
    while (Date.now() <= Date.parse(before.updatedAt));
    const { body } = await project.put(`/personas/${before.id}`, { description: 'x' });
    expect(body.updatedAt > before.updatedAt).toBe(true);
    expect(body.createdAt).toBe(before.createdAt);
  });

  it.each([{}, { id: nobody, createdAt: '2001-01-01T00:00:00.000Z', updatedAt: 'now', colour: 'red' }])(
    'changes nothing, not even updatedAt, for %j',
    async (changes) => {
      const before = await create(whole);
      while (Date.now() <= Date.parse(before.updatedAt));
      const { status, body } = await project.put(`/personas/${before.id}`, changes);
      expect(status).toBe(200);
      expect(body).toEqual(before);
      expect((await project.get(`/personas/${before.id}`)).body).toEqual(before);
    },
  );

  it.each(['', null, '   ', '\t\u00a0'])('refuses the name %j', async (name) => {
    const before = await create();
    const answer = await project.put(`/personas/${before.id}`, { name, description: 'x' });
    expect(said(answer)).toEqual({ status: 400, error: 'Name is required', code: 'invalid_request' });
    expect((await project.get(`/personas/${before.id}`)).body).toEqual(before);
  });

  it('stores a new name in NFC and trimmed', async () => {
    const { id } = await create();
    expect((await project.put(`/personas/${id}`, { name: ' Noe\u0308l ' })).body.name).toBe('No\u00ebl');
  });
});

describe('imageUrl', () => {
  it('is set to an image of the project, kept by other changes, and removed by null', async () => {
    const [before, imageUrl] = await Promise.all([create(), upload()]);
    const put = async (changes: object) => (await project.put(`/personas/${before.id}`, changes)).body;
    const updatedAt = expect.any(String);
    expect(await put({ imageUrl })).toEqual({ ...before, imageUrl, updatedAt });
    expect(await put({ description: 'x' })).toEqual({ ...before, imageUrl, description: 'x', updatedAt });
    expect(await put({ imageUrl })).toHaveProperty('imageUrl', imageUrl);
    expect(await put({ imageUrl: null })).toEqual({ ...before, description: 'x', updatedAt });
    expect((await project.get(`/images/${imageUrl}`)).status).toBe(200);
  });

  it('can be changed together with the name', async () => {
    const [{ id }, imageUrl, name] = [await create(), await upload(), newName()];
    expect((await project.put(`/personas/${id}`, { name, imageUrl })).body).toMatchObject({ name, imageUrl });
  });

  it('may be the same for several personas', async () => {
    const [one, other, imageUrl] = await Promise.all([create(), create(), upload()]);
    for (const { id } of [one, other]) {
      expect((await project.put(`/personas/${id}`, { imageUrl })).body.imageUrl).toBe(imageUrl);
    }
  });

  it('is also removed by an empty text', async () => {
    const [before, imageUrl] = await Promise.all([create(), upload()]);
    const put = async (changes: object) => (await project.put(`/personas/${before.id}`, changes)).body;
    expect(await put({ imageUrl })).toHaveProperty('imageUrl', imageUrl);
    expect(await put({ imageUrl: '' })).toEqual({ ...before, updatedAt: expect.any(String) });
  });

  it.each([
    'portrait.png',
    `${nobody}.png`,
    nobody,
    'https://example.com/a.png',
    '../a.png',
    '__proto__',
    'x'.repeat(5000),
  ])('is refused if there is no such image: %j', async (imageUrl) => {
    const before = await create();
    expect(said(await project.put(`/personas/${before.id}`, { imageUrl, description: 'x' }))).toEqual({
      status: 400,
      error: 'Image not found',
      code: 'image_not_found',
    });
    expect((await project.get(`/personas/${before.id}`)).body).toEqual(before);
  });

  it('is refused for an image of another project', async () => {
    const [{ id }, elsewhere] = await Promise.all([create(), newProject(stack.api)]);
    const imageUrl = await upload(elsewhere);
    const answer = await project.put(`/personas/${id}`, { imageUrl });
    expect(said(answer)).toMatchObject({ status: 400, error: 'Image not found' });
  });

  it('is refused for a deleted image', async () => {
    const [{ id }, imageUrl] = await Promise.all([create(), upload()]);
    await project.delete(`/images/${imageUrl}`);
    expect(said(await project.put(`/personas/${id}`, { imageUrl }))).toMatchObject({
      status: 400,
      error: 'Image not found',
    });
  });

  it('is refused with another extension', async () => {
    const [{ id }, imageUrl] = await Promise.all([create(), upload()]);
    const answer = await project.put(`/personas/${id}`, { imageUrl: imageUrl.replace('.png', '.jpg') });
    expect(said(answer)).toMatchObject({ status: 400, error: 'Image not found' });
  });
});

describe('deleting a persona', () => {
  it('answers 204 without a body, and the persona is gone', async () => {
    const at = await newProject(stack.api);
    const [kept, { id }] = [await create({}, at), await create({}, at)];
    const { status, body, headers } = await at.delete(`/personas/${id}`);
    expect([status, body, headers.get('content-type')]).toEqual([204, undefined, null]);
    expect(said(await at.get(`/personas/${id}`))).toEqual(personaNotFound);
    expect(said(await at.put(`/personas/${id}`, { name: 'Back' }))).toEqual(personaNotFound);
    expect(said(await at.delete(`/personas/${id}`))).toEqual(personaNotFound);
    expect((await at.get('/personas')).body).toEqual([kept]);
  });

  it("keeps the persona's image", async () => {
    const [{ id }, imageUrl] = await Promise.all([create(), upload()]);
    await project.put(`/personas/${id}`, { imageUrl });
    await project.delete(`/personas/${id}`);
    expect((await project.get(`/images/${imageUrl}`)).status).toBe(200);
  });
});

describe('an id without a persona in this project', () => {
  let elsewhere: Client;
  let foreign: { readonly id: string };
  beforeAll(async () => {
    elsewhere = await newProject(stack.api);
    foreign = await create({}, elsewhere);
  });

  const ofAnotherProject = 'that of another project’s persona';
  const malformed = [
    'x',
    '0',
    'null',
    '__proto__',
    'constructor',
    `${nobody}x`,
    nobody.slice(1),
    nobody.replaceAll('-', ''),
    `{${nobody}}`,
    'a'.repeat(3000),
    '%00',
    '%0A',
    'a%2Fb',
    '..%2F..%2Fprojects',
    `${nobody}%2Fgenerate-image`,
    '%E2%82%AC',
    '%zz',
    '%FF%FE',
    '%20',
    "'%3B--",
    '*',
    '%23',
    '%3F',
    'a%20b',
    '%F0%9F%98%80',
  ];
  it.each([nobody, ofAnotherProject, ...malformed])('is not found: %s', async (id) => {
    const at = `/personas/${id === ofAnotherProject ? foreign.id : id}`;
    expect(said(await project.get(at))).toEqual(personaNotFound);
    expect(said(await project.put(at, { name: 'Anybody' }))).toEqual(personaNotFound);
    expect(said(await project.put(at, {}))).toEqual(personaNotFound);
    expect(said(await project.delete(at))).toEqual(personaNotFound);
    expect(said(await project.post(`${at}/generate-image`))).toEqual(personaNotFound);
  });

  it('of another project does not change that', async () => {
    await project.put(`/personas/${foreign.id}`, { name: 'Taken over' });
    await project.delete(`/personas/${foreign.id}`);
    expect((await elsewhere.get('/personas')).body).toEqual([foreign]);
  });

  it.each([nobody, 'x', '__proto__', '%2F', 'a'.repeat(3000)])(
    'is refused after an unknown project: %s',
    async (id) => {
      const { id: personaId } = await create();
      for (const at of [`/projects/${id}/personas/${personaId}`, `/projects/${id}/personas/x`]) {
        expect(said(await stack.api.get(at))).toEqual(projectNotFound);
        expect(said(await stack.api.put(at, { name: 'Anybody' }))).toEqual(projectNotFound);
        expect(said(await stack.api.delete(at))).toEqual(projectNotFound);
        expect(said(await stack.api.post(`${at}/generate-image`))).toEqual(projectNotFound);
      }
      expect(said(await stack.api.get(`/projects/${id}/personas`))).toEqual(projectNotFound);
      expect(said(await stack.api.post(`/projects/${id}/personas`, { name: 'Anybody' }))).toEqual(projectNotFound);
    },
  );
});

const astral = '😀';
const headersOf = (count: number, value = '') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, value]));
const allTokenCharacters = "!#$%&'*+-.^_`|~09azAZ";

describe('ids', () => {
  it('are case-insensitive in paths, and lower case in answers', async () => {
    const persona = await create({ description: 'd' });
    const imageUrl = await upload();
    const at = stack.api.below(`/projects/${project.id.toUpperCase()}`);
    const path = `/personas/${persona.id.toUpperCase()}`;
    expect((await at.get(path)).body).toEqual(persona);
    expect((await at.put(path, { imageUrl: imageUrl.toUpperCase() })).body).toMatchObject({ id: persona.id, imageUrl });
    expect((await at.get(`/images/${imageUrl.toUpperCase()}`)).status).toBe(200);
    const { headers, body } = await at.post('/personas', { name: newName() });
    expect(headers.get('location')).toBe(`/api/projects/${project.id}/personas/${body.id}`);
    const { headers: listed } = await at.get('/personas?limit=1');
    expect(listed.get('link')).toContain(`</api/projects/${project.id}/personas?limit=1&`);
  });

  it('and createdAt have the same time', async () => {
    const at = await newProject(stack.api);
    const made = await Promise.all(Array.from({ length: 60 }, (_, index) => create({ name: `${index}` }, at)));
    for (const { id, createdAt } of made) {
      expect(Date.parse(createdAt)).toBe(Number.parseInt(id.replace('-', '').slice(0, 12), 16));
    }
    const times = (await at.get('/personas')).body.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual(times.toSorted());
  });
});

describe('limits', () => {
  it.each([
    ['name of 1 character', { name: 'Ω' }],
    ['name of 1 character beyond the BMP', { name: astral }],
    ['name of 200 characters', { name: 'n'.repeat(200) }],
    ['name of 200 characters beyond the BMP', { name: astral.repeat(200) }],
    ['name of 200 characters in NFC, more as sent', { name: 'e\u0301'.repeat(200) }],
    ['name of 200 characters between white space', { name: `  ${'m'.repeat(200)}\n` }],
    ['description of 10 000 characters', { description: 'd'.repeat(10_000) }],
    ['description of 10 000 characters beyond the BMP', { description: astral.repeat(10_000) }],
    ['systemPrompt of 100 000 characters', { systemPrompt: 's'.repeat(100_000) }],
    ['systemPrompt of 100 000 characters of three bytes', { systemPrompt: '€'.repeat(100_000) }],
    ['set of 50 headers', { headers: headersOf(50) }],
    ['header named by every token character', { headers: { [allTokenCharacters]: 'x' } }],
    ['header name of 200 characters', { headers: { ['h'.repeat(200)]: '' } }],
    ['header value of 8 000 characters', { headers: { h: 'v'.repeat(8000) } }],
    ['header value of ISO 8859-1 with tabs', { headers: { h: '\t ~\u00a0é ÿ' } }],
    [
      'set of headers named constructor and toString',
      { headers: { constructor: 'a', toString: 'b', hasOwnProperty: 'c' } },
    ],
  ])('accept a %s', async (_, fields) => {
    const at = await newProject(stack.api);
    const { status, body } = await at.post('/personas', { name: 'Edge', ...fields });
    expect(status).toBe(201);
    if (!('name' in fields)) expect(body).toMatchObject(fields);
    expect((await at.get(`/personas/${body.id}`)).body).toEqual(body);
    expect((await at.put(`/personas/${body.id}`, { name: 'Edge', ...fields })).status).toBe(200);
  });

  it.each<[string, object, string, RegExp]>([
    ['name of 201 characters', { name: 'n'.repeat(201) }, 'name', /^name .*200/],
    ['name of 201 characters beyond the BMP', { name: astral.repeat(201) }, 'name', /^name .*200/],
    ['name of 100 000 combining marks', { name: `e${'\u0301'.repeat(100_000)}` }, 'name', /^name .*200/],
    ['name with a NUL', { name: 'a\0b' }, 'name', /^name .*control characters/],
    ['name with a line break', { name: 'a\nb' }, 'name', /^name .*control characters/],
    ['name with a tab', { name: 'a\tb' }, 'name', /^name .*control characters/],
    ['name with DEL', { name: 'a\x7f' }, 'name', /^name .*control characters/],
    ['name with a C1 control character', { name: 'a\x85b' }, 'name', /^name .*control characters/],
    ['name with a zero-width space', { name: 'a\u200bb' }, 'name', /^name .*invisible/],
    ['name with a soft hyphen', { name: 'a\u00adb' }, 'name', /^name .*invisible/],
    ['name with a filler of Hangul', { name: 'a\u3164b' }, 'name', /^name .*invisible/],
    ['name with a variation selector without a base', { name: 'a \ufe0fb' }, 'name', /^name .*invisible/],
    ['name with a hidden text in tags', { name: 'a\u{e0068}\u{e0069}b' }, 'name', /^name .*invisible/],
    ['name with half a surrogate pair', { name: 'a\ud800' }, 'name', /^name /],
    ['description of 10 001 characters', { description: 'd'.repeat(10_001) }, 'description', /^description .*10000/],
    [
      'description of 10 001 characters beyond the BMP',
      { description: astral.repeat(10_001) },
      'description',
      /^description .*10000/,
    ],
    [
      'systemPrompt of 100 001 characters',
      { systemPrompt: 's'.repeat(100_001) },
      'systemPrompt',
      /^systemPrompt .*100000/,
    ],
    ['51st header', { headers: headersOf(51) }, 'headers', /headers .*50/],
    ['header name of 201 characters', { headers: { ['h'.repeat(201)]: '' } }, 'headers', /headers .*200/],
    ['header without a name', { headers: { '': 'x' } }, 'headers', /headers/],
    ['header name with a space', { headers: { 'X A': 'x' } }, 'headers', /headers/],
    ['header name with a colon', { headers: { 'X:': 'x' } }, 'headers', /headers/],
    ['header name with a line break', { headers: { 'X\r\nY': 'x' } }, 'headers', /headers/],
    ['header name that is not ASCII', { headers: { Käse: 'x' } }, 'headers', /headers/],
    ['header value of 8 001 characters', { headers: { h: 'v'.repeat(8001) } }, 'headers.h', /headers .*8000/],
    ['header value with CR', { headers: { h: 'a\rb' } }, 'headers.h', /value of headers .*control/],
    ['header value with LF', { headers: { h: 'a\n' } }, 'headers.h', /value of headers .*control/],
    ['header value with NUL', { headers: { h: '\0' } }, 'headers.h', /value of headers .*control/],
    ['header value with an escape', { headers: { h: '\u001b[0m' } }, 'headers.h', /value of headers .*control/],
    ['header value with DEL', { headers: { h: '\x7f' } }, 'headers.h', /value of headers .*control/],
    ['header value with a C1 control character', { headers: { h: '\x85' } }, 'headers.h', /value of headers .*control/],
    ['header value beyond ISO 8859-1', { headers: { h: '日本' } }, 'headers.h', /value of headers .*U\+00FF/],
    [
      'pair of headers whose names differ in case',
      { headers: { Authorization: 'a', authorization: 'b' } },
      'headers',
      /headers .*Authorization and authorization/,
    ],
  ])('refuse a %s', async (_, fields, path, text) => {
    expectRefusal(await project.post('/personas', { name: newName(), ...fields }), path, text);
    const before = await create();
    expectRefusal(await project.put(`/personas/${before.id}`, fields), path, text);
    expect((await project.get(`/personas/${before.id}`)).body).toEqual(before);
  });

  it.each<[object, string]>([
    [{ name: 5 }, 'name'],
    [{ name: true }, 'name'],
    [{ name: ['Ann'] }, 'name'],
    [{ name: { first: 'Ann' } }, 'name'],
    [{ description: 5 }, 'description'],
    [{ description: false }, 'description'],
    [{ description: [] }, 'description'],
    [{ description: {} }, 'description'],
    [{ systemPrompt: 1.5 }, 'systemPrompt'],
    [{ systemPrompt: ['x'] }, 'systemPrompt'],
    [{ headers: 'X: y' }, 'headers'],
    [{ headers: 5 }, 'headers'],
    [{ headers: [] }, 'headers'],
    [{ headers: [['X', 'y']] }, 'headers'],
    [{ headers: { X: 5 } }, 'headers.X'],
    [{ headers: { X: null } }, 'headers.X'],
    [{ headers: { X: ['a', 'b'] } }, 'headers.X'],
    [{ headers: { X: { y: 'z' } } }, 'headers.X'],
  ])('refuse the wrong type of %j', async (fields, path) => {
    const field = new RegExp(path.split('.')[0] ?? '');
    expectRefusal(await project.post('/personas', { name: newName(), ...fields }), path, field);
    expectRefusal(await project.put(`/personas/${(await create()).id}`, fields), path, field);
  });

  it.each([5, true, ['a.png'], {}])('refuse %j as imageUrl', async (imageUrl) => {
    expectRefusal(await project.put(`/personas/${(await create()).id}`, { imageUrl }), 'imageUrl', /^imageUrl /);
  });

  it('name every invalid field', async () => {
    const { body } = await project.post('/personas', { name: 1, description: 2, systemPrompt: 3, headers: 4 });
    expect(body.details.map(({ path }: { path: string }) => path)).toEqual([
      'name',
      'description',
      'systemPrompt',
      'headers',
    ]);
    expect(body.error).toBe(body.details[0].message);
  });

  function expectRefusal({ status, body }: Answer, path: string, text: RegExp) {
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.error).toMatch(text);
    const [detail] = body.details;
    expect(detail.message).toBe(body.error);
    expect(detail.path.split('.')[0]).toBe(path.split('.')[0]);
    if (path.includes('.')) expect(detail.path).toBe(path);
  }
});

describe('a persona of more than 350 KB in all', () => {
  const systemPrompt = 's'.repeat(100_000);
  const headers = headersOf(50, 'v'.repeat(5_000));
  const tooLarge = { status: 413, error: expect.stringContaining('350 KB'), code: 'persona_too_large' };

  it('is refused on creation', async () => {
    const name = newName();
    expect(said(await project.post('/personas', { name, systemPrompt, headers, description: 'd' }))).toMatchObject({
      status: 201,
    });
    expect(said(await project.post('/personas', { name, systemPrompt: astral.repeat(90_000) }))).toEqual(tooLarge);
    const fields = { systemPrompt, headers: headersOf(50, 'v'.repeat(5_200)) };
    expect(said(await project.post('/personas', { name: `${name}!`, ...fields }))).toEqual(tooLarge);
    expect((await project.post('/personas', { name: `${name}!` })).status).toBe(201);
  });

  it('is refused after a change', async () => {
    const before = await create({ systemPrompt });
    expect((await project.put(`/personas/${before.id}`, { headers })).status).toBe(200);
    const grown = await project.put(`/personas/${before.id}`, { description: 'd'.repeat(10_000) });
    expect(said(grown)).toEqual(tooLarge);
    expect((await project.get(`/personas/${before.id}`)).body).toMatchObject({ systemPrompt, headers });
    expect((await project.put(`/personas/${before.id}`, { systemPrompt: null })).status).toBe(200);
    expect((await project.put(`/personas/${before.id}`, { description: 'd'.repeat(10_000) })).status).toBe(200);
  });

  /** A persona, and how many bytes it can grow. */
  const almostFull = async () => {
    const persona = await create({ systemPrompt: '', headers: headersOf(50, 'v'.repeat(5_500)) });
    return { at: `/personas/${persona.id}`, room: 350 * 1024 - Buffer.byteLength(JSON.stringify(persona)) };
  };

  it('is accepted up to the last byte', async () => {
    const { at, room } = await almostFull();
    const put = (length: number) => project.put(at, { systemPrompt: 's'.repeat(length) });
    expect(said(await put(room + 1))).toEqual(tooLarge);
    expect((await put(room)).status).toBe(200);
  });

  it('can have a portrait at the maximum size', async () => {
    const { at, room } = await almostFull();
    await project.put(at, { systemPrompt: 's'.repeat(room) });
    const imageUrl = await upload();
    expect((await project.put(at, { imageUrl })).body.imageUrl).toBe(imageUrl);
  });
});

describe('the order of the checks', () => {
  const large = { systemPrompt: 's'.repeat(100_000), headers: headersOf(50, 'v'.repeat(8_000)) };
  let name: string;
  let personaId: string;
  beforeAll(async () => {
    ({ name, id: personaId } = await create());
  });

  it.each<[string, unknown]>([
    ['no body', undefined],
    ['a body that is not JSON', '{'],
    ['a body that is not an object', '[]'],
    ['a wrong body', { name: 5 }],
    ['a persona that is too large', { name: 'Large', ...large }],
  ])('refuses an unknown project before %s', async (_, body) => {
    const unknown = stack.api.below(`/projects/${nobody}`);
    expect(said(await unknown.post('/personas', body))).toEqual(projectNotFound);
    expect(said(await unknown.put(`/personas/${personaId}`, body))).toEqual(projectNotFound);
  });

  it('refuses an unknown project before a wrong content type', async () => {
    const unknown = stack.api.below(`/projects/${nobody}`);
    const text = { 'Content-Type': 'text/plain' };
    expect(said(await unknown.post('/personas', { name: 'x' }, text))).toEqual(projectNotFound);
    expect(said(await unknown.put(`/personas/${personaId}`, { name: 'x' }, text))).toEqual(projectNotFound);
  });

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'body_missing'],
    ['a body that is not JSON', '{', 'body_not_json'],
    ['a wrong body', { name: '' }, 'invalid_request'],
  ])('refuses %s before an unknown persona', async (_, body, code) => {
    expect(said(await project.put(`/personas/${nobody}`, body))).toMatchObject({ status: 400, code });
  });

  it('refuses an unknown persona before an unknown image and a taken name', async () => {
    expect(said(await project.put(`/personas/${nobody}`, { imageUrl: `${nobody}.png` }))).toEqual(personaNotFound);
    expect(said(await project.put(`/personas/${nobody}`, { name }))).toEqual(personaNotFound);
  });

  it('refuses an invalid field before a taken name', async () => {
    const answer = await project.post('/personas', { name, description: 5 });
    expect(said(answer)).toMatchObject({ status: 400, error: expect.stringMatching(/^description /) });
  });
});
