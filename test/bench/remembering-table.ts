/**
 * A process that stands before the table at an address: it asks the table each question once, and answers it from memory ever after, so that
 * two programs are compared by what they take themselves. Tells its parent its own address.
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
