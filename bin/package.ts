/** `npm run package`: builds dist/, which `npm publish ./dist` publishes as `personas-api`. */
import { fileURLToPath } from 'node:url';
import { packageTool } from '../lib/tool/package.ts';

await packageTool(fileURLToPath(new URL('../dist', import.meta.url)));
