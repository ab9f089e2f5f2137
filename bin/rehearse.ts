/** `npm run rehearse`: deploys the stack with CDK to an AWS emulator, tests it, updates it, and removes it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeOnExit, fail } from '../lib/local/program.ts';
import { rehearse } from '../lib/rehearsal/rehearse.ts';

async function main(): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'personas-rehearsal-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  closeOnExit(() => resources.disposeAsync());
  await rehearse(directory, resources);
  console.log('The rehearsal passed. docs/operating.md lists what only AWS can show.');
}

await main().then(
  () => process.exit(),
  (error) => fail(error, 'npm run rehearse'),
);
