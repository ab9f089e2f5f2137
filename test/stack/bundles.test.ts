import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { authorizer, endpoints, functions } from '../../lib/contract/functions.ts';
import type { Authorizer } from '../../lib/local/authorizer.ts';
import { type Listener, listen } from '../../lib/local/listen.ts';
import { type Client, newProject, useStack } from '../support/api.ts';
import { bundledFunctions, loadedAtOnce, sizeOf, startFunction } from '../support/bundles.ts';
import { eventFor } from '../support/events.ts';
import { png } from '../support/pictures.ts';
import { takeTour } from '../support/tour.ts';
import { makeStack } from './synthesise.ts';

const outdir = mkdtempSync(join(tmpdir(), 'personas-bundles-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const bundles = bundledFunctions(makeStack({ 'aws:cdk:bundling-stacks': ['*'] }, { outdir }));

function bundleOf(name: string) {
  const bundled = bundles.get(name);
  if (!bundled) throw new Error(`The template has no function ${name}`);
  return bundled;
}

afterEach(() => vi.restoreAllMocks());

const asSent = (event: APIGatewayProxyEvent) => event;

/** SAM sends the pattern of a route instead of the called path. */
const withPattern = (event: APIGatewayProxyEvent): APIGatewayProxyEvent => ({
  ...event,
  requestContext: { ...event.requestContext, path: event.resource },
});

describe.each([
  ['as Lambda runs them', {}, asSent],
  ['as sam local runs them', { AWS_SAM_LOCAL: 'true' }, withPattern],
])('the bundles, %s', (_how, more: Record<string, string>, seen) => {
  const running = new Map<string, { stop(): Promise<void> }>();
  const start = <Event extends object, Result>(name: string) => {
    const { asset, environment } = bundleOf(name);
    const process = startFunction<Event, Result>(asset, { ...environmentOf(environment), ...more });
    running.set(name, process);
    return process.handler;
  };
  let authorize: Authorizer | undefined;
  const stack = useStack({
    async handlerOf({ name }) {
      const handler = start<APIGatewayProxyEvent, APIGatewayProxyResult>(name);
      return async (event: APIGatewayProxyEvent) => handler(seen(event));
    },
    async authorizer(event) {
      authorize ??= start(authorizer.name);
      return authorize(event);
    },
  });
  afterAll(() => Promise.all([...running.values()].map((process) => process.stop())));

  it('answer as in the examples', async () => {
    await takeTour(stack.api.as(stack.adminKey));
    expect([...running.keys()].sort()).toEqual([...endpoints, authorizer].map(({ name }) => name).sort());
  });

  it('pass the bytes of an image on unchanged', async () => {
    const project = await newProject(stack.api.as(stack.adminKey));
    const { body } = await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
    expect((await project.get(`/images/${body.id}`)).body).toEqual(png());
  });

  it('allow keys what their access allows', async () => {
    expect((await stack.api.get('/projects')).status).toBe(401);
    const project = await newProject(stack.api.as(stack.adminKey));
    const { body: persona } = await project.post('/personas', { name: 'Ada' });
    const { body: key } = await project.post('/keys', { name: 'CI', access: 'read' });
    const reader = project.as(key.key);
    expect((await reader.get(`/personas/${persona.id}`)).status).toBe(200);
    expect((await reader.delete(`/personas/${persona.id}`)).status).toBe(403);
  });
});

it.each(functions)('the bundle of $name is within its budget', ({ name, bundle }) => {
  expect(sizeOf(bundleOf(name))).toBeLessThanOrEqual(bundle.budget);
});

it.each(functions.filter(({ bundle }) => !bundle.split))(
  'the bundle of $name is a file with its map, and the files that it reads',
  ({ name, bundle }) => {
    const { asset } = bundleOf(name);
    const found = readdirSync(asset, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = (bundle.files ?? []).map((file) => `node_modules/${file}`);
    const expected = ['index.js', 'index.js.map', ...files, ...(bundle.page ? ['page.css', 'page.js'] : [])].map(
      (file) => join(asset, file),
    );
    expect(found.map((entry) => join(entry.parentPath, entry.name)).sort()).toEqual(expected.sort());
  },
);

describe.each(functions.filter(({ bundle }) => bundle.split))(
  '$name without the module that it loads when needed',
  ({ name }) => {
    const { asset, environment } = bundleOf(name);
    const part = join(outdir, 'loaded-at-once');
    const files = loadedAtOnce({ asset, environment });
    let bundled: ReturnType<typeof startFunction<APIGatewayProxyEvent, APIGatewayProxyResult>>;
    const stack = useStack({
      async handlerOf(endpoint) {
        if (endpoint.name !== name) return (await import(`../../functions/${endpoint.file}.ts`)).handler;
        for (const file of files) cpSync(join(asset, file), join(part, file));
        bundled = startFunction(part, { ...environmentOf(environment), AWS_SAM_LOCAL: 'true' });
        return bundled.handler;
      },
    });
    afterAll(() => bundled.stop());

    it('still refuses invalid drawings', async () => {
      expect(readdirSync(asset).filter((file) => !files.includes(file))).toEqual(
        expect.arrayContaining([expect.stringContaining('draw-portrait')]),
      );
      const project = await newProject(stack.api);
      const draw = async (fields: object) => {
        const { body } = await project.post('/personas', fields);
        return project.post(`/personas/${body.id}/generate-image`);
      };
      expect(await draw({})).toMatchObject({ status: 404, body: { code: 'persona_not_found' } });
      expect(await draw({ name: 'Ada' })).toMatchObject({ status: 400, body: { code: 'system_prompt_missing' } });
      expect(await draw({ name: 'Bea', systemPrompt: 'You count.' })).toMatchObject({
        status: 400,
        body: { code: 'llm_provider_missing' },
      });
    });
  },
);

const withTable = endpoints.filter(({ actions }) => actions.table);
it.each([withTable.find(({ bundle }) => !bundle.split), withTable.find(({ bundle }) => bundle.split)])(
  '$name logs the source positions of a fault',
  async (endpoint) => {
    if (!endpoint) throw new Error('There is no such endpoint');
    const { asset, environment } = bundleOf(endpoint.name);
    const { TABLE_NAME: _, ...incomplete } = environmentOf(environment);
    const printed = vi.spyOn(console, 'log');
    const { handler, stop } = startFunction<APIGatewayProxyEvent, APIGatewayProxyResult>(asset, incomplete);
    expect(await handler(eventFor(endpoint))).toMatchObject({ statusCode: 500 });
    await stop();
    const { message, at } = JSON.parse(String(printed.mock.calls.flat()[0]));
    expect(message).toBe('Environment variable TABLE_NAME is not set');
    const place = /\b(functions\/\S+\.ts):(\d+):\d+$/;
    expect(at[0]).toMatch(place);
    const [, file = '', line] = place.exec(at[0]) ?? [];
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n');
    expect(source[Number(line) - 1]).toContain('is not set');
  },
);

describe.each([
  ['get-persona', 'DYNAMODB', (project: Client) => project.get(`/personas/${randomUUID()}`)],
  [
    'upload-image',
    'S3',
    (project: Client) => project.post('/images', { imageBase64: png().toString('base64'), role: 'any' }),
  ],
] as const)('%s, if %s denies access', (name, store, call) => {
  const running: { stop(): Promise<void> }[] = [];
  let refusing: Listener;
  beforeAll(async () => {
    refusing = await listen(async (request, response) => {
      await buffer(request);
      response.writeHead(403).end();
    });
  });
  const stack = useStack({
    async handlerOf(endpoint) {
      const { asset, environment } = bundleOf(endpoint.name);
      const bundled = startFunction<APIGatewayProxyEvent, APIGatewayProxyResult>(asset, {
        ...environmentOf(environment),
        ...(endpoint.name === name && { [`AWS_ENDPOINT_URL_${store}`]: refusing.url }),
      });
      running.push(bundled);
      return bundled.handler;
    },
  });
  afterAll(() => Promise.all([refusing.close(), ...running.map((bundled) => bundled.stop())]));

  it('logs the source position of the call', async () => {
    const printed = vi.spyOn(console, 'log');
    expect(await call(await newProject(stack.api))).toMatchObject({ status: 500 });
    const { status, at } = JSON.parse(String(printed.mock.calls.flat()[0]));
    expect(status).toBe(403);
    expect(at[0]).toMatch(/\bfunctions\/storage\/\w+\.ts:\d+:\d+$/);
    expect(at.join('\n')).toContain(`functions/${name}.ts:`);
  });
});

/** A function's environment: that of the template with the local stores, and what Lambda and the emulators add. */
function environmentOf(variables: Readonly<Record<string, unknown>>): Record<string, string> {
  const added = Object.entries(process.env).filter(([name]) => /^(AWS_|OPENAI_BASE_URL$)/.test(name));
  const set = Object.entries(variables).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : process.env[name],
  ]);
  return Object.fromEntries([...added, ...set]);
}
