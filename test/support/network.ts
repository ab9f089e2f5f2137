import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from '../../lib/local/listen.ts';

/** What happens to a call: a byte of a body changes on its way, or of an answer no more than its head and half of its body come. */
export type NetworkFault = 'damaged request' | 'damaged answer' | 'stalled answer';

export interface Network extends Listener {
  /** The calls that met a fault, since the last one was chosen. */
  readonly faults: number;
  /** From now on so many calls meet this; without one, none. */
  disturb(fault?: NetworkFault, times?: number): void;
}

/** Stands between a client and the server at `target`, as a network that can be disturbed. */
export async function startNetwork(target: string): Promise<Network> {
  let fault: NetworkFault | undefined;
  let left = 0;
  let faults = 0;

  const { url, close } = await listen(async (incoming, response) => {
    const met = left > 0 ? fault : undefined;
    if (met) {
      left--;
      faults++;
    }
    const { method, headers } = incoming;
    const sent = await buffer(incoming);
    const outgoing = send(new URL(incoming.url ?? '', target), { method, headers });
    outgoing.end(met === 'damaged request' ? damaged(sent) : sent);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    if (!answer) throw new Error('No answer');
    const body = await buffer(answer);
    const { 'transfer-encoding': _, ...answered } = answer.headers;
    response.writeHead(answer.statusCode ?? 0, { ...answered, 'content-length': body.length });
    if (met === 'stalled answer') response.write(body.subarray(0, body.length / 2));
    else response.end(met === 'damaged answer' ? damaged(body) : body);
  });

  return {
    url,
    close,
    get faults() {
      return faults;
    },
    disturb(next, times = Number.POSITIVE_INFINITY) {
      fault = next;
      left = times;
      faults = 0;
    },
  };
}

/** The same with a NUL in its middle, which no JSON may hold, or a 1 where there is one. */
function damaged(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const middle = Math.floor(body.length / 2);
  if (body.length > 0) other.writeUInt8(other.readUInt8(middle) === 0 ? 1 : 0, middle);
  return other;
}
