import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, inject } from 'vitest';

/** Like `describe`. Without a browser its tests are skipped with a message; in CI the run fails. */
export const describeInBrowser = describe.runIf(inject('browser') !== undefined);

export interface Visit {
  readonly page: Page;
  /** The console output of the page, with uncaught errors and policy violations. */
  readonly console: readonly string[];
  /** The addresses of all requests. */
  readonly requests: readonly string[];
}

export interface BrowserOfTests {
  /** A new page in its own profile, closed after the test. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
}

/** The timeout of waits in milliseconds, long enough for a busy machine. */
const patience = 20_000;

/** The browser, shared by all test files of a run. */
export function useBrowser(): BrowserOfTests {
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await chromium.connect(inject('browser') ?? '');
  });
  afterEach(async () => {
    for (const page of contexts.flatMap((context) => context.pages())) {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    }
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
  });
  afterAll(() => browser.close());
  return {
    async visit(options) {
      const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en', ...options });
      contexts.push(context);
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      const console: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => console.push(message.text()));
      page.on('pageerror', (error) => console.push(String(error)));
      page.on('request', (request) => requests.push(request.url()));
      return { page, console, requests };
    },
  };
}
