import { crc32, deflateSync } from 'node:zlib';
import OpenAI, { APIConnectionError, APIError, toFile } from 'openai';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FailureMode, failures } from '../../../lib/local/openai/failures.ts';
import { startOpenAiImages } from '../../../lib/local/openai/images.ts';
import type { Color } from '../../../lib/local/openai/painter/canvas.ts';
import { difference } from '../../../lib/local/openai/painter/palette.ts';

const model = 'gpt-image-2.6-flare';
const usual = { model, n: 1, size: '1024x1024', quality: 'medium', output_format: 'png' } as const;
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
const webp = Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1');

const plain = ([red, green, blue]: Color) => {
  const picture = new PNG({ width: 32, height: 32 });
  for (let at = 0; at < picture.data.length; at += 4) picture.data.set([red, green, blue, 255], at);
  return PNG.sync.write(picture);
};

/** A black PNG, of one bit for each pixel. */
function largePng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(Buffer.alloc(side * (1 + side / 8)));
  const chunks = [chunkOf('IHDR', header), chunkOf('IDAT', rows), chunkOf('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

let server: Awaited<ReturnType<typeof startOpenAiImages>>;
beforeAll(async () => {
  server = await startOpenAiImages();
});
afterAll(() => server.close());

const client = (apiKey = 'sk-local', timeout = 300_000) =>
  new OpenAI({ apiKey, baseURL: server.url, maxRetries: 0, timeout });
const generate = (prompt: string, apiKey?: string) => client(apiKey).images.generate({ ...usual, prompt });
const edit = async (prompt: string, references: readonly [Buffer, string, string][]) => {
  const image = await Promise.all(references.map(([bytes, name, type]) => toFile(bytes, name, { type })));
  return client().images.edit({ ...usual, prompt, image });
};
const pictureOf = ({ data }: OpenAI.ImagesResponse) => Buffer.from(data?.[0]?.b64_json ?? '', 'base64');
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error,
  );

describe('a generation', () => {
  it('is a PNG of 1024 × 1024 with its description', async () => {
    const answer = await generate('A baker');
    const { width, height } = PNG.sync.read(pictureOf(answer));
    expect([width, height]).toEqual([1024, 1024]);
    expect(answer).toMatchObject({ background: 'opaque', output_format: 'png', quality: 'medium', size: '1024x1024' });
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('is the same for one prompt and differs for two', async () => {
    const [one, again, other] = (await Promise.all(['A baker', 'A baker', 'A pilot'].map((p) => generate(p)))).map(
      pictureOf,
    );
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('is recorded with all that was sent', async () => {
    await client('sk-local-mine').images.generate({
      ...usual,
      prompt: 'A remembered gardener',
      moderation: 'low',
      complexity: 'low',
      safety_identifier: 'abc',
    });
    expect(server.requests.find(({ prompt }) => prompt === 'A remembered gardener')).toEqual({
      path: '/v1/images/generations',
      apiKey: 'sk-local-mine',
      model,
      prompt: 'A remembered gardener',
      parameters: {
        n: 1,
        size: '1024x1024',
        quality: 'medium',
        output_format: 'png',
        moderation: 'low',
        complexity: 'low',
        safety_identifier: 'abc',
      },
      references: [],
    });
  });

  it('accepts a prompt of 32 000 characters and not more', async () => {
    await expect(generate('x'.repeat(32_000))).resolves.toHaveProperty('data');
    expect(await refusal(generate('x'.repeat(32_001)))).toMatchObject({ status: 400, param: 'prompt' });
  });

  it.each(['gpt-image-2', 'gpt-image-2.5-sunburst-2026-09-08'])('knows %s', async (known) => {
    await expect(client().images.generate({ ...usual, model: known, prompt: 'x' })).resolves.toHaveProperty('data');
  });

  it.each(['gpt-image-1', 'gpt-image-1-mini', 'gpt-image-1.5', 'chatgpt-image-latest', 'gpt-image-9'])(
    'does not know %s',
    async (unknown) => {
      const call = client().images.generate({ ...usual, model: unknown, prompt: 'x' });
      expect(await refusal(call)).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    },
  );

  it.each([
    [{ response_format: 'b64_json' }, 'response_format'],
    [{ style: 'vivid' }, 'style'],
    [{ user: 'me' }, 'user'],
    [{ input_fidelity: 'high' }, 'input_fidelity'],
    [{ model: 'gpt-image-2', complexity: 'low' }, 'complexity'],
    [{ model: 'gpt-image-2.5-flare', complexity: 'low' }, 'complexity'],
  ])('refuses %j', async (extra, param) => {
    const call = client().images.generate({ ...usual, prompt: 'x', ...extra } as OpenAI.ImageGenerateParams);
    expect(await refusal(call)).toMatchObject({ status: 400, code: 'unknown_parameter', param });
  });

  it.each([
    [{ size: '1x1' }, 'size'],
    [{ quality: 'hd' }, 'quality'],
    [{ model: 'gpt-image-2', quality: 'max' }, 'quality'],
    [{ n: 0 }, 'n'],
  ] as const)('refuses the value of %j', async (extra, param) => {
    const call = client().images.generate({ ...usual, prompt: 'x', ...extra });
    expect(await refusal(call)).toMatchObject({ status: 400, code: 'invalid_value', param });
  });

  it('refuses a safety identifier of more than 128 characters', async () => {
    const call = client().images.generate({ ...usual, prompt: 'x', safety_identifier: 'x'.repeat(129) });
    expect(await refusal(call)).toMatchObject({ status: 400, param: 'safety_identifier' });
  });

  it.each(['prompt', 'model'])('refuses a missing %s', async (param) => {
    const call = client().images.generate({ ...usual, prompt: 'x', [param]: undefined });
    expect(await refusal(call)).toMatchObject({ status: 400, code: 'missing_required_parameter', param });
  });
});

describe('an edit', () => {
  it('is drawn in the colours of its references', async () => {
    const teal: Color = [0, 140, 130];
    const answer = await edit('A baker', [[plain(teal), 'teal.png', 'image/png']]);
    const [red = 0, green = 0, blue = 0] = PNG.sync.read(pictureOf(answer)).data.subarray(4 * 40);
    expect(difference([red, green, blue], teal)).toBeLessThan(80);
    expect(pictureOf(answer)).not.toEqual(pictureOf(await generate('A baker')));
  });

  it('accepts PNG, JPEG and WebP together, and records them', async () => {
    await edit('A remembered sailor', [
      [plain([1, 2, 3]), 'a.png', 'image/png'],
      [jpeg, 'b.jpg', 'image/jpeg'],
      [webp, 'c.webp', 'image/webp'],
    ]);
    const request = server.requests.find(({ prompt }) => prompt === 'A remembered sailor');
    expect(request).toMatchObject({
      path: '/v1/images/edits',
      model,
      parameters: { n: 1, quality: 'medium' },
      references: [
        { filename: 'a.png', type: 'image/png' },
        { filename: 'b.jpg', type: 'image/jpeg', size: jpeg.length },
        { filename: 'c.webp', type: 'image/webp', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    });
  });

  it('accepts a single image too', async () => {
    const image = await toFile(jpeg, 'one.jpg', { type: 'image/jpeg' });
    await expect(client().images.edit({ ...usual, prompt: 'x', image })).resolves.toHaveProperty('data');
  });

  it('accepts sixteen references and not more', async () => {
    const references = Array.from({ length: 17 }, (): [Buffer, string, string] => [jpeg, 'x.jpg', 'image/jpeg']);
    await expect(edit('x', references.slice(1))).resolves.toHaveProperty('data');
    expect(await refusal(edit('x', references))).toMatchObject({ status: 400, param: 'image' });
  });

  it.each([
    [jpeg, 'application/octet-stream', 'unsupported_file_mimetype'],
    [jpeg, 'image/gif', 'unsupported_file_mimetype'],
    [jpeg, 'image/png', 'invalid_image_file'],
    [webp, 'image/jpeg', 'invalid_image_file'],
    [plain([1, 2, 3]), 'image/webp', 'invalid_image_file'],
    [plain([1, 2, 3]).subarray(0, 50), 'image/png', 'invalid_image_file'],
  ])('refuses a reference %#', async (bytes, type, code) => {
    expect(await refusal(edit('x', [[bytes, 'x', type]]))).toMatchObject({ status: 400, code });
  });

  it.each(['moderation', 'input_fidelity'])('refuses %s', async (param) => {
    const image = await toFile(jpeg, 'x.jpg', { type: 'image/jpeg' });
    const call = client().images.edit({ ...usual, prompt: 'x', image, [param]: 'low' });
    expect(await refusal(call)).toMatchObject({ status: 400, code: 'unknown_parameter', param });
  });

  it('accepts the largest references without decoding them', async () => {
    const before = process.resourceUsage().maxRSS;
    const large = largePng(8192);
    const references = Array.from({ length: 4 }, (): [Buffer, string, string] => [large, 'x.png', 'image/png']);
    expect(PNG.sync.read(pictureOf(await edit('x', references)))).toHaveProperty('width', 1024);
    // In kilobytes; the pixels of one image would be 262 144.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200_000);
  });

  it('refuses an edit without a reference', async () => {
    expect(await refusal(edit('x', []))).toMatchObject({ status: 400, param: 'image' });
  });
});

describe('a key', () => {
  const answers = Object.entries(failures).map(([mode, failure]) => ({ mode: mode as FailureMode, ...failure }));

  it.each(answers.filter((answer) => 'code' in answer))(
    'makes it refuse by $mode',
    async ({ mode, status, ...answer }) => {
      const error = await refusal(generate(`refused by ${mode}`, `sk-local-fail-${mode}-1`));
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({
        status,
        code: 'code' in answer ? answer.code : undefined,
        type: 'type' in answer ? answer.type : 'invalid_request_error',
      });
      expect(server.requests.some(({ prompt }) => prompt === `refused by ${mode}`)).toBe(true);
    },
  );

  it('has Retry-After for a rate limit, but not for slow_down', async () => {
    const limited = (await refusal(generate('x', 'sk-fail-rate-limit'))) as APIError;
    const slowed = (await refusal(generate('x', 'sk-fail-slow-down'))) as APIError;
    expect([limited.headers?.get('retry-after'), slowed.headers?.get('retry-after')]).toEqual(['7', null]);
  });

  it('has the details of moderation', async () => {
    const error = (await refusal(generate('x', 'sk-fail-moderation'))) as APIError;
    expect(error.error).toMatchObject({ moderation_details: { moderation_stage: 'input', categories: ['violence'] } });
  });

  it('makes it quote the request', async () => {
    const error = (await refusal(generate('a quoted prompt', 'sk-fail-quoting'))) as APIError;
    expect(error.message).toContain('sk-fail-quoting a quoted prompt');
  });

  it('makes it answer without a picture', async () => {
    expect((await generate('x', 'sk-fail-no-picture')).data).toEqual([]);
    expect(pictureOf(await generate('x', 'sk-fail-not-a-picture')).toString()).toBe('This is no picture.');
  });

  it('makes it answer broken JSON', async () => {
    expect(await refusal(generate('x', 'sk-fail-bad-json'))).toBeInstanceOf(SyntaxError);
  });

  it('makes it answer HTML', async () => {
    expect(await refusal(generate('x', 'sk-fail-html'))).toMatchObject({ status: 502 });
  });

  it('makes it hang up during the answer', async () => {
    expect(await refusal(generate('x', 'sk-fail-hang-up'))).toBeInstanceOf(TypeError);
  });

  it('makes it stay silent until the caller gives up', async () => {
    const call = client('sk-fail-silent', 300).images.generate({ ...usual, prompt: 'x' });
    expect(await refusal(call)).toBeInstanceOf(APIConnectionError);
  });

  it('makes it slow, including failures', async () => {
    const began = Date.now();
    await generate('x', 'sk-slow-150');
    expect(await refusal(generate('x', 'sk-slow-150-fail-server-error'))).toMatchObject({ status: 500 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(290);
  });

  it('lists the modes for an unknown one', async () => {
    const error = (await refusal(generate('x', 'sk-fail-foo'))) as APIError;
    expect(error).toMatchObject({ status: 400, code: 'unknown_failure_mode' });
    expect(error.message).toContain('rate-limit');
  });
});

describe('the wire', () => {
  const send = (path: string, init: RequestInit) => fetch(`${server.url}${path}`, { method: 'POST', ...init });
  const authorization = 'Bearer sk-local';

  it.each([{}, { authorization: 'Basic abc' }, { authorization: 'Bearer' }])('refuses %j', async (headers) => {
    const response = await send('/images/generations', { headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    });
  });

  it.each([
    ['/images/generations', 'text/plain', '{}'],
    ['/images/generations', 'application/json', '{'],
    ['/images/generations', 'application/json', '[]'],
    ['/images/edits', 'application/json', '{}'],
    ['/images/edits', 'multipart/form-data; boundary=x', 'no form'],
  ])('refuses at %s a body of %s: %s', async (path, type, body) => {
    const response = await send(path, { headers: { authorization, 'content-type': type }, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty('error.type', 'invalid_request_error');
  });

  it('refuses other paths', async () => {
    expect((await send('/images/variations', { headers: { authorization } })).status).toBe(404);
    expect((await fetch(`${server.url}/images/generations`)).status).toBe(404);
  });

  it('records the last hundred requests', async () => {
    const init = { headers: { authorization, 'content-type': 'application/json' }, body: '{}' };
    await Promise.all(Array.from({ length: 120 }, () => send('/images/generations', init).then((r) => r.text())));
    expect(server.requests).toHaveLength(100);
  });

  it('aborts running requests when it closes', async () => {
    const shortLived = await startOpenAiImages();
    const call = refusal(
      fetch(`${shortLived.url}/images/generations`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-fail-silent', 'content-type': 'application/json' },
        body: '{}',
      }),
    );
    await expect.poll(() => shortLived.requests.length).toBe(1);
    await shortLived.close();
    await shortLived.close();
    expect(await call).toBeInstanceOf(TypeError);
  });
});
