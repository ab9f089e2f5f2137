import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ICommandHooks, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogLevel, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { FunctionRow } from '../contract/functions.ts';
import { bundleSettings } from './bundle-settings.ts';

const root = new URL('../../', import.meta.url);

/** The context key with which `npm run sam` builds the bundles for a debugger. */
export const readableBundles = 'readableBundles';

/**
 * How a function is bundled. With the SDK bundled, minified and as CommonJS, a cold start takes three quarters of the time with NodejsFunction's
 * defaults; ES modules would take a quarter longer. `readable`: not minified, and with the source in the source map, for a debugger.
 */
export function bundle(
  { file, actions, bundle: { split, files, page } }: FunctionRow,
  readable: boolean,
): NodejsFunctionProps {
  const { external: externalModules, ...settings } = bundleSettings(actions.bucket !== undefined, readable);
  return {
    entry: fileURLToPath(new URL(`functions/${file}.ts`, root)),
    depsLockFilePath: fileURLToPath(new URL('package-lock.json', root)),
    bundling: {
      format: OutputFormat.CJS,
      ...settings,
      externalModules,
      // For functions/http/source-map.ts.
      sourceMap: true,
      sourceMapMode: readable ? SourceMapMode.DEFAULT : SourceMapMode.EXTERNAL,
      sourcesContent: readable,
      logLevel: LogLevel.WARNING,
      ...(split && {
        commandHooks: runAfterwards('split-bundle.ts', [`functions/${file}.ts`], readable ? ['--readable'] : []),
      }),
      ...(page && { commandHooks: runAfterwards('bundle-page.ts', [`functions/${page}`]) }),
      // A CommonJS bundle has no `import.meta`. With `__filename`, packages are resolved from the bundle's folder.
      ...(files && {
        define: { 'import.meta.url': '__filename' },
        commandHooks: runAfterwards(
          'copy-files.ts',
          files.map((name) => `node_modules/${name}`),
        ),
      }),
    },
  };
}

/**
 * Runs a program of this folder after bundling, with the output folder and these files. The command has to work in bash and in cmd.exe, which
 * strips quotes from a command that begins with them.
 */
const runAfterwards = (program: string, files: readonly string[], options: readonly string[] = []): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (input, output) => {
    const paths = [join(input, `lib/stack/${program}`), output, ...files.map((name) => join(input, name))];
    return [['node', ...paths.map((path) => `"${path}"`), ...options].join(' ')];
  },
});
