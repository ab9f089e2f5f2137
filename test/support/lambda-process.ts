/**
 * A process that is to one bundle what Lambda is: started with the folder of its asset, and with the environment of its
 * function and nothing else; told each event by its parent.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { installRuntime, invoke } from '../../lib/local/runtime.ts';

const [asset = ''] = process.argv.slice(2);
installRuntime();
const { handler } = createRequire(import.meta.url)(join(asset, 'index.js'));

process.on('message', async ({ id, event }: { id: number; event: Parameters<typeof invoke>[1] }) => {
  const { statusCode, headers, body } = await invoke(handler, event, 60);
  const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
  process.send?.({ id, result: { statusCode, headers, body: bytes.toString('base64'), isBase64Encoded: true } });
});
