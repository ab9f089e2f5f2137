/**
 * `node split-bundle.ts DIRECTORY FILE [--readable]` makes of FILE a bundle, index.js, and of each part that it loads by `import()` another one
 * beside it; code that several of them need is in files of its own, so that it runs once. NodejsFunction can make a single file only.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';
import { bundleSettings } from './bundle-settings.ts';

const [directory = '', file = '', option] = process.argv.slice(2);
const readable = option === '--readable';
const settings = bundleSettings(true, readable);
const { minify, target } = settings;

// esbuild splits ES modules only, and those start more slowly: they become CommonJS in a second step.
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
