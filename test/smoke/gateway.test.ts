import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer, type SecureVersion } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { refusesOldTls } from '../../lib/smoke/gateway.ts';
import { makeCertificate } from '../bench/certificate.ts';
import { useStack } from '../support/api.ts';
import { marked, smoke } from '../support/smoke.ts';

const stack = useStack();

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listening(server: Server) {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { hostname: 'localhost', port: String((server.address() as AddressInfo).port) };
}

/** Accepts this version of TLS and newer ones. */
const takingFrom = (minVersion: SecureVersion) =>
  listening(
    createServer({ ...makeCertificate(), minVersion, ciphers: 'DEFAULT@SECLEVEL=0' }, (socket) => socket.end()).on(
      'tlsClientError',
      () => {},
    ),
  );

it('finds that TLS 1.1 is refused', async () => {
  await expect(refusesOldTls(await takingFrom('TLSv1.2'))).resolves.toBeUndefined();
  await expect(
    refusesOldTls(await listening(createTcpServer((socket) => socket.resetAndDestroy()))),
  ).resolves.toBeUndefined();
});

it('finds that TLS 1.1 is accepted', async () => {
  await expect(refusesOldTls(await takingFrom('TLSv1.1'))).rejects.toThrow('localhost accepts TLS 1.1');
});

it('reports that TLS 1.1 could not be tested', async () => {
  const { hostname, port } = await takingFrom('TLSv1.2');
  for (const server of servers.splice(0)) server.close();
  await expect(refusesOldTls({ hostname, port })).rejects.toThrow(/TLS 1\.1 could not be tested with localhost: E/);
});

it('checks each origin', async () => {
  const origins = [stack.url, stack.url.replace('localhost', '127.0.0.1')];
  const { code, lines } = await smoke([stack.url, ...origins.flatMap((origin) => ['--origin', origin])]);
  expect(marked(lines)).toEqual(expect.arrayContaining(origins.map((origin) => `✓ ${origin} may call`)));
  expect(code).toBe(0);
});
