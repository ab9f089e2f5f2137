import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Listener, listen } from '../local/listen.ts';

/** A proxy for an API of MiniStack, which distinguishes APIs by host name, at an address that every client can resolve. */
export async function addressOf(apiId: string, miniStack: string): Promise<Listener> {
  const host = `${apiId}.execute-api.localhost:${new URL(miniStack).port}`;
  return listen(async (request, response) => {
    const headers = { ...request.headers, host };
    const outgoing = send(`${miniStack}${request.url}`, { method: request.method, headers });
    request.pipe(outgoing);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  });
}
