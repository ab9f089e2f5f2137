/** `node bundle-page.ts DIRECTORY FILE` bundles a program for browsers into page.js, and the styles that it imports into page.css. */
import { build } from 'esbuild';

export async function bundlePage(directory: string, file: string): Promise<void> {
  await build({
    entryPoints: { page: file },
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'iife',
    // Browsers of the last two years.
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
