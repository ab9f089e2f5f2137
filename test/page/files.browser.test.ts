import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { jpeg, png } from '../support/pictures.ts';
import { sizes } from './sizes.ts';

const stack = useStack({ auth: false });
const workspace = fileURLToPath(new URL('../formats/evalstudio-workspace', import.meta.url));

describeInBrowser('the page', () => {
  const browser = useBrowser();

  type Chosen = string | { name: string; mimeType: string; buffer: Buffer };
  const csv = (text: string) => ({ name: 'personas.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

  async function choose(page: Page, files: Chosen, button: 'Choose files' | 'Choose a folder' = 'Choose files') {
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: button }).click();
    await (await choosing).setFiles(files);
  }

  const told = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();

  async function download(page: Page, button: string) {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await downloading;
    return { name: file.suggestedFilename(), bytes: await buffer(await file.createReadStream()) };
  }

  it.each(sizes)('previews a file and imports it, at $at', async (size) => {
    const project = await newProject(stack.api);
    await project.post('/personas', { name: 'Tom', description: 'There before' });
    const { page, console } = await browser.visit(size);
    await page.goto(`${stack.url}/#/projects/${project.id}/personas`);
    await page.getByRole('link', { name: 'Import, export' }).click();
    await choose(page, csv('name,description,mood\nGreta,Retired,1\nTom,New,2\n,Nameless,3\n'));
    await told(page, '1 will be made, 1 will be left out.');
    await page.getByText('line 4: Left out: Name is required.').waitFor();
    await page.getByText('line 1: The unknown column "mood" is left out.').waitFor();

    await page.getByLabel('Where a name is taken').selectOption('Give it a number');
    await told(page, '2 will be made.');
    await page.getByText('Tom (2)').waitFor();
    await page.getByLabel('Where a name is taken').selectOption('Replace what is there');
    await told(page, '1 will be made, 1 will be replaced.');
    expect((await project.get('/personas')).body).toHaveLength(1);

    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await told(page, '1 made, 1 replaced.');
    await page.getByRole('link', { name: 'Show the personas' }).click();
    await told(page, '2 personas');
    expect((await project.get('/personas')).body).toMatchObject([
      { name: 'Tom', description: 'New' },
      { name: 'Greta', description: 'Retired' },
    ]);
    expect(console).toEqual([]);
  });

  it('imports a project of an EvalStudio workspace, with its pictures, from a folder', async () => {
    const project = await newProject(stack.api);
    const { page } = await browser.visit();
    await page.goto(`${stack.url}/#/projects/${project.id}/files`);
    await choose(page, workspace, 'Choose a folder');
    await told(page, '5 will be made.');
    await page.getByText('Checkout bot, persona 4: Its portrait').waitFor();
    await page.getByLabel('Project of the workspace').selectOption('Refund bot');
    await told(page, '1 will be made.');
    await page.getByLabel('Project of the workspace').selectOption('Checkout bot');
    await told(page, '5 will be made.');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await told(page, '5 made.');
    const personas: { name: string; imageUrl?: string }[] = (await project.get('/personas')).body;
    expect(personas.map(({ name, imageUrl }) => [name, Boolean(imageUrl)])).toEqual([
      ['Grumpy Greta', true],
      ['Impatient Tom', true],
      ['Zoë 日本 🎭', true],
      ['Ghost', false],
      ['Name only', false],
    ]);
    expect((await project.get('/images?role=persona-avatar-styleguide')).body.ids).toHaveLength(3);
  });

  it('imports a dropped folder', async () => {
    const project = await newProject(stack.api);
    const { page } = await browser.visit();
    await page.goto(`${stack.url}/#/projects/${project.id}/files`);
    const zone = await page.getByRole('group', { name: 'Files to import' }).boundingBox();
    const devTools = await page.context().newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const [x, y] = [(zone?.x ?? 0) + 5, (zone?.y ?? 0) + 5];
      const data = { items: [], files: [workspace], dragOperationsMask: 1 };
      await devTools.send('Input.dispatchDragEvent', { type, x, y, data });
    }
    await told(page, '5 will be made.');
    await page.getByText('Zoë 日本 🎭').waitFor();
  });

  it('reports an invalid file, and sends nothing', async () => {
    const project = await newProject(stack.api);
    const { page } = await browser.visit();
    await page.goto(`${stack.url}/#/projects/${project.id}/files`);
    await choose(page, csv('name,description\nGreta,"Reti'));
    await page.getByRole('alert').filter({ hasText: 'personas.csv: Line 2: a quote is not closed' }).waitFor();
    await choose(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByRole('alert').filter({ hasText: 'notes.txt: only files with the extensions' }).waitFor();
    expect((await project.get('/personas')).body).toEqual([]);
  });

  it('exports what it shows, and a persona as a card, which it imports again', async () => {
    const project = await newProject(stack.api, 'Checkout bot');
    const upload = async (picture: Buffer) =>
      (await project.post('/images', { imageBase64: picture.toString('base64'), role: 'persona-avatar' })).body.id;
    const greta = (await project.post('/personas', { name: 'Greta', systemPrompt: 'You are Greta.', tags: ['old'] }))
      .body;
    const tom = (await project.post('/personas', { name: 'Tom' })).body;
    const imageUrl = await upload(png());
    await project.put(`/personas/${greta.id}`, { imageUrl });
    await project.put(`/personas/${tom.id}`, { imageUrl: await upload(jpeg) });
    const { page } = await browser.visit();

    await page.goto(`${stack.url}/#/projects/${project.id}/personas?tag=old`);
    await page.getByRole('link', { name: 'Import, export' }).click();
    await page.getByText('The personas that the search finds: old.').waitFor();
    const lines = await download(page, 'JSON lines, with portraits');
    expect(lines.name).toBe('Checkout bot.jsonl');
    expect(
      lines.bytes
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: greta.id, name: 'Greta', systemPrompt: 'You are Greta.', imageUrl, tags: ['old'] },
      { image: { id: imageUrl, role: 'persona-avatar', imageBase64: png().toString('base64') } },
    ]);
    const table = await download(page, 'CSV');
    const [header, ...rows] = table.bytes.toString().split('\r\n');
    expect(header).toMatch(/^id,name,description,systemPrompt,headers,tags\b/);
    expect(rows.map((row) => row.replace(/,+$/, ''))).toEqual([`${greta.id},Greta,,You are Greta.,,old`, '']);

    await page.goto(`${stack.url}/#/projects/${project.id}/personas/${tom.id}`);
    const converted = await download(page, 'Download as card');
    expect(converted.bytes.subarray(1, 4).toString()).toBe('PNG');
    await page.goto(`${stack.url}/#/projects/${project.id}/personas/${greta.id}`);
    const card = await download(page, 'Download as card');
    expect(card.name).toBe('Greta.png');
    await project.delete(`/personas/${greta.id}`);
    await page.goto(`${stack.url}/#/projects/${project.id}/files`);
    await choose(page, { name: card.name, mimeType: 'image/png', buffer: card.bytes });
    await told(page, '1 will be made.');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await told(page, '1 made.');
    const again = (await project.get('/personas')).body.at(-1);
    expect(again).toMatchObject({ name: 'Greta', systemPrompt: 'You are Greta.', tags: ['old'] });
    expect((await project.get(`/images/${again.imageUrl}`)).body).toEqual(png());
  });
});
