import { describe, expect, it } from 'vitest';
import { useStack } from '../support/api.ts';

const stack = useStack({
  allowed: { origins: ['*'] },
  environment: { CORS_ORIGINS: 'https://one.example,https://two.example' },
});
const headersFor = async (path: string, origin?: string) =>
  (await stack.api.get(path, origin === undefined ? {} : { Origin: origin })).headers;

describe.each(['/status', '/projects/x/config'])('with some allowed origins, %s', (path) => {
  it.each(['https://one.example', 'https://two.example'])('answers to pages of %s', async (origin) => {
    const headers = await headersFor(path, origin);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toContain('X-Request-Id');
    expect(headers.get('vary')).toBe('Origin');
  });

  it.each([undefined, 'null', 'https://three.example', 'https://one.example.evil.example', 'http://one.example'])(
    'does not allow %s',
    async (origin) => {
      const headers = await headersFor(path, origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toBe('Origin');
    },
  );
});
