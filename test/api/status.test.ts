import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { useStack } from '../support/api.ts';

const stack = useStack();

it('returns name, version and ok', async () => {
  const { status, body } = await stack.api.get('/status');
  expect(status).toBe(200);
  expect(body).toEqual({
    name: 'personas-api',
    version: manifest.version,
    status: 'ok',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
    node: process.version,
  });
});
