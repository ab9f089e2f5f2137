/** A process that invokes one function with one event, and can be killed at any time. */
import { installRuntime, invoke } from '../../lib/local/runtime.ts';

const [file = '', event = ''] = process.argv.slice(2);
installRuntime();
const { handler } = await import(`../../functions/${file}.ts`);
await invoke(handler, JSON.parse(event), 100);
