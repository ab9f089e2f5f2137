/** `npm start`: the whole API on this machine, without an account. Data is kept between runs. */
import { parseArgs } from 'node:util';
import { parseHost, parseOrigin } from '../lib/local/foreign-callers.ts';
import type { Call } from '../lib/local/gateway.ts';
import { checkPort } from '../lib/local/listen.ts';
import { directoryOf, fail, giveUp, isLive, ownDirectory, portOf, untilTheEnd } from '../lib/local/program.ts';
import { startStack } from '../lib/local/stack.ts';

const usage = `Usage: npm start -- [options]

  --port <number>      where to listen on 127.0.0.1 (default: 3000)
  --data <directory>   where data is kept between runs (default: .local/ of this project)
  --reset              begin without the data of earlier runs
  --auth               ask for keys, as a deployment does; the start prints the operator's
  --allow-host <name>  answer to this name, too (default: localhost, 127.0.0.1 and [::1]); may be repeated
  --allow-origin <origin>
                       answer to pages of this origin, too (default: those of this machine); may be repeated
  --openai live        have OpenAI draw the portraits (default: a stand-in, which needs no key)
  --help               this text`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      data: { type: 'string', default: ownDirectory },
      reset: { type: 'boolean', default: false },
      auth: { type: 'boolean', default: false },
      'allow-host': { type: 'string', multiple: true, default: [] },
      'allow-origin': { type: 'string', multiple: true, default: [] },
      openai: { type: 'string', default: 'stand-in' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    port: portOf('--port', values.port),
    directory: directoryOf('--data', values.data),
    reset: values.reset,
    auth: values.auth,
    allowed: { hosts: values['allow-host'].map(parseHost), origins: values['allow-origin'].map(parseOrigin) },
    live: isLive(values.openai),
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
    if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status}: ${await response.text()}`);
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

All that can be asked of it, to read and to try: ${url}/api/docs
`;

const authNote = (adminKey: string) => `
Calls need a key, as in a deployment. Add this to each curl; it is the operator's and opens everything:

  -H 'Authorization: Bearer ${adminKey}'`;

async function main(): Promise<void> {
  const { help, live, ...options } = readOptions();
  if (help) return console.log(usage);
  const { port, directory, auth } = options;
  // Before anything is touched that may be another program's.
  await checkPort(port);

  let onCall: ((call: Call) => void) | undefined;
  const stack = await startStack({
    ...options,
    liveOpenAi: live,
    onCall: (call) => onCall?.(call),
    onFailure: giveUp,
  });

  const standInKey = 'sk-local-stand-in-for-openai';
  // By its address: not every machine knows the name localhost.
  const address = `http://127.0.0.1:${new URL(stack.url).port}`;
  const projectId = await demoProject(address, stack.adminKey, (live && process.env.OPENAI_API_KEY) || standInKey);

  untilTheEnd(() => stack.close());
  if (auth) console.log(authNote(stack.adminKey));
  console.log(banner(stack.url, directory, projectId));
  onCall = printCall;
}

await main().catch((error) => fail(error, 'npm start'));
