import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { useStack } from '../support/api.ts';

const stack = useStack();
const get = (headers?: Record<string, string>) => stack.api.below('/..').get('/', headers);

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

it('needs no key, is revalidated each time, and answers 304', async () => {
  const { status, headers } = await get({ Authorization: 'Bearer wrong' });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  const tag = headers.get('etag') ?? '';
  expect(await get({ 'If-None-Match': tag })).toMatchObject({ status: 304, body: undefined });
  expect(await get({ 'If-None-Match': '"other"' })).toMatchObject({ status: 200 });
});

it('is self-contained, with at most 60 kB compressed', async () => {
  const { body } = await get();
  expect(gzipSync(body).length).toBeLessThanOrEqual(60_000);
  expect(body.toString()).not.toMatch(/\s(?:src|href)=/);
});

it('allows only its own script and style, and calls to its own API', async () => {
  const { headers, body } = await get();
  const html = body.toString();
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
  expect(headers.get('content-security-policy')?.split('; ')).toEqual([
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
