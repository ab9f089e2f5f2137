import { expect, it } from 'vitest';
import { parametersFor } from '../../functions/portraits/openai/model-parameters.ts';

const common = { quality: 'medium', output_format: 'png', moderation: 'auto', safety_identifier: 'hash' };

it.each(['gpt-image-2.6-flare', 'gpt-image-2.6-sunburst', 'gpt-image-2.6-flare-2026-11-04'])(
  'use low complexity for %s, which is faster',
  (model) => expect(parametersFor(model, 'hash')).toEqual({ ...common, complexity: 'low' }),
);

it.each([
  'gpt-image-1',
  'gpt-image-1.5',
  'gpt-image-2',
  'gpt-image-2-2026-04-21',
  'gpt-image-2.5-flare',
  'gpt-image-2.5-sunburst-2026-09-08',
  'gpt-image-3',
])('have no complexity for %s', (model) => expect(parametersFor(model, 'hash')).toEqual(common));

it.each(['dall-e-3', 'chatgpt-image-latest', 'flux-1', 'my-gpt-image-2', '', '__proto__'])(
  'have only portable parameters for the unknown model "%s"',
  (model) => expect(parametersFor(model, 'hash')).toEqual({}),
);
