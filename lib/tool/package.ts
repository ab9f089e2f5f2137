/** Builds the tool as an npm package: one file for Node 20 or newer, without dependencies. */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Writes the package into a folder, replacing it, for `npm publish`. Its README is docs/tool.md. */
export async function packageTool(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(root, 'bin/personas.ts')],
    outfile: join(folder, 'personas.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    legalComments: 'eof',
    logLevel: 'warning',
  });
  const { name, version, license, engines } = manifest;
  const description = 'The command line tool of the Personas API: imports, exports, compares and applies personas.';
  const files = ['personas.cjs'];
  const own = { name, version, description, license, engines, files, bin: { [name]: 'personas.cjs' } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(own, null, 2)}\n`);
  await copyFile(join(root, 'docs/tool.md'), join(folder, 'README.md'));
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}
