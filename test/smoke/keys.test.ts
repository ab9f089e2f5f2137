import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { listen } from '../../lib/local/listen.ts';
import { newProject, useStack } from '../support/api.ts';
import { allChecks, gatewayChecks, marked, smoke, stored, without } from '../support/smoke.ts';

const stack = useStack({ auth: true });

it('creates a project with the admin key, and leaves nothing behind', async () => {
  const { code, lines } = await smoke([stack.url], stack.adminKey);
  expect(marked(lines)).toEqual(allChecks);
  expect(code).toBe(0);
  expect(await stored(stack)).toEqual({ items: [], objects: [] });
});

describe('with the key of a project', () => {
  async function projectWithKey(access: 'read' | 'write') {
    const project = await newProject(stack.api.as(stack.adminKey));
    const { key } = (await project.post('/keys', { name: 'smoke', access })).body;
    return { project, key };
  }

  it('uses that project, and leaves it unchanged', async () => {
    const { project, key } = await projectWithKey('write');
    await project.post('/personas', { name: 'Greta' });
    const before = await stored(stack);
    const { code, lines } = await smoke([stack.url, key, '--project', project.id]);
    expect(marked(lines)).toEqual(without('a project is created', 'the project is deleted'));
    expect(code).toBe(0);
    expect(await stored(stack)).toEqual(before);
  });

  it('draws no portrait if the project has a provider', async () => {
    const { project, key } = await projectWithKey('write');
    const llmSettings = { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' };
    expect((await project.put('/config', { llmSettings })).status).toBe(200);
    const { code, lines } = await smoke([stack.url, key, '--project', project.id]);
    expect(lines).toContain(
      '- a portrait without a provider is refused: the project has a provider, and a portrait costs money',
    );
    expect(code).toBe(0);
    expect(stack.imageRequests).toEqual([]);
  });

  it('asks for --project, and does not print the key', async () => {
    const { key } = await projectWithKey('write');
    const { code, lines } = await smoke([stack.url], key);
    expect(lines).toContainEqual(expect.stringMatching(/^ {4}expected {6}201 \(only the admin key.*--project ID\)$/));
    expect(lines.at(-1)).toBe('The smoke test failed.');
    expect(marked(lines).at(-1)).toBe('✗ a project is created');
    expect(lines.join('\n')).not.toContain(key);
    expect(code).toBe(1);
  });

  it('fails with read access, and removes nothing', async () => {
    const { project, key } = await projectWithKey('read');
    const { code, lines } = await smoke([stack.url, key, '--project', project.id]);
    expect(marked(lines).at(-1)).toBe('✗ a persona is created');
    expect(lines).toContainEqual(expect.stringMatching(/^ {4}got {11}403 \{"error":/));
    expect(code).toBe(1);
  });
});

it("accepts SAM's answer to a call without a key", async () => {
  const sam = await listen(async (request, response) => {
    const { method = 'GET', url = '', headers } = request;
    const forwarded = send(new URL(url, stack.url), { method, headers }).end(await buffer(request));
    const [answer]: IncomingMessage[] = await once(forwarded, 'response');
    if (!answer) throw new Error('No answer');
    const isRefused = answer.statusCode === 401;
    response.writeHead(isRefused ? 502 : (answer.statusCode ?? 0), {
      ...(isRefused ? { 'content-type': 'application/json' } : answer.headers),
      server: 'Werkzeug/3.1.3 Python/3.13.5',
    });
    response.end(isRefused ? '{"message": "Internal server error"}' : await buffer(answer));
  });
  const { code, lines } = await smoke([sam.url], stack.adminKey);
  const [status = '', ...rest] = without('its settings are returned with a trailing slash, too');
  const told = rest.filter((line) => !gatewayChecks.includes(line));
  expect(marked(lines)).toEqual([status, "- the gateway's own answers", ...told]);
  expect(code).toBe(0);
  await sam.close();
});
