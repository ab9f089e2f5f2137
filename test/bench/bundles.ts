import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { type BundledFunction, functionsIn } from '../support/bundles.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
let made: Promise<Map<string, BundledFunction>> | undefined;

/** The bundles of a deployment, built once for all measures of a run, and removed at its end. */
export const bundles = (): Promise<Map<string, BundledFunction>> => {
  made ??= synthesised();
  return made;
};

async function synthesised() {
  const directory = await temporaryDirectory();
  // As the CDK CLI does.
  await promisify(execFile)(process.execPath, [file('../../bin/personas-api.ts')], {
    env: { ...process.env, CDK_OUTDIR: directory },
  });
  return functionsIn(directory, 'personas-api-prod');
}

/** The bare handler, bundled with NodejsFunction's defaults, and with good settings but without tricks. */
export async function bareBundles(): Promise<{ readonly default: string; readonly good: string }> {
  const outdir = await temporaryDirectory();
  const app = new App({ outdir, context: recommendedFlags, analyticsReporting: false });
  const stack = new Stack(app, 'bare');
  const common = { entry: file('bare.ts'), runtime: Runtime.NODEJS_24_X };
  const quiet = { logLevel: LogLevel.WARNING };
  const good = { minify: true, mainFields: ['module', 'main'], target: 'node24', externalModules: [] };
  new NodejsFunction(stack, 'Default', { ...common, functionName: 'bare-default', bundling: quiet });
  new NodejsFunction(stack, 'Good', {
    ...common,
    functionName: 'bare-good',
    bundling: { format: OutputFormat.CJS, ...good, ...quiet },
  });
  const { directory } = app.synth();
  const made = functionsIn(directory, 'bare');
  return { default: made.get('default')?.asset ?? '', good: made.get('good')?.asset ?? '' };
}

/** A temporary folder, removed when the process ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'personas-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
