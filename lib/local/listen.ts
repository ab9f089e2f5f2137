import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts an HTTP server, by default on a free port of 127.0.0.1. Throws EADDRINUSE if the port is in use, and EADDRNOTAVAIL if this machine does
 * not have the address. `close` aborts running requests.
 */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { address = '127.0.0.1', port = 0 }: { readonly address?: string; readonly port?: number } = {},
): Promise<Listener> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const hungUp = request.socket.destroyed;
      if (!hungUp) console.error(error);
      response.destroy();
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Throws EADDRINUSE if the port of 127.0.0.1 is in use. */
export async function checkPort(port: number): Promise<void> {
  const server = createTcpServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** A port that was free a moment ago. Throws EADDRNOTAVAIL if this machine does not have the address. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createTcpServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
