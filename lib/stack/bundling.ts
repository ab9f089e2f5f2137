import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ICommandHooks, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogLevel, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { FunctionRow } from '../contract/functions.ts';
import { bundleSettings } from './bundle-settings.ts';

const root = new URL('../../', import.meta.url);

/** The key of the context by which `npm run sam` has the bundles made for a debugger. */
export const readableBundles = 'readableBundles';

/**
 * How the source of a function becomes what Lambda loads. Measured: with the SDK bundled, minified and as CommonJS, a cold start takes
 * three quarters of what NodejsFunction's defaults take; as ES modules it would take a quarter more. `readable`: for a debugger, not minified
 * and with the source itself in its map.
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
        commandHooks: afterwards('split-bundle.ts', [`functions/${file}.ts`], readable ? ['--readable'] : []),
      }),
      ...(page && { commandHooks: afterwards('bundle-page.ts', [`functions/${page}`]) }),
      // In a CommonJS bundle there is no `import.meta`; from there, packages are looked for beside the bundle.
      ...(files && {
        define: { 'import.meta.url': '__filename' },
        commandHooks: afterwards(
          'copy-files.ts',
          files.map((name) => `node_modules/${name}`),
        ),
      }),
    },
  };
}

/**
 * Runs a program of this folder with these files of ours and where the bundle lies. The command is for bash and for cmd.exe, which takes
 * quotes off one that begins with them.
 */
const afterwards = (program: string, files: readonly string[], options: readonly string[] = []): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (input, output) => {
    const paths = [join(input, `lib/stack/${program}`), output, ...files.map((name) => join(input, name))];
    return [['node', ...paths.map((path) => `"${path}"`), ...options].join(' ')];
  },
});
