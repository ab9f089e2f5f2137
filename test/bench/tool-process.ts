/** Runs the command line tool. Sends its peak memory in bytes after success. */
import { main } from '../../lib/tool/program.ts';

await main(['node', 'personas-api', ...process.argv.slice(2)]);
if (process.exitCode === 0) process.send?.(process.resourceUsage().maxRSS * 1024);
