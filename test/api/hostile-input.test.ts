/** Malicious input: whatever is sent, the answer has the contract's shape and reveals nothing. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, endpoints } from '../../lib/contract/functions.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';

const stack = useStack({ auth: true });
const planted = 'canary-8c1f0e52';

type Project = Client & { readonly id: string };
let admin: Client;
let mine: Project;
let other: Project;
let writer: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  admin = stack.api.as(stack.adminKey);
  mine = await newProject(admin, 'Mine');
  writer = (await mine.post('/keys', { name: 'writer', access: 'write' })).body.key;
  other = await newProject(admin, 'Other');
  const { body: persona } = await other.post('/personas', {
    name: `name ${planted}`,
    description: planted,
    systemPrompt: planted,
    headers: { 'x-planted': planted },
  });
  const { body: image } = await other.post('/images', { imageBase64: base64(png(1, 1, planted)), role: 'planted' });
  const { body: key } = await other.post('/keys', { name: planted, access: 'write' });
  const llmSettings = { provider: 'openai', apiKey: `sk-${planted}`, models: { image: planted } };
  await other.put('/config', { llmSettings });
  const [, cursor] = /cursor=([\w-]+)/.exec(`${(await admin.get('/projects?limit=1')).headers.get('link')}`) ?? [];
  Object.assign(ids, { other: other.id, otherPersona: persona.id, otherImage: image.id, otherKey: key.id, cursor });
});

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

interface Sent {
  readonly method: string;
  /** As it is sent; `{mine}` and the like are replaced by ids. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends the path unchanged: `fetch` would normalise it, or refuse it. */
async function exchange({ method, path, headers: sent, body }: Sent): Promise<Received> {
  const { port } = new URL(stack.url);
  const answered = Promise.withResolvers<Received>();
  // Node does not send it for methods that usually have no body.
  const headers = { ...sent, ...(body && { 'content-length': body.length }) };
  request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
    const { statusCode = 0, headers } = response;
    buffer(response).then((body) => answered.resolve({ status: statusCode, headers, body }), answered.reject);
  })
    .on('error', answered.reject)
    .end(body);
  return answered.promise;
}

const inside =
  /node_modules|\.[jt]s:\d|\n\s+at |dynamodb|aws-?sdk|amazonaws|smithy|s3rver|kms|\bzod|\bmiddy|exception|ECONN/i;

function expectOrderly({ status, headers, body }: Received, method: string): void {
  const text = body.toString();
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(text).not.toContain(planted);
  if (status < 400) return;
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(headers['cache-control']).toBe('private, no-cache');
  if (method === 'HEAD') {
    expect(text).toBe('');
    return;
  }
  const { error, code, requestId, details = [], ...rest }: Json = JSON.parse(text);
  expect(rest).toEqual({});
  expect(error).toMatch(/^[A-Z"a-z].{3,}/s);
  expect(error).not.toMatch(inside);
  expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
  expect(requestId).toBe(headers['x-request-id']);
  for (const detail of details) {
    expect(detail).toEqual({ path: expect.any(String), message: expect.not.stringMatching(inside) });
  }
}

const unit = (from: number, to: number) => fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code));

/** Texts: any Unicode, control characters, lone surrogates, and known attacks. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: unit(0, 0x1f), maxLength: 10 }),
  fc.string({ unit: unit(0xd800, 0xdfff), maxLength: 5 }),
  fc.constantFrom(
    '',
    ' ',
    '\u202eevil\u2066',
    'e\u0301\u0327\u0301',
    '\ufdfa'.repeat(200),
    '\ufeff',
    '\u2028',
    'x\r\nSet-Cookie: a=b',
    'x\0',
    '../../etc/passwd',
    "' OR 1=1 --",
    '#PROJECT#',
    '$'.concat('{7*7}'),
    '<script>alert(1)</script>',
    '__proto__',
    'constructor',
    'a'.repeat(201),
    '\u{1f600}'.repeat(200),
    '2999-02-30T00:00:00Z',
    '9999-12-31T23:59:59.999-23:59',
  ),
);

const keyText = fc
  .oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'name', '0', '-1'), nasty)
  .map((key) => JSON.stringify(key));

const scalarText = fc.oneof(
  fc.constantFrom('null', 'true', '0', '-0', '1e999', '-1e999', '1e-400', '1.5', '9007199254740993', '""', '[]', '{}'),
  nasty.map((text) => JSON.stringify(text)),
);

const objectText = (members: readonly (readonly [string, string])[]) =>
  `{${members.map((member) => member.join(':'))}}`;

/** JSON as text, which may be more than JSON.stringify can write. */
const { value: anyText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 6, arbitrary: scalarText },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values}]`) },
    { weight: 3, arbitrary: fc.array(fc.tuple(keyText, tie('value')), { maxLength: 4 }).map(objectText) },
    { weight: 1, arbitrary: fc.nat({ max: 1_200 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
  ),
}));

const pngStart = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
const imageText = fc
  .oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.concat([pngStart, bytes]).toString('base64')),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from([0xff, 0xd8, ...bytes]).toString('base64')),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => `UklGRg${Buffer.from(bytes).toString('base64')}`),
    fc.base64String({ maxLength: 100 }).map((text) => `data:image/svg+xml;base64,${text}`),
    fc.constant(`data:text/html,${'<p>'.repeat(10)}`),
    fc.constantFrom(0, 1, 0xffffffff).map((side) => base64(png(side, side))),
    nasty,
  )
  .map((text) => JSON.stringify(text));

/** Plausible members; the others have any value. */
const plausible: Readonly<Record<string, fc.Arbitrary<string>>> = {
  name: fc.oneof(
    fc.uuid().map((text) => JSON.stringify(text)),
    scalarText,
  ),
  description: scalarText,
  systemPrompt: scalarText,
  headers: fc.array(fc.tuple(keyText, scalarText), { maxLength: 60 }).map(objectText),
  imageUrl: fc.oneof(fc.constantFrom('"{image}"', '"{otherImage}"'), scalarText),
  imageBase64: imageText,
  role: fc.oneof(fc.constantFrom('"persona-avatar-styleguide"', '"persona-avatar"'), scalarText),
  filename: scalarText,
  llmSettings: fc
    .tuple(fc.constantFrom('"openai"', '"anthropic"', '"OpenAI"', 'null'), scalarText, anyText)
    .map(([provider, apiKey, models]) => `{"provider":${provider},"apiKey":${apiKey},"models":${models}}`),
  maxConcurrency: scalarText,
  access: fc.oneof(fc.constantFrom('"read"', '"write"', '"admin"'), scalarText),
  expiresAt: scalarText,
};

const member = fc.oneof(
  fc
    .constantFrom(...Object.keys(plausible))
    .chain((name) => fc.tuple(fc.constant(JSON.stringify(name)), plausible[name] ?? anyText)),
  fc.tuple(
    fc.oneof(
      fc.constantFrom(...Object.keys(plausible)).map((name) => JSON.stringify(name)),
      keyText,
    ),
    anyText,
  ),
);

const bodyText = fc.oneof(
  { weight: 4, arbitrary: fc.record(plausible, { requiredKeys: ['name'] }).map((body) => objectText(quoted(body))) },
  { weight: 4, arbitrary: fc.array(member, { maxLength: 8 }).map(objectText) },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: nasty },
);

const quoted = (body: Partial<Record<string, string>>) =>
  Object.entries(body).map(([name, value = 'null']) => [JSON.stringify(name), value] as const);

const body = fc
  .tuple(bodyText, fc.constantFrom('plain', 'plain', 'plain', 'plain', 'plain', 'cut', 'BOM', 'UTF-16', 'gzip'))
  .map(([text, form]): { body: Buffer; encoding?: string } => {
    if (form === 'gzip') return { body: gzipSync(text), encoding: 'gzip' };
    if (form === 'UTF-16') return { body: Buffer.from(text, 'utf16le') };
    if (form === 'BOM') return { body: Buffer.from(`\ufeff${text}`) };
    if (form === 'cut') return { body: Buffer.concat([Buffer.from(text), Buffer.from([0xf0, 0x9f])]) };
    return { body: Buffer.from(text) };
  });

const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8', undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ';',
      'application/json;charset=utf-16',
      'application/json; charset="utf-8',
      'text/plain',
      'text/html',
      'multipart/form-data; boundary=',
      'application/x-www-form-urlencoded',
      'application/json, text/html',
      `application/json${' '.repeat(2_000)}x`,
    ),
  },
);

/** Percent-encodes every byte, also of invalid UTF-8. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, encodeURI);

const pathPart = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E%2e%2f',
    '..%2f..%2f{other}',
    '{other}',
    '{otherPersona}',
    '{otherImage}',
    '{otherKey}',
    '{mine}%00',
    '{mine}%2Fpersonas',
    '%2F',
    '%00',
    '%0d%0aSet-Cookie:a=b',
    '%',
    '%zz',
    '%c3',
    '%ed%a0%80',
    '',
    '*',
    '{projectId}',
    '__proto__',
    'constructor',
    ';a=b',
    'a'.repeat(4_000),
    'PROJECT%23{other}',
    '{OTHER}',
  ),
  nasty.map(encoded),
);

const own: Readonly<Record<string, string>> = {
  provider: 'openai',
  projectId: '{mine}',
  personaId: '{persona}',
  imageId: '{image}',
  keyId: '{key}',
};

/** The endpoint's path: with existing ids, with other texts in their place, or with more slashes and dots. */
function pathOf({ path }: Endpoint): fc.Arbitrary<string> {
  const parts = path.split('/').map((part) => own[part.slice(1, -1)] ?? part);
  const whole = parts.join('/');
  const others = fc.tuple(
    ...parts.map((part) => (part.startsWith('{') ? fc.oneof(pathPart, fc.constant(part)) : fc.constant(part))),
  );
  const crooked = fc
    .tuple(fc.constantFrom('//', '/./', '/../', '/%2e/', '\\'), fc.integer({ min: 1, max: parts.length - 1 }))
    .map(([slash, at]) => parts.slice(0, at + 1).join('/') + slash + parts.slice(at + 1).join('/'));
  const ended = fc.constantFrom('/', '//', '/..', '%20', '%00', '#', ';').map((end) => whole + end);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(whole) },
    others.map((all) => all.join('/')),
    crooked,
    ended,
  );
}

const query = fc.oneof(
  fc.constantFrom(
    '',
    '?role=planted',
    '?role=persona-avatar',
    '?role=a&role=planted',
    '?role',
    '?role[]=a',
    '?role=planted&limit=1',
    '?role=planted&limit=1&cursor={cursor}',
    '?role=planted&cursor={cursor}',
    '?role=planted&limit=1e3&cursor=',
    '?fields=id,name&limit=2',
    '?fields=__proto__',
    '?fields=id,,id&limit=0',
    '?',
    '?%',
    '?&&=',
  ),
  fc
    .array(
      fc.tuple(
        fc.oneof(fc.constantFrom('role', 'limit', 'cursor', 'fields', '__proto__', 'constructor'), nasty),
        nasty,
      ),
      { maxLength: 4 },
    )
    .map((pairs) => `?${pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')}`),
);

const headerText = fc.string({ unit: unit(0x20, 0xff).filter((character) => character !== '\x7f'), maxLength: 50 });
const otherHeaders = fc.dictionary(
  fc.constantFrom(
    'if-match',
    'if-none-match',
    'origin',
    'accept',
    'range',
    'x-forwarded-host',
    'x-http-method-override',
    'cookie',
    '__proto__',
  ),
  fc.oneof(fc.constantFrom('*', '"x"', 'DELETE', 'bytes=0-', 'null'), headerText),
  { maxKeys: 3 },
);

const callOf = (endpoint: Endpoint): fc.Arbitrary<Sent & { readonly key: 'admin' | 'writer' }> =>
  fc
    .record({
      method: fc.oneof(
        { weight: 8, arbitrary: fc.constant<string>(endpoint.method) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'),
        },
      ),
      path: pathOf(endpoint),
      query,
      contentType,
      otherHeaders,
      sent: fc.option(body, { freq: 8, nil: undefined }),
      key: fc.constantFrom('admin', 'writer'),
    })
    .map(({ method, path, query, contentType, otherHeaders, sent, key }) => ({
      method,
      path: path + query,
      key,
      headers: {
        ...otherHeaders,
        ...(sent && contentType !== undefined && { 'content-type': contentType }),
        ...(sent?.encoding && { 'content-encoding': sent.encoding }),
      },
      ...(sent && { body: sent.body }),
    }));

const withIds = (text: string) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name === 'OTHER' ? other.id.toUpperCase() : (ids[name] ?? whole),
  );

/** The admin key may use the other project and delete this one, so such calls use the project's key. */
function keyFor(method: string, path: string): string {
  const { pathname } = new URL(`http://localhost${path}`);
  const [, , projectId, ...below] = pathname.split('/').filter(Boolean);
  const deletes = method === 'DELETE' && projectId === mine.id && below.length === 0;
  return deletes || pathname.toLowerCase().includes(other.id) ? writer : stack.adminKey;
}

describe.each(endpoints)('$method $path', (endpoint) => {
  beforeEach(async () => {
    const unique = `Fuzz ${endpoint.name}`;
    const { body: persona } = await mine.post('/personas', { name: unique, systemPrompt: 'You are kind.' });
    const { body: image } = await mine.post('/images', { imageBase64: base64(png(1, 1)), role: 'planted' });
    const { body: key } = await mine.post('/keys', { name: unique, access: 'read' });
    Object.assign(ids, { mine: mine.id, persona: persona.id, image: image.id, key: key.id });
  });

  it("answers in the contract's shape, whatever is sent", async () => {
    await fc.assert(
      fc.asyncProperty(callOf(endpoint), async ({ key, ...sent }) => {
        const path = withIds(sent.path);
        const bearer = key === 'admin' ? keyFor(sent.method, path) : writer;
        const received = await exchange({
          ...sent,
          path,
          headers: { ...sent.headers, authorization: `Bearer ${bearer}` },
          body: sent.body && Buffer.from(withIds(sent.body.toString('latin1')), 'latin1'),
        });
        expectOrderly(received, sent.method);
      }),
      { numRuns: 100 },
    );
  });

  it("answers in the contract's shape, whatever the key is", async () => {
    const { method, path } = endpoint;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('authorization', 'x-api-key'),
        fc.constantFrom('', 'Bearer ', 'bearer  ', 'Basic ', 'Bearer pers_local_'),
        headerText,
        async (name, scheme, text) => {
          const bent = withIds(path.replace(/\{(\w+)\}/g, (whole, part: string) => own[part] ?? whole));
          const received = await exchange({ method, path: bent, headers: { [name]: scheme + text } });
          expectOrderly(received, method);
          expect(received.status).toBe(endpoint.access === 'open' ? 200 : 401);
        },
      ),
      { numRuns: 10 },
    );
  });
});

it.each([
  '//api/status',
  '//evil.example/api/status',
  '/api//status',
  '/api/status%00',
  '/api/status%2F',
  '/api/%2e%2e%2fapi/status',
  '/%2fapi/status',
  '/api/projects/',
  '/API/STATUS',
  'http://[',
  'http://evil.example/api/projects',
  '/%',
  '/api/status/../projects',
  '/\\evil',
])('answers a request for %s without a fault', async (path) => {
  const received = await exchange({ method: 'GET', path, headers: {} });
  expectOrderly(received, 'GET');
  expect(received.status).toBeOneOf([401, 404]);
});

it('leaves the other project as it was', async () => {
  const [persona] = (await other.get('/personas')).body;
  expect(persona).toMatchObject({ id: ids.otherPersona, systemPrompt: planted });
  expect((await other.get('/images?role=planted')).body).toEqual({ ids: [ids.otherImage] });
  expect((await other.get('/keys')).body).toHaveLength(1);
});

const base64 = (bytes: Buffer) => bytes.toString('base64');

/** A PNG of that size, whose pixels are not decoded. */
function png(width: number, height: number, text = ''): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const comment = chunk('tEXt', Buffer.from(`Comment\0${text}`));
  const [pixels, end] = [chunk('IDAT', Buffer.alloc(0)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, chunk('IHDR', header), comment, pixels, end]);
}

/** A JPEG of that size, with a comment before its frame header. */
function jpeg(width: number, height: number, text = ''): Buffer {
  const comment = Buffer.from(`\xff\xfe\0\0${text}`, 'latin1');
  comment.writeUInt16BE(text.length + 2, 2);
  const frame = Buffer.from('ffc0000b080000000001011100', 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const [start, tables, scan, end] = ['ffd8', 'ffdb0002', 'ffda0008010100003f00', 'ffd9'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ) as [Buffer, Buffer, Buffer, Buffer];
  return Buffer.concat([start, comment, tables, frame, scan, end]);
}

/** `rest`: what follows the first chunk. */
function webp(kind: string, payload: Buffer, rest: string | Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(12 + payload.length + rest.length, 4);
  header.write(`WEBP${kind}`, 8, 'latin1');
  header.writeUInt32LE(payload.length, 16);
  return Buffer.concat([header, payload, Buffer.from(rest)]);
}

function lossy(width: number, height: number, text = ''): Buffer {
  const frame = Buffer.from('1000009d012a00000000', 'hex');
  frame.writeUInt16LE(width, 6);
  frame.writeUInt16LE(height, 8);
  return webp('VP8 ', frame, text);
}

function lossless(width: number, height: number, text = ''): Buffer {
  const frame = Buffer.from('2f00000000', 'hex');
  frame.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
  return webp('VP8L', frame, text);
}

function extended(width: number, height: number, text = ''): Buffer {
  const frame = Buffer.alloc(10);
  frame.writeUIntLE(width - 1, 4, 3);
  frame.writeUIntLE(height - 1, 7, 3);
  return webp('VP8X', frame, lossy(width, height, text).subarray(12));
}

const kinds: readonly [string, string, string, (width: number, height: number, text?: string) => Buffer][] = [
  ['PNG', 'image/png', 'png', png],
  ['JPEG', 'image/jpeg', 'jpg', jpeg],
  ['lossy WebP', 'image/webp', 'webp', lossy],
  ['lossless WebP', 'image/webp', 'webp', lossless],
  ['extended WebP', 'image/webp', 'webp', extended],
];

const upload = (imageBase64: string) => mine.post('/images', { imageBase64, role: 'hostile', filename: '../x.html' });

describe.each(kinds)('a %s', (_kind, mediaType, extension, draw) => {
  it.each([
    [8_193, 1],
    [1, 8_193],
    [16_000, 16_000],
  ])('is refused when its header says %d by %d pixels', async (width, height) => {
    expect((await upload(base64(draw(width, height)))).body).toMatchObject({
      error: 'An image must be at most 8192 pixels wide and high',
      code: 'image_invalid',
    });
  });

  it('is accepted up to 8192 pixels', async () => {
    expect((await upload(base64(draw(8_192, 8_192)))).status).toBe(201);
  });

  it('is refused if it is truncated, anywhere', async () => {
    const whole = draw(3, 2, '<b>');
    for (let length = 1; length < whole.length; length += 3) {
      const { status, body } = await upload(base64(whole.subarray(0, length)));
      expect([length, status, body.code]).toEqual([length, 400, 'image_invalid']);
    }
  });

  const page = '<!doctype html><script>alert(document.domain)</script>';
  it.each([
    ['in it', draw(3, 2, page)],
    ['behind it', Buffer.concat([draw(3, 2), Buffer.from(page)])],
  ])('with HTML %s is served as a picture only', async (_where, bytes) => {
    const { status, body } = await upload(`data:text/html;base64,${base64(bytes)}`);
    expect(status).toBe(201);
    expect(body.id).toMatch(new RegExp(`^[0-9a-f-]{36}\\.${extension}$`));
    const served = await mine.get(`/images/${body.id}`);
    expect(served.body).toEqual(bytes);
    expect(Object.fromEntries(served.headers)).toMatchObject({
      'content-type': mediaType,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
      'content-disposition': `inline; filename="${body.id}"`,
      'cache-control': 'private, max-age=31536000, immutable',
    });
  });
});

it('refuses a JPEG of which only the thumbnail is complete', async () => {
  const thumbnail = base64(jpeg(1, 1));
  const cut = jpeg(3, 2, Buffer.from(thumbnail, 'base64').toString('latin1')).subarray(0, -2);
  expect((await upload(base64(cut))).body.code).toBe('image_invalid');
});

it.each([
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  ['SVG after an XML declaration', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['HTML', '<!doctype html><script>alert(1)</script>'],
  ['HTML before a PNG', `<script>alert(1)</script>${png(1, 1).toString('latin1')}`],
  ["HTML after a PNG's signature", '\x89PNG\r\n\x1a\n<script>alert(1)</script>'],
  ['HTML in a RIFF container', 'RIFF\x20\0\0\0WEBPVP8 <script>alert(1)</script>'],
  ['HTML in a lossless RIFF container', 'RIFF\x20\0\0\0WEBPVP8L<script>alert(1)</script>'],
  ['HTML in an extended RIFF container', 'RIFF\x20\0\0\0WEBPVP8X<script>alert(1)</script>'],
  ['GIF', 'GIF89a\x01\0\x01\0\0\0\0;'],
  ['BMP', 'BM\x1a\0\0\0\0\0\0\0'],
  ['TIFF', 'II*\0\x08\0\0\0'],
  ['AVIF', '\0\0\0\x20ftypavif\0\0\0\0'],
  ['an icon', '\0\0\x01\0\x01\0'],
  ['PDF', '%PDF-1.7'],
  ['ZIP', 'PK\x03\x04'],
  ['JavaScript', 'alert(1)//'],
  ['a PNG without width', png(0, 1).toString('latin1')],
  ['a JPEG without height', jpeg(1, 0).toString('latin1')],
])('refuses %s, whatever its file name', async (_kind, content) => {
  const { status, body } = await upload(`data:image/png;base64,${base64(Buffer.from(content, 'latin1'))}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'image_invalid', requestId: expect.any(String) });
});

it.each([
  ['a data URL in percent form', `data:image/png,${encodeURIComponent(png(1, 1).toString('latin1'))}`],
  ['two data URLs', `data:image/png;base64,data:image/png;base64,${base64(png(1, 1))}`],
  ['an endless data URL', `data:${'a'.repeat(300)};base64,${base64(png(1, 1))}`],
  ['a NUL', `${base64(png(1, 1))}\0`],
  ['a space outside ASCII', `${base64(png(1, 1))}\u00a0`],
])('refuses base64 with %s', async (_case, imageBase64) => {
  expect((await upload(imageBase64)).body.code).toBe('image_base64_invalid');
});

describe('a name', () => {
  const naming: readonly [string, (name: string) => Promise<{ status: number; body: Json }>][] = [
    ['a persona', (name) => mine.post('/personas', { name })],
    ['a project', (name) => admin.post('/projects', { name })],
    ["a project's settings", (name) => mine.put('/config', { name })],
    ['a key', (name) => mine.post('/keys', { name, access: 'read' })],
  ];

  it.each(naming)('of %s has no bidirectional formatting characters', async (_what, send) => {
    for (const character of '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069') {
      const { status, body } = await send(`Greta${character}gpj`);
      expect(status).toBe(400);
      expect(body.error).toMatch(/^name must not contain characters that override the direction of text/);
    }
  });

  it.each(naming)('of %s has no control characters', async (_what, send) => {
    for (const character of '\0\t\n\r\x1b\x7f\x85\x9f') {
      const { status, body } = await send(`Gre${character}ta`);
      expect(status).toBe(400);
      expect(body.error).toBe('name must not contain control characters');
    }
  });

  it.each(naming)('of %s is well-formed Unicode', async (_what, send) => {
    const { status, body } = await send('Greta \ud83d');
    expect(status).toBe(400);
    expect(body.error).toBe('name must be well-formed Unicode');
  });

  it.each(naming)('of %s may be of any script', async (_what, send) => {
    for (const name of ['גרטה', 'غريتا\u200f', 'Γκρέτα', '👩‍👧‍👦', 'Gre\u0301ta']) {
      const { status, body } = await send(name);
      expect(status).toBeOneOf([200, 201]);
      expect(body.name).toBe(name.normalize('NFC'));
    }
  });
});

it.each(['__proto__', 'constructor', 'prototype'])('ignores a member called %s', async (key) => {
  const name = `Polluter ${key}`;
  const sent = `{"name": "${name}", "${key}": {"description": "polluted", "id": "1"}}`;
  const { body } = await mine.post('/personas', sent);
  expect(body).toEqual({ id: body.id, name, createdAt: body.createdAt, updatedAt: body.createdAt });
  expect(body.id).not.toBe('1');
  expect(({} as Json).description).toBeUndefined();
});

it('refuses a header called __proto__, and keeps one called constructor', async () => {
  const refused = await mine.post('/personas', '{"name": "H1", "headers": {"__proto__": "x"}}');
  expect(refused.status).toBe(400);
  const { body } = await mine.post('/personas', '{"name": "H2", "headers": {"constructor": "x"}}');
  expect(body.headers).toEqual({ constructor: 'x' });
});

it('reports too many headers once', async () => {
  const headers = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`h ${index}`, 1]));
  const { status, body } = await mine.post('/personas', { name: 'H3', headers });
  expect(status).toBe(400);
  expect(body.details).toEqual([{ path: 'headers', message: 'headers must be at most 50' }]);
});

it('refuses a compressed body', async () => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', authorization: `Bearer ${writer}` };
  const compressed = gzipSync(JSON.stringify({ name: 'Zipped' }));
  const path = `/api/projects/${mine.id}/personas`;
  const { status, body } = await exchange({ method: 'POST', path, headers, body: compressed });
  expect(status).toBe(415);
  expect(JSON.parse(body.toString())).toMatchObject({ code: 'unsupported_content_encoding' });
});

it('refuses a body beyond the limit of the gateway', async () => {
  const { status, body } = await mine.post('/personas', `"${'a'.repeat(11 * 1024 * 1024)}"`);
  expect(status).toBe(413);
  expect(body).toMatchObject({ code: 'request_too_large', requestId: expect.any(String) });
});
