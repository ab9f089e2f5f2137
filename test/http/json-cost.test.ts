/** Refuses each hostile body; npm run bench measures the cost. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { answerOf, hostileBatches, hostileBodies, targets } from '../support/hostile-bodies.ts';
import { pngOf } from '../support/pictures.ts';

const stack = useStack();
const megabyte = 1024 * 1024;

let project: Client & { readonly id: string };
beforeAll(async () => {
  project = await newProject(stack.api);
});

describe.each(targets)('%s, of a body of %d MB,', (name, megabytes) => {
  it.each(hostileBodies)('refuses %s', async (_what, bodyOf) => {
    const answer = await answerOf(name, project.id, bodyOf(megabytes));
    expect(answer.statusCode).toBeOneOf([400, 413]);
    expect(answer.body.length).toBeLessThan(megabyte);
    const { error, code, requestId }: Json = JSON.parse(answer.body);
    expect({ error, code, requestId }).toEqual({
      error: expect.any(String),
      code: expect.stringMatching(/^[a-z0-9_]+$/),
      requestId: 'request-1',
    });
  });
});

it.each(hostileBatches)('refuses 100 personas with %s', async (_what, body) => {
  const answer = await answerOf('create-personas', project.id, body);
  expect(answer.statusCode).toBe(200);
  const { results } = JSON.parse(answer.body);
  expect(results.map(({ status, code }: Json) => [status, code])).toEqual(
    Array(100).fill(['failed', 'invalid_request']),
  );
});

it('accepts a persona of the largest form', async () => {
  const headers = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x-${index}`, '{"a":[1,2,"\\"3\\""]}']));
  const systemPrompt = '[{,"\\'.repeat(15_000);
  const { status, body } = await project.post('/personas', { name: 'Full', systemPrompt, headers });
  expect(status).toBe(201);
  expect(body).toMatchObject({ systemPrompt, headers });
});

it('accepts an image of 4 MB', async () => {
  const body = JSON.stringify({ role: 'a', imageBase64: pngOf(4 * megabyte).toString('base64') });
  const { statusCode } = await answerOf('upload-image', project.id, body);
  expect(statusCode).toBe(201);
});
