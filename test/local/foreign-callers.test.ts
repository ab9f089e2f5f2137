import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseHost, parseOrigin } from '../../lib/local/foreign-callers.ts';
import { useStack } from '../support/api.ts';

const allowed = { hosts: ['personas.test'], origins: ['https://app.test:8443'] };
const stack = useStack({ allowed });

interface Sent {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function call({ method = 'GET', headers }: Sent) {
  const sent = send(`${stack.url}/api/projects`, { method, headers: { Host: new URL(stack.url).host, ...headers } });
  sent.end(method === 'POST' ? '{"name": "Made by a page"}' : undefined);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (!answer) throw new Error('No answer');
  const body = await text(answer);
  return { status: answer.statusCode, headers: answer.headers, body: body && JSON.parse(body) };
}

const port = () => new URL(stack.url).port;

describe('an open server on this machine', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST', 'personas.test'])('answers to the name %s', async (name) => {
    for (const Host of [name, `${name}:${port()}`]) expect((await call({ headers: { Host } })).status).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.20', 'localhost.'])(
    'answers to no other name: %j',
    async (Host) => {
      const { status, headers, body } = await call({ headers: { Host } });
      expect([status, body.code]).toEqual([403, 'host_not_allowed']);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it.each([
    'http://localhost:5173',
    'https://localhost',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'https://app.test:8443',
  ])('answers to pages of %s', async (Origin) => {
    for (const method of ['GET', 'OPTIONS']) {
      const { status, headers } = await call({ method, headers: { Origin, 'Sec-Fetch-Site': 'cross-site' } });
      expect(status).toBeLessThan(300);
      expect(headers['access-control-allow-origin']).toBe('*');
    }
  });

  it('answers to its own page under an allowed name', async () => {
    const Host = `personas.test:${port()}`;
    expect((await call({ headers: { Host, Origin: `http://${Host}` } })).status).toBe(200);
    expect((await call({ headers: { Origin: `http://${Host}` } })).status).toBe(403);
  });

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'https://app.test', 'http://192.168.1.20'])(
    'refuses pages of %s, and does nothing for them',
    async (Origin) => {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
        const { status, headers, body } = await call({ method, headers: { Origin } });
        expect(status).toBe(403);
        if (method !== 'HEAD') expect(body.code).toBe('origin_not_allowed');
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
      const { body } = await call({ headers: {} });
      expect(body).toEqual([]);
    },
  );

  it.each<[string, Sent]>([
    ['a picture', { headers: { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' } }],
    ['a frame', { headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' } }],
    ['a form', { method: 'POST', headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' } }],
    ['anything', { headers: {} }],
  ])('refuses %s of another site without an Origin', async (_what, { method, headers }) => {
    const { status } = await call({
      ...(method && { method }),
      headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(status).toBe(403);
  });

  it('allows links from other sites', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    expect((await call({ headers })).status).toBe(200);
  });

  it.each(['same-origin', 'same-site', 'none'])('answers if a browser sends %s', async (site) => {
    expect((await call({ headers: { 'Sec-Fetch-Site': site } })).status).toBe(200);
  });
});

describe('the options for allowed callers', () => {
  it.each(['', 'app.test', 'https://app.test/', 'https://app.test/path', 'HTTPS://app.test'])(
    'refuse the origin %j',
    (text) => expect(() => parseOrigin(text)).toThrow('--allow-origin must be an origin'),
  );

  it.each(['', 'http://personas.test', 'personas.test:3000', 'personas.test/'])('refuse the host %j', (text) =>
    expect(() => parseHost(text)).toThrow('--allow-host must be a name'),
  );

  it('accept an origin, *, and a name in any case', () => {
    expect(['https://app.test', '*'].map(parseOrigin)).toEqual(['https://app.test', '*']);
    expect(parseHost('Personas.Test')).toBe('personas.test');
  });
});
