import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from '../../lib/local/listen.ts';

/** The faults: a changed byte in a body, or an answer that stops after half of its body. */
export type NetworkFault = 'damaged request' | 'damaged answer' | 'stalled answer';

export interface Network extends Listener {
  /** The number of faults since the last call of `disturb`. */
  readonly faults: number;
  /** Sets the fault for the next calls; without one, none. */
  disturb(fault?: NetworkFault, times?: number): void;
}

/** A proxy for `target` that can cause network faults. */
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

/** The same with a NUL in the middle, which JSON must not contain, or a 1 if there is one. */
function damaged(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const middle = Math.floor(body.length / 2);
  if (body.length > 0) other.writeUInt8(other.readUInt8(middle) === 0 ? 1 : 0, middle);
  return other;
}
