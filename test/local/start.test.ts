import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeData } from '../../lib/local/data-directory.ts';
import { listen } from '../../lib/local/listen.ts';
import { clientOf, type Json } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { bannerOf, killEngine, killGroup, type Program, runningOn, runProgram } from '../support/program.ts';

const node = [process.execPath, 'bin/local.ts'];
const npm = ['npm', 'start', '--'];

interface Options {
  readonly command?: readonly string[];
  readonly data?: string;
  readonly port?: number;
  readonly more?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

let data: string;
let programs: Program[];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'personas-start-'));
  programs = [];
});
afterEach(async () => {
  for (const program of programs) killGroup(program);
  await expect.poll(() => runningOn(data)).toEqual([]);
  await rm(data, { recursive: true, force: true });
});

function run({ command = node, port = 0, more = [], environment, ...options }: Options = {}): Program {
  const program = runProgram(
    [...command, '--port', String(port), '--data', options.data ?? data, ...more],
    environment,
  );
  programs.push(program);
  return program;
}

/** Starts it and waits for the banner, which has the id of the project. */
async function start(options?: Options) {
  const program = run(options);
  const { url, projectId } = await bannerOf(program);
  return {
    ...program,
    url,
    port: Number(new URL(url).port),
    projectId,
    project: clientOf(`${url}/api/projects/${projectId}`),
  };
}

const greta = { name: 'Greta', systemPrompt: 'You are Greta, 67, a retired engineer who trusts no chatbot.' };

describe.runIf(process.env.AWS_ENDPOINT_URL_DYNAMODB === undefined)('npm start', () => {
  it('prints curl commands that work, and then a line for each call', async () => {
    const { output, project, projectId } = await start();
    const [, sent = ''] = /-d '(.*)'/.exec(output()) ?? [];
    const made = await project.post('/personas', sent);
    expect(made.status).toBe(201);
    const drawn = await project.post(`/personas/${made.body.id}/generate-image`);
    expect(drawn.status).toBe(200);
    const image = await project.get(`/images/${drawn.body.imageUrl}`);
    expect(PNG.sync.read(image.body)).toMatchObject({ width: 1024, height: 1024 });
    await project.get('/personas/unknown?and=so');

    const path = `/api/projects/${projectId}`;
    const [banner = ''] = output().split(/(?<=\/api\/docs\n)/);
    const lines = () => output().slice(banner.length).trim().split('\n');
    await expect.poll(() => lines().length).toBe(4);
    expect(lines().map((line) => line.replace(/\d+ ms$/, '… ms'))).toEqual([
      `POST    ${path}/personas 201 … ms`,
      `POST    ${path}/personas/${made.body.id}/generate-image 200 … ms`,
      `GET     ${path}/images/${drawn.body.imageUrl} 200 … ms`,
      `GET     ${path}/personas/unknown 404 … ms`,
    ]);
  });

  it("prints the page's address first, with a demo whose portraits are not requested", async () => {
    const openAi = await listen(async () => {
      throw new Error('OpenAI is asked');
    });
    const { output, url, project } = await start({
      more: ['--openai', 'live'],
      environment: { OPENAI_BASE_URL: openAi.url, OPENAI_API_KEY: 'sk-live-0123456789' },
    });
    expect(output().trimStart()).toMatch(new RegExp(`^Open ${url} `));
    expect(await (await fetch(url)).text()).toContain('<title>Personas</title>');
    const shown: Json[] = (await project.get('/personas')).body;
    expect(shown.map(({ name }) => name)).toEqual(['Grumpy Greta', 'Hasty Hanna', 'Curious Carlos']);
    for (const { imageUrl } of shown) {
      expect(PNG.sync.read((await project.get(`/images/${imageUrl}`)).body)).toMatchObject({ width: 1024 });
    }
    await openAi.close();
  });

  it('keeps its data between runs, until --reset', async () => {
    const first = await start();
    const { body } = await first.project.post('/personas', greta);
    const drawn = (await first.project.post(`/personas/${body.id}/generate-image`)).body;
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);

    const second = await start();
    expect(second.projectId).toBe(first.projectId);
    expect((await second.project.get('/personas')).body).toContainEqual(drawn);
    expect((await second.project.get(`/images/${drawn.imageUrl}`)).status).toBe(200);
    expect((await second.project.post(`/personas/${body.id}/generate-image`)).status).toBe(200);
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);

    const third = await start({ more: ['--reset'] });
    expect(third.projectId).not.toBe(first.projectId);
    expect((await third.project.get('/personas')).body).toHaveLength(3);
    expect((await fetch(`${third.url}/api/projects/${first.projectId}/personas`)).status).toBe(404);
  });

  it('names a port in use, and changes nothing', async () => {
    const first = await start();
    const { port } = first;
    const second = run({ port, more: ['--reset'] });
    expect(await second.ended).toBe(1);
    expect(second.output()).toBe(
      `Port ${port} is in use. End the program that uses it, or choose another one: npm start -- --port ${port + 1}\n`,
    );

    const elsewhere = join(data, 'elsewhere');
    const third = run({ port, data: elsewhere });
    expect(await third.ended).toBe(1);
    expect(await runningOn(elsewhere)).toEqual([]);

    first.child.kill('SIGINT');
    await first.ended;
    expect((await start()).projectId).toBe(first.projectId);
  });

  it('refuses invalid options in a sentence', async () => {
    const sentences = [
      [['--port', 'http'], '--port must be a number from 0 to 65535.'],
      [['--port', '70000'], '--port must be a number from 0 to 65535.'],
      [['--port', ''], '--port must be a number from 0 to 65535.'],
      [['--port', '0x1F90'], '--port must be a number from 0 to 65535.'],
      [['--data', ''], '--data must name a directory.'],
      [['--allow-host', 'http://x.test'], '--allow-host must be a name without a port'],
      [['--allow-origin', 'x.test'], '--allow-origin must be an origin such as'],
      [['--openai', 'maybe'], '--openai must be "stand-in" or "live".'],
      [['--colour'], "Unknown option '--colour'"],
    ] as const;
    await Promise.all(
      sentences.map(async ([more, sentence]) => {
        const { ended, output } = run({ more });
        expect(await ended).toBe(1);
        expect(output()).toContain(sentence);
        expect(output()).not.toMatch(/^ +at /m);
      }),
    );
  });

  it.each([
    ['admin-key', 'is empty. Delete it, and a new key is created.'],
    ['aws-credentials.json', 'has no valid credentials. Delete it, and new ones are created.'],
    [
      'kms-master-key',
      'is not a key of 32 bytes. Delete it, and a new one is created; provider keys then have to be stored again.',
    ],
  ])('reports an empty %s', async (name, sentence) => {
    await writeFile(join(data, name), '');
    const { ended, output } = run();
    expect(await ended).toBe(1);
    expect(output()).toBe(`${join(data, name)} ${sentence}\n`);
  });

  it('removes only its own files with --reset', async () => {
    await mkdir(join(data, 's3'));
    for (const name of ['notes.txt', 's3/notes.txt']) await writeFile(join(data, name), 'mine');
    const first = await start();
    await first.project.post('/personas', greta);
    first.child.kill('SIGINT');
    await first.ended;
    const second = await start({ more: ['--reset'] });
    expect((await second.project.get('/personas')).body).toHaveLength(3);
    second.child.kill('SIGINT');
    await second.ended;
    await removeData(data);
    expect((await readdir(data, { recursive: true })).sort()).toEqual(['lock', 'notes.txt', 's3', 's3/notes.txt']);
  });

  it('locks its data against a second program, until it ends in any way', async () => {
    const first = await start();
    const { body } = await first.project.post('/personas', greta);
    for (const more of [[], ['--reset']]) {
      const second = run({ more });
      expect(await second.ended).toBe(1);
      expect(second.output()).toBe(`Another program uses ${data}. End it, or use another directory with --data.\n`);
    }
    expect((await first.project.get('/personas')).body).toContainEqual(body);
    first.child.kill('SIGKILL');
    await first.ended;
    expect((await (await start()).project.get('/personas')).body).toContainEqual(body);
  });

  it('answers to other names and origins if they are allowed', async () => {
    const more = ['--allow-host', 'personas.test', '--allow-origin', 'https://app.test'];
    const { url } = await start({ more });
    const statusFor = async (headers: Record<string, string>) => {
      const call = request(`${url}/api/status`, { headers }).end();
      const [answer]: IncomingMessage[] = await once(call, 'response');
      return answer?.resume().statusCode;
    };
    expect(await statusFor({ Origin: 'https://app.test' })).toBe(200);
    expect(await statusFor({ Origin: 'https://other.test' })).toBe(403);
    expect(await statusFor({ Host: 'personas.test' })).toBe(200);
    expect(await statusFor({ Host: 'other.test' })).toBe(403);
  });

  it('works without the name localhost', async () => {
    const nameless = `import dns from 'node:dns';
      const { lookup } = dns;
      dns.lookup = (name, ...rest) => name === 'localhost'
        ? rest.at(-1)(Object.assign(new Error('getaddrinfo ENOTFOUND localhost'), { code: 'ENOTFOUND' }))
        : lookup(name, ...rest);`;
    const preload = `data:text/javascript,${encodeURIComponent(nameless)}`;
    await start({ command: [process.execPath, '--import', preload, 'bin/local.ts'] });
  });

  it('reports a store that ends, and exits', async () => {
    const { ended, output } = await start();
    await killEngine(data);
    expect(await ended).toBe(1);
    expect(output()).toMatch(
      /The local DynamoDB engine has ended unexpectedly\. All answered writes are stored\. Start again\.\n/,
    );
  });

  it('reports a full disk once', async () => {
    const full = `import fs from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      import { existsSync } from 'node:fs';
      const { writeFile } = fs;
      fs.statfs = async () => ({ bavail: 0, bsize: 4096 });
      fs.writeFile = async (file, ...rest) => {
        if (existsSync(process.env.FULL) && String(file).includes('unfinished')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        return writeFile(file, ...rest);
      };
      syncBuiltinESMExports();`;
    const preload = `data:text/javascript,${encodeURIComponent(full)}`;
    const FULL = join(data, 'full');
    const command = [process.execPath, '--import', preload, 'bin/local.ts'];
    const { project, output } = await start({ command, environment: { FULL } });
    await writeFile(FULL, '');
    const imageBase64 = png().toString('base64');
    for (const role of ['one', 'other']) {
      expect((await project.post('/images', { imageBase64, role })).status).toBe(503);
    }
    await expect.poll(() => output().split(' 503 ')).toHaveLength(3);
    const told = `The disk of ${data} is full. Nothing can be stored until there is space.`;
    await expect.poll(() => output().split(told)).toHaveLength(2);
  });

  it('logs an aborted upload as such', async () => {
    const { url, projectId, output } = await start();
    const before = output();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const path = `/api/projects/${projectId}/images`;
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`;
    socket.write(`${head}{"role":"half`, () => socket.destroy());
    const printed = () => output().slice(before.length);
    await expect.poll(printed).toContain('POST');
    await fetch(`${url}/api/status`);
    await expect.poll(printed).toContain('GET');
    expect(printed()).toMatch(/^POST +\S+ caller hung up \d+ ms\nGET +\S+ 200 \d+ ms\n$/);
  });

  it('ends in order under load', async () => {
    const { child, ended, output, project } = await start();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => project.post('/personas', { name: `Persona ${index}` })),
    );
    let isOver = false;
    const load = Array.from({ length: 10 }, async () => {
      while (!isOver) await project.get('/personas').catch(ignoreNetwork);
    });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    isOver = true;
    await Promise.all(load);
    expect(output()).not.toMatch(/ERROR|Error|^ +at /m);
  });

  it('prints its options', async () => {
    const { ended, output } = run({ more: ['--help'] });
    expect(await ended).toBe(0);
    for (const option of ['--port', '--data', '--reset', '--allow-host', '--allow-origin', '--openai', '--help'])
      expect(output()).toContain(option);
  });

  const onAbacus = [
    process.execPath,
    '--import',
    "data:text/javascript,Object.defineProperty(process, 'arch', { value: 'abacus' })",
  ];

  it('says what to install if there is no engine for the platform', async () => {
    const { ended, output } = run({ command: [...onAbacus, 'bin/local.ts'] });
    expect(await ended).toBe(1);
    expect(output()).toMatch(/@dynoxide\/\w+-abacus, is not installed[\s\S]*AWS_ENDPOINT_URL_DYNAMODB=/);
    expect(output()).not.toMatch(/^ +at /m);
  });

  it('closes everything after a failed start, so that its process ends', async () => {
    const program = "await (await import('./lib/local/stack.ts')).startStack().catch(() => console.log('refused'))";
    const { ended, output } = run({ command: [...onAbacus, '--input-type=module', '--eval', program, '--'] });
    expect(await ended).toBe(0);
    expect(output()).toBe('refused\n');
  });

  it('draws with OpenAI and the key of the environment, and does not wait after a second Ctrl-C', async () => {
    const asked = Promise.withResolvers<string | undefined>();
    const openAi = await listen(async ({ headers }) => asked.resolve(headers.authorization));
    const { project, child, ended, output } = await start({
      more: ['--openai', 'live'],
      environment: { OPENAI_BASE_URL: openAi.url, OPENAI_API_KEY: 'sk-live-0123456789' },
    });
    const { body } = await project.post('/personas', greta);
    const drawing = project.post(`/personas/${body.id}/generate-image`).catch(() => undefined);
    expect(await asked.promise).toBe('Bearer sk-live-0123456789');
    // Twice, since npm passes on what the terminal has already sent.
    child.kill('SIGINT');
    child.kill('SIGINT');
    await expect.poll(output).toContain('Press Ctrl-C again to end at once');
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    await expect.poll(() => runningOn(data)).toEqual([]);
    await drawing;
    await openAi.close();
  });

  it('stores a portrait that is being drawn on Ctrl-C', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const openAi = await listen(async (request, response) => {
      request.resume();
      asked.resolve(response);
    });
    const { project, child, ended, output } = await start({
      more: ['--openai', 'live'],
      environment: { OPENAI_BASE_URL: openAi.url, OPENAI_API_KEY: 'sk-live-0123456789' },
    });
    const { body } = await project.post('/personas', greta);
    const drawing = project.post(`/personas/${body.id}/generate-image`);
    const response = await asked.promise;
    child.kill('SIGINT');
    await expect.poll(output).toContain('Waiting for');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ created: 0, data: [{ b64_json: png().toString('base64') }] }));
    expect((await drawing).body.imageUrl).toEqual(expect.any(String));
    expect(await ended).toBe(0);
    await openAi.close();
    const again = await start();
    expect((await again.project.get(`/personas/${body.id}`)).body.imageUrl).toBe((await drawing).body.imageUrl);
  });

  describe.skipIf(process.platform === 'win32')('ends', () => {
    it('on each signal, and leaves no process behind', async () => {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      await Promise.all(
        signals.map(async (signal) => {
          const { child, ended, output, url } = await start({ data: join(data, signal) });
          const before = output();
          child.kill(signal);
          expect(await ended).toBe(0);
          expect(output()).toBe(before);
          expect(await runningOn(join(data, signal))).toEqual([]);
          await expect(fetch(url)).rejects.toThrow();
        }),
      );
    });

    it.each([
      ['Ctrl-C in its terminal', 'SIGINT', (pid: number) => -pid],
      ['a signal to npm alone', 'SIGTERM', (pid: number) => pid],
    ] as const)('with npm on %s', async (_how, signal, target) => {
      const { child, ended, output } = await start({ command: npm });
      const before = output();
      process.kill(target(child.pid ?? Number.NaN), signal);
      await ended;
      await expect.poll(() => runningOn(data)).toEqual([]);
      expect(output()).toBe(before);
    });
  });

  it('loses no answered create and no name when it is killed', async () => {
    const count = 1000;
    const first = await start();
    const shown: Json[] = (await first.project.get('/personas')).body;
    const names = Array.from({ length: count }, (_, index) => `Persona ${index}`);
    const begun = new Set<string>();
    const answered: Json[] = [];
    await inParallel(names, async (name) => {
      if (first.child.killed) return;
      begun.add(name);
      const { status, body } = await first.project.post('/personas', { name });
      if (status === 201) answered.push(body);
      if (answered.length === count / 2) first.child.kill('SIGKILL');
    });
    expect(await first.ended).toBe('SIGKILL');
    expect(answered.length).toBeGreaterThanOrEqual(count / 2);
    expect(answered.length).toBeLessThan(count);

    const second = await start();
    const kept: Json[] = (await second.project.get('/personas')).body;
    expect(kept).toEqual(expect.arrayContaining(answered));
    const keptNames = new Set(kept.map(({ name }) => name));
    const answeredNames = new Set(answered.map(({ name }) => name));
    for (const name of [...begun].filter((each) => !answeredNames.has(each))) {
      const { status } = await second.project.post('/personas', { name });
      expect([name, status]).toEqual([name, keptNames.has(name) ? 409 : 201]);
    }
    expect((await second.project.get('/personas')).body).toHaveLength(shown.length + begun.size);
  });
});

describe('npm start with an external DynamoDB', () => {
  const elsewhere = (address: string, more: readonly string[] = []) =>
    run({ more, environment: { AWS_ENDPOINT_URL_DYNAMODB: address } });

  it.each([
    ['http://127.0.0.1:9', 'No DynamoDB answers at http://127.0.0.1:9, the value of AWS_ENDPOINT_URL_DYNAMODB.'],
    [
      'localhost:8000',
      'AWS_ENDPOINT_URL_DYNAMODB must be an address such as http://127.0.0.1:8000, not "localhost:8000".',
    ],
  ])('reports a wrong address: %s', async (address, sentence) => {
    const { ended, output } = elsewhere(address);
    expect(await ended).toBe(1);
    expect(output()).toContain(sentence);
    expect(output()).not.toMatch(/^ +at /m);
  });

  it('removes nothing with --reset, since it cannot remove all', async () => {
    await writeFile(join(data, 'kms-master-key'), Buffer.alloc(32));
    const { ended, output } = elsewhere('http://127.0.0.1:9', ['--reset']);
    expect(await ended).toBe(1);
    expect(output()).toContain('--reset cannot empty the DynamoDB at http://127.0.0.1:9');
    expect(await readFile(join(data, 'kms-master-key'))).toHaveLength(32);
  });
});

/** Twenty at a time; calls without an answer are ignored. */
async function inParallel(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  const left = names.values();
  const worker = async () => {
    for (const name of left) await act(name).catch(ignoreNetwork);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

function ignoreNetwork(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}
