import * as z from 'zod/mini';

export const providers = ['openai', 'anthropic'] as const;

export interface ModelGroup {
  readonly label: string;
  readonly models: readonly string[];
}

/**
 * The models that a project may use, in the groups of EvalStudio's settings page: current models, without those whose shutdown is announced.
 * https://developers.openai.com/api/docs/models, https://platform.claude.com/docs/en/about-claude/models/overview
 */
export const modelGroups: Readonly<Record<(typeof providers)[number], readonly ModelGroup[]>> = {
  openai: [
    { label: 'Standard', models: ['gpt-6.1-terra', 'gpt-6-luna'] },
    { label: 'Premium', models: ['gpt-6.1-sol'] },
    {
      label: 'Images',
      models: [
        'gpt-image-2.6-flare',
        'gpt-image-2.6-sunburst',
        'gpt-image-2.5-flare',
        'gpt-image-2.5-sunburst',
        'gpt-image-2',
      ],
    },
  ],
  anthropic: [
    { label: 'Standard', models: ['claude-sonnet-5-5', 'claude-haiku-5-5'] },
    { label: 'Premium', models: ['claude-opus-5-5', 'claude-fable-5-1'] },
  ],
};

export const ProviderPath = z.object({
  provider: z.enum(providers, {
    error: ({ input }) => `Invalid provider type "${input}". Must be one of: ${providers.join(', ')}`,
  }),
});
