/**
 * How the functions in containers reach the stores on this machine, which listen on 127.0.0.1: all at one address, each under its own name
 * before the one by which containers know their host, as on AWS.
 */
import type { Addresses } from '../environment.ts';
import type { Listener } from '../listen.ts';
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
 * Lets containers in, on one address and no other. Docker Desktop and Podman's machine pass host.docker.internal on to 127.0.0.1. On Linux it is the
 * address that this machine has in the containers' network, which nobody but them and this machine reaches. `hostAddress`, an address of this machine, is for
 * engines that offer neither, such as rootless ones. Throws with advice where containers reach nothing here.
 */
export async function letContainersIn(
  stores: Addresses,
  {
    engine,
    port,
    hostAddress,
  }: { readonly engine: ContainerEngine; readonly port: number; readonly hostAddress?: string | undefined },
): Promise<Listener> {
  const address = hostAddress ?? (engine.reachesLoopback ? '127.0.0.1' : engine.gateway);
  try {
    if (address) return await startReverseProxy({ ...stores }, containerHost, { address, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
  }
  throw new Error(
    [
      `${address ?? 'The network of the containers'} is no address of this machine: the containers of this engine, perhaps a rootless one, do not reach it.`,
      'Name an address of this machine that they reach. The local stores will listen there:',
      '  npm run sam -- --host-address 192.168.1.20',
    ].join('\n'),
  );
}
