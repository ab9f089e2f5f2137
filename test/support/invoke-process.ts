/** A process that calls one function with one event, and may be killed at any moment. */
import { installRuntime, invoke } from '../../lib/local/runtime.ts';

const [file = '', event = ''] = process.argv.slice(2);
installRuntime();
const { handler } = await import(`../../functions/${file}.ts`);
await invoke(handler, JSON.parse(event), 100);
