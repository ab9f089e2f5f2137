/** Runs one measure, given its name and `quick`, and sends its rows to the parent process. */
import type { Measure } from './row.ts';

const [, , name, quick] = process.argv;
const { measure }: { measure: Measure } = await import(`./${name}.ts`);
process.send?.(await measure({ quick: quick === 'true' }), () => process.exit());
