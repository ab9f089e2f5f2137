import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../lib/endpoints.ts';
import type { Listener } from '../../lib/local/listen.ts';
import { newProject, useStack } from '../support/api.ts';
import { bundledFunctions, startFunction } from '../support/bundles.ts';
import { type Deed, startWitness } from '../support/witness.ts';
import { makeStack } from './synthesise.ts';

const outdir = mkdtempSync(join(tmpdir(), 'personas-bundles-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const picture = PNG.sync.write(new PNG({ width: 2, height: 2 }));
const nobody = '00000000-0000-0000-0000-000000000000';
const functions = bundledFunctions(makeStack({ 'aws:cdk:bundling-stacks': ['*'] }, { outdir }));

describe.each([
  ['as Lambda runs them', {}],
  ['as sam local runs them', { AWS_SAM_LOCAL: 'true' }],
])('the bundles, %s', (_how, more: Record<string, string>) => {
  const running = new Map<string, ReturnType<typeof startFunction>>();
  const witnesses: Listener[] = [];
  const deeds = new Map<string, Deed[]>();
  const stack = useStack({
    async handlerOf(name) {
      const bundled = functions.get(name);
      if (!bundled) throw new Error(`The template has no function ${name}`);
      const own: Deed[] = [];
      deeds.set(name, own);
      const environment = { ...environmentOf(bundled.environment), ...more };
      for (const [variable, address] of Object.entries(environment)) {
        if (!variable.startsWith('AWS_ENDPOINT_URL_')) continue;
        const witness = await startWitness(address, own);
        witnesses.push(witness);
        environment[variable] = witness.url;
      }
      const process = startFunction(bundled.asset, environment);
      running.set(name, process);
      return process.handler;
    },
  });
  afterAll(async () => {
    await Promise.all([...running.values()].map((process) => process.stop()));
    await Promise.all(witnesses.map((witness) => witness.close()));
  });

  it('answer, each of them', async () => {
    const { api } = stack;
    expect(await api.get('/status')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const project = await newProject(api);
    expect((await api.get('/projects')).body).toContainEqual({ id: project.id, name: 'Tests' });
    const llmSettings = { provider: 'openai', apiKey: 'sk-local-0123456789abcdef' };
    expect(await project.put('/config', { llmSettings })).toMatchObject({ status: 200 });
    expect((await project.get('/config')).body.llmSettings).toEqual({ provider: 'openai', apiKey: 'sk-l...cdef' });

    const { body: persona } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count.' });
    const path = `/personas/${persona.id}`;
    expect(await project.put(path, { description: 'Calm' })).toMatchObject({ status: 200 });
    expect((await project.get(path)).body).toMatchObject({ name: 'Ada', description: 'Calm' });
    expect((await project.get('/personas')).body).toHaveLength(1);

    const image = { imageBase64: picture.toString('base64'), role: 'persona-avatar-styleguide' };
    const { body: style } = await project.post('/images', image);
    expect((await project.get('/images?role=persona-avatar-styleguide')).body).toEqual({ ids: [style.id] });
    expect((await project.get(`/images/${style.id}`)).body).toEqual(picture);
    const drawn = await project.post(`${path}/generate-image`);
    expect(drawn).toMatchObject({ status: 200, body: { id: persona.id } });
    expect((await project.get(`/images/${drawn.body.imageUrl}`)).headers.get('content-type')).toBe('image/png');

    const { body: key } = await project.post('/keys', { name: 'CI', access: 'read' });
    expect((await project.get('/keys')).body).toMatchObject([{ id: key.id, lastFour: key.key.slice(-4) }]);
    expect((await project.delete(`/keys/${key.id}`)).status).toBe(204);

    expect((await project.delete(`/images/${style.id}`)).status).toBe(204);
    expect((await project.delete(path)).status).toBe(204);
    expect((await api.delete(`/projects/${project.id}`)).status).toBe(204);
    expect([...deeds.keys()].sort()).toEqual(endpoints.map(({ name }) => name).sort());
  });

  it('do what else they may do: refuse, rename, clean up', async () => {
    const { api } = stack;
    const project = await newProject(api);
    const missing = api.below(`/projects/${nobody}`);
    for (const path of ['/personas', '/keys', '/images']) expect((await missing.post(path, {})).status).toBe(404);
    expect((await missing.put(`/personas/${nobody}`, [])).status).toBe(404);
    const image = { imageBase64: picture.toString('base64'), role: 'any' };
    expect((await missing.post('/images', image)).status).toBe(404);

    const llmSettings = { provider: 'openai', apiKey: 'sk-local-slow-1000' };
    await project.put('/config', { llmSettings });
    const { body: persona } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count.' });
    const path = `/personas/${persona.id}`;
    const { body: stored } = await project.post('/images', image);
    expect((await project.put(path, { name: 'Grace', imageUrl: stored.id })).status).toBe(200);
    expect((await project.delete(`/images/${stored.id}`)).status).toBe(204);
    const drawing = project.post(`${path}/generate-image`);
    await expect.poll(() => stack.imageRequests.some(({ apiKey }) => apiKey === llmSettings.apiKey)).toBe(true);
    expect((await project.delete(path)).status).toBe(204);
    expect((await drawing).status).toBe(404);
  });

  it.each(endpoints)('$name did what its row grants, all of it and nothing else', ({ name, uses }) => {
    const done = deeds.get(name) ?? [];
    const granted = [
      ...(uses.table ?? []).map((action) => `dynamodb:${action}`),
      ...(uses.bucket ?? []).map((action) => `s3:${action}`),
      ...(uses.key ?? []).map((action) => `kms:${action}`),
    ];
    expect([...new Set(done.map(({ action }) => action))].sort()).toEqual(granted.sort());
    for (const { action, resource } of done) expect(resource).toMatch(resources[action.split(':')[0] ?? ''] ?? 'none');
  });
});

/** What the actions of a service may be done to. */
const resources: Record<string, RegExp> = {
  dynamodb: /^personas$/,
  s3: /^\/personas-portraits\/projects\/[0-9a-f-]{36}\/[0-9a-f-]{36}\.(png|jpg|webp)$/,
  kms: /^alias\/personas-api-local$/,
};

/** A function's environment: what the template sets, with the names of the stores here, and what Lambda and the emulators add. */
function environmentOf(variables: Readonly<Record<string, unknown>>): Record<string, string> {
  const added = Object.entries(process.env).filter(([name]) => /^(AWS_|OPENAI_BASE_URL$)/.test(name));
  const set = Object.entries(variables).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : process.env[name],
  ]);
  return Object.fromEntries([...added, ...set]);
}
