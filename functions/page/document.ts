/** The web page. Its program, functions/page/app, is bundled next to the function. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setting } from '../domain/settings.ts';
import { type HtmlPage, htmlPage } from '../http/html.ts';

let page: HtmlPage | undefined;

/** Built at the first call. */
export function galleryPage(): HtmlPage {
  page ??= makePage();
  return page;
}

function makePage(): HtmlPage {
  // The folder of the function's code: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
  const read = (file: string) => readFileSync(join(setting('LAMBDA_TASK_ROOT'), file), 'utf8');
  return htmlPage({
    title: 'Personas',
    pictures: 'blob:',
    head: '<meta name="color-scheme" content="light dark">',
    style: read('page.css'),
    body: '<noscript>This page needs JavaScript.</noscript>',
    scripts: [read('page.js')],
  });
}
