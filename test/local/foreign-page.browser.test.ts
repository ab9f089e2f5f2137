import { expect, it } from 'vitest';
import type { Call } from '../../lib/local/gateway.ts';
import { listen } from '../../lib/local/listen.ts';
import { newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';
import { png } from '../support/pictures.ts';

const calls: Call[] = [];
const stack = useStack({ onCall: (call) => calls.push(call) });

describeInBrowser('a page of another origin, open in a browser of this machine,', () => {
  const browser = useBrowser();

  it('can neither read, nor change, nor draw anything', async () => {
    const project = await newProject(stack.api);
    await project.put('/config', { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in' } });
    const { body: persona } = await project.post('/personas', { name: 'Greta', systemPrompt: 'You are Greta' });
    const { body: image } = await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
    calls.length = 0;

    // The user may have granted access to the local network.
    const { page } = await browser.visit({ permissions: ['local-network-access'] });
    const body = `<img src="${project.base}/images/${image.id}"><iframe src="${project.base}/personas"></iframe>`;
    await page.route('https://evil.example/**', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto('https://evil.example/');
    const got = await page.evaluate(
      async ({ base, personaId }) => {
        const read = async (path: string, init?: RequestInit) => {
          const answer = await fetch(base + path, init).catch(() => undefined);
          return answer?.type === 'opaque' ? '' : answer?.text();
        };
        return Promise.all([
          read('/personas'),
          read('/personas', { mode: 'no-cors' }),
          read('/personas', { method: 'POST', body: '{"name": "Made by evil"}', mode: 'no-cors' }),
          read('/personas', { method: 'POST', body: '{"name": "Made by evil"}' }),
          read(`/personas/${personaId}`, { method: 'DELETE' }),
          read(`/personas/${personaId}/generate-image`, { method: 'POST', mode: 'no-cors' }),
        ]);
      },
      { base: project.base, personaId: persona.id },
    );

    expect(got.filter((text) => text !== undefined && text !== '')).toEqual([]);
    const shown = page.locator('img').evaluate(({ naturalWidth }: { naturalWidth: number }) => naturalWidth);
    expect(await shown).toBe(0);
    expect(calls.length).toBeGreaterThanOrEqual(8);
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([403]));
    expect((await project.get('/personas')).body).toEqual([persona]);
    expect(stack.imageRequests).toEqual([]);
  });

  it('may call it as a page of this machine', async () => {
    const project = await newProject(stack.api);
    const site = await listen(async (_request, response) => void response.end('mine'));
    const { page } = await browser.visit();
    await page.goto(site.url);
    const personas = await page.evaluate(async (url) => (await fetch(url)).json(), `${project.base}/personas`);
    expect(personas).toEqual([]);
    await site.close();
  });
});
