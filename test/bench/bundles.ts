import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BundledFunction, functionsIn } from '../support/bundles.ts';

const app = fileURLToPath(new URL('../../bin/personas-api.ts', import.meta.url));
let made: Promise<Map<string, BundledFunction>> | undefined;

/** What a deployment would upload, function by function: made once for all measures of a run, and removed when it ends. */
export const bundles = (): Promise<Map<string, BundledFunction>> => {
  made ??= synthesised();
  return made;
};

async function synthesised() {
  const directory = await temporaryDirectory();
  // As the CDK's command does it.
  await promisify(execFile)(process.execPath, [app], { env: { ...process.env, CDK_OUTDIR: directory } });
  return functionsIn(directory, 'personas-api-prod');
}

/** A folder that is removed when the process ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'personas-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
