import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { png } from '../support/pictures.ts';
import { sizes } from './sizes.ts';

const stack = useStack({ auth: false });
const count = 1_000;
const withPicture = 60;
const fieldsOf = (number: number) => ({ name: `Persona ${number}`, tags: [number % 2 ? 'odd' : 'even'] });

describeInBrowser('the gallery of a thousand personas', () => {
  const browser = useBrowser();
  let project: Client & { readonly id: string };
  beforeAll(async () => {
    project = await newProject(stack.api, 'Many');
    const made: { id: string }[] = [];
    for (let first = 1; first <= count; first += 100) {
      const personas = Array.from({ length: 100 }, (_, index) => fieldsOf(first + index));
      made.push(...(await project.post('/personas/batch', { personas })).body.results);
    }
    for (const [index, { id }] of made.slice(0, withPicture).entries()) {
      const imageBase64 = png(index + 1, 2).toString('base64');
      const { body } = await project.post('/images', { imageBase64, role: 'persona-avatar' });
      await project.put(`/personas/${id}`, { imageUrl: body.id });
    }
  }, 120_000);

  const open = async (page: Page, query = '?sort=name') => {
    await page.goto(`${stack.url}/#/projects/${project.id}/personas${query}`);
    await page.getByRole('status').filter({ hasText: '1000 personas' }).waitFor();
  };
  const cards = (page: Page) => page.getByRole('list', { name: 'Personas' }).getByRole('heading', { level: 2 });
  const pictures = (requests: readonly string[]) => requests.filter((url) => url.includes('/images/'));

  it.each(sizes)('only renders visible personas at $at, at any position', async ({ at: _, ...size }) => {
    const { page, requests, console } = await browser.visit(size);
    await open(page);
    expect((await cards(page).allInnerTexts()).slice(0, 3)).toEqual(['Persona 1', 'Persona 2', 'Persona 3']);
    expect(await cards(page).count()).toBeLessThan(60);
    const [first] = await page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading') })
      .all();
    expect(await first?.getAttribute('aria-setsize')).toBe('1000');

    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await page.getByRole('link', { name: 'Persona 1000', exact: true }).waitFor();
    expect(await cards(page).count()).toBeLessThan(60);
    expect(pictures(requests).length).toBeLessThan(withPicture);
    expect(console).toEqual([]);
  });

  it('restores its scroll position', async () => {
    const { page } = await browser.visit();
    await open(page);
    await page.evaluate('scrollTo(0, 30_000)');
    await page.getByRole('link', { name: 'Persona 300', exact: true }).scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate('scrollY');
    await page.getByRole('link', { name: 'Persona 300', exact: true }).click();
    await page.getByRole('heading', { name: 'Persona 300', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Persona 300', exact: true }).waitFor();
    expect(await page.evaluate('scrollY')).toBe(scrolled);
  });

  it('shows none of them in another project', async () => {
    const other = await newProject(stack.api, 'Other');
    const { page, requests, console } = await browser.visit();
    await open(page);
    await page.getByRole('combobox', { name: 'Project' }).selectOption('Other');
    await page.getByRole('heading', { name: 'No personas yet' }).waitFor();
    expect(requests.filter((url) => url.includes(`/projects/${other.id}/images/`))).toEqual([]);
    expect(console).toEqual([]);
  });

  it('loads at most four pictures at once, and each visible one', async () => {
    const { page } = await browser.visit();
    let [running, most] = [0, 0];
    await page.route('**/images/*', async (route) => {
      most = Math.max(most, ++running);
      const response = await route.fetch();
      running--;
      await route.fulfill({ response });
    });
    await open(page);
    await page.locator('.portrait img').nth(11).waitFor();
    expect(most).toBe(4);
  });

  it('retries a picture after 429 and 503', async () => {
    const { page } = await browser.visit();
    const met = new Map<string, number>();
    await page.route('**/images/*', async (route) => {
      const url = route.request().url();
      const times = (met.get(url) ?? 0) + 1;
      met.set(url, times);
      if (times > 2) return route.continue();
      return route.fulfill({ status: times === 1 ? 429 : 503, headers: { 'Retry-After': '0' }, json: {} });
    });
    await open(page, '?q=Persona+12&sort=name');
    await page.locator('.portrait img').first().waitFor();
    expect([...met.values()]).toEqual([3]);
  });

  it('shows initials for a missing picture', async () => {
    const { page } = await browser.visit();
    await page.route('**/images/*', (route) => route.fulfill({ status: 404, json: {} }));
    await open(page);
    await page.locator('.portrait').filter({ hasText: 'P1' }).first().waitFor();
  });

  describe('found', () => {
    it('by text, tags and order, which the address has', async () => {
      const { page } = await browser.visit();
      await open(page, '');
      await page.getByRole('combobox', { name: 'Sort by' }).selectOption('Oldest first');
      await page.getByRole('list', { name: 'Tags' }).getByRole('button', { name: 'even' }).click();
      await page.getByRole('searchbox').fill('PERSONA 99');
      await page.getByRole('status').filter({ hasText: '5 of 1000 personas' }).waitFor();
      expect(new URL(page.url()).hash).toBe(`#/projects/${project.id}/personas?q=PERSONA+99&tag=even&sort=oldest`);
      await page.reload();
      await page.getByRole('status').filter({ hasText: '5 of 1000 personas' }).waitFor();
    });

    it('by the tag of a card', async () => {
      const { page } = await browser.visit();
      await open(page);
      await page.getByRole('button', { name: 'Show those tagged odd' }).first().click();
      await page.getByRole('status').filter({ hasText: '500 of 1000 personas' }).waitFor();
    });
  });

  it('can be used by keyboard', async () => {
    const { page } = await browser.visit();
    await open(page, '?q=Persona+10&sort=name');
    await page.getByRole('searchbox').focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Persona 10');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Persona 10', level: 1 }).waitFor();
  });
});
