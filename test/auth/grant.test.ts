/** The grant of a key, with a rotated secret and a fake clock. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Listener, listen } from '../../lib/local/listen.ts';

let secrets: Listener;
let secret = 'first';
let isDown = false;
let reads = 0;
let grantOf: typeof import('../../functions/auth/grant.ts').grantOf;

beforeAll(async () => {
  secrets = await listen(async (_request, response) => {
    reads++;
    response.writeHead(isDown ? 500 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(isDown ? '{"__type":"InternalServiceError"}' : JSON.stringify({ SecretString: secret }));
  });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('ADMIN_KEY_SECRET', 'admin-key');
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await secrets.close();
});

beforeEach(async () => {
  secret = 'first';
  isDown = false;
  reads = 0;
  vi.resetModules();
  ({ grantOf } = await import('../../functions/auth/grant.ts'));
});

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const admin = { id: 'admin', projectId: '*', access: 'admin' };

it('reads the secret of the admin key once a minute', async () => {
  await Promise.all([grantOf('first'), grantOf('first')]);
  pass(59);
  expect(await grantOf('first')).toEqual(admin);
  expect(reads).toBe(1);
  pass(1);
  expect(await grantOf('first')).toEqual(admin);
  expect(reads).toBe(2);
});

it('reads it for wrong keys every five seconds at most', async () => {
  for (let second = 0; second < 20; second++) {
    for (const key of ['wrong', `wrong ${second}`, '']) expect(await grantOf(key)).toBeUndefined();
    pass(1);
  }
  expect(reads).toBe(4);
});

it('accepts a rotated admin key at once, and refuses the old one', async () => {
  expect(await grantOf('first')).toEqual(admin);
  pass(5);
  secret = 'second';
  expect(await grantOf('second')).toEqual(admin);
  expect(await grantOf('first')).toBeUndefined();
  expect(reads).toBe(2);
});

it('accepts the cached admin key while its secret cannot be read, and fails for other keys', async () => {
  expect(await grantOf('first')).toEqual(admin);
  isDown = true;
  pass(30);
  await expect(grantOf('second')).rejects.toThrow();
  expect(await grantOf('first')).toEqual(admin);
  pass(30);
  await expect(grantOf('first')).rejects.toThrow();
  isDown = false;
  expect(await grantOf('first')).toEqual(admin);
});
