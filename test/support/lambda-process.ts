/**
 * A process that acts as Lambda for one bundle: started with the folder of its asset, with only the environment of its function. Its parent sends the
 * events.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { installRuntime, invoke } from '../../lib/local/runtime.ts';

/** Only events for an authorizer have a type. */
type Event = APIGatewayProxyEvent | APIGatewayRequestAuthorizerEvent;

const [asset = ''] = process.argv.slice(2);
installRuntime();
const { handler } = createRequire(import.meta.url)(join(asset, 'index.js'));

process.on('message', async ({ id, event }: { id: number; event: Event }) => {
  try {
    process.send?.({ id, result: 'type' in event ? await handler(event) : await answered(event) });
  } catch (error) {
    process.send?.({ id, error: String(error instanceof Error ? error.message : error) });
  }
});

/** An endpoint's complete answer. */
async function answered(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { statusCode, headers, body } = await invoke(handler, event, 60);
  const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
  return { statusCode, headers, body: bytes.toString('base64'), isBase64Encoded: true };
}
