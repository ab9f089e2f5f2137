import { expect, it } from 'vitest';
import { parametersFor } from '../../functions/portraits/openai/model-parameters.ts';

const common = { quality: 'medium', output_format: 'png', moderation: 'auto', safety_identifier: 'hash' };

it.each(['gpt-image-2.6-flare', 'gpt-image-2.6-sunburst', 'gpt-image-2.6-flare-2026-11-04'])(
  'asks %s for low complexity, which is fast',
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
])('does not speak of complexity to %s', (model) => expect(parametersFor(model, 'hash')).toEqual(common));

it.each(['dall-e-3', 'chatgpt-image-latest', 'flux-1', 'my-gpt-image-2', '', '__proto__'])(
  'sends only what every model takes to one that it does not know: "%s"',
  (model) => expect(parametersFor(model, 'hash')).toEqual({}),
);
