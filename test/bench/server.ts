import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/local.ts', import.meta.url));

/** Starts `npm start` in a process, on a free port, with a data directory. */
export async function startServer(directory: string, environment: Readonly<Record<string, string>> = {}) {
  const server = spawn(process.execPath, [program, '--port', '0', '--data', directory], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(server, 'exit');
  const url = await Promise.race([addressIn(server.stdout), exit.then(() => undefined)]);
  if (!url) throw new Error('The local server did not start');
  server.stdout.resume();
  return {
    url,
    pid: server.pid ?? 0,
    async [Symbol.asyncDispose]() {
      server.kill();
      await exit;
    },
  };
}

/** The address in the printed banner. */
async function addressIn(output: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input: output });
  for await (const line of lines) {
    const [, url] = /^Open (\S+) to see /.exec(line) ?? [];
    if (url) return url;
  }
  return undefined;
}

type SentHeaders = Readonly<Record<string, string>>;

/** An HTTP client with a number of keep-alive connections. Throws on errors. */
export function connect(url: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = async (
    method: string,
    path: string,
    body?: object,
    more: SentHeaders = {},
  ): Promise<IncomingMessage> => {
    const text = body && JSON.stringify(body);
    const ofBody = text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {};
    const headers = { ...ofBody, ...more };
    const call = request(url + path, { agent, method, headers });
    call.end(text);
    const [answer]: IncomingMessage[] = await once(call, 'response');
    if (!answer) throw new Error('No answer');
    return answer;
  };
  return {
    send,
    /** The body of the answer. */
    async call(method: string, path: string, body?: object, headers?: SentHeaders): Promise<string> {
      const answer = await send(method, path, body, headers);
      const text = (await buffer(answer)).toString();
      if ((answer.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
      return text;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
