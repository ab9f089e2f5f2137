import { connect } from 'node:tls';
import { corsAllowedHeaders } from '../contract/cors.ts';
import { routeNotFound } from '../contract/gateway-responses.ts';
import type { Answer, Api } from './api.ts';
import type { CheckContext } from './context.ts';

/** Checks the gateway's own answers, CORS and TLS. */
export async function checkGateway({ url, api, origins, check, skip }: CheckContext): Promise<void> {
  await check('an unknown route is answered 404, with its request id', async () => {
    const answer = (await api('GET', '/api/nowhere', { withoutKey: true })).is(404, { code: routeNotFound.code });
    answer.holds('requestId', answer.headers.get('x-request-id'), answer.fields().requestId);
  });
  await check('an unsupported method is answered 405', async () => {
    const answer = (await api('PUT', '/api/status', { withoutKey: true })).is(405, { code: 'method_not_allowed' });
    answer.holds('Allow', 'GET, HEAD, OPTIONS', answer.headers.get('allow'));
  });
  await check('a preflight is answered', () => preflight(api, new URL(url).origin));
  for (const origin of origins) {
    await check(`${origin} may call`, async () => {
      const answer = await preflight(api, origin);
      const allowed = answer.headers.get('access-control-allow-origin');
      answer.must(allowed === '*' || allowed === origin, `Access-Control-Allow-Origin ${origin}`, `${allowed}`);
    });
  }
  await page(api, check);
  const oldTls = 'TLS 1.1 is refused';
  if (url.startsWith('https:')) await check(oldTls, () => refusesOldTls(new URL(url)));
  else skip(oldTls, 'the address is not https');
}

async function preflight(api: Api, origin: string): Promise<Answer> {
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
  const answer = (await api('OPTIONS', '/api/projects', { withoutKey: true, headers })).is(204);
  answer.holds('methods', 'GET,HEAD,OPTIONS,POST', answer.headers.get('access-control-allow-methods'));
  const allowed = answer.headers.get('access-control-allow-headers')?.split(',') ?? [];
  answer.holds(
    'headers that may not be sent',
    [],
    corsAllowedHeaders.filter((name) => !allowed.includes(name)),
  );
  answer.must(answer.headers.has('access-control-allow-origin'), 'an Access-Control-Allow-Origin', 'none');
  return answer;
}

/** The web page, at the stage's address with and without a trailing slash. */
async function page(api: Api, check: CheckContext['check']): Promise<void> {
  for (const path of ['', '/']) {
    await check(`the web page answers, with${path ? '' : 'out'} a slash`, async () => {
      const answer = (await api('GET', path, { withoutKey: true })).is(200);
      answer.holds('Content-Type', 'text/html; charset=utf-8', answer.headers.get('content-type'));
    });
  }
}

/** Connects with TLS 1.1 only. Throws if the server accepts it. */
export function refusesOldTls({ hostname, port }: Pick<URL, 'hostname' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      servername: hostname,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      // Otherwise OpenSSL does not offer TLS 1.1.
      ciphers: 'DEFAULT@SECLEVEL=0',
      // The certificate does not matter, since nothing is sent.
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => {
      socket.destroy();
      reject(new Error(`${hostname} accepts TLS 1.1`));
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // The server refuses by an alert, or by closing the connection.
      if (code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' || code === 'ECONNRESET') resolve();
      else reject(new Error(`TLS 1.1 could not be tested with ${hostname}: ${code}`));
    });
  });
}
