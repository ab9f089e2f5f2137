/** Queries the container engine that `sam local` uses: the one at DOCKER_HOST, or Docker. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface ContainerEngine {
  /** The host's address in the network of the containers, if any. */
  readonly gateway: string | undefined;
  /** Whether containers reach 127.0.0.1 of this machine by the name host.docker.internal. */
  readonly reachesLoopback: boolean;
  /** Whether it runs without root, in a network in which this machine has no address. */
  readonly isRootless: boolean;
}

/** Throws with advice if none answers. https://docs.docker.com/reference/api/engine/ */
export async function findContainerEngine(): Promise<ContainerEngine> {
  const host = process.env.DOCKER_HOST || defaultHost;
  try {
    const { OperatingSystem, SecurityOptions = [], Rootless = false } = await get<Info>(host, '/info');
    const network = await get<Network>(host, '/networks/bridge').catch(() => undefined);
    return {
      gateway: gatewayOf(network),
      // On Linux the host is part of the containers' network; elsewhere a virtual machine forwards that name to the host.
      reachesLoopback: process.platform !== 'linux' || OperatingSystem === 'Docker Desktop',
      isRootless: Rootless || SecurityOptions.some((option) => option.includes('rootless')),
    };
  } catch (cause) {
    const advice = [
      `No container engine answers at ${host}. sam local runs the functions in containers.`,
      'Start Docker (https://docs.docker.com/get-started/get-docker/), or Podman, with the address of its socket in DOCKER_HOST:',
      "  export DOCKER_HOST=unix://$(podman info --format '{{.Host.RemoteSocket.Path}}')",
    ];
    throw new Error(advice.join('\n'), { cause });
  }
}

interface Info {
  readonly OperatingSystem?: string;
  /** Contains `rootless` with a rootless Docker. */
  readonly SecurityOptions?: readonly string[];
  /** Podman only. */
  readonly Rootless?: boolean;
}

interface Network {
  readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] };
}

/** Until its first restart after the installation, Docker returns the subnet only (https://github.com/moby/moby/issues/26799). The gateway is its first address. */
function gatewayOf(network: Network | undefined): string | undefined {
  const { Gateway, Subnet = '' } = network?.IPAM?.Config?.[0] ?? {};
  const [, start, last] = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/.exec(Subnet) ?? [];
  return Gateway || (start === undefined ? undefined : start + (Number(last) + 1));
}

const defaultHost = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';

async function get<Answer>(host: string, path: string): Promise<Answer> {
  const [, socketPath] = /^(?:unix|npipe):\/\/(.+)$/.exec(host) ?? [];
  const url = socketPath ? `http://localhost${path}` : new URL(path, host.replace(/^tcp:/, 'http:'));
  const query = request(url, { ...(socketPath && { socketPath }), timeout: 10_000 });
  query.on('timeout', () => query.destroy(new Error('The engine does not answer')));
  query.end();
  const [answer]: IncomingMessage[] = await once(query, 'response');
  if (answer?.statusCode !== 200) throw new Error(`The engine answered ${answer?.statusCode} to ${path}`);
  return (await json(answer)) as Answer;
}
