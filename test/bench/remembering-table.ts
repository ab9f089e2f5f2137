/**
 * A process that caches the answers of the table at an address, so that two programs are compared without the time of the table. It sends its
 * address to its parent.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../lib/local/listen.ts';

const [, , table = ''] = process.argv;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

async function ask(headers: IncomingHttpHeaders, body: string): Promise<Answer> {
  const passedOn = ['x-amz-target', 'x-amz-date', 'content-type', 'authorization'];
  const answer = await fetch(table, {
    method: 'POST',
    headers: Object.fromEntries(passedOn.map((name) => [name, String(headers[name])])),
    body,
  });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

const answers = new Map<string, Promise<Answer>>();

const { url } = await listen(async (request, response) => {
  const question = await text(request);
  const key = `${request.headers['x-amz-target']} ${question}`;
  const answer = answers.get(key) ?? ask(request.headers, question);
  answers.set(key, answer);
  const { status, body } = await answer;
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': body.length }).end(body);
});
process.on('disconnect', () => process.exit());
process.send?.(url);
