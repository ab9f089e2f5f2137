/** `npm start`: the whole API on this machine, without an account. Data is kept between runs. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Call } from '../lib/local/gateway.ts';
import { startStack } from '../lib/local/stack.ts';

const usage = `Usage: npm start -- [options]

  --port <number>      where to listen on 127.0.0.1 (default: 3000)
  --data <directory>   where data is kept between runs (default: .local/ of this project)
  --reset              begin without the data of earlier runs
  --auth               ask for keys, as a deployment does; the start prints the operator's
  --openai live        have OpenAI draw the portraits (default: a stand-in, which needs no key)
  --help               this text`;

const ownDirectory = fileURLToPath(new URL('../.local', import.meta.url));

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      data: { type: 'string', default: ownDirectory },
      reset: { type: 'boolean', default: false },
      auth: { type: 'boolean', default: false },
      openai: { type: 'string', default: 'stand-in' },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port must be a number from 0 to 65535.');
  if (!['stand-in', 'live'].includes(values.openai)) throw new Error('--openai must be "stand-in" or "live".');
  return {
    port,
    directory: values.data,
    reset: values.reset,
    auth: values.auth,
    live: values.openai === 'live',
    help: values.help,
  };
}

const printCall = ({ method, path, status, milliseconds }: Call) =>
  console.log(`${method.padEnd(7)} ${path} ${status} ${milliseconds.toFixed(0)} ms`);

/** The project of earlier runs, or a new one that is ready to draw. Answers its id. */
async function demoProject(url: string, adminKey: string, apiKey: string): Promise<string> {
  const call = async <Answer>(method: string, path: string, body?: object) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${adminKey}` };
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return (await response.json()) as Answer;
  };
  const [first] = await call<{ id: string }[]>('GET', '/api/projects');
  if (first) return first.id;
  const { id } = await call<{ id: string }>('POST', '/api/projects', { name: 'demo' });
  await call('PUT', `/api/projects/${id}/config`, { llmSettings: { provider: 'openai', apiKey } });
  return id;
}

const banner = (url: string, directory: string, projectId: string) => `
The Personas API listens at ${url}. Ctrl-C ends it; its data stays in ${directory === ownDirectory ? '.local/' : directory}.
A project is there to try. Make a persona:

  PERSONAS=${url}/api/projects/${projectId}/personas
  curl -X POST $PERSONAS -H 'Content-Type: application/json' \\
    -d '{"name": "Greta", "systemPrompt": "You are Greta, 67, a retired engineer who trusts no chatbot."}'

With the id from the answer, have its portrait drawn; with the imageUrl from that answer, fetch it:

  curl -X POST $PERSONAS/ID/generate-image
  curl -o portrait.png ${url}/api/projects/${projectId}/images/IMAGE_URL
`;

const authNote = (adminKey: string) => `
Calls need a key, as in a deployment. Add this to each curl; it is the operator's and opens everything:

  -H 'Authorization: Bearer ${adminKey}'`;

/** Throws EADDRINUSE where another program holds the port, before anything is touched that may be that program's. */
async function checkPort(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

async function main(): Promise<void> {
  const { port, directory, reset, auth, live, help } = readOptions();
  if (help) return console.log(usage);
  await checkPort(port);
  if (reset) await rm(directory, { recursive: true, force: true });

  let onCall: ((call: Call) => void) | undefined;
  const stack = await startStack({ port, directory, auth, liveOpenAi: live, onCall: (call) => onCall?.(call) });

  const standInKey = 'sk-local-stand-in-for-openai';
  const projectId = await demoProject(stack.url, stack.adminKey, (live && process.env.OPENAI_API_KEY) || standInKey);

  let stopping = false;
  // Of one Ctrl-C two signals come: the terminal's, and npm's, which passes on its own. What still runs is not waited for.
  const stop = () => {
    if (stopping) return;
    stopping = true;
    stack.close().then(() => process.exit(), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  whenNpmIsGone(stop);
  if (auth) console.log(authNote(stack.adminKey));
  console.log(banner(stack.url, directory, projectId));
  onCall = printCall;
}

/** A signal that reaches npm alone ends the shell between it and this process, and is not passed on by that shell. */
function whenNpmIsGone(stop: () => void): void {
  const shell = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== shell && stop(), 250).unref();
}

function fail(error: Error & { code?: string; port?: number }): never {
  const taken = `Port ${error.port} is in use. End the program that holds it, or take another: npm start -- --port ${Number(error.port) + 1}`;
  console.error(error.code === 'EADDRINUSE' ? taken : error.message);
  process.exit(1);
}

await main().catch(fail);
