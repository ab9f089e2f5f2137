import { expect, it } from 'vitest';
import { useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { png } from '../support/pictures.ts';
import { sizes } from './sizes.ts';

const stack = useStack({ auth: false });

describeInBrowser('the page', () => {
  const browser = useBrowser();

  it.each(sizes)('works from a new persona to its deletion at $at', async ({ at, ...size }) => {
    const { page, console, requests } = await browser.visit(size);
    const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
    const field = (name: string) => page.getByLabel(name, { exact: true });
    const told = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();

    const saved = () => page.getByText('Not saved yet').waitFor({ state: 'hidden' });

    // A project.
    await page.goto(`${stack.url}/#/projects`);
    await field('Name').fill(`Checkout bot at ${at}`);
    await button('Make project').click();
    await page.getByRole('heading', { name: 'No personas yet' }).waitFor();

    // A persona, which cannot be drawn yet.
    await page.getByRole('link', { name: 'Make the first one' }).click();
    await field('Name').fill('Grumpy Greta');
    await button('Make persona').click();
    await told('Grumpy Greta is there');
    expect(await button('Draw portrait').isDisabled()).toBe(true);
    await page.getByText('Write one first').waitFor();
    await field('System prompt').fill('You are Greta, 67, a retired engineer who trusts no chatbot.');
    await page.getByText('60 of 100,000').waitFor();
    await button('Save and draw portrait').click();
    await page.getByRole('alert').filter({ hasText: 'No LLM provider configured' }).waitFor();

    // The missing settings.
    await page.getByRole('link', { name: 'Open the settings' }).click();
    await page.getByRole('combobox', { name: 'LLM provider' }).selectOption('OpenAI');
    await page.locator('datalist option[value="gpt-image-2.6-flare"]').first().waitFor({ state: 'attached' });
    await field('Model for portraits').fill('gpt-image-1-mini');
    await field('Portraits a day').fill('1001');
    await field('API key').fill('sk-local-stand-in-for-openai');
    await button('Save settings').click();
    // The browser enforces the limit.
    expect(await page.evaluate('document.activeElement.max')).toBe('1000');
    await field('Portraits a day').fill('7');
    await button('Save settings').click();
    await told('The settings are saved.');
    await page.locator('.warning').filter({ hasText: 'gpt-image-1-mini' }).waitFor();
    await field('Model for portraits').fill('');
    await button('Save settings').click();
    await page.locator('.warning').waitFor({ state: 'detached' });
    expect(await field('API key').getAttribute('placeholder')).toBe('sk-l...enai stays');

    // The portrait.
    await page.goBack();
    await button('Try again').click();
    await page.getByRole('img', { name: 'Portrait of Grumpy Greta' }).waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    expect((await downloading).suggestedFilename()).toBe('Grumpy Greta.png');

    // Another portrait, an uploaded one, and the first one restored.
    await button('Draw another portrait').click();
    const all = page.getByRole('region', { name: 'All portraits' }).getByRole('button');
    await expect.poll(() => all.count()).toBe(2);
    const uploading = page.waitForEvent('filechooser');
    await button('Upload a picture').click();
    await (await uploading).setFiles({ name: 'mine.png', mimeType: 'image/png', buffer: png() });
    await expect.poll(() => all.count()).toBe(3);
    expect(await all.first().getAttribute('aria-label')).toMatch(/^The present portrait, of /);
    await all.last().click();
    await all.last().and(page.locator('[aria-current="true"]')).waitFor();

    // Unsaved changes, which are kept in other views.
    await field('Description').fill('Has seen too many chatbots');
    await field('New tag').fill('elderly, terse');
    await page.keyboard.press('Enter');
    await field('Header name').last().fill('Authorization');
    await field('Value of Authorization').fill('Bearer one');
    expect(await field('Value of Authorization').getAttribute('type')).toBe('password');
    await page.getByRole('link', { name: 'All personas' }).click();
    await page.getByText('Unsaved').waitFor();
    await page.getByRole('link', { name: 'Grumpy Greta' }).click();
    await button('Save').click();
    await saved();
    await button('Show the value of Authorization').click();
    expect(await field('Value of Authorization').inputValue()).toBe('Bearer one');
    await button('Hide the value of Authorization').click();
    expect(await field('Value of Authorization').getAttribute('type')).toBe('password');

    // Two more personas, for search, tags and order.
    await button('Duplicate').click();
    await page.getByRole('heading', { name: 'Grumpy Greta (2)' }).waitFor();
    await button('Remove the tag terse').click();
    await page.keyboard.press('Control+s');
    await saved();
    await page.getByRole('link', { name: 'All personas' }).click();
    await told('2 personas');
    await button('terse').click();
    await told('1 of 2 personas');
    await page.getByRole('link', { name: 'Grumpy Greta', exact: true }).waitFor();
    await button('terse').click();
    await field('Search').fill('(2)');
    await told('1 of 2 personas');
    expect(new URL(page.url()).hash).toMatch(/personas\?q=%282%29$/);
    await field('Search').fill('nobody');
    await button('Show all').click();
    await told('2 personas');

    // A deletion.
    await page.getByRole('link', { name: 'Grumpy Greta (2)' }).click();
    await button('Delete').click();
    await page.getByRole('dialog', { name: 'Delete Grumpy Greta (2)?' }).waitFor();
    await button('Cancel').click();
    await button('Delete').click();
    await button('Delete persona').click();
    await told('1 persona');

    // The style guide, with more pictures than are sent.
    await page.getByRole('link', { name: 'Style guide' }).click();
    const choosing = page.waitForEvent('filechooser');
    await button('Choose pictures').click();
    const files = [1, 2, 3].map((width) => ({ name: `${width}.png`, mimeType: 'image/png', buffer: png(width) }));
    await (await choosing).setFiles(files);
    await expect.poll(() => page.getByRole('img', { name: 'A picture of the style guide' }).count()).toBe(3);
    const drop = `const files = new DataTransfer();
      for (const name of ['a.png', 'b.png']) files.items.add(new File([Uint8Array.fromBase64('${png().toString('base64')}')], name));
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: files }))`;
    await page.evaluate(drop);
    await page.getByText('Of the 5, the newest 4 are sent').waitFor();
    expect(await page.getByText('Is not sent').count()).toBe(1);
    await button('Remove').last().click();
    await button('Remove picture').click();
    await told('The picture is removed.');

    // The browser logs the drawing without a provider.
    expect(console).toEqual([expect.stringContaining('400 (Bad Request)')]);
    expect(requests.filter((url) => !/^blob:/.test(url) && !url.startsWith(`${stack.url}/`))).toEqual([]);
  });
});
