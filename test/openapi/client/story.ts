/**
 * An example of a typed client: `node story.ts URL` draws a portrait and prints its size in bytes. The test generates its types from
 * openapi.json.
 */
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { paths } from './api.ts';

const [baseUrl = ''] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl });

const project = await api.POST('/api/projects', { body: { name: 'Checkout bot' } });
assert(project.data);
const projectId = project.data.id;

const config = await api.PUT('/api/projects/{projectId}/config', {
  params: { path: { projectId } },
  body: { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' } },
});
assert.equal(config.data?.llmSettings?.apiKey, 'sk-l...enai');

const body = {
  name: 'Grumpy Greta',
  description: 'Has seen too many chatbots',
  systemPrompt: 'You are Greta, 67, a retired engineer. You answer briefly and trust no chatbot.',
  headers: { 'X-Test-User': 'greta' },
  tags: ['refund'],
};
const made = await api.POST('/api/projects/{projectId}/personas', { params: { path: { projectId } }, body });
assert(made.data);
const path = { projectId, personaId: made.data.id };

const again = await api.POST('/api/projects/{projectId}/personas', { params: { path: { projectId } }, body });
assert.equal(again.response.status, 409);
assert.equal(again.error?.code, 'persona_name_taken');

const changed = await api.PUT('/api/projects/{projectId}/personas/{personaId}', {
  params: { path },
  body: { name: 'Greta', description: null },
});
assert.equal(changed.data?.name, 'Greta');
assert.equal(changed.data.description, undefined);

const batch = await api.POST('/api/projects/{projectId}/personas/batch', {
  params: { path: { projectId } },
  body: { personas: [{ name: 'Patient Paul', tags: ['refund', 'calm'] }, { name: 'Greta' }], onConflict: 'skip' },
});
assert.deepEqual(
  batch.data?.results.map(({ status }) => status),
  ['created', 'skipped'],
);

const copy = await api.POST('/api/projects/{projectId}/personas/{personaId}/duplicate', { params: { path } });
assert.equal(copy.data?.name, 'Greta (2)');

const found = await api.GET('/api/projects/{projectId}/personas', {
  params: { path: { projectId }, query: { tag: ['refund', 'calm'], q: 'PAUL', fields: ['name', 'tags'] } },
});
assert.deepEqual(found.data, [{ name: 'Patient Paul', tags: ['refund', 'calm'] }]);

const draw = () =>
  api.POST('/api/projects/{projectId}/personas/{personaId}/generate-image', {
    params: { path, header: { 'Idempotency-Key': 'greta-1' } },
  });
const drawn = await draw();
const imageId = drawn.data?.imageUrl;
assert(imageId);
// After a lost answer, the same request does not draw twice.
const replayed = await draw();
assert.equal(replayed.response.headers.get('idempotency-replayed'), 'true');
assert.equal(replayed.data?.imageUrl, imageId);

const image = await api.GET('/api/projects/{projectId}/images/{imageId}', {
  params: { path: { projectId, imageId } },
  parseAs: 'arrayBuffer',
});
assert.equal(image.response.headers.get('content-type'), 'image/png');
console.log(image.data?.byteLength);
