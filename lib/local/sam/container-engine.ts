/** The container engine that `sam local` uses: the one at DOCKER_HOST, else Docker's own, asked over its API. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface ContainerEngine {
  /** The address of the engine's machine in the network of its containers; undefined where there is none. */
  readonly gateway: string | undefined;
  /** Whether containers reach what listens on 127.0.0.1 of this machine, by the name host.docker.internal. */
  readonly reachesLoopback: boolean;
  /** Whether it runs without root's rights, in a network of its own that this machine has no address in. */
  readonly isRootless: boolean;
}

/** Throws with advice where none answers. https://docs.docker.com/reference/api/engine/ */
export async function findContainerEngine(): Promise<ContainerEngine> {
  const host = process.env.DOCKER_HOST || defaultHost;
  try {
    const { OperatingSystem, SecurityOptions = [], Rootless = false } = await ask<Info>(host, '/info');
    const network = await ask<Network>(host, '/networks/bridge').catch(() => undefined);
    return {
      gateway: gatewayOf(network),
      // On Linux the containers' network is one of this machine; elsewhere it lies in a virtual machine, which passes that name on.
      reachesLoopback: process.platform !== 'linux' || OperatingSystem === 'Docker Desktop',
      isRootless: Rootless || SecurityOptions.some((option) => option.includes('rootless')),
    };
  } catch (cause) {
    const advice = [
      `No container engine answers at ${host}, and sam local runs the functions in containers.`,
      'Start Docker (https://docs.docker.com/get-started/get-docker/), or Podman with the address of its socket in DOCKER_HOST:',
      "  export DOCKER_HOST=unix://$(podman info --format '{{.Host.RemoteSocket.Path}}')",
    ];
    throw new Error(advice.join('\n'), { cause });
  }
}

interface Info {
  readonly OperatingSystem?: string;
  /** Docker names `rootless` among them. */
  readonly SecurityOptions?: readonly string[];
  /** Of Podman alone. */
  readonly Rootless?: boolean;
}

interface Network {
  readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] };
}

/** A Docker that was not started again since it was installed tells the subnet alone (https://github.com/moby/moby/issues/26799): it takes the first address of it. */
function gatewayOf(network: Network | undefined): string | undefined {
  const { Gateway, Subnet = '' } = network?.IPAM?.Config?.[0] ?? {};
  const [, start, last] = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/.exec(Subnet) ?? [];
  return Gateway || (start === undefined ? undefined : start + (Number(last) + 1));
}

const defaultHost = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';

async function ask<Answer>(host: string, path: string): Promise<Answer> {
  const [, socketPath] = /^(?:unix|npipe):\/\/(.+)$/.exec(host) ?? [];
  const url = socketPath ? `http://localhost${path}` : new URL(path, host.replace(/^tcp:/, 'http:'));
  const question = request(url, { ...(socketPath && { socketPath }), timeout: 10_000 });
  question.on('timeout', () => question.destroy(new Error('The engine says nothing')));
  question.end();
  const [answer]: IncomingMessage[] = await once(question, 'response');
  if (answer?.statusCode !== 200) throw new Error(`The engine answers ${answer?.statusCode} to ${path}`);
  return (await json(answer)) as Answer;
}
