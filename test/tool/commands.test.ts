import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listen } from '../../lib/local/listen.ts';
import { newProject, useStack } from '../support/api.ts';
import { type Environment, useTool } from '../support/tool.ts';

const stack = useStack({ auth: true });
const tools = useTool();

const openAi = { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' } };

async function start() {
  const project = await newProject(stack.api.as(stack.adminKey), 'Checkout bot');
  const environment = {
    PERSONAS_API_URL: stack.url,
    PERSONAS_API_KEY: stack.adminKey,
    PERSONAS_API_PROJECT: project.id,
  };
  const tool = (args: readonly string[], input?: string) =>
    tools.run(args, { environment, ...(input !== undefined && { input }) });
  return { project, environment, tool };
}

it('creates, shows, changes and deletes a persona', async () => {
  const { project, tool } = await start();
  const made = await tool(
    [
      ...['create', 'Greta', '--description', 'Retired', '--prompt-file', '-'],
      ...['--header', 'X-Test-User: greta', '--header', 'Accept: a:b'],
    ],
    'You are Greta.\nYou trust no chatbot.\n',
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const id = made.stdout.trim();
  const persona = (await project.get(`/personas/${id}`)).body;
  expect(persona).toMatchObject({
    name: 'Greta',
    description: 'Retired',
    systemPrompt: 'You are Greta.\nYou trust no chatbot.',
    headers: { 'X-Test-User': 'greta', Accept: 'a:b' },
  });
  expect(JSON.parse((await tool(['show', 'Greta', '--json'])).stdout)).toEqual(persona);
  expect((await tool(['show', id.toUpperCase()])).stdout).toContain('headers:\n  X-Test-User: greta\n  Accept: a:b\n');

  expect((await tool(['update', 'Greta', '--name', 'Gerda', '--clear', 'description'])).code).toBe(0);
  const { updatedAt: _, description: __, ...rest } = { ...persona, name: 'Gerda' };
  const changed = (await project.get(`/personas/${id}`)).body;
  expect(changed).toEqual({ ...rest, updatedAt: changed.updatedAt });

  expect(await tool(['delete', 'Gerda'])).toEqual({ code: 0, stdout: '', stderr: '1 persona deleted.\n' });
  expect((await project.get('/personas')).body).toEqual([]);
});

it('lists personas for people and for programs', async () => {
  const { project, tool } = await start();
  await project.post('/personas', { name: 'Greta', description: `Has seen\ntoo ${'many '.repeat(20)}` });
  await project.post('/personas', { name: 'Zoë 日本 \u{1f3ad}' });
  const { stdout } = await tool(['list']);
  const [head, greta, zoe] = stdout.split('\n');
  expect(head).toMatch(/^NAME +DESCRIPTION +TAGS +PORTRAIT +UPDATED +ID$/);
  expect(greta).toMatch(/^Greta +Has seen too many .*… .*no +\d{4}-\d\d-\d\d \d\d:\d\d +[0-9a-f-]{36}$/);
  expect(zoe).toContain('Zoë 日本 \u{1f3ad}');
  expect(JSON.parse((await tool(['list', '--json'])).stdout)).toEqual((await project.get('/personas')).body);
});

it('prints no terminal escape sequences', async () => {
  const { project, tool } = await start();
  await project.post('/personas', { name: 'Greta', systemPrompt: 'a\u001b[2Jb\u0007c\td' });
  expect((await tool(['show', 'Greta'])).stdout).toContain('systemPrompt: ab\ufffdc\td\n');
});

describe('draws', () => {
  it('missing portraits, several at once, and reports refusals', async () => {
    const { project, tool } = await start();
    await project.put('/config', openAi);
    for (const name of ['Greta', 'Tom', 'Ann'])
      await project.post('/personas', { name, systemPrompt: `You are ${name}.` });
    await project.post('/personas', { name: 'Without a prompt' });
    expect(await tool(['draw', 'Greta'])).toMatchObject({ code: 0, stderr: '1 portrait drawn.\n' });
    const { stdout, stderr, code } = await tool(['draw', '--missing', '--at-once', '2', '--json']);
    expect(stderr).toBe('2 portraits drawn.\n');
    expect(code).toBe(0);
    const personas: { name: string; imageUrl?: string }[] = (await project.get('/personas')).body;
    expect(
      JSON.parse(stdout)
        .map(({ name }: { name: string }) => name)
        .toSorted(),
    ).toEqual(['Ann', 'Tom']);
    expect(personas.filter(({ imageUrl }) => imageUrl).map(({ name }) => name)).toEqual(['Greta', 'Tom', 'Ann']);
    expect(await tool(['draw', 'Tom', 'Without a prompt'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'Without a prompt: Persona must have a system prompt to generate an image\n1 portrait drawn, 1 refused.\n',
    });
  });

  it('nothing more after a failure that concerns all', async () => {
    const { project, tool } = await start();
    for (const name of ['Greta', 'Tom', 'Ann'])
      await project.post('/personas', { name, systemPrompt: `You are ${name}.` });
    const { code, stderr } = await tool(['draw', '--missing', '--at-once', '1']);
    expect(stderr).toBe('0 portraits drawn.\nNo LLM provider configured. Configure one in Settings > LLM Providers.\n');
    expect(code).toBe(1);
  });
});

describe('finds the service and the project', () => {
  it('by options, then the environment, then a file of mode 0600', async () => {
    const { project, environment } = await start();
    await project.post('/personas', { name: 'Greta' });
    const config = join(tools.folder, 'config.json');
    const file = { url: `${stack.url}/`, key: stack.adminKey, project: project.id };
    await writeFile(config, JSON.stringify(file), { mode: 0o600 });
    const list = (args: readonly string[], environment: Environment = {}) =>
      tools.run(['list', '--json', ...args], { environment });

    for (const { code, stdout } of [
      await list(['--config', config]),
      await list(['--config', config], { PERSONAS_API_KEY: stack.adminKey }),
      await list(['--key', stack.adminKey], { ...environment, PERSONAS_API_KEY: 'wrong' }),
      await list(['--project', 'Checkout bot', '--url', stack.url], {
        ...environment,
        PERSONAS_API_URL: 'http://127.0.0.1:1',
      }),
    ].slice(0, 3)) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toHaveLength(1);
    }
    expect(await list(['--config', config], { PERSONAS_API_KEY: 'wrong' })).toMatchObject({ code: 1, stdout: '' });

    await chmod(config, 0o644);
    const refused = await list(['--config', config]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(`Others can read ${config}, which may contain a key. Run: chmod 600 ${config}\n`);
  });

  it('by the only project of a key', async () => {
    const { project } = await start();
    const { key } = (await project.post('/keys', { name: 'CI', access: 'read' })).body;
    const environment = { PERSONAS_API_URL: stack.url, PERSONAS_API_KEY: key };
    expect(await tools.run(['list', '--json'], { environment })).toMatchObject({
      code: 0,
      stdout: '[]\n',
    });
  });

  it.each([
    ['no address', { PERSONAS_API_URL: '' }, 2, /^No address is given\. Use --url/],
    ['an invalid address', { PERSONAS_API_URL: 'localhost:3000' }, 2, /^"localhost:3000" is not a valid address\.$/],
    ['a wrong key', { PERSONAS_API_KEY: 'wrong' }, 1, / \(401, request [\w-]+\)$/],
    ['an invalid key', { PERSONAS_API_KEY: 'a\nb' }, 2, /^The key has invalid characters\.$/],
    [
      'an unknown project',
      { PERSONAS_API_PROJECT: 'Nobody’s' },
      2,
      /^No project is called "Nobody’s"\. There are:\n {2}[0-9a-f-]{36} {2}/,
    ],
  ])('or reports: %s', async (_, differing, code, message) => {
    const { environment } = await start();
    const ended = await tools.run(['list'], { environment: { ...environment, ...differing } });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr.trim()).toMatch(message);
  });
});

it('reports an unreachable service without retries', async () => {
  const { url, close } = await listen(async () => {});
  await close();
  const environment = { PERSONAS_API_URL: url };
  expect(await tools.run(['list'], { environment })).toEqual({
    code: 1,
    stdout: '',
    stderr: `${url} does not answer: ECONNREFUSED\n`,
  });
});

it.each([
  ['an unknown command', ['lst']],
  ['an unknown option', ['list', '--colour']],
  ['a missing argument', ['show']],
  ['an unknown persona', ['show', 'Nobody']],
  ['a change of nothing', ['update', 'Nobody']],
  ['an invalid header', ['create', 'Greta', '--header', 'X']],
  ['a prompt given twice', ['create', 'Greta', '--prompt', 'a', '--prompt-file', '-']],
  ['a missing file', ['create', 'Greta', '--prompt-file', 'nowhere']],
  ['neither names nor --missing', ['draw']],
  ['as many at once as none', ['draw', '--missing', '--at-once', '0']],
])('ends with status 2 and does nothing: %s', async (_, args) => {
  const { project, tool } = await start();
  const { code, stderr } = await tool(args);
  expect(stderr).not.toBe('');
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(2);
  expect((await project.get('/personas')).body).toEqual([]);
});

it("prints the service's message and details", async () => {
  const { project, tool } = await start();
  await project.post('/personas', { name: 'Greta' });
  expect(await tool(['create', 'Greta'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Persona with name "Greta" already exists\n',
  });
});

it('shows its options and its exit statuses', async () => {
  const { stdout, code } = await tools.run(['--help']);
  expect(code).toBe(0);
  for (const command of ['list', 'show', 'create', 'update', 'delete', 'draw', 'import', 'export', 'diff', 'apply']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  }
  expect(stdout).toContain('Exit status: 0 success;');
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect((await tools.run(['--version'])).stdout).toBe(`${version}\n`);
});
