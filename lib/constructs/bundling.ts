import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ICommandHooks, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Endpoint } from '../endpoints.ts';
import { bundleSettings } from './bundle-settings.ts';

const root = new URL('../../', import.meta.url);

/**
 * How the file `functions/<file>.ts` becomes what Lambda loads. Measured: with the SDK bundled, minified and as CommonJS, a cold start takes
 * three quarters of what NodejsFunction's defaults take; as ES modules it would take a quarter more.
 */
export function bundle(file: string, { uses, split }: Pick<Endpoint, 'uses' | 'split'>): NodejsFunctionProps {
  const { external: externalModules, ...settings } = bundleSettings(uses.bucket !== undefined);
  return {
    entry: fileURLToPath(new URL(`functions/${file}.ts`, root)),
    depsLockFilePath: fileURLToPath(new URL('package-lock.json', root)),
    bundling: {
      format: OutputFormat.CJS,
      ...settings,
      externalModules,
      logLevel: LogLevel.WARNING,
      ...(split && { commandHooks: splitting(file) }),
    },
  };
}

/** Replaces the bundle by several. The command is for bash and for cmd.exe, which takes quotes off one that begins with them. */
const splitting = (file: string): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (input, output) => [
    `node "${join(input, 'lib/constructs/split-bundle.ts')}" "${join(input, `functions/${file}.ts`)}" "${output}"`,
  ],
});
