import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Listener, listen } from '../listen.ts';
import { type Credentials, signatureFault } from '../signature.ts';

/**
 * One address for several servers, each with a host name: `NAME.domain`, or a subdomain of that. Requests are passed on unchanged, including
 * `Host`, which is signed. Signatures of requests to DynamoDB are checked here, since the engine checks none. Throws like
 * `listen`.
 */
export async function startReverseProxy(
  servers: Readonly<Record<string, string>>,
  { domain, credentials, ...where }: Where,
): Promise<Listener> {
  const urls = new Map(Object.entries(servers));
  return listen(async (request, response) => {
    const [host = ''] = (request.headers.host ?? '').split(`.${domain}`);
    const name = host.split('.').at(-1) ?? '';
    const url = urls.get(name);
    if (!url) return void response.writeHead(404).end();
    const body = await buffer(request);
    const isRefused = name === 'dynamodb' && (await signatureFault(request, { service: name, credentials, body }));
    if (isRefused) return void response.writeHead(403).end();
    const outgoing = send(`${url}${request.url}`, { method: request.method, headers: request.headers });
    response.on('close', () => outgoing.destroy());
    outgoing.end(body);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }, where);
}

interface Where {
  readonly domain: string;
  readonly credentials: Credentials;
  readonly address: string;
  readonly port: number;
}
