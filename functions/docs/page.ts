/**
 * The page that shows openapi.json and calls the API from there: Swagger UI with all that it needs in one piece, so that the browser
 * loads nothing from elsewhere, and runs and paints nothing that is not in it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

export interface DocsPage {
  /** Compressed by gzip, which every browser takes: a quarter of its 1.9 MB. */
  readonly html: Buffer;
  readonly securityPolicy: string;
}

let page: DocsPage | undefined;

/** Made at the first call. */
export function docsPage(): DocsPage {
  page ??= makePage();
  return page;
}

/** The document lies beside this page, whether the address ends with a slash or not. */
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
  const style = read('swagger-ui.css');
  const script = read('swagger-ui-bundle.js');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Personas API</title>
<link rel="icon" href="data:,">
<!-- Swagger UI, Apache-2.0: https://github.com/swagger-api/swagger-ui -->
<style>${style}</style>
</head>
<body>
<div id="docs"></div>
<script>${script}</script>
<script>${start}</script>
</body>
</html>
`;
  const securityPolicy = [
    "default-src 'none'",
    `script-src ${hashOf(script)} ${hashOf(start)}`,
    `style-src ${hashOf(style)}`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html: gzipSync(html), securityPolicy };
}

/** As a source of a content security policy. */
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
