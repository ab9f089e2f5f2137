/** The page that shows openapi.json and calls the API from there: Swagger UI. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { htmlPage } from '../http/html.ts';

export interface DocsPage {
  /** Compressed with gzip, which every browser accepts: a quarter of 1.9 MB. */
  readonly html: Buffer;
  readonly securityPolicy: string;
}

let page: DocsPage | undefined;

/** Built at the first call. */
export function docsPage(): DocsPage {
  page ??= makePage();
  return page;
}

/** The document is next to this page, whether the page's address ends with a slash or not. */
const start = `
const page = location.origin + location.pathname.replace(/\\/$/, '');
SwaggerUIBundle({
  url: new URL('openapi.json', page).href,
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});`;

function makePage(): DocsPage {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string) => readFileSync(resolve(`swagger-ui-dist/${file}`), 'utf8');
  const { html, securityPolicy } = htmlPage({
    title: 'The Personas API',
    pictures: "'self' data: blob:",
    head: `<link rel="icon" href="data:,">
<!-- Swagger UI, Apache-2.0: https://github.com/swagger-api/swagger-ui -->`,
    style: read('swagger-ui.css'),
    body: '<div id="docs"></div>',
    scripts: [read('swagger-ui-bundle.js'), start],
  });
  return { html: gzipSync(html), securityPolicy };
}
