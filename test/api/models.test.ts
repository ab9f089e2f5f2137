import { describe, expect, it } from 'vitest';
import { providers } from '../../functions/domain/models.ts';
import { endOf } from '../../functions/portraits/openai/model-ends.ts';
import { settingDefaults } from '../../lib/contract/settings.ts';
import { type Json, useStack } from '../support/api.ts';

const stack = useStack();

describe('the models that a project may use', () => {
  it('are in groups for each provider', async () => {
    const { status, body } = await stack.api.get('/llm-providers/models');
    expect([status, Object.keys(body)]).toEqual([200, [...providers]]);
    for (const provider of providers) {
      expect((await stack.api.get(`/llm-providers/${provider}/models`)).body).toEqual({ groups: body[provider] });
      for (const { label, models } of body[provider]) {
        expect([label, models]).toEqual([expect.stringMatching(/\S/), expect.arrayContaining([expect.any(String)])]);
      }
    }
  });

  it('are available, listed once, and include the default image model', async () => {
    const { body } = await stack.api.get('/llm-providers/models');
    const names: string[] = Object.values<Json>(body).flatMap((groups) =>
      groups.flatMap((group: Json) => group.models),
    );
    expect(names.filter((name) => endOf(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(settingDefaults.IMAGE_MODEL);
  });

  it.each(['x', 'OpenAI', 'google', '__proto__', 'a%22b'])('do not exist for %s', async (provider) => {
    const { status, body } = await stack.api.get(`/llm-providers/${provider}/models`);
    expect([status, body.error]).toEqual([
      400,
      `Invalid provider type "${decodeURIComponent(provider)}". Must be one of: openai, anthropic`,
    ]);
  });
});
