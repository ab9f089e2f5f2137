import { beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { type Answer, type Client, clientOf, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';

const stack = useStack({ allowed: { origins: ['https://app.example'] } });

const nobody = '01890000-0000-7000-8000-000000000000';
const imageBase64 = png().toString('base64');

let ids: { projectId: string; personaId: string; imageId: string; provider: string };
let project: Client;
let persona: string;
let etag: string;
beforeAll(async () => {
  const at = await newProject(stack.api);
  const { body: personaMade } = await at.post('/personas', { name: 'Greta', headers: { a: 'b' } });
  const { body: image } = await at.post('/images', { imageBase64, role: 'any' });
  await at.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
  project = at;
  ids = { projectId: at.id, personaId: personaMade.id, imageId: image.id, provider: 'openai' };
  persona = `/personas/${ids.personaId}`;
  etag = `${(await at.get(`/images/${image.id}`)).headers.get('etag')}`;
});

/** A path of the table, with the ids of existing things. */
const pathOf = (template: string) => template.replace(/\{(\w+)\}/g, (_, id) => ids[id as keyof typeof ids]);
const root = () => stack.api.below('/..');
const methodsOf = Map.groupBy(endpoints, ({ path }) => path);
const paths = [...methodsOf].map(([path, rows]) => {
  const methods: string[] = rows.map(({ method }) => method);
  return { path, methods, allow: [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort() };
});
const readings = endpoints.filter(({ method }) => method === 'GET').map(({ path }) => path);

/** One error of each kind. */
const refusals: [status: number, what: string, ask: () => Promise<Answer>][] = [
  [400, 'a missing body', () => project.post('/personas')],
  [400, 'a body that is not JSON', () => project.post('/personas', '{"name": }')],
  [400, 'a body that is not an object', () => project.post('/personas', '[]')],
  [400, 'a wrong field', () => project.post('/personas', { name: 5, headers: { 'a b': 1 } })],
  [400, 'a missing parameter', () => project.get('/images')],
  [400, 'an unknown image', () => project.put(persona, { imageUrl: 'x' })],
  [400, 'what is no image', () => project.post('/images', { imageBase64: 'AAAA', role: 'any' })],
  [400, 'a missing key', () => project.put('/config', { llmSettings: { provider: 'anthropic' } })],
  [400, 'a persona without a prompt', () => project.post(`${persona}/generate-image`)],
  [404, 'an unknown route', () => stack.api.get('/nothing')],
  [404, 'an unknown route outside of /api', () => clientOf(stack.url).get('/nothing')],
  [404, 'an unknown project', () => stack.api.get(`/projects/${nobody}/personas`)],
  [404, 'an unknown persona', () => project.get(`/personas/${nobody}`)],
  [404, 'an unknown image', () => project.get(`/images/${nobody}.png`)],
  [405, 'a method that is not offered', () => project.send('PATCH', '/personas', { name: 'x' })],
  [409, 'a name that is taken', () => project.post('/personas', { name: 'Greta' })],
  [412, 'a version that is not there', () => project.put(persona, {}, { 'If-Match': '"other"' })],
  [413, 'a body that is too large', () => project.post('/personas', { name: 'x', unknown: 'x'.repeat(2_100_000) })],
  [413, 'a body that is far too large', () => project.post('/personas', { unknown: 'x'.repeat(10_500_000) })],
  [
    413,
    'an image that is too large',
    () => project.post('/images', { imageBase64: 'A'.repeat(5_700_000), role: 'any' }),
  ],
  [415, 'another media type', () => project.post('/personas', 'name=x', { 'Content-Type': 'text/plain' })],
];

/** One success of each kind. */
const successes: [status: number, what: string, ask: () => Promise<Answer>][] = [
  [200, 'the status', () => stack.api.get('/status')],
  [200, 'the projects', () => stack.api.get('/projects')],
  [200, 'the settings', () => project.get('/config')],
  [200, 'changed settings', () => project.put('/config', { maxConcurrency: null })],
  [200, 'the personas', () => project.get('/personas')],
  [200, 'a persona', () => project.get(persona)],
  [200, 'a changed persona', () => project.put(persona, { description: null })],
  [200, 'the images of a role', () => project.get('/images?role=any')],
  [201, 'a new project', () => stack.api.post('/projects', { name: 'x' })],
  [201, 'a new persona', () => project.post('/personas', { name: crypto.randomUUID(), description: null })],
  [201, 'a new image', () => project.post('/images', { imageBase64, role: 'other', filename: null })],
];

const bare: typeof successes = [
  [200, 'an image', () => project.get(`/images/${ids.imageId}`)],
  [304, 'an image that the caller has', () => project.get(`/images/${ids.imageId}`, { 'If-None-Match': etag })],
  [304, 'a persona that the caller has', () => project.get(persona, { 'If-None-Match': '*' })],
  [
    204,
    'what was deleted',
    async () => {
      const { body } = await project.post('/personas', { name: crypto.randomUUID() });
      return project.delete(`/personas/${body.id}`);
    },
  ],
];

describe('every error', () => {
  it.each(refusals)('has the same shape: %i for %s', async (status, _, ask) => {
    const { status: answered, headers, body } = await ask();
    expect(answered).toBe(status);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const { details, ...rest } = body;
    expect(rest).toEqual({
      error: expect.stringMatching(/^\S.*\S$/),
      code: expect.stringMatching(/^[a-z]+(_[a-z]+)*$/),
      requestId: headers.get('x-request-id'),
    });
    if (details) {
      expect(body.code).toBe('invalid_request');
      const detail = { path: expect.any(String), message: expect.any(String) };
      expect(details).toEqual(details.map(() => detail));
    }
  });

  it.each(refusals)('reveals no internals: %i for %s', async (_, __, ask) => {
    expect(JSON.stringify((await ask()).body)).not.toMatch(
      /node_modules|\.[jt]s\b|\bat [\w.]+ \(|dynamo|\bs3\b|\baws\b|\bsdk\b|\bkms\b|zod|lambda|exception|bucket|\btable\b|personas-portraits|"stack"/i,
    );
  });

  it('names every invalid field', async () => {
    const { body } = await project.post('/personas', { name: 5, headers: { 'a b': 'x', c: 1 } });
    expect(body.details.map(({ path }: { path: string }) => path)).toEqual(['name', 'headers.a b', 'headers.c']);
  });
});

describe('every answer', () => {
  const all = [...refusals, ...successes, ...bare];

  it.each(all)('has its own request id: %i for %s', async (status, _, ask) => {
    const [one, other] = [await ask(), await ask()];
    expect(one.status).toBe(status);
    const [first, second] = [one.headers.get('x-request-id'), other.headers.get('x-request-id')];
    expect(first).toMatch(/^\S+$/);
    expect(second).not.toBe(first);
  });

  it.each(all)('can be read by pages of any origin: %i for %s', async (_, __, ask) => {
    const { headers } = await ask();
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const exposed = headers.get('access-control-expose-headers')?.split(/,\s*/);
    expect(exposed).toEqual(
      expect.arrayContaining([
        ...['Allow', 'ETag', 'Idempotency-Replayed', 'Link', 'Location', 'Retry-After', 'X-Request-Id'],
        'X-Style-References',
      ]),
    );
  });

  it.each([...refusals, ...successes])('in JSON is private and not cached: %i for %s', async (_, __, ask) => {
    const { headers } = await ask();
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('private, no-cache');
  });

  it.each([...refusals, ...successes])('contains no null: %i for %s', async (_, __, ask) => {
    expect(JSON.stringify((await ask()).body)).not.toMatch(/[[:,]null\b/);
  });

  it.each(bare.slice(1))('without a body has no JSON content type: %i for %s', async (_, __, ask) => {
    const { headers, body } = await ask();
    expect(body).toBeUndefined();
    expect(headers.get('content-type')).not.toBe('application/json');
  });
});

describe('routes', () => {
  it.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/api/status/x',
    '/api/Status',
    '/API/status',
    '/api/projects/x/nothing',
    '/api/projects/x/personas/y/z',
    '/api/projects/x/personas/y/generate-image/z',
    '/api/projects//personas',
    '/api//status',
    '//api/status',
    '/favicon.ico',
    '/__proto__',
    '/api/__proto__',
    '/api/%73tatus/%2F',
  ])('do not include %s', async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'PATCH']) {
      const { status, body, headers } = await clientOf(stack.url).send(method, path);
      expect([status, body.code, headers.get('allow')]).toEqual([404, 'route_not_found', null]);
    }
  });

  it.each(paths)('offer at $path only the methods of the table', async ({ path, methods, allow }) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((method) => !methods.includes(method))) {
      const { status, body, headers } = await root().send(method, pathOf(path));
      expect([status, body.code]).toEqual([405, 'method_not_allowed']);
      expect(headers.get('allow')?.split(', ').sort()).toEqual(allow);
    }
  });

  it.each(paths.filter(({ methods }) => !methods.includes('GET')))('do not offer HEAD at $path', async ({ path }) => {
    const { status, body, headers } = await root().send('HEAD', pathOf(path));
    expect([status, body]).toEqual([405, undefined]);
    expect(headers.get('allow')).not.toContain('HEAD');
  });

  const withoutTime = ({ body }: Answer) => (body.timestamp ? { ...body, timestamp: 'now' } : body);
  it.each(readings)('may end with a slash: %s', async (path) => {
    const query = path.endsWith('/images') ? '?role=any' : '';
    const [plain, slashed] = [await root().get(pathOf(path) + query), await root().get(`${pathOf(path)}/${query}`)];
    expect([slashed.status, withoutTime(slashed)]).toEqual([200, withoutTime(plain)]);
  });

  it('may end with a slash for POST, PUT and DELETE', async () => {
    const { status, body } = await project.post('/personas/', { name: 'Slash' });
    expect(status).toBe(201);
    expect((await project.put(`/personas/${body.id}/`, { description: 'x' })).body.description).toBe('x');
    expect((await project.delete(`/personas/${body.id}/`)).status).toBe(204);
  });
});

describe('HEAD', () => {
  it.each(readings)('returns the headers of GET without a body: %s', async (path) => {
    const at = pathOf(path) + (path.endsWith('/images') ? '?role=any' : '');
    const [got, headed] = [await root().get(at), await root().send('HEAD', at)];
    expect([headed.status, headed.body]).toEqual([200, undefined]);
    for (const name of ['content-type', 'cache-control', 'etag', 'access-control-allow-origin']) {
      expect([name, headed.headers.get(name)]).toEqual([name, got.headers.get(name)]);
    }
    expect(headed.headers.get('x-request-id')).toBeTruthy();
  });

  it.each(readings.filter((path) => path.includes('{projectId}')))('returns the error of GET: %s', async (path) => {
    const at = pathOf(path.replace('{projectId}', nobody));
    expect(await root().send('HEAD', at)).toMatchObject({ status: 404, body: undefined });
  });
});

describe('a preflight', () => {
  it.each(paths)('allows the methods of the table at $path', async ({ path, methods }) => {
    const { status, body, headers } = await root().send('OPTIONS', pathOf(path), undefined, {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': methods[0] ?? '',
      'Access-Control-Request-Headers': 'content-type,authorization',
    });
    expect([status, body]).toEqual([204, undefined]);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')?.split(/,\s*/)).toEqual(expect.arrayContaining(methods));
    expect(headers.get('access-control-allow-headers')?.toLowerCase().split(/,\s*/)).toEqual(
      expect.arrayContaining([
        ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-api-key'],
        ...['traceparent', 'tracestate', 'baggage', 'sentry-trace'],
      ]),
    );
    expect(headers.get('x-request-id')).toBeTruthy();
  });
});

describe('a body', () => {
  const writers = () => ['/personas', '/images', '/projects', persona, '/config'] as const;
  const send = (path: string, body?: unknown, headers?: Record<string, string>) =>
    path === '/projects'
      ? stack.api.post(path, body, headers)
      : project.send(path === persona || path === '/config' ? 'PUT' : 'POST', path, body, headers);

  it.each<[string, unknown, string, RegExp]>([
    ['missing', undefined, 'body_missing', /missing/],
    ['empty', '', 'body_missing', /missing/],
    ['not JSON', 'name=Ann', 'body_not_json', /not valid JSON/],
    ['truncated JSON', '{"name": "Ann"', 'body_not_json', /not valid JSON/],
    ['JSON with a comment', '{"name": "Ann"} // x', 'body_not_json', /not valid JSON/],
    ['white space', ' \n', 'body_not_json', /not valid JSON/],
    ['an array', '[{"name": "Ann"}]', 'body_not_an_object', /JSON object/],
    ['two byte order marks', '\ufeff\ufeff{"name": "Ann"}', 'body_not_json', /not valid JSON/],
    ['null', 'null', 'body_not_an_object', /JSON object/],
    ['a text', '"Ann"', 'body_not_an_object', /JSON object/],
    ['a number', '5', 'body_not_an_object', /JSON object/],
    ['true', 'true', 'body_not_an_object', /JSON object/],
  ])('that is %s is refused wherever a body is needed', async (_, sent, code, error) => {
    for (const path of writers()) {
      const { status, body } = await send(path, sent);
      expect([path, status, body.code]).toEqual([path, 400, code]);
      expect(body.error).toMatch(error);
      expect(body).not.toHaveProperty('details');
    }
  });

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    'application/octet-stream',
    'application/json; charset=iso-8859-1',
    'application/json, application/json',
    'x',
  ])('of the type %s is refused', async (type) => {
    for (const path of writers()) {
      const { status, body } = await send(path, { name: 'Ann' }, { 'Content-Type': type });
      expect([path, status, body.code]).toEqual([path, 415, 'unsupported_media_type']);
    }
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json;charset=utf8',
    'application/json; charset=us-ascii',
    'application/json;',
    'application/json; version=1',
    'application/ld+json; profile="x"',
    'application/merge-patch+json',
  ])('of the type %s is accepted', async (type) => {
    expect((await project.put(persona, { description: type }, { 'Content-Type': type })).body.description).toBe(type);
  });

  it.each(['gzip', 'br', 'GZIP, identity'])('with the encoding %s is refused by name', async (encoding) => {
    for (const path of writers()) {
      const { status, body } = await send(path, { name: 'Ann' }, { 'Content-Encoding': encoding });
      expect([path, status, body.code]).toEqual([path, 415, 'unsupported_content_encoding']);
      expect(body.error).toContain(encoding);
    }
  });

  it('with the encoding identity is accepted', async () => {
    const headers = { 'Content-Encoding': 'Identity' };
    expect((await project.put(persona, { description: 'plain' }, headers)).body.description).toBe('plain');
  });

  it.each([
    ['Latin-1', [0xe9]],
    ['a truncated character', [0xe6, 0x9d]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('that is not UTF-8 is refused wherever a body is needed: %s', async (_, bytes) => {
    const sent = Buffer.concat([Buffer.from('{"name":"Jos'), Buffer.from(bytes), Buffer.from('"}')]);
    for (const path of writers()) {
      const { status, body } = await send(path, sent);
      expect([path, status, body.code]).toEqual([path, 400, 'body_not_utf8']);
    }
  });

  it('may begin with a byte order mark', async () => {
    expect((await project.put(persona, '\ufeff{"description":"marked"}')).body.description).toBe('marked');
  });

  it('without a content type is read as JSON', async () => {
    const sent = { method: 'PUT', headers: project.always, body: Buffer.from('{"description":"bare"}') };
    expect((await fetch(project.base + persona, sent)).status).toBe(200);
    expect((await project.get(persona)).body.description).toBe('bare');
  });

  it('of more than 2 MB is refused with the limit', async () => {
    for (const path of writers().filter((path) => path !== '/images')) {
      const { status, body } = await send(path, { unknown: 'x'.repeat(2 * 1024 * 1024) });
      expect([path, status]).toEqual([path, 413]);
      expect(body.error).toMatch(/\b2 MB\b/);
    }
  });

  it('beyond the limit of the gateway is refused with the limit', async () => {
    for (const size of [6.1, 10.5]) {
      const { status, body } = await send('/images', { unknown: 'x'.repeat(size * 1024 * 1024) });
      expect([status, body.error]).toEqual([413, expect.stringMatching(/\b6 MB\b/)]);
    }
  });

  it('in UTF-8 keeps its characters, escaped or not', async () => {
    const text = 'Zürich – 東京 😀';
    const escaped = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (const sent of [text, escaped]) {
      expect((await project.put(persona, `{"description":"${sent}"}`)).body.description).toBe(text);
    }
  });

  const nested = (times: number) => '['.repeat(times) + ']'.repeat(times);

  it('that is nested is harmless', async () => {
    const deep = nested(900);
    expect((await project.put(persona, `{"unknown":${deep}}`)).status).toBe(200);
    expect((await project.put(persona, `{"headers":${deep}}`)).status).toBe(400);
    expect((await project.put(persona, `{"headers":{"a":${deep}}}`)).status).toBe(400);
  });

  it('that is nested a hundred thousand times is not parsed', async () => {
    for (const body of [`{"unknown":${nested(100_000)}}`, '['.repeat(100_000)]) {
      expect(await project.put(persona, body)).toMatchObject({ status: 413, body: { code: 'body_too_complex' } });
    }
  });

  it('of a deletion is ignored', async () => {
    const { body } = await project.post('/personas', { name: 'Short' });
    expect((await project.send('DELETE', `/personas/${body.id}`, '{')).status).toBe(204);
  });

  const foul =
    '"__proto__":{"description":"foul"},"constructor":{"prototype":{"description":"foul"}},"toString":"foul"';
  it('with keys such as __proto__ and constructor is harmless', async () => {
    const { status, body } = await project.post('/personas', `{"name":"Harmless",${foul}}`);
    expect([status, Object.keys(body).sort()]).toEqual([201, ['createdAt', 'id', 'name', 'updatedAt']]);
    expect((await project.put(`/personas/${body.id}`, `{${foul}}`)).body).toEqual(body);
    expect((await stack.api.post('/projects', `{"name":"Harmless",${foul}}`)).status).toBe(201);
    const settings = `{"llmSettings":{"provider":"openai","models":{${foul}},${foul}},${foul}}`;
    expect((await project.put('/config', settings)).body.llmSettings).toEqual({ provider: 'openai', apiKey: '****' });
    expect((await project.post('/images', `{"imageBase64":"${imageBase64}","role":"any",${foul}}`)).status).toBe(201);
    expect(Object.prototype).not.toHaveProperty('description');
  });

  it('may have headers called constructor', async () => {
    const { body } = await project.put(persona, '{"headers":{"constructor":"a","toString":"b","valueOf":"c"}}');
    expect(body.headers).toEqual({ constructor: 'a', toString: 'b', valueOf: 'c' });
    expect((await project.get(persona)).body.headers).toEqual(body.headers);
  });
});

describe('a query', () => {
  it('with a repeated parameter means the last value', async () => {
    const id = async (role: string) => (await project.post('/images', { imageBase64, role })).body.id;
    const [one, other] = [await id('first'), await id('second')];
    expect((await project.get('/images?role=first&role=second')).body).toEqual({ ids: [other] });
    expect((await project.get('/images?role=second&role=first')).body).toEqual({ ids: [one] });
  });

  it.each(['?__proto__=x', '?constructor=x', '?x', '?&&=', '?a[b]=c', '?%zz', `?${'x=y&'.repeat(500)}`])(
    'with unknown parameters is harmless: %s',
    async (query) => {
      expect((await project.get(`/personas${query}`)).status).toBe(200);
      expect((await project.get(`/images${query}`)).status).toBe(400);
      expect((await project.get(`${persona}${query}`)).status).toBe(200);
    },
  );
});
