import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, newProject, useStack } from '../support/api.ts';
import * as pictures from '../support/pictures.ts';

const stack = useStack();

let project: Awaited<ReturnType<typeof newProject>>;
beforeAll(async () => {
  project = await newProject(stack.api);
});

const { png, jpeg, lossyWebp, svg, gif } = pictures;
const uploading = (bytes: Buffer, fields: object = {}) => ({
  imageBase64: bytes.toString('base64'),
  role: 'any',
  ...fields,
});
const upload = async (fields: object = {}, at: Client = project): Promise<string> =>
  (await at.post('/images', uploading(png(), fields))).body.id;
const newPersona = async (fields: object, at: Client = project) => {
  const { body } = await at.post('/personas', { name: `Persona ${++personas}` });
  return (await at.put(`/personas/${body.id}`, fields)).body;
};
let personas = 0;

const nobody = '01890000-0000-7000-8000-000000000000';
const said = ({ status, body }: Answer) => ({ status, error: body?.error, code: body?.code });
const imageNotFound = { status: 404, error: 'Image not found', code: 'image_not_found' };
const projectNotFound = { status: 404, error: 'Project not found', code: 'project_not_found' };
const invalid = (error: unknown) => ({ status: 400, error, code: 'invalid_request' });
const notBase64 = { status: 400, error: expect.stringMatching(/ must be base64/), code: 'image_base64_invalid' };
const noImage = { status: 400, error: expect.stringMatching(/PNG, JPEG or WebP/), code: 'image_invalid' };

const formats = [
  { format: 'a PNG', bytes: png(), extension: 'png', type: 'image/png' },
  { format: 'a JPEG', bytes: jpeg, extension: 'jpg', type: 'image/jpeg' },
  { format: 'a progressive JPEG', bytes: pictures.progressiveJpeg, extension: 'jpg', type: 'image/jpeg' },
  { format: 'a lossy WebP', bytes: lossyWebp, extension: 'webp', type: 'image/webp' },
  { format: 'a lossless WebP', bytes: pictures.losslessWebp, extension: 'webp', type: 'image/webp' },
  { format: 'an extended WebP', bytes: pictures.transparentWebp, extension: 'webp', type: 'image/webp' },
];
const idOf = (extension: string) => new RegExp(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.${extension}$`);

describe('uploading an image', () => {
  it.each(formats)('answers 201 with the id of $format', async ({ bytes, extension }) => {
    const { status, body } = await project.post('/images', uploading(bytes));
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(idOf(extension)) });
  });

  it.each(formats)('returns the same bytes and type of $format', async ({ bytes, type }) => {
    const path = `/images/${await upload(uploading(bytes))}`;
    const { status, headers, body } = await project.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    for (const answer of [headers, (await project.send('HEAD', path)).headers]) {
      expect(answer.get('content-length')).toBe(String(bytes.length));
    }
    expect(body).toEqual(bytes);
  });

  it("returns the image's Location", async () => {
    const { headers, body } = await project.post('/images', uploading(jpeg));
    expect(headers.get('location')).toBe(`/api/projects/${project.id}/images/${body.id}`);
    expect((await stack.api.get(`${headers.get('location')}`.replace('/api', ''))).body).toEqual(jpeg);
  });

  it.each([
    ['picture.png', jpeg, 'jpg'],
    ['picture.svg', png(), 'png'],
    ['picture.jpeg', lossyWebp, 'webp'],
    ['../../etc/passwd', png(), 'png'],
    ['', png(), 'png'],
    [null, png(), 'png'],
  ])('chooses the extension by the bytes, not by the name %j', async (filename, bytes, extension) => {
    expect(await upload(uploading(bytes, { filename }))).toMatch(idOf(extension));
  });

  it.each([
    ['data:image/png;base64,', png(), 'png'],
    ['data:image/png;base64,', jpeg, 'jpg'],
    ['data:image/svg+xml;charset=utf-8;base64,', lossyWebp, 'webp'],
    ['data:;base64,', png(), 'png'],
    ['data:image/png; BASE64,', png(), 'png'],
    ['\n data:image/png;base64,', png(), 'png'],
  ])('accepts the prefix %s', async (prefix, bytes, extension) => {
    const { status, body } = await project.post('/images', {
      imageBase64: prefix + bytes.toString('base64'),
      role: 'any',
    });
    expect([status, body.id]).toEqual([201, expect.stringMatching(idOf(extension))]);
    expect((await project.get(`/images/${body.id}`)).body).toEqual(bytes);
  });

  it.each<[string, (base64: string) => string]>([
    ['in lines, as base64 prints it', (base64) => `${base64.match(/.{1,76}/g)?.join('\n')}\n`],
    ['in lines of CR and LF', (base64) => `${base64.match(/.{1,60}/g)?.join('\r\n')}\r\n`],
    ['in the alphabet of addresses', (base64) => base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['without padding', (base64) => base64.replaceAll('=', '')],
    ['with blanks around it and in its padding', (base64) => ` \t\f${base64.replace(/==$/, '= =')} `],
  ])('accepts base64 %s', async (_, form) => {
    for (const bytes of [
      png(),
      jpeg,
      lossyWebp,
      ...[1, 2, 3].map((more) => Buffer.concat([png(), Buffer.alloc(more, 0xfb)])),
    ]) {
      const imageBase64 = form(bytes.toString('base64'));
      const { status, body } = await project.post('/images', { imageBase64, role: 'any' });
      expect(status).toBe(201);
      expect((await project.get(`/images/${body.id}`)).body).toEqual(bytes);
    }
  });

  it.each(formats)('accepts $format with an archive after it, and returns it unchanged', async ({ bytes }) => {
    const whole = Buffer.concat([bytes, Buffer.from('PK\x03\x04 and more')]);
    expect((await project.get(`/images/${await upload(uploading(whole))}`)).body).toEqual(whole);
  });

  it('gives two uploads of the same bytes two ids', async () => {
    expect(await upload()).not.toBe(await upload());
  });

  it.each([{}, { imageBase64: null }, { imageBase64: '' }])('refuses %j: imageBase64 is required', async (body) => {
    expect(said(await project.post('/images', { role: 'any', ...body }))).toEqual(invalid('imageBase64 is required'));
  });

  it.each([5, true, [], {}, [137, 80, 78, 71]])('refuses %j as imageBase64', async (imageBase64) => {
    expect(said(await project.post('/images', { role: 'any', imageBase64 }))).toEqual(
      invalid(expect.stringMatching(/^imageBase64 /)),
    );
  });

  it.each([{}, { role: null }, { role: '' }])('refuses %j: role is required', async (fields) => {
    const { role: _, ...body } = uploading(png());
    expect(said(await project.post('/images', { ...body, ...fields }))).toEqual(invalid('role is required'));
  });

  it.each(['a', 'persona-avatar', 'persona-avatar-styleguide', '0_9', '__proto__', 'constructor', 'x'.repeat(64)])(
    'accepts the role %s',
    async (role) => {
      const id = await upload({ role });
      expect((await project.get(`/images?role=${role}`)).body).toEqual({ ids: [id] });
    },
  );

  it.each([5, true, [], {}, 'Any', 'a b', 'a/b', 'a#b', 'ä', ' a', 'a\n', 'x'.repeat(65)])(
    'refuses the role %j',
    async (role) => {
      expect(said(await project.post('/images', uploading(png(), { role })))).toEqual(
        invalid(expect.stringMatching(/^role /)),
      );
    },
  );

  it('refuses a filename that is not a text', async () => {
    expect(said(await project.post('/images', uploading(png(), { filename: 5 })))).toEqual(
      invalid(expect.stringMatching(/^filename /)),
    );
  });

  it.each([
    ['SVG', svg],
    ['GIF', gif],
    ['text', Buffer.from('This is no picture.')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a single byte', Buffer.from([0x89])],
    ['BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)])],
    ['TIFF', Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(60)])],
    ['AVIF', Buffer.concat([Buffer.from('\0\0\0\x20ftypavif'), Buffer.alloc(60)])],
    ['a WAV, which is a RIFF too', Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(28)])],
    ['a PNG after another byte', Buffer.concat([Buffer.from('\n'), png()])],
    ['a PNG without a pixel', Buffer.concat([png().subarray(0, 16), Buffer.alloc(8), png().subarray(24)])],
    ['only the signature of a PNG', png().subarray(0, 8)],
    ['only the start of a JPEG', jpeg.subarray(0, 4)],
    ...formats.map(
      ({ format, bytes }) => [`the first half of ${format}`, bytes.subarray(0, bytes.length / 2)] as const,
    ),
    ...formats.map(({ format, bytes }) => [`${format} without its last byte`, bytes.subarray(0, -1)] as const),
  ] as [string, Buffer][])('refuses %s', async (_, bytes) => {
    expect(said(await project.post('/images', uploading(bytes, { filename: 'picture.png' })))).toEqual(noImage);
  });

  it.each(['%%%', 'data:image/png,abc', 'https://example.com/a.png', '{}', '====', 'a', 'ab=c', 'abc==', 'é'])(
    'refuses %s, which is not base64',
    async (imageBase64) => {
      expect(said(await project.post('/images', { imageBase64, role: 'any' }))).toEqual(notBase64);
    },
  );

  it.each(['data:image/png;base64,', ' ', 'abc='])(
    'refuses %j, which is not base64 of a picture',
    async (imageBase64) => {
      expect(said(await project.post('/images', { imageBase64, role: 'any' }))).toEqual(noImage);
    },
  );

  it('accepts exactly 4 MB', async () => {
    const bytes = pictures.pngOf(4 * 1024 * 1024);
    expect(bytes).toHaveLength(4 * 1024 * 1024);
    const { status, body } = await project.post('/images', uploading(bytes));
    expect(status).toBe(201);
    expect(bytes.equals((await project.get(`/images/${body.id}`)).body)).toBe(true);
  });

  it.each([4 * 1024 * 1024 + 1, 4_500_000])('refuses %i bytes with the limit', async (size) => {
    expect(said(await project.post('/images', uploading(pictures.pngOf(size))))).toEqual({
      status: 413,
      error: expect.stringContaining('4 MB'),
      code: 'image_too_large',
    });
  });

  it.each([6, 11])('refuses a request of %i MB with the limit', async (size) => {
    const { status, body } = await project.post('/images', { imageBase64: 'A'.repeat(size * 1024 * 1024), role: 'a' });
    expect([status, body.error]).toEqual([413, expect.stringMatching(/\d MB/)]);
  });

  it('refuses an unknown project before anything else', async () => {
    const unknown = stack.api.below(`/projects/${nobody}`);
    for (const body of [uploading(png()), uploading(svg), {}, undefined, '{', uploading(pictures.pngOf(4_200_000))]) {
      expect(said(await unknown.post('/images', body))).toEqual(projectNotFound);
    }
  });
});

describe('listing images', () => {
  it('returns the ids of a role, oldest first', async () => {
    const at = await newProject(stack.api);
    const ids = [];
    for (const bytes of [png(), jpeg, lossyWebp, png()]) {
      ids.push(await upload(uploading(bytes, { role: 'persona-avatar-styleguide' }), at));
      await upload({ role: 'persona-avatar' }, at);
    }
    const { status, body } = await at.get('/images?role=persona-avatar-styleguide');
    expect(status).toBe(200);
    expect(body).toEqual({ ids });
  });

  it('returns an empty list for an unused role, even if it is the prefix of another one', async () => {
    const at = await newProject(stack.api);
    await upload({ role: 'persona-avatar' }, at);
    for (const role of ['none', 'persona', 'persona-avata', 'persona-avatar-styleguide']) {
      expect((await at.get(`/images?role=${role}`)).body).toEqual({ ids: [] });
    }
  });

  it('shows no image of another project', async () => {
    await upload({ role: 'shared' });
    expect((await (await newProject(stack.api)).get('/images?role=shared')).body).toEqual({ ids: [] });
  });

  it.each(['', '?role=', '?roles=a', '?Role=a'])('refuses /images%s: a role is required', async (query) => {
    expect(said(await project.get(`/images${query}`))).toEqual(invalid('role query parameter is required'));
  });

  it.each(['A', 'a%20b', 'a%23b', '%00', '%F0%9F%98%80', 'x'.repeat(65)])('refuses the role %s', async (role) => {
    expect(said(await project.get(`/images?role=${role}`))).toEqual(invalid(expect.stringMatching(/^role /)));
  });

  it('refuses an unknown project before a missing role', async () => {
    for (const query of ['', '?role=any']) {
      expect(said(await stack.api.get(`/projects/${nobody}/images${query}`))).toEqual(projectNotFound);
    }
  });
});

describe('getting an image', () => {
  const immutable = 'private, max-age=31536000, immutable';
  let id: string;
  let etag: string;
  beforeAll(async () => {
    id = await upload();
    etag = `${(await project.get(`/images/${id}`)).headers.get('etag')}`;
  });

  it('is immutable and has nosniff', async () => {
    const { headers } = await project.get(`/images/${id}`);
    expect(headers.get('etag')).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(headers.get('cache-control')).toBe(immutable);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('gives two images two entity tags', async () => {
    const other = await project.get(`/images/${await upload()}`);
    expect(other.headers.get('etag')).not.toBe(etag);
  });

  it.each<[string, () => string]>([
    ['its tag', () => etag],
    ['its tag, marked as weak', () => `W/${etag}`],
    ['a list with its tag', () => `"other", ${etag}`],
    ['a list with its tag and no spaces', () => `"other",W/${etag},"third"`],
    ['any', () => '*'],
  ])('answers 304 without a body if If-None-Match has %s', async (_, ifNoneMatch) => {
    const { status, headers, body } = await project.get(`/images/${id}`, { 'If-None-Match': ifNoneMatch() });
    expect([status, body]).toEqual([304, undefined]);
    expect([headers.get('etag'), headers.get('cache-control')]).toEqual([etag, immutable]);
  });

  it.each<[string, () => string]>([
    ['another tag', () => '"other"'],
    ['a part of its tag', () => `${etag.slice(0, -3)}"`],
  ])('answers 200 if If-None-Match has %s', async (_, ifNoneMatch) => {
    const { status, body } = await project.get(`/images/${id}`, { 'If-None-Match': ifNoneMatch() });
    expect([status, body]).toEqual([200, png()]);
  });

  it('answers HEAD with the headers only', async () => {
    const { status, headers, body } = await project.send('HEAD', `/images/${id}`);
    expect([status, body]).toEqual([200, undefined]);
    expect([headers.get('etag'), headers.get('content-type'), headers.get('cache-control')]).toEqual([
      etag,
      'image/png',
      immutable,
    ]);
    const conditional = await project.send('HEAD', `/images/${id}`, undefined, { 'If-None-Match': etag });
    expect(conditional.status).toBe(304);
  });

  const unknownIds = [
    `${nobody}.png`,
    nobody,
    'x',
    'x.png',
    '__proto__',
    '..%2F..%2Fx.png',
    '%00.png',
    'a'.repeat(3000),
    `${nobody}.svg`,
    `${nobody}.png%2F`,
    '%zz',
  ];
  it.each(unknownIds)('refuses an id that is not an image id: %s', async (unknown) => {
    expect(said(await project.get(`/images/${unknown}`))).toEqual(imageNotFound);
    expect((await project.send('HEAD', `/images/${unknown}`)).status).toBe(404);
    expect(said(await project.get(`/images/${unknown}`, { 'If-None-Match': '*' }))).toEqual(imageNotFound);
    expect(said(await project.delete(`/images/${unknown}`))).toEqual(imageNotFound);
  });

  it('refuses an id with another extension, or without one', async () => {
    for (const other of [id.replace('.png', '.jpg'), id.replace('.png', ''), `${id}.png`]) {
      expect(said(await project.get(`/images/${other}`))).toEqual(imageNotFound);
      expect(said(await project.delete(`/images/${other}`))).toEqual(imageNotFound);
    }
    expect((await project.get(`/images/${id}`)).status).toBe(200);
  });

  it('refuses an id of another project, and does not delete it', async () => {
    const elsewhere = await newProject(stack.api);
    expect(said(await elsewhere.get(`/images/${id}`))).toEqual(imageNotFound);
    expect(said(await elsewhere.delete(`/images/${id}`))).toEqual(imageNotFound);
    expect((await project.get(`/images/${id}`)).status).toBe(200);
  });

  it('refuses an unknown project first', async () => {
    for (const at of [`/projects/${nobody}/images/${id}`, '/projects/x/images/x']) {
      expect(said(await stack.api.get(at))).toEqual(projectNotFound);
      expect(said(await stack.api.delete(at))).toEqual(projectNotFound);
    }
  });
});

describe('deleting an image', () => {
  it('answers 204 without a body, and the image is gone', async () => {
    const id = await upload({ role: 'to-be-deleted' });
    const { status, body } = await project.delete(`/images/${id}`);
    expect([status, body]).toEqual([204, undefined]);
    expect(said(await project.get(`/images/${id}`))).toEqual(imageNotFound);
    expect(said(await project.delete(`/images/${id}`))).toEqual(imageNotFound);
    expect((await project.get('/images?role=to-be-deleted')).body).toEqual({ ids: [] });
  });

  it('removes it from the persona that uses it, and changes nothing else', async () => {
    const imageUrl = await upload();
    const { imageUrl: _, ...before } = await newPersona({ imageUrl, description: 'd', headers: { a: 'b' } });
    await project.delete(`/images/${imageUrl}`);
    const { body: after } = await project.get(`/personas/${before.id}`);
    expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
    expect(after.updatedAt >= before.updatedAt).toBe(true);
  });

  it('does not change a persona that has another portrait by now', async () => {
    const [earlier, imageUrl] = [await upload(), await upload()];
    const { id } = await newPersona({ imageUrl: earlier });
    const { body: before } = await project.put(`/personas/${id}`, { imageUrl });
    await project.delete(`/images/${earlier}`);
    expect((await project.get(`/personas/${id}`)).body).toEqual(before);
    expect((await project.get(`/images/${imageUrl}`)).status).toBe(200);
  });

  it('ignores a deleted persona that used it', async () => {
    const imageUrl = await upload();
    const { id } = await newPersona({ imageUrl });
    await project.delete(`/personas/${id}`);
    expect((await project.delete(`/images/${imageUrl}`)).status).toBe(204);
    expect((await project.get(`/personas/${id}`)).status).toBe(404);
  });

  it('removes a drawn portrait from its persona', async () => {
    const at = await newProject(stack.api);
    await at.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local' } });
    const { id } = await newPersona({ systemPrompt: 'You are Greta.' }, at);
    const { imageUrl } = (await at.post(`/personas/${id}/generate-image`)).body;
    expect((await at.delete(`/images/${imageUrl}`)).status).toBe(204);
    expect((await at.get(`/personas/${id}`)).body).not.toHaveProperty('imageUrl');
    expect((await at.get('/images?role=persona-avatar')).body).toEqual({ ids: [] });
  });

  it('removes it from each of 25 personas', async () => {
    const at = await newProject(stack.api);
    const [imageUrl, other] = [await upload({}, at), await upload({}, at)];
    const bearers = await Promise.all(Array.from({ length: 25 }, () => newPersona({ imageUrl }, at)));
    expect(bearers.filter((persona) => persona.imageUrl === imageUrl)).toHaveLength(25);
    const bystander = await newPersona({ imageUrl: other }, at);
    expect((await at.delete(`/images/${imageUrl}`)).status).toBe(204);
    const { body: left } = await at.get('/personas');
    expect(left.filter((persona: object) => 'imageUrl' in persona)).toEqual([bystander]);
    expect(left).toHaveLength(26);
    expect(said(await at.get(`/images/${imageUrl}`))).toEqual(imageNotFound);
  });

  it('answers 204 to exactly one of several concurrent requests', async () => {
    const imageUrl = await upload();
    await newPersona({ imageUrl });
    const answers = await Promise.all(Array.from({ length: 8 }, () => project.delete(`/images/${imageUrl}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(404)]);
  });
});

describe('concurrently', () => {
  it('setting a portrait and deleting its image never leaves a persona with a missing image', async () => {
    const at = await newProject(stack.api);
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const [imageUrl, { id }] = await Promise.all([upload({}, at), newPersona({}, at)]);
        const [given, deleted] = await Promise.all([
          at.put(`/personas/${id}`, { imageUrl }),
          at.delete(`/images/${imageUrl}`),
        ]);
        expect(deleted.status).toBe(204);
        expect([200, 400]).toContain(given.status);
        if (given.status === 400) expect(given.body.error).toBe('Image not found');
        expect((await at.get(`/personas/${id}`)).body).not.toHaveProperty('imageUrl');
      }),
    );
  });

  it('edits to and from an image, and its deletion, never leave a missing image', async () => {
    const at = await newProject(stack.api);
    const [imageUrl, other] = [await upload({}, at), await upload({}, at)];
    const ids = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => (await newPersona(index % 2 ? { imageUrl } : {}, at)).id),
    );
    const changes = [{ imageUrl }, { imageUrl: other }, { imageUrl: null }, { description: 'edited' }];
    const answers = await Promise.all([
      at.delete(`/images/${imageUrl}`),
      ...ids.map((id, index) => at.put(`/personas/${id}`, changes[Math.floor(index / 2) % changes.length])),
    ]);
    expect(answers[0]?.status).toBe(204);
    expect(answers.every(({ status }) => [200, 204, 400].includes(status))).toBe(true);
    for (const persona of (await at.get('/personas')).body) expect([undefined, other]).toContain(persona.imageUrl);
  });

  it('a reader gets the complete image or 404 during its deletion', async () => {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const id = await upload(uploading(pictures.pngOf(100_000)));
        const read = () => project.get(`/images/${id}`);
        const [, ...answers] = await Promise.all([project.delete(`/images/${id}`), read(), read(), read(), read()]);
        for (const { status, body } of answers) {
          expect([200, 404]).toContain(status);
          if (status === 200) expect(body).toHaveLength(100_000);
        }
      }),
    );
  });
});
