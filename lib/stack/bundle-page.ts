/** `node bundle-page.ts DIRECTORY FILE` bundles a program for browsers into page.js, and the styles that it imports into page.css. */
import { build } from 'esbuild';

export async function bundlePage(directory: string, file: string): Promise<void> {
  await build({
    entryPoints: { page: file },
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'iife',
    // What browsers of the last two years can do; of the styles, what they cannot all do yet is written out.
    target: ['chrome120', 'firefox121', 'safari17.2'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

if (import.meta.main) {
  const [directory = '', file = ''] = process.argv.slice(2);
  await bundlePage(directory, file);
}
