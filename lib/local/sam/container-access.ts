/**
 * How the functions in containers reach the stores on this machine, which listen on 127.0.0.1: all at one address, each under its own name
 * before the one by which containers know their host, as on AWS.
 */
import { setInterval } from 'node:timers/promises';
import type { Addresses } from '../environment.ts';
import { freePort, type Listener } from '../listen.ts';
import type { Stores } from '../stores.ts';
import type { ContainerEngine } from './container-engine.ts';
import { startReverseProxy } from './reverse-proxy.ts';

const containerHost = 'host.docker.internal';

/** Where containers find the stores, once they are let in at this port. */
export const addressesAt = (port: number): Addresses => ({
  dynamodb: `http://dynamodb.${containerHost}:${port}`,
  s3: `http://s3.${containerHost}:${port}`,
  kms: `http://kms.${containerHost}:${port}`,
  secretsmanager: `http://secretsmanager.${containerHost}:${port}`,
  openai: `http://openai.${containerHost}:${port}`,
});

/** The host names that containers call. The SDK puts the bucket before S3's. */
export const hostsFor = (bucket: string): string[] =>
  Object.values(addressesAt(0)).map((address) => {
    const { hostname } = new URL(address);
    return hostname.startsWith('s3.') ? `${bucket}.${hostname}` : hostname;
  });

/**
 * The address of this machine that containers reach; undefined where the engine passes a name of its own on to 127.0.0.1, as Docker Desktop
 * and Podman's machine do. On Linux it is the one that this machine has in the containers' network, which nobody but them and this machine
 * reaches. Throws with advice where containers reach nothing here, as with rootless engines.
 */
export function reachableAddress(engine: ContainerEngine): string | undefined {
  if (engine.reachesLoopback) return undefined;
  if (engine.gateway && !engine.isRootless) return engine.gateway;
  throw notReachable('The network of the containers is not one of this machine');
}

export interface ContainerAccess extends Listener {
  /** Whether containers can call already; else as soon as there is one. */
  readonly isOpen: boolean;
}

/**
 * Lets containers in, at one address and no other; without one at 127.0.0.1. A rootful Podman makes its network with the first container: until then
 * this waits, and tells what went wrong later. Throws with advice where the address is not of this machine.
 */
export async function letContainersIn(
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
  if (!waits) throw notReachable(`${address} is no address of this machine`);
  const chosen = port || (await freePort());
  return { url: `http://${address}:${chosen}`, close: openWhenPossible(() => open(chosen), onFailure), isOpen: false };
}

/** Milliseconds: a first container has its network before its function has loaded. */
const pause = 100;

/** Answers how to end it. */
function openWhenPossible(open: () => Promise<Listener>, onFailure?: (error: Error) => void): () => Promise<void> {
  const ending = new AbortController();
  const opened = (async () => {
    for await (const _ of setInterval(pause, undefined, { signal: ending.signal })) {
      const listener = await open().catch(unlessUnavailable);
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

function unlessUnavailable(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRNOTAVAIL') throw error;
}

const notReachable = (why: string) =>
  new Error(
    [
      `${why}: the containers of this engine, perhaps a rootless one, do not reach it.`,
      'Name an address of this machine that they reach. The local stores will listen there:',
      '  npm run sam -- --host-address 192.168.1.20',
    ].join('\n'),
  );
