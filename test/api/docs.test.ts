import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import document from '../../openapi.json' with { type: 'json' };
import { useStack } from '../support/api.ts';

const stack = useStack();

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

it('returns the committed document', async () => {
  const { status, headers, body } = await stack.api.get('/openapi.json');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(body).toEqual(document);
});

describe.each(['/openapi.json', '/docs'])('%s', (path) => {
  it('is cacheable for five minutes, and answers 304', async () => {
    const { headers } = await stack.api.get(path);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    const tag = headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect((await stack.api.get(path)).headers.get('etag')).toBe(tag);
    expect(await stack.api.get(path, { 'If-None-Match': tag })).toMatchObject({ status: 304, body: undefined });
    expect(await stack.api.get(path, { 'If-None-Match': '"other"' })).toMatchObject({ status: 200 });
    expect(await stack.api.send('HEAD', path)).toMatchObject({ status: 200, body: undefined });
  });
});

describe('the page', () => {
  const page = async () => {
    const { headers, body } = await stack.api.get('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    return { headers, html: body.toString(), sources: new Map(policy.split('; ').map((rule) => parted(rule))) };
  };
  const parted = (rule: string): [string, string] => [
    rule.slice(0, rule.indexOf(' ')),
    rule.slice(rule.indexOf(' ') + 1),
  ];

  it('is self-contained, and its policy allows only its own script and style', async () => {
    const { headers, html, sources } = await page();
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    // Parsed as a browser does: a comment in a script could hide the script's end.
    expect(html).not.toMatch(/<!--(?:(?!-->)[\s\S])*<script[\s/>]/i);
    const inside = (name: string) =>
      [...html.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, text = '']) => text);
    const [scripts, styles] = [inside('script'), inside('style')];
    expect(scripts).toHaveLength(2);
    expect(styles).toHaveLength(1);
    expect(sources.get('script-src')).toBe(scripts.map(hashOf).join(' '));
    expect(sources.get('style-src')).toBe(styles.map(hashOf).join(' '));
    const shell = [...scripts, ...styles].reduce((rest, text) => rest.replace(text, () => ''), html);
    expect(shell.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="data:,"']);
  });

  it('may only load from its own origin', async () => {
    const { sources } = await page();
    expect(Object.fromEntries(sources)).toMatchObject({
      'default-src': "'none'",
      'connect-src': "'self'",
      'img-src': "'self' data: blob:",
      'frame-ancestors': "'none'",
    });
  });
});
