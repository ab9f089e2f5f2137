import { describe, expect, it } from 'vitest';
import { endOf, modelEnds } from '../../functions/portraits/openai/model-ends.ts';
import { settingDefaults } from '../../lib/contract/settings.ts';
import { newProject, useStack } from '../support/api.ts';
import { runProgram } from '../support/program.ts';

describe('the announced shutdowns of models', () => {
  it('have a day, and a replacement that is not shut down itself', () => {
    for (const { ends, replacement } of modelEnds) {
      expect(new Date(ends).toISOString().slice(0, 10)).toBe(ends);
      if (replacement) expect(endOf(replacement)).toBeUndefined();
    }
  });

  it.each([
    ['gpt-image-1.5', '2026-12-01'],
    ['gpt-image-1.5-2025-12-16', '2026-12-01'],
    ['gpt-5-mini-2025-08-07', '2026-12-11'],
    ['gpt-4o', '2027-01-14'],
    ['gpt-5.6-sol', undefined],
    ['gpt-image-2', undefined],
    ['my-own-model', undefined],
  ])('of %s is %s', (model, ends) => {
    expect(endOf(model)?.ends).toBe(ends);
  });
});

describe('the settings of a project', () => {
  const stack = useStack();
  const apiKey = 'sk-local-0123456789abcdef';

  it('warn about each model with a shutdown, and no other', async () => {
    const project = await newProject(stack.api);
    const models = { evaluation: 'gpt-4o', persona: 'gpt-5.6-sol', image: 'gpt-image-1.5' };
    const { body } = await project.put('/config', { llmSettings: { provider: 'openai', apiKey, models } });
    expect(body.warnings).toEqual([
      { path: 'llmSettings.models.evaluation', message: expect.stringMatching(/gpt-4o on 2027-01-14.*gpt-6-luna/) },
      { path: 'llmSettings.models.image', message: expect.stringMatching(/2026-12-01.*gpt-image-2\.6-flare/) },
    ]);
    expect((await project.get('/config')).body).toEqual(body);
    const alive = { evaluation: null, image: settingDefaults.IMAGE_MODEL };
    const { body: after } = await project.put('/config', {
      llmSettings: { provider: 'openai', apiKey, models: alive },
    });
    expect(after).not.toHaveProperty('warnings');
  });
});

describe('npm run check-models', () => {
  const check = async (day: string) => {
    const { ended, output } = runProgram([process.execPath, 'bin/check-models.ts', '--on', day]);
    return { code: await ended, output: output() };
  };

  it('passes if the default has no shutdown soon, and the list is recent', async () => {
    expect(await check('2026-11-26')).toMatchObject({ code: 0 });
  });

  it('fails if the list is older than three months', async () => {
    const { code, output } = await check('2027-03-01');
    expect(code).toBe(1);
    expect(output).toContain('2026-11-26');
  });

  it('refuses an invalid day', async () => {
    expect((await check('soon')).code).toBe(1);
  });
});
