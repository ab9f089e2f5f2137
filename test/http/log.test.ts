/** Lambda logs whatever a function throws, including messages of AWS, and ends the process if the stream is destroyed. */
import { PassThrough } from 'node:stream';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Handler } from '../../lib/local/runtime.ts';
import { type Client, newProject, useStack } from '../support/api.ts';
import { authorizerEvent, eventFor } from '../support/events.ts';
import { type Recorder, refuse, startRecorder } from '../support/recorder.ts';

const stack = useStack();

/** A recorder before the table. */
let table: Recorder;
let project: Client & { readonly id: string };

beforeAll(async () => {
  table = await startRecorder(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', table.url);
  project = await newProject(stack.api);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

let errors: unknown[];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  table.intercept();
});

const requestId = 'told-to-the-caller';
const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => 300_000 } as Context;

/** Expects one line in our format without messages of AWS, and nothing else that Lambda would log. */
function expectOneFault(thrown: unknown) {
  expect(errors.map((line) => JSON.parse(String(line)))).toEqual([
    expect.objectContaining({ level: 'ERROR', requestId, name: 'AccessDeniedException', at: expect.any(Array) }),
  ]);
  expect(errors.join()).not.toContain('of table');
  expect(thrown).toEqual(new Error('The fault is logged'));
}

const denying = (operation: string, after = 0) =>
  table.intercept((call, response) => {
    if (call.operation === operation && after-- <= 0) refuse(response, 400, 'AccessDeniedException');
  });

it('logs a fault of the authorizer in our format', async () => {
  const { handler } = await import('../../functions/auth/authorize.ts');
  denying('GetItem');
  const event = { ...authorizerEvent(), requestContext: { requestId } };
  expectOneFault(await handler(event as Parameters<typeof handler>[0]).catch((error: unknown) => error));
});

it('logs a fault of the daily check in our format', async () => {
  const { handler } = await import('../../functions/workers/reconcile.ts');
  denying('GetItem');
  expectOneFault(await handler({}, context).catch((error: unknown) => error));
});

it('logs a list that breaks off in our format, and does not destroy the stream', async () => {
  for (const batch of [0, 1, 2, 3, 4, 5]) {
    const personas = Array.from({ length: 100 }, (_, index) => ({ name: `Persona ${batch} ${index}` }));
    expect((await project.post('/personas/batch', { personas })).status).toBe(200);
  }
  denying('Query', 1);
  await expect(project.get('/personas')).rejects.toThrow('terminated');

  errors = [];
  denying('Query', 1);
  const { handler } = await import('../../functions/list-personas.ts');
  const example = eventFor({ name: 'list-personas', method: 'GET', path: '/api/projects/{projectId}/personas' });
  const event = {
    ...example,
    pathParameters: { projectId: project.id },
    requestContext: { ...example.requestContext, requestId },
  };
  const answer = new PassThrough().resume();
  expectOneFault(await (handler as Handler)(event, answer, context).catch((error: unknown) => error));
  expect(answer.destroyed).toBe(false);
});
