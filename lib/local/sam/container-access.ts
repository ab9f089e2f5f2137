/**
 * Gives the functions in containers access to the stores, which listen on 127.0.0.1: all at one address, each as a subdomain of the name that
 * containers use for their host.
 */
import { setInterval } from 'node:timers/promises';
import type { Addresses } from '../environment.ts';
import { freePort, type Listener } from '../listen.ts';
import type { Stores } from '../stores.ts';
import type { ContainerEngine } from './container-engine.ts';
import { startReverseProxy } from './reverse-proxy.ts';

const containerHost = 'host.docker.internal';

/** The addresses of the stores for containers, at this port. */
export const addressesAt = (port: number): Addresses => ({
  dynamodb: `http://dynamodb.${containerHost}:${port}`,
  s3: `http://s3.${containerHost}:${port}`,
  kms: `http://kms.${containerHost}:${port}`,
  secretsmanager: `http://secretsmanager.${containerHost}:${port}`,
  openai: `http://openai.${containerHost}:${port}`,
});

/** The host names that containers call. The SDK puts the bucket before that of S3. */
export const hostsFor = (bucket: string): string[] =>
  Object.values(addressesAt(0)).map((address) => {
    const { hostname } = new URL(address);
    return hostname.startsWith('s3.') ? `${bucket}.${hostname}` : hostname;
  });

/**
 * The address of this machine that containers reach; undefined if the engine forwards a name of its own to 127.0.0.1, as Docker Desktop and Podman
 * machine do. On Linux it is the host's address in the network of the containers, which only they and this machine reach. Throws with advice if
 * containers cannot reach this machine, as with rootless engines.
 */
export function reachableAddress(engine: ContainerEngine): string | undefined {
  if (engine.reachesLoopback) return undefined;
  if (engine.gateway && !engine.isRootless) return engine.gateway;
  throw notReachable('This machine has no address in the network of the containers');
}

export interface ContainerAccess extends Listener {
  /** False until the first container starts, if that creates the network. */
  readonly isOpen: boolean;
}

/**
 * Opens the stores to containers, at this address only, by default 127.0.0.1. A rootful Podman creates its network with the first container: with
 * `waits`, the stores open then, and later errors go to `onFailure`. Throws with advice if this machine does not have the address.
 */
export async function openToContainers(
  { addresses, credentials }: Pick<Stores, 'addresses' | 'credentials'>,
  {
    address = '127.0.0.1',
    port,
    waits,
    onFailure,
  }: {
    readonly address?: string | undefined;
    readonly port: number;
    readonly waits: boolean;
    readonly onFailure?: (error: Error) => void;
  },
): Promise<ContainerAccess> {
  const open = (at: number) =>
    startReverseProxy({ ...addresses }, { domain: containerHost, credentials, address, port: at });
  try {
    return { ...(await open(port)), isOpen: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
  }
  if (!waits) throw notReachable(`This machine does not have the address ${address}`);
  const chosen = port || (await freePort());
  return { url: `http://${address}:${chosen}`, close: openWhenPossible(() => open(chosen), onFailure), isOpen: false };
}

/** Short enough that the stores are open before the function in a first container has loaded. */
const pauseMs = 100;

/** Returns a function that closes it. */
function openWhenPossible(open: () => Promise<Listener>, onFailure?: (error: Error) => void): () => Promise<void> {
  const ending = new AbortController();
  const opened = (async () => {
    for await (const _ of setInterval(pauseMs, undefined, { signal: ending.signal })) {
      const listener = await open().catch(ignoreUnavailable);
      if (listener) return listener;
    }
    return undefined;
  })().catch((error: Error) => {
    if (error.name !== 'AbortError') onFailure?.(error);
    return undefined;
  });
  return async () => {
    ending.abort();
    await (await opened)?.close();
  };
}

function ignoreUnavailable(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRNOTAVAIL') throw error;
}

const notReachable = (why: string) =>
  new Error(
    [
      `${why}. Perhaps the container engine is rootless.`,
      'Give an address of this machine that the containers reach; the local stores will listen there:',
      '  npm run sam -- --host-address 192.168.1.20',
    ].join('\n'),
  );
