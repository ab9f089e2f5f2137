import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Listener, listen } from '../listen.ts';

/**
 * One address for several servers: the first part of a request's path is the name of one, and all behind it goes there, with the
 * caller's headers, `Host` included. Throws as `listen` does.
 */
export async function startReverseProxy(
  servers: Readonly<Record<string, string>>,
  where: { readonly address: string; readonly port: number },
): Promise<Listener> {
  const urls = new Map(Object.entries(servers));
  return listen(async (request, response) => {
    const [, name = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(request.url ?? '') ?? [];
    const url = urls.get(name);
    if (!url) return void response.writeHead(404).end();
    const outgoing = send(url + (rest || '/'), { method: request.method, headers: request.headers });
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }, where);
}
