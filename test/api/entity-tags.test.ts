import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack();

let project: Awaited<ReturnType<typeof newProject>>;
beforeAll(async () => {
  project = await newProject(stack.api);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
});

let made = 0;
const create = (fields: object = {}) => project.post('/personas', { name: `Persona ${++made}`, ...fields });
const tagOf = ({ headers }: Answer) => `${headers.get('etag')}`;
const upload = async () =>
  (await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' })).body.id;

/** A new persona, its path and its tag. */
async function newPersona(fields: object = {}) {
  const answer = await create(fields);
  return { persona: answer.body, path: `/personas/${answer.body.id}`, tag: tagOf(answer) };
}

const said = ({ status, body }: Answer) => ({ status, code: body?.code });
const mismatch = { status: 412, code: 'version_mismatch' };
const nobody = '01890000-0000-7000-8000-000000000000';

describe('the entity tag of a persona', () => {
  it('is strong, and the same in every answer that shows the same version', async () => {
    const created = await create({ systemPrompt: 'You count.' });
    const path = `/personas/${created.body.id}`;
    expect(tagOf(created)).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(tagOf(await project.get(path))).toBe(tagOf(created));
    expect(tagOf(await project.send('HEAD', path))).toBe(tagOf(created));

    for (const change of [
      () => project.put(path, { description: 'Calm' }),
      () => project.put(path, { name: `Renamed ${++made}` }),
      () => project.post(`${path}/generate-image`),
    ]) {
      const before = tagOf(await project.get(path));
      const changed = await change();
      expect(changed.status).toBe(200);
      expect(tagOf(changed)).not.toBe(before);
      expect(tagOf(await project.get(path))).toBe(tagOf(changed));
    }
  });

  it('stays when nothing is changed, and when a drawing fails', async () => {
    const { path, tag } = await newPersona();
    expect(tagOf(await project.put(path, {}))).toBe(tag);
    expect((await project.post(`${path}/generate-image`)).status).toBe(400);
    expect(tagOf(await project.get(path))).toBe(tag);
  });

  it('changes when the persona loses its image', async () => {
    const { path } = await newPersona();
    const imageId = await upload();
    const before = tagOf(await project.put(path, { imageUrl: imageId }));
    await project.delete(`/images/${imageId}`);
    const after = await project.get(path, { 'If-None-Match': before });
    expect([after.status, after.body.imageUrl]).toEqual([200, undefined]);
    expect(tagOf(after)).not.toBe(before);
  });

  it('is never reused, neither after an undone change nor by another persona', async () => {
    const { path, tag } = await newPersona({ description: 'Calm' });
    const tags = [tag];
    for (const description of ['Loud', 'Calm', 'Calm']) tags.push(tagOf(await project.put(path, { description })));
    tags.push((await newPersona({ description: 'Calm' })).tag);
    expect(new Set(tags).size).toBe(tags.length);
  });
});

describe('If-None-Match', () => {
  it.each<[string, (tag: string) => string]>([
    ['its tag', (tag) => tag],
    ['its tag, marked as weak', (tag) => `W/${tag}`],
    ['a list with its tag', (tag) => `"a,b", W/${tag},"c"`],
    ['any', () => '*'],
  ])('with %s is answered 304 without a body', async (_, ifNoneMatch) => {
    const { path, tag } = await newPersona();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await project.send(method, path, undefined, {
        'If-None-Match': ifNoneMatch(tag),
      });
      expect([status, body, headers.get('etag')]).toEqual([304, undefined, tag]);
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('x-request-id')).toBeTruthy();
    }
  });

  it.each<[string, (tag: string) => string]>([
    ['another tag', () => '"other"'],
    ['its tag within another', (tag) => `"x${tag.slice(1)}`],
    ['a star in quotes', () => '"*"'],
  ])('with %s is answered with the persona', async (_, ifNoneMatch) => {
    const { path, tag, persona } = await newPersona();
    const { status, body } = await project.get(path, { 'If-None-Match': ifNoneMatch(tag) });
    expect([status, body]).toEqual([200, persona]);
  });

  it('with * does not hide that a persona does not exist', async () => {
    expect((await project.get(`/personas/${nobody}`, { 'If-None-Match': '*' })).status).toBe(404);
  });

  it('is also a condition of a change: with the tag or *, nothing is changed', async () => {
    const { path, tag, persona } = await newPersona();
    for (const ifNoneMatch of [tag, `W/${tag}`, '*']) {
      const headers = { 'If-None-Match': ifNoneMatch };
      expect(said(await project.put(path, { description: 'Calm' }, headers))).toEqual(mismatch);
      expect(said(await project.delete(path, headers))).toEqual(mismatch);
    }
    expect((await project.get(path)).body).toEqual(persona);
    expect((await project.put(path, { description: 'Calm' }, { 'If-None-Match': '"other"' })).status).toBe(200);
  });
});

/** Changes that If-Match can protect. */
const changes: readonly [string, number, (path: string, headers: Record<string, string>) => Promise<Answer>][] = [
  ['an edit', 200, (path, headers) => project.put(path, { description: 'Calm' }, headers)],
  ['a rename', 200, (path, headers) => project.put(path, { name: `Renamed ${++made}` }, headers)],
  ['an edit of nothing', 200, (path, headers) => project.put(path, {}, headers)],
  ['a deletion', 204, (path, headers) => project.delete(path, headers)],
];

describe.each(changes)('If-Match on %s', (_what, done, change) => {
  it.each<[string, (tag: string) => string]>([
    ['its tag', (tag) => tag],
    ['a list with its tag', (tag) => `"other" , ${tag}`],
    ['any', () => ' * '],
  ])('allows it with %s', async (_, ifMatch) => {
    const { path, tag } = await newPersona();
    expect((await change(path, { 'If-Match': ifMatch(tag) })).status).toBe(done);
  });

  it.each<[string, (tag: string) => string]>([
    ['another tag', () => '"other"'],
    ['its tag, marked as weak', (tag) => `W/${tag}`],
    ['a part of its tag', (tag) => `${tag.slice(0, -2)}"`],
    ['a star in quotes', () => '"*"'],
  ])('refuses it with %s, says what to do and changes nothing', async (_, ifMatch) => {
    const { path, tag, persona } = await newPersona();
    const refused = await change(path, { 'If-Match': ifMatch(tag) });
    expect(said(refused)).toEqual(mismatch);
    expect(refused.body.error).toMatch(/read it again and repeat the change/);
    expect((await project.get(path)).body).toEqual(persona);
  });

  it('refuses it after a change, and allows it with the new tag', async () => {
    const { path, tag } = await newPersona();
    const { body, headers } = await project.put(path, { systemPrompt: 'You count.' });
    expect(said(await change(path, { 'If-Match': tag }))).toEqual(mismatch);
    expect((await project.get(path)).body).toEqual(body);
    expect((await change(path, { 'If-Match': `${headers.get('etag')}` })).status).toBe(done);
  });

  it("refuses it with another persona's tag", async () => {
    const { path } = await newPersona();
    expect(said(await change(path, { 'If-Match': (await newPersona()).tag }))).toEqual(mismatch);
  });

  it('does not hide that a project or persona is unknown', async () => {
    for (const ifMatch of ['*', '"other"']) {
      expect(said(await change(`/personas/${nobody}`, { 'If-Match': ifMatch }))).toEqual({
        status: 404,
        code: 'persona_not_found',
      });
    }
  });
});

describe.each(['If-Match', 'If-None-Match'])('%s', (name) => {
  it.each<[string, (tag: string) => string]>([
    ['its tag without quotes', (tag) => tag.slice(1, -1)],
    ['a tag whose quote is not closed', (tag) => tag.slice(0, -1)],
    ['its tag inside another tag', (tag) => `"x,${tag}x"`],
    ['a tag and a text', (tag) => `${tag}, other`],
    ['a tag and a star', (tag) => `${tag}, *`],
    ['a small w', (tag) => `w/${tag}`],
    ['nothing', () => ''],
    ['commas', () => ', ,'],
  ])('is refused if it is not a list of entity tags: %s', async (_, list) => {
    const { path, tag, persona } = await newPersona();
    const headers = { [name]: list(tag) };
    for (const call of [project.get, project.delete, (at: string) => project.put(at, { description: 'x' }, headers)]) {
      const refused = await call(path, headers);
      expect(said(refused)).toEqual({ status: 400, code: 'invalid_entity_tag' });
      expect(refused.body.error).toContain(name);
    }
    expect((await project.get(path)).body).toEqual(persona);
  });
});

it('joins several lines of a header', async () => {
  const { path, tag, persona } = await newPersona();
  const send = (method: string, name: string, lines: readonly string[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...project.always, [name]: [...lines] };
      request(project.base + path, { method, headers }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
  expect(await send('GET', 'If-None-Match', [tag, '"other"'])).toBe(304);
  expect(await send('DELETE', 'If-Match', ['"one"', '"other"'])).toBe(412);
  expect((await project.get(path)).body).toEqual(persona);
  expect(await send('DELETE', 'If-Match', [tag, '"other"'])).toBe(204);
});

describe('If-Match', () => {
  it('is checked after the body, the project and the persona', async () => {
    const { path, persona } = await newPersona();
    const headers = { 'If-Match': '"other"' };
    expect(said(await project.put(path, { name: 5 }, headers))).toEqual({ status: 400, code: 'invalid_request' });
    const gone = await newProject(stack.api);
    await stack.api.delete(`/projects/${gone.id}`);
    expect(said(await gone.put(path, {}, headers))).toEqual({ status: 404, code: 'project_not_found' });
    await project.delete(path);
    expect(said(await project.put(path, {}, headers))).toEqual({ status: 404, code: 'persona_not_found' });
    expect((await project.post('/personas', { name: persona.name })).status).toBe(201);
  });

  it('is checked before a taken name and an unknown image', async () => {
    const { path } = await newPersona();
    const { persona: other } = await newPersona();
    for (const changes of [{ name: other.name }, { imageUrl: `${nobody}.png` }]) {
      expect(said(await project.put(path, changes, { 'If-Match': '"other"' }))).toEqual(mismatch);
    }
  });

  it('allows exactly one of 20 concurrent edits', async () => {
    const { path, tag } = await newPersona();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        project.put(path, index % 2 ? { description: `${index}` } : { name: `Editor ${index}` }, { 'If-Match': tag }),
      ),
    );
    const [winner, ...others] = answers.toSorted((one, other) => one.status - other.status);
    expect(winner?.status).toBe(200);
    expect(others.map(said)).toEqual(others.map(() => mismatch));
    expect((await project.get(path)).body).toEqual(winner?.body);
  });

  it('allows exactly one of 20 equal concurrent edits', async () => {
    const { path, tag } = await newPersona();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => project.put(path, { description: 'Calm' }, { 'If-Match': tag })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(412)]);
  });

  it('allows all concurrent increments that retry after a refusal', async () => {
    const { path } = await newPersona({ description: '0' });
    const countUp = async (): Promise<void> => {
      const read = await project.get(path);
      const next = { description: `${Number(read.body.description) + 1}` };
      const { status } = await project.put(path, next, { 'If-Match': tagOf(read) });
      if (status === 412) return countUp();
      expect(status).toBe(200);
    };
    await Promise.all(Array.from({ length: 8 }, countUp));
    expect((await project.get(path)).body.description).toBe('8');
  });

  it('allows exactly one of a deletion and concurrent edits', async () => {
    const { path, tag } = await newPersona();
    const headers = { 'If-Match': tag };
    const answers = await Promise.all([
      project.delete(path, headers),
      ...Array.from({ length: 6 }, (_, index) => project.put(path, { description: `${index}` }, headers)),
    ]);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    const deleted = answers[0]?.status === 204;
    for (const { status } of answers) if (status >= 300) expect(status).toBeOneOf(deleted ? [404, 412] : [412]);
    expect((await project.get(path)).status).toBe(deleted ? 404 : 200);
  });

  it('protects the deletion of an image', async () => {
    const path = `/images/${await upload()}`;
    const tag = tagOf(await project.get(path));
    for (const ifMatch of ['"other"', `W/${tag}`]) {
      expect(said(await project.delete(path, { 'If-Match': ifMatch }))).toEqual(mismatch);
    }
    expect((await project.get(path)).status).toBe(200);
    expect((await project.delete(path, { 'If-Match': tag })).status).toBe(204);
    expect(said(await project.delete(path, { 'If-Match': tag }))).toEqual({ status: 404, code: 'image_not_found' });
  });
});
