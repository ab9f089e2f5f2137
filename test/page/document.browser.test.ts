import { expect, it } from 'vitest';
import { useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';

const stack = useStack();

describeInBrowser('the page', () => {
  const browser = useBrowser();

  it('opens at the root of the service, without other hosts', async () => {
    const { page, console, requests } = await browser.visit();
    await page.goto(stack.url);
    await page.getByRole('heading', { name: 'Projects' }).waitFor();
    expect(await page.title()).toBe('Projects – Personas');
    expect(requests.filter((url) => !url.startsWith(`${stack.url}/`))).toEqual([]);
    expect(console).toEqual([]);
  });
});
