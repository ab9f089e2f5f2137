import { beforeAll, expect, it } from 'vitest';
import { type Answer, type Client, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import type { Interceptor } from '../support/recorder.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack();
const bucket = useRecorder('AWS_ENDPOINT_URL_S3');

let project: Client;
let image: string;
const upload = (role: string) => project.post('/images', { imageBase64: png().toString('base64'), role });

beforeAll(async () => {
  project = await newProject(stack.api);
  image = `/images/${(await upload('any')).body.id}`;
});

const said = ({ status, headers, body: { error, code } }: Answer) => ({
  status,
  error,
  code,
  retryAfter: headers.get('retry-after'),
});
const unavailable = {
  status: 503,
  error: 'Storage is busy; try again',
  code: 'storage_unavailable',
  retryAfter: expect.stringMatching(/^[1-9]\d*$/),
};
const internal = { status: 500, error: 'Internal server error', code: 'internal_error', retryAfter: null };

const refusing =
  (status: number, code: string): Interceptor =>
  (_, response) =>
    response.writeHead(status).end(`<Error><Code>${code}</Code><Message>personas-portraits</Message></Error>`);

it.each<[string, Interceptor]>([
  ['asks to slow down', refusing(503, 'SlowDown')],
  ['fails', refusing(500, 'InternalError')],
  ['hangs up', (_, response) => response.destroy()],
])('answers 503 if the bucket %s, and lists nothing that is not stored', async (_, interceptor) => {
  bucket.intercept(interceptor);
  const [uploaded, read] = await Promise.all([upload('never'), project.get(image)]);
  expect([said(uploaded), said(read)]).toEqual([unavailable, unavailable]);
  expect((await project.get('/images?role=never')).body).toEqual({ ids: [] });
  bucket.intercept();
  expect((await project.get(image)).status).toBe(200);
});

it('answers a plain 500 if the bucket denies access', async () => {
  bucket.intercept(refusing(403, 'AccessDenied'));
  expect([said(await upload('never')), said(await project.get(image))]).toEqual([internal, internal]);
  expect((await project.get('/images?role=never')).body).toEqual({ ids: [] });
});

it('answers 404 for an image that is deleted while it is read, if the bucket answers AccessDenied', async () => {
  const { id } = (await upload('deleted')).body;
  const denying = refusing(403, 'AccessDenied');
  bucket.intercept(async (...call) => {
    const [{ method }] = call;
    if (method !== 'GET') return;
    await project.delete(`/images/${id}`);
    denying(...call);
  });
  expect((await project.get(`/images/${id}`)).status).toBe(404);
});

it('deletes an image while the bucket fails, and leaves its bytes to clean-up', async () => {
  const { id } = (await upload('deleted')).body;
  bucket.intercept(({ method }, response) => method === 'DELETE' && response.destroy());
  expect((await project.delete(`/images/${id}`)).status).toBe(204);
  expect((await project.get(`/images/${id}`)).status).toBe(404);
  expect((await project.get('/images?role=deleted')).body).toEqual({ ids: [] });
});

it('refuses an image of a deleted project even if the bucket fails', async () => {
  const gone = await newProject(stack.api);
  await stack.api.delete(`/projects/${gone.id}`);
  bucket.intercept((_, response) => response.destroy());
  expect((await gone.get(image)).status).toBe(404);
});
