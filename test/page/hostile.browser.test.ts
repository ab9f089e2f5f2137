import { expect, it } from 'vitest';
import { newProject, useStack } from '../support/api.ts';
import { describeInBrowser, useBrowser } from '../support/browser.ts';

const stack = useStack({ auth: false });

/** Each sets `planted` if it runs. */
const scripts = [
  '<script>planted = 1</script>',
  '<img src=x onerror="planted = 2">',
  '"><svg onload="planted = 3">',
  "javascript:planted = 4//'",
];
const all = scripts.join(' ');

describeInBrowser('a script that is planted', () => {
  const browser = useBrowser();

  it('in any field of a persona, a project or a key never runs', async () => {
    const project = await newProject(stack.api, all);
    const { body: persona } = await project.post('/personas', {
      name: all,
      description: all,
      systemPrompt: all,
      tags: scripts.map((script) => script.slice(0, 50)),
      headers: Object.fromEntries(scripts.map((script, index) => [`X-${index}`, script])),
    });
    await project.put('/config', {
      llmSettings: { provider: 'openai', apiKey: 'sk-local-0123456789abcdef', models: { image: all, persona: all } },
    });
    await project.post('/keys', { name: all, access: 'read' });
    const { page, console } = await browser.visit();
    page.on('dialog', () => expect.unreachable());

    const hash = `#/projects/${project.id}`;
    const views = [
      ['#/projects', 'link', all],
      [`${hash}/personas?q=${encodeURIComponent(scripts[1] ?? '')}`, 'link', all],
      [`${hash}/personas/${persona.id}`, 'heading', all],
      [`${hash}/settings`, 'textbox', 'Name'],
      [`${hash}/keys`, 'button', `Revoke ${all}`],
    ] as const;
    for (const [address, role, name] of views) {
      await page.goto(`${stack.url}/${address}`);
      await page.getByRole(role, { name }).first().waitFor();
      expect(await page.evaluate('typeof planted')).toBe('undefined');
    }
    expect(console).toEqual([]);
  });

  it.each(scripts)('in an address never runs: %s', async (script) => {
    const { page, console } = await browser.visit();
    await page.goto(`${stack.url}/?x=${encodeURIComponent(script)}#/projects/${encodeURIComponent(script)}/personas`);
    await page.getByRole('alert').waitFor();
    expect(await page.evaluate('typeof planted')).toBe('undefined');
    expect(console.filter((line) => !line.includes('404'))).toEqual([]);
  });

  it('from another host is blocked, and nothing is sent to another host', async () => {
    const { page, console } = await browser.visit();
    await page.goto(stack.url);
    const plant = "document.body.append(Object.assign(document.createElement('script'), { text: 'planted = 1' }))";
    await page.evaluate(plant);
    expect(await page.evaluate('typeof planted')).toBe('undefined');
    await page.evaluate("fetch('https://example.com/').catch(() => {})");
    expect(console.length).toBeGreaterThan(1);
    expect(console.filter((line) => !line.includes('Content Security Policy'))).toEqual([]);
  });
});
