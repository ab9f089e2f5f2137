/**
 * `node split-bundle.ts DIRECTORY FILE [--readable]` bundles FILE into index.js, and each module that it loads with `import()` into another file. Code
 * that several of them need is in shared files, so that it runs only once. NodejsFunction can only make a single file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';
import { bundleSettings } from './bundle-settings.ts';

const [directory = '', file = '', option] = process.argv.slice(2);
const readable = option === '--readable';
const settings = bundleSettings(true, readable);
const { minify, target } = settings;

// esbuild can split ES modules only, which start more slowly, so a second step turns them into CommonJS.
const { outputFiles } = await build({
  entryPoints: { index: file },
  outdir: directory,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  ...settings,
  sourcemap: 'inline',
  sourcesContent: readable,
  write: false,
  logLevel: 'warning',
});
await mkdir(directory, { recursive: true });
await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    const supported = { 'dynamic-import': false };
    const options = { sourcemap: 'external', sourcesContent: readable, format: 'cjs', platform: 'node' } as const;
    const { code, map } = await transform(text, { ...options, minify, target, supported });
    const link = readable ? `//# sourceMappingURL=${basename(path)}.map\n` : '';
    await Promise.all([writeFile(path, code + link), writeFile(`${path}.map`, map)]);
  }),
);
