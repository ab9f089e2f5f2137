import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, inject } from 'vitest';

/** As `describe`. Where this machine has no browser, its tests do not run, which the run says; in CI it fails. */
export const describeInBrowser = describe.runIf(inject('browser') !== undefined);

export interface Visit {
  readonly page: Page;
  /** What the page has written to its console so far, with its uncaught errors and what its policy refused. */
  readonly console: readonly string[];
  /** The addresses of all requests so far. */
  readonly requests: readonly string[];
}

export interface BrowserOfTests {
  /** A new page in a profile of its own, which ends with the test. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
}

/** Within so many milliseconds a test expects what it waits for, on a busy machine too. */
const patience = 20_000;

/** The browser that all test files of a run share. */
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
