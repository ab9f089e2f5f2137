import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { authorizer, type FunctionRow } from '../contract/functions.ts';
import { bundlePage } from '../stack/bundle-page.ts';
import { addressVariables, identityVariables, settings } from './environment.ts';
import { type GatewayOptions, startGateway } from './gateway.ts';
import type { ImageRequest } from './openai/images.ts';
import { installRuntime } from './runtime.ts';
import { type StoresOptions, startStores } from './stores.ts';
import { startWorkers } from './workers.ts';

export interface LocalOptions extends Partial<GatewayOptions>, StoresOptions {
  /** Whether OpenAI itself draws. Default: the stand-in does. */
  readonly liveOpenAi?: boolean;
  /** Whether calls need keys. Default: every route is open. */
  readonly auth?: boolean;
  /** Whether workers run as the table changes. Default: only on `drain`, for tests. */
  readonly workers?: boolean;
  /** Settings of the functions that differ from the defaults. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalStack {
  /** Without a trailing slash. */
  readonly url: string;
  /** The admin key, if calls need keys. */
  readonly adminKey: string;
  /** The requests to the stand-in for OpenAI. */
  readonly imageRequests: readonly ImageRequest[];
  /** Runs the workers on all changes of the table until now, and waits for them. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts everything that a deployment has, on this machine: stores, stand-ins, workers and gateway. The functions run in this process and use
 * its environment variables, so a process can have only one stack.
 */
export async function startStack(options: LocalOptions = {}): Promise<LocalStack> {
  await using resources = new AsyncDisposableStack();
  const stores = await startStores(options);
  resources.defer(() => stores.close());
  const addresses = addressVariables(stores.addresses, options);
  const LAMBDA_TASK_ROOT = await mkdtemp(join(tmpdir(), 'personas-api-functions-'));
  resources.defer(() => rm(LAMBDA_TASK_ROOT, { recursive: true }));
  const environment = {
    ...settings,
    ...(options.tableName && { TABLE_NAME: options.tableName }),
    ...identityVariables(stores.credentials),
    ...addresses,
    LAMBDA_TASK_ROOT,
    ...options.environment,
  };
  resources.defer(setEnvironment(environment));

  installRuntime();
  const workers = startWorkers(stores, { directory: options.directory, follow: options.workers ?? false });
  resources.defer(() => workers.close());
  const gateway = await startGateway({
    port: 0,
    authorizer: options.auth ? await load(authorizer, LAMBDA_TASK_ROOT) : undefined,
    handlerOf: (row) => load(row, LAMBDA_TASK_ROOT),
    ...options,
  });
  resources.defer(() => gateway.close());
  const started = resources.move();
  return {
    url: gateway.url,
    adminKey: stores.adminKey,
    imageRequests: stores.imageRequests,
    drain: () => workers.drain(),
    close: () => started.disposeAsync(),
  };
}

/** Loads the handler of a function. `taskRoot`: the folder for files that are next to a bundle. */
async function load({ file, bundle: { page } }: FunctionRow, taskRoot: string) {
  if (page) await bundlePage(taskRoot, fileURLToPath(new URL(`../../functions/${page}`, import.meta.url)));
  return (await import(new URL(`../../functions/${file}.ts`, import.meta.url).href)).handler;
}

/** Sets environment variables of this process. Returns a function that restores them. */
export function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
