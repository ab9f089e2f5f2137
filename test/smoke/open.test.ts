import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { type Listener, listen } from '../../lib/local/listen.ts';
import { useStack } from '../support/api.ts';
import { marked, smoke, start, stored, without } from '../support/smoke.ts';

const stack = useStack();

/** Changes or replaces an answer of the API. */
type Meddling = (request: { method: string; path: string }, answer: Answer) => Meddled | Promise<Meddled>;

type Meddled = Partial<Answer> | 'lost' | undefined;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

let listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.map((listener) => listener.close()));
  listeners = [];
});

/** A proxy for the API below `prefix`, like a stage, that changes answers. */
async function between(target: string, meddle: Meddling, prefix = ''): Promise<string> {
  const listener = await listen(async (request, response) => {
    const path = (request.url ?? '').slice(prefix.length);
    const { host, connection, 'content-length': _, 'transfer-encoding': __, ...headers } = request.headers;
    const sent = await text(request);
    const answer = await fetch(target + path, {
      method: request.method ?? '',
      headers: headers as Record<string, string>,
      ...(sent && { body: sent }),
    });
    const { 'transfer-encoding': ___, 'content-length': ____, ...received } = Object.fromEntries(answer.headers);
    const whole = { status: answer.status, headers: received, body: Buffer.from(await answer.arrayBuffer()) };
    const altered = await meddle({ method: request.method ?? '', path }, whole);
    if (altered === 'lost') return void response.destroy();
    const { status, headers: given, body } = { ...whole, ...altered };
    if (given.location) given.location = prefix + given.location;
    response.writeHead(status, given).end(body);
  });
  listeners.push(listener);
  return listener.url + prefix;
}

it('passes all checks and leaves nothing behind', async () => {
  const npm = ['npm', 'run', '--silent', 'smoke', '--'];
  const { code, lines } = await start([stack.url], undefined, npm).ended;
  expect(marked(lines)).toEqual(without('a call without a key is refused', 'a wrong key is refused'));
  expect(lines.at(-1)).toMatch(/^All 34 checks passed in \d+\.\d s\.$/);
  expect(code).toBe(0);
  expect(await stored(stack)).toEqual({ items: [], objects: [] });
});

it('accepts an address with a stage and a trailing slash', async () => {
  const url = await between(stack.url, () => undefined, '/prod');
  expect((await smoke([`${url}/`])).code).toBe(0);
});

it('finds that no key is required', async () => {
  const { code, lines } = await smoke([stack.url], 'any-key');
  expect(lines).toContainEqual(expect.stringMatching(/^✗ a call without a key is refused/));
  expect(lines).toContain('    expected      401');
  expect(code).toBe(1);
});

const persona = /\/personas\/[^/]+$/;
const image = /\/images\/[^/]+$/;
it.each<[string, string, string, string | RegExp, Meddling]>([
  [
    'an answer without a status',
    'the status is ok',
    'status "ok"',
    'status left out',
    ({ path }) => (path === '/api/status' ? { body: Buffer.from('{}') } : undefined),
  ],
  [
    'an answer without X-Request-Id',
    'a project is created',
    'the header X-Request-Id',
    'none',
    ({ method }, { headers: { 'x-request-id': _, ...headers } }) => (method === 'POST' ? { headers } : undefined),
  ],
  [
    'a lost answer',
    'a persona is created',
    'an answer within 30 s',
    /UND_ERR_SOCKET|ECONNRESET/,
    ({ method, path }) => (method === 'POST' && path.endsWith('/personas') ? 'lost' : undefined),
  ],
  [
    'a fault',
    'it is returned as it was created',
    '200',
    '500 {"error":"Internal server error"}',
    ({ method, path }) =>
      method === 'GET' && persona.test(path)
        ? { status: 500, body: Buffer.from('{"error":"Internal server error"}') }
        : undefined,
  ],
  [
    'a change of another field, too',
    'it is renamed and keeps its other fields',
    'description "Created by the smoke test; may be deleted"',
    'description "other"',
    ({ method }, { body }) => {
      if (method !== 'PUT') return undefined;
      return { body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), description: 'other' })) };
    },
  ],
  [
    'altered bytes',
    'its bytes are returned unchanged',
    'the 90 bytes that were sent',
    '124 other bytes',
    ({ path }, { body }) => (image.test(path) ? { body: Buffer.from(body.toString()) } : undefined),
  ],
  [
    'an answer with bytes instead of 304',
    'with that ETag, the answer is 304',
    '304',
    '200',
    (_, { status }) => (status === 304 ? { status: 200 } : undefined),
  ],
  [
    'a persona that is not deleted',
    'the persona is deleted',
    '404',
    '200',
    ({ method, path }, { status }) =>
      method === 'GET' && persona.test(path) && status === 404 ? { status: 200 } : undefined,
  ],
])('fails on %s, prints it, and cleans up', async (_case, check, expected, got, meddle) => {
  const before = await stored(stack);
  const { code, lines } = await smoke([await between(stack.url, meddle), '--patience', '0']);
  const failure = lines.findIndex((line) => line.startsWith('✗'));
  expect(lines[failure]).toMatch(new RegExp(`^✗ ${check} +\\d+ ms$`));
  expect(lines[failure + 1]).toBe(`    expected      ${expected}`);
  expect(lines[failure + 2]).toMatch(got);
  expect(lines[failure + 3]).toMatch(/^ {4}call {10}(GET|POST|PUT|DELETE) \/api\//);
  expect(lines[failure + 4]).toMatch(/^ {4}X-Request-Id {2}(none|[\w-]{20,})$/);
  expect(lines.at(-1)).toBe('The smoke test failed.');
  expect(code).toBe(1);
  expect(await stored(stack)).toEqual(before);
});

it('waits for a new deployment', async () => {
  let refusals = 1;
  const url = await between(stack.url, () => (refusals-- > 0 ? { status: 403 } : undefined));
  const { code, lines } = await smoke([url, '--patience', '300']);
  expect(lines[0]).toMatch(/^The status is answered 403\. Waiting up to \d+ s for 200\.$/);
  expect(code).toBe(0);
});

it('waits no longer than --timeout', async () => {
  const before = await stored(stack);
  const forever = new Promise<undefined>(() => {});
  const url = await between(stack.url, ({ path }) => (path.endsWith('/config') ? forever : undefined));
  const { code, lines } = await smoke([url, '--timeout', '15']);
  expect(lines).toContain('    expected      an answer within 15 s');
  expect(lines).toContain('    got           none');
  expect(code).toBe(1);
  expect(await stored(stack)).toEqual(before);
});

it('cleans up after Ctrl-C, including what was being created', async () => {
  const before = await stored(stack);
  const url = await between(stack.url, async ({ method, path }) => {
    if (method !== 'POST' || !path.endsWith('/personas')) return undefined;
    // Twice, since npm passes on what the terminal has already sent.
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await stored(stack)).items).not.toEqual(before.items);
    return undefined;
  });
  const { child, ended } = start([url]);
  const { code, lines } = await ended;
  expect(code).toBe(130);
  expect(lines).toContain('    Interrupted.');
  expect(lines.filter((line) => line.startsWith('    removed /api/projects/'))).toHaveLength(2);
  expect(await stored(stack)).toEqual(before);
});

it('reports what it could not remove', async () => {
  const url = await between(stack.url, ({ method }) => (method === 'DELETE' ? { status: 500 } : undefined));
  const { code, lines } = await smoke([url]);
  expect(marked(lines).slice(-2)).toEqual(['✗ the image is deleted', '✗ nothing is left']);
  expect(lines.findLast((line) => line.startsWith('    call '))).toMatch(/DELETE \/api\/projects\/.+/);
  expect(code).toBe(1);
});

it('refuses invalid options in a sentence', async () => {
  const sentences: [string[], RegExp][] = [
    [[], /^Usage: /],
    [['localhost:3000'], /^Usage: /],
    [[stack.url, 'key', 'more'], /^Usage: /],
    [[stack.url, '--timeout', '0'], /^--timeout must be a whole number of seconds from 1 to 3600\.$/],
    [[stack.url, '--colour'], /^Unknown option '--colour'/],
    [[stack.url, 'k\u00e9y'], /^The key has invalid characters\.$/],
  ];
  await Promise.all(
    sentences.map(async ([args, sentence]) => {
      const { code, lines } = await smoke(args);
      expect(lines[0]).toMatch(sentence);
      expect(lines.join('\n')).not.toMatch(/^ +at |k\u00e9y/m);
      expect(code).toBe(1);
    }),
  );
});
