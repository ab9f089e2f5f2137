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
  /** Whether portraits are drawn by OpenAI itself. Default: by the stand-in. */
  readonly liveOpenAi?: boolean;
  /** Whether callers need keys. Default: every route is open. */
  readonly auth?: boolean;
  /** Whether workers are told of the table's changes as they come. Default: when a test asks for it, by `drain`. */
  readonly workers?: boolean;
  /** Settings of the functions, where they differ from a deployment's defaults. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalStack {
  /** Without a slash at the end. */
  readonly url: string;
  /** The operator's key, where callers need keys. */
  readonly adminKey: string;
  /** What the stand-in for OpenAI was asked for. */
  readonly imageRequests: readonly ImageRequest[];
  /** Tells the workers of all changes of the table that were made until now, and waits for them. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Everything that a deployment has, on this machine: stores, stand-ins and gateway. The functions run in this process and find
 * what Lambda would give them, also its environment variables; so a process can have one stack.
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

/** What Lambda would load of a function. `taskRoot`: where it would unpack what lies beside a bundle. */
async function load({ file, bundle: { page } }: FunctionRow, taskRoot: string) {
  if (page) await bundlePage(taskRoot, fileURLToPath(new URL(`../../functions/${page}`, import.meta.url)));
  return (await import(new URL(`../../functions/${file}.ts`, import.meta.url).href)).handler;
}

/** Sets variables of this process. Answers how to undo that. */
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
