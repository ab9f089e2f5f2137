import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, newProject, useStack } from '../support/api.ts';

const stack = useStack();

let project: Client;
beforeAll(async () => {
  project = await newProject(stack.api);
});

let made = 0;
const create = async (fields: object = {}) =>
  (await project.post('/personas', { name: `Persona ${++made}`, ...fields })).body;

const many = (count: number) => Array.from({ length: count }, (_, index) => `tag ${index}`);

describe('tags', () => {
  it('are stored in order, and returned wherever the persona is', async () => {
    const tags = ['refund', 'angry', 'Français', '👩‍🚀'];
    const persona = await create({ tags });
    expect(persona.tags).toEqual(tags);
    expect((await project.get(`/personas/${persona.id}`)).body).toEqual(persona);
    expect((await project.get('/personas?fields=id,tags')).body).toContainEqual({ id: persona.id, tags });
  });

  it('are between headers and times', async () => {
    expect(Object.keys(await create({ tags: ['a'], headers: { a: 'b' } }))).toEqual([
      'id',
      'name',
      'headers',
      'tags',
      'createdAt',
      'updatedAt',
    ]);
  });

  it('are trimmed, in NFC, and distinct', async () => {
    const persona = await create({ tags: [' Ame\u0301lie\t', 'b', 'Am\u00e9lie', 'b ', 'B'] });
    expect(persona.tags).toEqual(['Am\u00e9lie', 'b', 'B']);
  });

  it.each([[[]], [null]])('are removed by %j', async (tags) => {
    expect(await create({ tags })).not.toHaveProperty('tags');
    const { id } = await create({ tags: ['a'] });
    const { status, body } = await project.put(`/personas/${id}`, { tags });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('tags');
    expect((await project.get(`/personas/${id}`)).body).toEqual(body);
  });

  it('are replaced, and stay if they are absent', async () => {
    const { id } = await create({ tags: ['a', 'b'] });
    expect((await project.put(`/personas/${id}`, { tags: ['c'] })).body.tags).toEqual(['c']);
    expect((await project.put(`/personas/${id}`, { description: 'd' })).body.tags).toEqual(['c']);
  });

  it.each([
    ['20 of them', many(20)],
    ['20 of them, some twice', [...many(20), ...many(20)]],
    ['one of 50 characters', ['x'.repeat(50)]],
    ['one of 50 characters outside the Basic Multilingual Plane', ['🎭'.repeat(50)]],
    ['one of 50 characters within white space', [`  ${'x'.repeat(50)}\n`]],
  ])('may be %s', async (_, tags) => {
    expect(await create({ tags })).toHaveProperty('tags');
  });

  it.each([
    ['21', many(21), 'tags', 'tags must be at most 20'],
    ['a text', 'refund', 'tags', 'tags must be an array of strings'],
    ['an object', { 0: 'a' }, 'tags', 'tags must be an array of strings'],
    ['a number among them', ['a', 5], 'tags.1', 'a value of tags must be a string'],
    ['null among them', [null], 'tags.0', 'a value of tags must be a string'],
    ['an empty one', [''], 'tags.0', 'a value of tags must not be empty'],
    ['a blank one', ['a', ' \u3000'], 'tags.1', 'a value of tags must not be empty'],
    ['one of 51 characters', ['x'.repeat(51)], 'tags.0', 'a value of tags must be at most 50 characters'],
    ['half a surrogate pair', ['\ud83c'], 'tags.0', 'a value of tags must be well-formed Unicode'],
  ])('refuse %s', async (_, tags, path, message) => {
    const wrong = { error: message, code: 'invalid_request', details: [{ path, message }] };
    expect(await project.post('/personas', { name: 'Refused', tags })).toMatchObject({ status: 400, body: wrong });
    const before = await create({ tags: ['a'] });
    const address = `/personas/${before.id}`;
    expect(await project.put(address, { tags })).toMatchObject({ status: 400, body: wrong });
    expect((await project.get(address)).body).toEqual(before);
  });
});
