import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

let project: Client & { readonly id: string };
beforeAll(async () => {
  project = await newProject(stack.api);
});

const nobody = '01890000-0000-7000-8000-000000000000';
const said = ({ status, body }: Answer) => ({ status, error: body?.error, code: body?.code });

const create = async (name: string, fields: object = {}, at: Client = project) =>
  (await at.post('/personas', { name, ...fields })).body;
const duplicate = ({ id }: Json, body?: unknown, at: Client = project) => at.post(`/personas/${id}/duplicate`, body);

describe('duplicating a persona', () => {
  it('answers 201 with a copy of all fields, and does not change the original', async () => {
    const { body: image } = await project.post('/images', {
      imageBase64: png().toString('base64'),
      role: 'persona-avatar',
    });
    const made = await create('Greta', {
      description: 'An engineer',
      systemPrompt: 'You are Greta.',
      headers: { 'X-User': 'greta' },
      tags: ['refund'],
    });
    const { body: original } = await project.put(`/personas/${made.id}`, { imageUrl: image.id });
    const { status, body: copy, headers } = await duplicate(original);
    expect(status).toBe(201);
    expect(copy).toEqual({
      ...original,
      id: copy.id,
      name: 'Greta (2)',
      createdAt: copy.createdAt,
      updatedAt: copy.createdAt,
    });
    expect(copy.id > original.id && copy.createdAt >= original.createdAt).toBe(true);
    expect(headers.get('location')).toBe(`/api/projects/${project.id}/personas/${copy.id}`);
    const read = await project.get(`/personas/${copy.id}`);
    expect([read.body, read.headers.get('etag')]).toEqual([copy, headers.get('etag')]);
    expect((await project.get(`/personas/${original.id}`)).body).toEqual(original);
    expect((await project.get('/personas')).body.at(-1)).toEqual(copy);
  });

  it('shares the portrait: deleting the image removes it from both, deleting one persona does not', async () => {
    const at = await newProject(stack.api);
    const { body: image } = await at.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
    const original = await create('Greta', {}, at);
    await at.put(`/personas/${original.id}`, { imageUrl: image.id });
    const { body: copy } = await duplicate(original, undefined, at);
    const { body: another } = await duplicate(copy, undefined, at);
    await at.delete(`/personas/${original.id}`);
    expect((await at.get(`/personas/${copy.id}`)).body.imageUrl).toBe(image.id);
    expect((await at.get(`/images/${image.id}`)).status).toBe(200);
    await at.delete(`/images/${image.id}`);
    for (const { id } of [copy, another]) expect((await at.get(`/personas/${id}`)).body).not.toHaveProperty('imageUrl');
  });

  it.each([[{}], [{ name: null }], [{ colour: 'red' }]])('treats %j like a missing body', async (body) => {
    const at = await newProject(stack.api);
    expect(said(await duplicate(await create('Ben', {}, at), body, at)).status).toBe(201);
    expect((await at.get('/personas?fields=name')).body).toEqual([{ name: 'Ben' }, { name: 'Ben (2)' }]);
  });

  it('uses the given name, or refuses it', async () => {
    const original = await create('Cleo');
    expect((await duplicate(original, { name: ' Cleopatra ' })).body.name).toBe('Cleopatra');
    expect(said(await duplicate(original, { name: 'Cleopatra' }))).toEqual({
      status: 409,
      error: 'Persona with name "Cleopatra" already exists',
      code: 'persona_name_taken',
    });
    for (const name of ['', '\u200b', 5, 'x'.repeat(201)]) {
      expect(said(await duplicate(original, { name }))).toMatchObject({ status: 400, code: 'invalid_request' });
    }
    expect(said(await duplicate(original, [])).code).toBe('body_not_an_object');
  });

  it('refuses an unknown persona and an unknown project', async () => {
    expect(said(await duplicate({ id: nobody })).error).toBe('Persona not found');
    expect(said(await stack.api.post(`/projects/${nobody}/personas/${nobody}/duplicate`, {})).error).toBe(
      'Project not found',
    );
    expect(said(await stack.api.post(`/projects/${nobody}/personas/${nobody}/duplicate`, { name: 5 })).error).toBe(
      'Project not found',
    );
  });
});

describe('the name of a copy', () => {
  const long = 'x'.repeat(200);
  const family = '👩‍👩‍👧‍👦';

  it.each([
    ['Dora', 'Dora (2)'],
    ['Eva (2)', 'Eva (3)'],
    ['Fay (9)', 'Fay (10)'],
    ['Gil (1)', 'Gil (2)'],
    ['Hal (0)', 'Hal (0) (2)'],
    ['Ira (02)', 'Ira (02) (2)'],
    ['Jim(2)', 'Jim(2) (2)'],
    ['(2)', '(2) (2)'],
    ['Kim (2) (2)', 'Kim (2) (3)'],
    ['Lea (9999999999)', 'Lea (9999999999) (2)'],
    [long, `${'x'.repeat(196)} (2)`],
    [`${'y'.repeat(196)} (9)`, `${'y'.repeat(195)} (10)`],
    [`${'z'.repeat(195)} ${'z'.repeat(4)}`, `${'z'.repeat(195)} (2)`],
    ['🎭'.repeat(200), `${'🎭'.repeat(196)} (2)`],
    [family.repeat(28), `${family.repeat(28)} (2)`],
    [`a${family.repeat(28)}bcd`, `a${family.repeat(27)} (2)`],
    [`a${'\u0323'.repeat(199)}`, `\u1ea1${'\u0323'.repeat(195)} (2)`],
  ])('of %s is %s', async (name, expected) => {
    const at = await newProject(stack.api);
    const original = await create(name, {}, at);
    const { status, body } = await duplicate(original, undefined, at);
    expect([status, body.name]).toEqual([201, expected]);
    expect((await at.put(`/personas/${body.id}`, { name: body.name })).body.name).toBe(body.name);
  });

  it.each(['Mia', long])('has the next free number: %s', async (name) => {
    const at = await newProject(stack.api);
    const original = await create(name, {}, at);
    const named = async () => (await duplicate(original, undefined, at)).body;
    const second = await named();
    const third = await named();
    const fourth = await named();
    expect([second, third, fourth].map((copy) => copy.name.slice(-4))).toEqual([' (2)', ' (3)', ' (4)']);
    await at.delete(`/personas/${third.id}`);
    expect((await named()).name).toBe(third.name);
    expect((await duplicate(second, undefined, at)).body.name.slice(-4)).toBe(' (5)');
  });

  it('ignores names that only have the same prefix', async () => {
    const at = await newProject(stack.api);
    const original = await create('Nora', {}, at);
    for (const other of ['Nora B', 'Nora (2) ', 'nora (2)', 'Nora (3', 'Nora (2)x']) await create(other, {}, at);
    expect((await duplicate(original, undefined, at)).body.name).toBe('Nora (3)');
  });
});
