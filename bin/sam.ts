/** `npm run sam`: runs the stack's template in containers, with `sam local start-api` and the local stores. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawnChild } from '../lib/local/child-process.ts';
import { localCredentials } from '../lib/local/credentials.ts';
import { lock } from '../lib/local/data-directory.ts';
import { addressVariables, identityVariables, settings } from '../lib/local/environment.ts';
import { checkPort } from '../lib/local/listen.ts';
import { closeOnExit, directoryOf, fail, giveUp, isLive, ownDirectory, portOf } from '../lib/local/program.ts';
import { addressesAt, openToContainers, reachableAddress } from '../lib/local/sam/container-access.ts';
import { findContainerEngine } from '../lib/local/sam/container-engine.ts';
import { samArguments, writeSamFiles } from '../lib/local/sam/template.ts';
import { setEnvironment } from '../lib/local/stack.ts';
import { startStores } from '../lib/local/stores.ts';
import { startWorkers } from '../lib/local/workers.ts';

const usage = `Usage: npm run sam -- [options]

  --port <number>          SAM's port on 127.0.0.1 (default: 3000)
  --stores-port <number>   the port of the local stores for the containers (default: the port after --port)
  --data <directory>       the data directory (default: .local/ in this project, as for npm start)
  --auth                   require keys, as a deployment does; the admin key is printed at the start
  --openai live            draw portraits with OpenAI (default: a stand-in, which needs no key)
  --host-address <address>
                           the address of this machine that containers reach (default: that of the engine)
  --print                  only write SAM's files and print its command
  --stores                 only run the stores, for that command
  --help                   this text`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      'stores-port': { type: 'string' },
      data: { type: 'string', default: ownDirectory },
      auth: { type: 'boolean', default: false },
      openai: { type: 'string', default: 'stand-in' },
      'host-address': { type: 'string' },
      print: { type: 'boolean', default: false },
      stores: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = portOf('--port', values.port);
  return {
    ...values,
    data: directoryOf('--data', values.data),
    hostAddress: values['host-address'],
    port,
    storesPort: portOf('--stores-port', values['stores-port'] ?? String(port + 1)),
    liveOpenAi: isLive(values.openai),
  };
}

type Options = ReturnType<typeof readOptions>;

/** Throws with advice if SAM is not installed. */
function checkSam(): void {
  const { status } = spawnSync('sam', ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' });
  if (status === 0) return;
  const page = 'https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html';
  throw new Error(`The AWS SAM CLI (sam) is not installed or not in PATH. Install it: ${page}`);
}

/** Starts the stores, open to containers at `address`, by default 127.0.0.1. */
async function runStores({ data, storesPort, hostAddress, auth }: Options, address: string | undefined) {
  await using resources = new AsyncDisposableStack();
  const stores = await startStores({ directory: data, onFailure: giveUp });
  resources.defer(() => stores.close());
  // SAM has no event sources, so the workers run in this process.
  setEnvironment({ ...settings, ...identityVariables(stores.credentials), ...addressVariables(stores.addresses) });
  const workers = startWorkers(stores, { directory: data, follow: true });
  resources.defer(() => workers.close());
  const access = await openToContainers(stores, {
    address,
    port: storesPort,
    waits: hostAddress === undefined,
    onFailure: giveUp,
  });
  resources.defer(() => access.close());
  const when = access.isOpen ? '' : ', as soon as the first container creates its network';
  console.log(
    `The local stores are open to containers at ${access.url}${when}. Ctrl-C ends them; their data stays in ${data}.`,
  );
  if (auth) console.log(`Calls need a key. The admin key: -H 'Authorization: Bearer ${stores.adminKey}'`);
  const started = resources.move();
  return { port: Number(new URL(access.url).port), close: () => started.disposeAsync() };
}

/** Prevents a second run from replacing the bundles of the first one. */
const lockFiles = ({ data }: Options) => lock(join(data, 'sam-lock'));

const writeFiles = async (options: Options, storesPort: number) =>
  writeSamFiles(join(options.data, 'sam'), addressesAt(storesPort), await localCredentials(options.data), options);

async function print(options: Options): Promise<void> {
  const held = await lockFiles(options);
  const files = await writeFiles(options, options.storesPort);
  held.close();
  const given = process.argv.slice(2).filter((option) => option !== '--print');
  console.error(
    `Run this in ${process.cwd()}, while the stores run: npm run sam -- ${['--stores', ...given].join(' ')}`,
  );
  // Without a running engine, SAM uses the engine's name for this machine.
  const address = await containersAddress(options).catch(() => undefined);
  console.log(['sam', ...samArguments(files, { ...options, hostAddress: address })].join(' '));
}

const containersAddress = async ({ hostAddress }: Options) =>
  hostAddress ?? reachableAddress(await findContainerEngine());

async function run(options: Options): Promise<void> {
  checkSam();
  await checkPort(options.port);
  const address = await containersAddress(options);
  const held = await lockFiles(options);
  const stores = await runStores(options, address);
  const files = await writeFiles(options, stores.port);
  // Otherwise SAM would pass the credentials of the shell's account on to the functions.
  const environment = {
    ...process.env,
    ...identityVariables(await localCredentials(options.data)),
    AWS_PROFILE: undefined,
  };
  // On Windows, sam is a batch file.
  const [program, prefix] = process.platform === 'win32' ? ['cmd', ['/c', 'sam']] : ['sam', []];
  const sam = spawnChild(program, [...prefix, ...samArguments(files, { ...options, hostAddress: address })], {
    output: 'inherit',
    errors: 'inherit',
    environment,
  });
  const close = () => sam.close().finally(stores.close);
  closeOnExit(close);
  process.exitCode = (await sam.ended) ?? 1;
  await close();
  held.close();
}

async function main(options: Options): Promise<void> {
  if (options.help) console.log(usage);
  else if (options.print) await print(options);
  else if (options.stores) closeOnExit((await runStores(options, await containersAddress(options))).close);
  else await run(options);
}

let storesPort: number | undefined;
try {
  const options = readOptions();
  storesPort = options.storesPort;
  await main(options);
} catch (error) {
  fail(error as Error, 'npm run sam', (port) => (port === storesPort ? '--stores-port' : '--port'));
}
