/** Measures the web page in a real browser: its size, and how soon it shows and finds personas. */
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { launchOptions } from '../support/browser-server.ts';
import type { Options, Row } from './row.ts';
import { startServer } from './server.ts';
import { median } from './statistics.ts';
import { promptOf, storeProjects, temporaryDirectory } from './stored-personas.ts';

const count = 1_000;
const maxBytes = 60;

/** Times that the page sets: until the first persona is shown, and from the last letter until the result is painted. */
const watch = `
new MutationObserver((_, observer) => {
  if (!document.querySelector('.card h2')) return;
  observer.disconnect();
  firstPersona = performance.now();
}).observe(document, { childList: true, subtree: true });
addEventListener('keydown', () => {
  const start = performance.now();
  requestAnimationFrame(() => setTimeout(() => { letter = performance.now() - start; }));
}, true);`;

export async function measure({ quick }: Options): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  const [project] = await storeProjects(directory.path, { count, prompt: promptOf(600) });
  await using server = await startServer(directory.path);
  const html = Buffer.from(await (await fetch(server.url)).arrayBuffer());
  const browser = await chromium.launch(await launchOptions());
  try {
    const address = `${server.url}/#/projects/${project?.id}/personas`;
    const visits: Visit[] = [];
    for (let repeat = 0; repeat < (quick ? 3 : 10); repeat++) visits.push(await visit(browser, address));
    const middle = (what: keyof Visit) => median(visits.map((each) => each[what]));
    return [
      { what: 'page, compressed', unit: 'kB', value: gzipSync(html).length / 1000, goal: maxBytes },
      { what: 'page, as it is sent', unit: 'kB', value: html.length / 1000 },
      { what: 'requests until a persona is seen', unit: 'requests', value: middle('requests') },
      { what: `first of ${count} personas is seen`, unit: 'ms', value: middle('firstPersona') },
      { what: `a letter in the search of ${count} personas`, unit: 'ms', value: middle('letter') },
    ];
  } finally {
    await browser.close();
  }
}

interface Visit {
  readonly requests: number;
  /** In milliseconds. */
  readonly firstPersona: number;
  readonly letter: number;
}

/** With an empty browser profile. */
async function visit(browser: Browser, address: string): Promise<Visit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  let requests = 0;
  page.on('request', () => requests++);
  await page.addInitScript(watch);
  await page.goto(address);
  await page.locator('.card h2').first().waitFor();
  const seenAfter = requests;
  const firstPersona = await page.evaluate<number>('firstPersona');
  await page.getByText(`${count} personas`).waitFor();
  await page.getByRole('searchbox').press('7');
  // Not with waitForFunction, which the page's policy blocks.
  let letter: number | undefined;
  while (letter === undefined) letter = await page.evaluate<number | undefined>('globalThis.letter');
  await context.close();
  return { requests: seenAfter, firstPersona, letter };
}
