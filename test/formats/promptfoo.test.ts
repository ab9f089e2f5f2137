import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { writePromptfoo } from '../../functions/formats/promptfoo.ts';

const persona = (fields: { name: string; description?: string; systemPrompt?: string }) => ({
  id: 'a',
  createdAt: '',
  updatedAt: '',
  ...fields,
});

it('writes a test case of a simulated user for each persona', () => {
  const yaml = writePromptfoo(
    [
      persona({ name: 'Greta: "67"', systemPrompt: 'You are Greta.\n\n- no\n#x: {y}\n' }),
      persona({ name: 'Tom', description: 'Wants it now' }),
    ],
    { maxTurns: 5 },
  );
  expect(parse(yaml)).toEqual([
    {
      description: 'Greta: "67"',
      provider: {
        id: 'promptfoo:simulated-user',
        config: { instructions: 'You are Greta.\n\n- no\n#x: {y}\n', maxTurns: 5 },
      },
    },
    {
      description: 'Tom',
      provider: { id: 'promptfoo:simulated-user', config: { instructions: 'Tom: Wants it now', maxTurns: 5 } },
    },
  ]);
});

it('escapes template tags', () => {
  const yaml = writePromptfoo([persona({ name: 'a', systemPrompt: '{{{x}}} {% if %} {#' })]);
  expect(parse(yaml)[0].provider.config.instructions).toBe("{{ '{' }}{{ '{' }}{x}}} {{ '{' }}% if %} {{ '{' }}#");
});
