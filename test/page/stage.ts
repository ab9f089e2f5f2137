import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { type Listener, listen } from '../../lib/local/listen.ts';

/** Serves `target` below `/prod`, as API Gateway does, with and without a trailing slash. */
export async function startStage(target: () => string): Promise<Listener> {
  const { url, close } = await listen(async (incoming, response) => {
    const [, path] = /^\/prod(\/.*|\?.*|)$/.exec(incoming.url ?? '') ?? [];
    if (path === undefined) return void response.writeHead(403).end();
    const outgoing = send(new URL(path, `${target()}/`), { method: incoming.method, headers: incoming.headers });
    incoming.pipe(outgoing);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  return { url: `${url}/prod`, close };
}
