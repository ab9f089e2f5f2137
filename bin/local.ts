/** `npm start`: the whole API on this machine, without an AWS account. Keeps its data between runs. */
import { parseArgs } from 'node:util';
import { createDemo } from '../lib/local/demo.ts';
import { isDiskFull } from '../lib/local/disk.ts';
import { parseHost, parseOrigin } from '../lib/local/foreign-callers.ts';
import type { Call } from '../lib/local/gateway.ts';
import { checkPort } from '../lib/local/listen.ts';
import { closeOnExit, directoryOf, fail, giveUp, isLive, ownDirectory, portOf } from '../lib/local/program.ts';
import { startStack } from '../lib/local/stack.ts';

const usage = `Usage: npm start -- [options]

  --port <number>      the port on 127.0.0.1 (default: 3000)
  --data <directory>   the data directory (default: .local/ in this project)
  --reset              remove the data of earlier runs first
  --auth               require keys, as a deployment does; the admin key is printed at the start
  --allow-host <name>  also answer requests to this host name (default: localhost, 127.0.0.1 and [::1]); may be repeated
  --allow-origin <origin>
                       also allow pages of this origin (default: those of this machine); may be repeated
  --openai live        draw portraits with OpenAI (default: a stand-in, which needs no key)
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
  console.log(`${method.padEnd(7)} ${path} ${status ?? 'caller hung up'} ${milliseconds.toFixed(0)} ms`);

/** Keeps the lines of the embedded metric format, which functions write for CloudWatch, out of the terminal. */
function hideMetrics(): void {
  process.stdout.write = new Proxy(process.stdout.write, {
    apply: (write, stdout, [text, ...more]) =>
      /^\{.*"_aws":/.test(text) || Reflect.apply(write, stdout, [text, ...more]),
  });
}

const diskFull = (directory: string) => `The disk of ${directory} is full. Nothing can be stored until there is space.`;

/** Returns a function that once prints that the disk is full, if it is. */
function diskFullNotice(directory: string): () => Promise<void> {
  let isPrinted = false;
  return async () => {
    if (isPrinted || !(await isDiskFull(directory))) return;
    isPrinted = true;
    console.error(diskFull(directory));
  };
}

/** Returns the id of the first project of earlier runs, or of the demo. */
async function firstProject(url: string, adminKey: string, apiKey: string): Promise<string> {
  const response = await fetch(`${url}/api/projects?limit=1`, { headers: { Authorization: `Bearer ${adminKey}` } });
  if (!response.ok) throw new Error(`GET /api/projects was answered ${response.status}: ${await response.text()}`);
  const [first] = (await response.json()) as { id: string }[];
  return first?.id ?? createDemo(url, adminKey, apiKey);
}

const banner = (url: string, directory: string, projectId: string) => `
Open ${url} to see the personas and to create one of your own.

This is also the address of the API. Ctrl-C ends it; its data stays in ${directory === ownDirectory ? '.local/' : directory}. Create a persona with curl:

  PERSONAS=${url}/api/projects/${projectId}/personas
  curl -X POST $PERSONAS -H 'Content-Type: application/json' \\
    -d '{"name": "Greta", "systemPrompt": "You are Greta, 67, a retired engineer who trusts no chatbot."}'

Draw its portrait with the id from the answer, and fetch it with the imageUrl from that answer:

  curl -X POST $PERSONAS/ID/generate-image
  curl -o portrait.png ${url}/api/projects/${projectId}/images/IMAGE_URL

The documentation of the API: ${url}/api/docs
`;

const authNote = (adminKey: string) => `
Calls need a key, as in a deployment. Enter the admin key in the web page, and add it to each curl command:

  -H 'Authorization: Bearer ${adminKey}'`;

async function main(): Promise<void> {
  const { help, live, ...options } = readOptions();
  if (help) return console.log(usage);
  const { port, directory, auth } = options;
  // Before anything else, since another program may be using the data.
  await checkPort(port);
  hideMetrics();

  let onCall: ((call: Call) => void) | undefined;
  const stack = await startStack({
    workers: true,
    ...options,
    liveOpenAi: live,
    onCall: (call) => onCall?.(call),
    onFailure: giveUp,
    onWait: (running) =>
      console.log(
        `Waiting for ${running === 1 ? 'a running call' : `${running} running calls`}, so that no portrait is lost. Press Ctrl-C again to end at once.`,
      ),
  });

  const standInKey = 'sk-local-stand-in-for-openai';
  // By address, since localhost does not resolve on every machine.
  const address = `http://127.0.0.1:${new URL(stack.url).port}`;
  const apiKey = (live && process.env.OPENAI_API_KEY) || standInKey;
  const projectId = await firstProject(address, stack.adminKey, apiKey).catch(async (error) => {
    throw (await isDiskFull(directory)) ? new Error(diskFull(directory), { cause: error }) : error;
  });

  closeOnExit(() => stack.close());
  if (auth) console.log(authNote(stack.adminKey));
  console.log(banner(stack.url, directory, projectId));
  const onFailedCall = diskFullNotice(directory);
  onCall = (call) => {
    printCall(call);
    if (call.status && call.status >= 500) void onFailedCall();
  };
}

await main().catch((error) => fail(error, 'npm start'));
