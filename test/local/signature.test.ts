import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignatureFault, signatureFault } from '../../lib/local/signature.ts';

const credentials = { accessKeyId: 'OURS', secretAccessKey: 'a secret' };

let server: Server;
let host: string;
let fault: SignatureFault | undefined;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    fault = await signatureFault(request, { service: 'kms', credentials, body: await buffer(request) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Signs one request and sends another. */
async function faultOf(sent: Sent, service = 'kms'): Promise<SignatureFault | undefined> {
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service, sha256: Sha256 });
  const headers = { host, 'x-amz-target': 'TrentService.Decrypt' };
  const signed = await signer.sign({
    ...{ method: 'POST', protocol: 'http:', hostname: host, path: '/a%20b/c', query: { two: ['2', '1'], one: 'ä +' } },
    ...{ headers, body: '{}' },
  });
  const { method = 'POST', path = '/a%20b/c?one=%C3%A4%20%2B&two=1&two=2', body = '{}' } = sent;
  const call = send(`http://${host}${path}`, { method, headers: { ...signed.headers, ...sent.headers } });
  call.end(body);
  await new Promise((resolve) => call.on('response', (answer) => answer.resume().on('end', resolve)));
  return fault;
}

describe('the check of a signature', () => {
  it('accepts an unchanged signed request', async () => {
    expect(await faultOf({})).toBeUndefined();
  });

  it.each<[string, Sent, SignatureFault]>([
    ['another body', { body: '{"KeyId":"other"}' }, 'mismatch'],
    ['another method', { method: 'PUT' }, 'mismatch'],
    ['another path', { path: '/a%20b/d?one=%C3%A4%20%2B&two=1&two=2' }, 'mismatch'],
    ['another query', { path: '/a%20b/c?one=%C3%A4%20%2B&two=1&two=3' }, 'mismatch'],
    ['another operation', { headers: { 'x-amz-target': 'TrentService.Encrypt' } }, 'mismatch'],
    ['another host', { headers: { host: 'evil.example' } }, 'mismatch'],
    ['an unsigned header of AWS', { headers: { 'x-amz-meta-more': 'x' } }, 'mismatch'],
    ['no signature', { headers: { authorization: '' } }, 'missing'],
    ['another scheme', { headers: { authorization: 'Basic T1VSUzphIHNlY3JldA==' } }, 'missing'],
    ['another time', { headers: { 'x-amz-date': '20200101T000000Z' } }, 'skewed'],
  ])('refuses %s', async (_what, sent, expected) => {
    expect(await faultOf(sent)).toBe(expected);
  });

  it('refuses a signature for another service', async () => {
    expect(await faultOf({}, 'secretsmanager')).toBe('mismatch');
  });
});
