/** `npm start`: the whole API on this machine, without an account. Data is kept between runs. */
import { parseArgs } from 'node:util';
import { makeDemo } from '../lib/local/demo.ts';
import { isDiskFull } from '../lib/local/disk.ts';
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
  console.log(`${method.padEnd(7)} ${path} ${status ?? 'caller hung up'} ${milliseconds.toFixed(0)} ms`);

/** Keeps the lines of the embedded metric format, which functions write for CloudWatch, out of the terminal. */
function hideMetrics(): void {
  process.stdout.write = new Proxy(process.stdout.write, {
    apply: (write, stdout, [text, ...more]) =>
      /^\{.*"_aws":/.test(text) || Reflect.apply(write, stdout, [text, ...more]),
  });
}

const diskFull = (directory: string) =>
  `The disk that holds ${directory} is full. Until there is room, nothing can be stored.`;

/** Says once why nothing can be stored. */
function tellWhy(directory: string): () => Promise<void> {
  let isTold = false;
  return async () => {
    if (isTold || !(await isDiskFull(directory))) return;
    isTold = true;
    console.error(diskFull(directory));
  };
}

/** The first project of earlier runs, or the demo. Answers its id. */
async function firstProject(url: string, adminKey: string, apiKey: string): Promise<string> {
  const response = await fetch(`${url}/api/projects?limit=1`, { headers: { Authorization: `Bearer ${adminKey}` } });
  if (!response.ok) throw new Error(`GET /api/projects is answered ${response.status}: ${await response.text()}`);
  const [first] = (await response.json()) as { id: string }[];
  return first?.id ?? makeDemo(url, adminKey, apiKey);
}

const banner = (url: string, directory: string, projectId: string) => `
Open ${url} to see the personas, and to make one of your own.

That is the API's address, too. Ctrl-C ends it; its data stays in ${directory === ownDirectory ? '.local/' : directory}. Make a persona by hand:

  PERSONAS=${url}/api/projects/${projectId}/personas
  curl -X POST $PERSONAS -H 'Content-Type: application/json' \\
    -d '{"name": "Greta", "systemPrompt": "You are Greta, 67, a retired engineer who trusts no chatbot."}'

With the id from the answer, have its portrait drawn; with the imageUrl from that answer, fetch it:

  curl -X POST $PERSONAS/ID/generate-image
  curl -o portrait.png ${url}/api/projects/${projectId}/images/IMAGE_URL

All that can be asked of it, to read and to try: ${url}/api/docs
`;

const authNote = (adminKey: string) => `
Calls need a key, as in a deployment. Give the page the operator's, which opens everything, and add it to each curl:

  -H 'Authorization: Bearer ${adminKey}'`;

async function main(): Promise<void> {
  const { help, live, ...options } = readOptions();
  if (help) return console.log(usage);
  const { port, directory, auth } = options;
  // Before anything is touched that may be another program's.
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
        `Waiting for ${running === 1 ? 'a call that is' : `${running} calls that are`} still running, so that no portrait is lost. Ctrl-C again ends at once.`,
      ),
  });

  const standInKey = 'sk-local-stand-in-for-openai';
  // By its address: not every machine knows the name localhost.
  const address = `http://127.0.0.1:${new URL(stack.url).port}`;
  const apiKey = (live && process.env.OPENAI_API_KEY) || standInKey;
  const projectId = await firstProject(address, stack.adminKey, apiKey).catch(async (error) => {
    throw (await isDiskFull(directory)) ? new Error(diskFull(directory), { cause: error }) : error;
  });

  untilTheEnd(() => stack.close());
  if (auth) console.log(authNote(stack.adminKey));
  console.log(banner(stack.url, directory, projectId));
  const onFailedCall = tellWhy(directory);
  onCall = (call) => {
    printCall(call);
    if (call.status && call.status >= 500) void onFailedCall();
  };
}

await main().catch((error) => fail(error, 'npm start'));
