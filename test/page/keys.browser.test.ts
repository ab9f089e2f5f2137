import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listener } from '../../lib/local/listen.ts';
import { type Client, clientOf, newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { obstacles } from './obstacles.ts';
import { startStage } from './stage.ts';

const stack = useStack({ auth: true });

describeInBrowser('the page of a service that wants keys, behind a stage', () => {
  const browser = useBrowser();
  let stage: Listener;
  let project: Client & { readonly id: string };
  beforeAll(async () => {
    stage = await startStage(() => stack.url);
    project = await newProject(clientOf(`${stack.url}/api`).as(stack.adminKey), 'Checkout bot');
    await project.post('/personas', { name: 'Greta', systemPrompt: 'You count.', headers: { 'X-User': '1' } });
  });
  afterAll(() => stage.close());

  const keyOf = async (access: 'read' | 'write'): Promise<string> =>
    (await project.post('/keys', { name: `To ${access}`, access })).body.key;

  /** Opens the page at an address with a key. */
  async function enter(address: string, key: string) {
    const visit = await browser.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = visit;
    await page.goto(address);
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Open' }).click();
    return {
      ...visit,
      button: (name: string) => page.getByRole('button', { name, exact: true }),
      link: (name: string) => page.getByRole('link', { name, exact: true }),
    };
  }

  it.each(['', '/'])('opens at the stage with "%s", and reports a wrong key', async (end) => {
    const { page, button } = await enter(stage.url + end, end ? 'wrong' : 'schlüssel');
    await page.getByText('That key is not valid').waitFor();
    expect(await obstacles(page)).toEqual([]);
    await page.getByLabel('Key', { exact: true }).fill(stack.adminKey);
    await button('Open').click();
    await page.getByRole('heading', { name: 'Checkout bot' }).waitFor();
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    await page.getByRole('link', { name: 'API', exact: true }).click();
    await page.waitForURL(`${stage.url}/api/docs`);
  });

  it('creates, shows once, copies and revokes keys, with the admin key', async () => {
    const { page, button, link } = await enter(stage.url, stack.adminKey);
    await link('Keys').click();
    await page.getByLabel('Name', { exact: true }).fill('CI');
    await page.getByRole('combobox', { name: 'May' }).selectOption('read and write');
    await page.getByLabel('Expires (optional)').fill('2099-12-31');
    await button('Make key').click();
    const shown = await page.locator('code').innerText();
    expect(await obstacles(page)).toEqual([]);
    await button('Copy').click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);
    const api = clientOf(project.base).as(shown);
    expect((await api.get('/personas')).status).toBe(200);
    await button('Done').click();
    await page.locator('code').waitFor({ state: 'detached' });
    await page.getByText(`To write, ends in ${shown.slice(-4)}`).waitFor();
    await button('Revoke CI').click();
    await button('Revoke key').click();
    await page.getByText('CI is revoked.').waitFor();
    await button('Revoke CI').waitFor({ state: 'detached' });
  });

  it('creates, deletes and switches projects, with the admin key', async () => {
    const { page, button, link } = await enter(stage.url, stack.adminKey);
    await link('All projects').click();
    await page.getByLabel('Name', { exact: true }).fill('Second bot');
    await button('Make project').click();
    await page.getByRole('heading', { name: 'Second bot' }).waitFor();
    await page.getByRole('combobox', { name: 'Project' }).selectOption('Checkout bot');
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    await link('All projects').click();
    await button('Delete Second bot').click();
    await button('Delete project').click();
    await page.getByText('Second bot is deleted.').waitFor();
    await link('Second bot').waitFor({ state: 'detached' });
  });

  it('shows only actions that a key with read access may do', async () => {
    const { page, link, console } = await enter(stage.url, await keyOf('read'));
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    const offered = async () => (await page.getByRole('main').getByRole('button').allInnerTexts()).sort();
    expect(await page.getByRole('link', { name: 'New persona' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Greta' }).click();
    await page.getByRole('heading', { name: 'Greta' }).waitFor();
    expect(await offered()).toEqual([]);
    expect(await page.getByLabel('System prompt').isEditable()).toBe(false);
    await link('Style guide').click();
    await page.getByText('This project has no style guide.').waitFor();
    expect(await offered()).toEqual([]);
    await link('Settings').click();
    expect(await page.getByLabel('Name', { exact: true }).isEditable()).toBe(false);
    expect(await offered()).toEqual([]);
    expect(await link('Keys').count()).toBe(0);
    expect(console).toEqual([expect.stringContaining('401')]);
  });

  it('lets a key with write access change personas, but nothing beyond its project', async () => {
    const { page, button, link } = await enter(stage.url, await keyOf('write'));
    await link('New persona').click();
    await page.getByLabel('Name', { exact: true }).fill('Hanna');
    await button('Make persona').click();
    await page.getByRole('heading', { name: 'Hanna' }).waitFor();
    expect(await link('Keys').count()).toBe(0);
    await link('All projects').click();
    await link('Checkout bot').waitFor();
    expect(await button('Make project').count()).toBe(0);
    expect(await button('Delete Checkout bot').count()).toBe(0);
  });

  it('keeps the key for the tab, and forgets it on demand', async () => {
    const { page, button } = await enter(stage.url, stack.adminKey);
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Greta' }).waitFor();
    await button('Forget key').click();
    await page.getByLabel('Key', { exact: true }).waitFor();
    expect(await page.evaluate('sessionStorage.length + localStorage.length')).toBe(0);
  });

  describe('Copy as curl', () => {
    it.each([
      ['#/projects/ID/personas?q=it%27s&tag=a', 'GET', '/personas?q=it%27s&tag=a'],
      ['#/projects/ID/style', 'GET', '/images?role=persona-avatar-styleguide'],
      ['#/projects/ID/settings', 'GET', '/config'],
    ])('copies the call of %s, without the key', async (hash, _method, path) => {
      const { page, button } = await enter(`${stage.url}/${hash.replace('ID', project.id)}`, stack.adminKey);
      await button('Copy as curl').click();
      await page.getByText('Copied as a curl command.').waitFor();
      const copied = await page.evaluate('navigator.clipboard.readText()');
      const address = `${stage.url}/api/projects/${project.id}${path}`;
      expect(copied).toBe(`curl -H "Authorization: Bearer $PERSONAS_API_KEY" '${address}'`);
    });
  });
});
