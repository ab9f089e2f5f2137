import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { type Answer, type Client, clientOf, newProject, useStack } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

const stack = useStack({ auth: true });
const nobody = '00000000-0000-0000-0000-000000000000';

let admin: Client;
let project: Client & { readonly id: string };
let other: Client & { readonly id: string };
const keys: Record<string, string> = {};

beforeAll(async () => {
  admin = stack.api.as(stack.adminKey);
  project = await newProject(admin);
  other = await newProject(admin);
  for (const access of ['read', 'write']) {
    keys[access] = (await project.post('/keys', { name: access, access })).body.key;
  }
  keys.other = (await other.post('/keys', { name: 'other', access: 'write' })).body.key;
});

/** Calls an endpoint, with ids that do not exist and an invalid body, so that nothing changes. */
function call(client: Client, endpoint: Endpoint): Promise<Answer> {
  const ids = { projectId: project.id, personaId: nobody, imageId: nobody, keyId: nobody };
  const { method, address } = exampleRequest(endpoint, ids);
  return client.below('/..').send(method, address, method === 'GET' || method === 'DELETE' ? undefined : []);
}

/** It would remove what the others need. */
const endsProject = ({ method, path }: Endpoint) => method === 'DELETE' && path.endsWith('{projectId}');

const reaches = (access: Endpoint['access'], key: string) =>
  access === 'open' ||
  access === 'any key' ||
  key === 'admin' ||
  access === key ||
  (access === 'read' && key === 'write');

describe.each(endpoints.filter((endpoint) => !endsProject(endpoint)))('$method $path', (endpoint) => {
  const closed = endpoint.access !== 'open';

  it.each([
    ['without a key', {}],
    ['with an empty one', { Authorization: 'Bearer ' }],
    ['with a key that was never created', { Authorization: `Bearer pers_local_${nobody}_${'a'.repeat(38)}` }],
    ['with another scheme', { Authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['with nonsense in x-api-key', { 'x-api-key': "' OR 1=1" }],
  ])(`${closed ? 'refuses' : 'answers'} a call %s`, async (_case, headers) => {
    const { status, body } = await call(clientOf(stack.api.base, headers), endpoint);
    expect(status === 401).toBe(closed);
    if (closed) expect(body).toMatchObject({ code: 'unauthorized', requestId: expect.any(String) });
  });

  it.each(['read', 'write', 'admin'])(
    'allows a key with %s access what the table of functions says',
    async (access) => {
      const key = access === 'admin' ? stack.adminKey : (keys[access] ?? '');
      const { status, body } = await call(stack.api.as(key), endpoint);
      expect(status === 403).toBe(!reaches(endpoint.access, access));
      if (status === 403) expect(body).toMatchObject({ code: 'forbidden', requestId: expect.any(String) });
      else expect(status).not.toBe(401);
    },
  );

  it("refuses another project's key", async () => {
    const { status } = await call(stack.api.as(keys.other ?? ''), endpoint);
    expect(status === 403).toBe(closed && endpoint.access !== 'any key');
  });
});

it('returns the access of a project key, and only its project', async () => {
  for (const access of ['read', 'write']) {
    const client = stack.api.as(keys[access] ?? '');
    expect((await client.get('/key')).body).toEqual({ access, projectId: project.id });
    const { body, headers } = await client.get('/projects?limit=1');
    expect([body, headers.get('link')]).toEqual([[{ id: project.id, name: 'Tests' }], null]);
  }
});

it('returns full access for the admin key', async () => {
  expect((await admin.get('/key')).body).toEqual({ access: 'admin' });
  const ids = (await admin.get('/projects')).body.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining([project.id, other.id]));
});

it('returns no project for a cached key of a deleted project', async () => {
  const gone = await newProject(admin);
  const { key } = (await gone.post('/keys', { name: 'gone', access: 'read' })).body;
  expect((await stack.api.as(key).get('/projects')).body).toHaveLength(1);
  await admin.delete(`/projects/${gone.id}`);
  expect((await stack.api.as(key).get('/projects')).body).toEqual([]);
});

it("accepts a project's id in any case, with every kind of key", async () => {
  const shouted = (of: { readonly id: string }) => `/projects/${of.id.toUpperCase()}/personas`;
  for (const key of [keys.read, keys.write, stack.adminKey]) {
    expect((await stack.api.as(key ?? '').get(shouted(project))).status).toBe(200);
  }
  expect((await stack.api.as(keys.read ?? '').get(shouted(other))).status).toBe(403);
  expect((await stack.api.as(keys.read ?? '').post(shouted(project), { name: 'x' })).status).toBe(403);
});

it('allows only the admin key to delete a project', async () => {
  const doomed = await newProject(admin);
  const { key } = (await doomed.post('/keys', { name: 'writer', access: 'write' })).body;
  expect((await stack.api.as(key).delete(`/projects/${doomed.id}`)).status).toBe(403);
  expect((await admin.delete(`/projects/${doomed.id}`)).status).toBe(204);
  expect((await stack.api.as(key).get(`/projects/${doomed.id}/personas`)).status).toBe(404);
});

it('also accepts x-api-key, and Bearer in any case', async () => {
  const path = `/projects/${project.id}/personas`;
  expect((await stack.api.get(path, { 'x-api-key': keys.read ?? '' })).status).toBe(200);
  expect((await stack.api.get(path, { authorization: `bearer ${keys.read}` })).status).toBe(200);
});

it('allows a key with read access HEAD, but no writes', async () => {
  const reader = project.as(keys.read ?? '');
  expect((await reader.send('HEAD', '/personas')).status).toBe(200);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect((await reader.send(method, `/personas/${nobody}`, method === 'DELETE' ? undefined : {})).status).toBeOneOf([
      403, 405,
    ]);
  }
});

it('answers preflights and the status without a key', async () => {
  expect((await stack.api.send('OPTIONS', `/projects/${project.id}/personas`)).status).toBe(204);
  expect((await stack.api.get('/status')).status).toBe(200);
});

describe('a key', () => {
  afterEach(() => void vi.useRealTimers());

  it('is shown once, in its documented form', async () => {
    const { status, body, headers } = await project.post('/keys', { name: ' CI ', access: 'read' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'CI',
      access: 'read',
      lastFour: body.key.slice(-4),
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      key: expect.stringMatching(new RegExp(`^pers_local_${body.id}_[0-9A-Za-z]{38}$`)),
    });
    expect(headers.get('location')).toBe(`/api/projects/${project.id}/keys/${body.id}`);
    const { key: _, ...listed } = body;
    const list = await project.get('/keys');
    expect(list.body).toContainEqual(listed);
    expect(JSON.stringify(list.body)).not.toContain(body.key.slice(-38, -4));
  });

  it('is refused with one character changed', async () => {
    const key = keys.read ?? '';
    const typo = key.slice(0, -7) + (key.at(-7) === 'x' ? 'y' : 'x') + key.slice(-6);
    expect((await project.as(typo).get('/personas')).status).toBe(401);
  });

  it('is refused when it was revoked before its first use', async () => {
    const { body } = await project.post('/keys', { name: 'gone', access: 'read' });
    expect((await project.delete(`/keys/${body.id}`)).status).toBe(204);
    expect((await project.as(body.key).get('/personas')).status).toBe(401);
    expect((await project.delete(`/keys/${body.id}`)).body).toMatchObject({
      error: 'Key not found',
      code: 'key_not_found',
    });
    expect((await project.get('/keys')).body.map(({ id }: { id: string }) => id)).not.toContain(body.id);
  });

  it('is refused when it has expired', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { status, body } = await project.post('/keys', { name: 'short', access: 'read', expiresAt });
    expect(status).toBe(201);
    expect(body.expiresAt).toBe(expiresAt);
    const holder = project.as(body.key);
    expect((await holder.get('/personas')).status).toBe(200);
    vi.setSystemTime(Date.parse(expiresAt));
    expect((await holder.get('/personas')).status).toBe(401);
  });

  it.each([
    ['no name', { access: 'read' }, 'Name is required'],
    ['no access', { name: 'x' }, 'access must be "read" or "write"'],
    ['another access', { name: 'x', access: 'admin' }, 'access must be "read" or "write"'],
    ['a time that has passed', { name: 'x', access: 'read', expiresAt: '2020-01-01T00:00:00Z' }, /in the future/],
    ['an invalid time', { name: 'x', access: 'read', expiresAt: 'tomorrow' }, /in the future/],
  ])('is not created with %s', async (_case, body, error) => {
    const answer = await project.post('/keys', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(error);
  });

  it('is not created for an unknown project', async () => {
    expect((await admin.post(`/projects/${nobody}/keys`, { name: 'x', access: 'read' })).body).toMatchObject({
      error: 'Project not found',
    });
  });
});
