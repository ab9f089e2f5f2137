import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { type Client, newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { png } from '../support/pictures.ts';
import { obstacles } from './obstacles.ts';
import { sizes } from './sizes.ts';

const stack = useStack({ auth: false });
describeInBrowser('axe-core finds nothing serious', () => {
  const browser = useBrowser();
  let project: Client & { readonly id: string };
  let empty: Client & { readonly id: string };
  let persona: string;
  beforeAll(async () => {
    empty = await newProject(stack.api, 'Empty');
    project = await newProject(stack.api, 'Full');
    await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local-fail-rate-limit' } });
    await project.post('/keys', { name: 'CI', access: 'read' });
    const imageBase64 = png().toString('base64');
    await project.post('/images', { imageBase64, role: 'persona-avatar-styleguide' });
    const image = await project.post('/images', { imageBase64, role: 'persona-avatar' });
    const made = await project.post('/personas', {
      name: 'Greta',
      systemPrompt: 'You count.',
      tags: ['elderly'],
      headers: { Authorization: 'Bearer one' },
    });
    persona = made.body.id;
    const other = await project.post('/images', { imageBase64, role: 'persona-avatar' });
    for (const { body } of [image, other]) await project.put(`/personas/${persona}`, { imageUrl: body.id });
    await project.post('/personas', { name: 'Hanna', description: 'Always late' });
  });

  const press = (name: string) => (page: Page) => page.getByRole('button', { name }).click();
  const draw = async (page: Page) => {
    await press('Draw another portrait')(page);
    await page.getByRole('alert').waitFor();
  };

  /** The address of each view, what to wait for, and what to do then. */
  it.each([
    ['projects', 'projects', 'New project'],
    ['a gallery', 'projects/FULL/personas?tag=elderly', 'Greta'],
    ['an empty gallery', 'projects/EMPTY/personas', 'No personas yet'],
    ['a search that finds nothing', 'projects/FULL/personas?q=nobody', 'No persona matches'],
    ['a new persona', 'projects/FULL/personas/new', 'System prompt'],
    ['a persona', 'projects/FULL/personas/PERSONA', 'All portraits'],
    ['a question', 'projects/FULL/personas/PERSONA', 'HTTP headers', press('Delete')],
    ['a drawing that failed', 'projects/FULL/personas/PERSONA', 'HTTP headers', draw],
    ['the files', 'projects/FULL/files', 'Import, export'],
    ['the style guide', 'projects/FULL/style', 'Drop pictures here'],
    ['the settings', 'projects/FULL/settings', 'Portraits a day'],
    ['the keys', 'projects/FULL/keys', 'To read'],
    ['a missing resource', 'projects/none/personas', 'Project not found'],
  ])('in %s, on a desktop in light colours or a phone in dark ones', async (_view, at, ready, act?) => {
    const [desk, phone] = sizes;
    const { page } = await browser.visit({ colorScheme: 'light', viewport: desk.viewport });
    const hash = at.replace('FULL', project.id).replace('EMPTY', empty.id).replace('PERSONA', persona);
    await page.goto(`${stack.url}/#/${hash}`);
    await page.getByText(ready).first().waitFor();
    await act?.(page);
    expect(await obstacles(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize(phone.viewport);
    expect(await obstacles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.viewport.width);
  });
});
