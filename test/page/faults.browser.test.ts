import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { obstacles } from './obstacles.ts';

const stack = useStack({ auth: false });

describeInBrowser('where something goes wrong', () => {
  const browser = useBrowser();
  let project: Client & { readonly id: string };
  let persona: string;
  beforeEach(async () => {
    project = await newProject(stack.api, 'Checkout bot');
    await providerKey('sk-local-stand-in-for-openai');
    const { body } = await project.post('/personas', {
      name: 'Greta',
      description: 'Grumpy',
      systemPrompt: 'You count.',
      headers: { 'X-User': '1' },
    });
    persona = body.id;
  });
  const providerKey = (apiKey: string) => project.put('/config', { llmSettings: { provider: 'openai', apiKey } });
  const stored = async () => (await project.get(`/personas/${persona}`)).body;

  async function open(at = `/personas/${persona}`) {
    const visit = await browser.visit();
    const { page } = visit;
    await page.goto(`${stack.url}/#/projects/${project.id}${at}`);
    return {
      ...visit,
      button: (name: string) => page.getByRole('button', { name, exact: true }),
      field: (name: string) => page.getByLabel(name, { exact: true }),
      failure: (text: string) => page.getByRole('alert').filter({ hasText: text }),
    };
  }
  const portrait = (page: Page) => page.getByRole('img', { name: 'Portrait of Greta' });

  describe('two users edit one persona, and the second', () => {
    it('sees both versions and chooses', async () => {
      const { page, button, field } = await open();
      await field('Name').fill('Greta of mine');
      await field('Description').fill('Mine');
      await project.put(`/personas/${persona}`, { description: 'Theirs', systemPrompt: 'You add.', tags: ['new'] });
      await button('Save').click();
      const choice = page.getByRole('alertdialog', { name: 'Somebody changed this persona meanwhile' });
      await choice.waitFor();
      expect(await obstacles(page)).toEqual([]);
      const group = (name: string) => choice.getByRole('group', { name });
      expect(await group('Description').innerText()).toMatch(/Yours\s+Mine\s+Theirs\s+Theirs/);
      expect(await group('System prompt').getByRole('radio', { name: 'Theirs' }).isChecked()).toBe(true);
      await group('Description').getByRole('radio', { name: 'Theirs' }).check();
      await button('Save what is chosen').click();
      await page.getByText('Greta of mine is saved.').waitFor();
      expect(await stored()).toMatchObject({
        name: 'Greta of mine',
        description: 'Theirs',
        systemPrompt: 'You add.',
        tags: ['new'],
      });
    });

    it('loses nothing if the first one only drew a portrait', async () => {
      const { page, button, field } = await open();
      await field('Description').fill('Mine');
      await project.post(`/personas/${persona}/generate-image`);
      await page.getByRole('link', { name: 'All personas' }).click();
      await page.getByRole('link', { name: 'Greta' }).click();
      await portrait(page).waitFor();
      expect(await field('Description').inputValue()).toBe('Mine');
      await button('Save').click();
      await page.getByText('Greta is saved.').waitFor();
      expect(await stored()).toMatchObject({ description: 'Mine', imageUrl: expect.any(String) });
    });

    it('may discard their own', async () => {
      const { button, field } = await open();
      await field('Description').fill('Mine');
      await button('Discard').click();
      expect(await field('Description').inputValue()).toBe('Grumpy');
    });
  });

  it.each([
    ['invalid-key', 'Open the settings'],
    ['rate-limit', 'Try again'],
    ['moderation', 'Try again'],
  ])('shows a drawing that fails by %s, with what to do', async (mode, remedy) => {
    await providerKey(`sk-local-fail-${mode}`);
    const { body: refused } = await project.post(`/personas/${persona}/generate-image`);
    const { page, button } = await open();
    await button('Draw portrait').click();
    await page.getByRole('alert').filter({ hasText: refused.error }).getByText(remedy, { exact: true }).waitFor();
    await providerKey('sk-local-stand-in-for-openai');
    await button('Try again').click();
    await portrait(page).waitFor();
  });

  it('continues a drawing in other views, and shows its duration', async () => {
    await providerKey('sk-local-slow-2000');
    const { page, button } = await open();
    await button('Draw portrait').click();
    await page.getByRole('timer').filter({ hasText: '1 s' }).waitFor();
    expect(await button('Draw portrait').isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'All personas' }).click();
    await page.getByText('Drawing …').waitFor();
    await page.locator('.card .portrait img').waitFor();
  });

  it('repeats a drawing after a lost answer, which is paid for once', async () => {
    const { page, button, failure } = await open();
    const before = stack.imageRequests.length;
    const keys: (string | undefined)[] = [];
    await page.route('**/generate-image', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await button('Draw portrait').click();
    await failure('The service did not answer').waitFor();
    await page.getByText('it is not paid for twice').waitFor();
    await button('Try again').click();
    await portrait(page).waitFor();
    expect(keys).toEqual([expect.stringMatching(/^\w{32}$/), keys[0]]);
    expect(stack.imageRequests.length - before).toBe(1);
  });

  it('retries an unreachable service on demand', async () => {
    const { page } = await browser.visit();
    await page.route('**/api/key', (route) => route.abort());
    await page.goto(`${stack.url}/#/projects/${project.id}/personas`);
    await page.getByRole('alert').filter({ hasText: 'The service did not answer' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    await page.getByRole('heading', { name: 'Checkout bot' }).waitFor();
  });

  it('retries a failed list on demand', async () => {
    const { page, button, failure } = await open('/settings');
    await page.route('**/personas?*', (route) => route.abort());
    await page.getByRole('link', { name: 'Personas', exact: true }).click();
    await failure('The service did not answer').waitFor();
    await page.unrouteAll();
    await button('Try again').click();
    await page.getByRole('link', { name: 'Greta' }).waitFor();
  });

  it('keeps changes that cannot be saved', async () => {
    const { page, button, field, failure } = await open();
    await field('Description').fill('Mine');
    await page.route('**/personas/*', (route) => route.abort());
    await button('Save').click();
    await failure('The service did not answer').waitFor();
    await page.unrouteAll();
    expect(await field('Description').inputValue()).toBe('Mine');
    await button('Save').click();
    await page.getByText('Greta is saved.').waitFor();
  });

  it('reports a taken name and a duplicate header', async () => {
    await project.post('/personas', { name: 'Hanna' });
    const { page, button, field, failure } = await open();
    await field('Name').fill('Hanna');
    await button('Save').click();
    await failure('Persona with name "Hanna" already exists').waitFor();
    await field('Header name').last().fill('x-user');
    await page.getByText('Two rows name the header').waitFor();
    await button('Remove x-user').click();
    await button('Discard').click();
    expect(await field('Header name').count()).toBe(2);
  });

  it('links from an unknown persona to the others', async () => {
    const { page, failure } = await open('/personas/none');
    await failure('Persona not found').waitFor();
    await page.getByRole('link', { name: 'All personas' }).click();
    await page.getByRole('link', { name: 'Greta' }).waitFor();
  });

  it('reports an invalid picture, as style and as portrait', async () => {
    const { page, failure } = await open('/style');
    const file = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
    await page.locator('input[type=file]').setInputFiles(file);
    await failure('PNG, JPEG or WebP').waitFor();
    await page.goto(`${stack.url}/#/projects/${project.id}/personas/${persona}`);
    await page.locator('input[type=file]').setInputFiles(file);
    await failure('PNG, JPEG or WebP').waitFor();
  });

  it('asks before leaving with unsaved changes', async () => {
    const { page, field } = await open();
    await field('Description').fill('Mine');
    const asked = page.waitForEvent('dialog');
    const leaving = page.goto('about:blank').catch(() => undefined);
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
    await leaving;
  });
});
