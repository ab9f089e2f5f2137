import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Listener, listen } from '../listen.ts';

/**
 * One address for several servers, each under a host name of its own: `NAME.domain`, or anything before that. Whatever the caller sends
 * goes there as it is, `Host` included, since signatures hold for it. Throws as `listen` does.
 */
export async function startReverseProxy(
  servers: Readonly<Record<string, string>>,
  domain: string,
  where: { readonly address: string; readonly port: number },
): Promise<Listener> {
  const urls = new Map(Object.entries(servers));
  return listen(async (request, response) => {
    const [host = ''] = (request.headers.host ?? '').split(`.${domain}`);
    const url = urls.get(host.split('.').at(-1) ?? '');
    if (!url) return void response.writeHead(404).end();
    const outgoing = send(`${url}${request.url}`, { method: request.method, headers: request.headers });
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }, where);
}
