/** Models whose shutdown OpenAI has announced. */
export interface ModelEnd {
  /** Names without the date of a snapshot. */
  readonly models: readonly string[];
  /** The day of the shutdown: YYYY-MM-DD. */
  readonly ends: string;
  /** OpenAI's recommended replacement. */
  readonly replacement?: string;
}

/** When OpenAI's page was last read: YYYY-MM-DD. */
export const modelEndsReadOn = '2026-11-26';

/** All announced shutdowns of models that a project may use: https://developers.openai.com/api/docs/deprecations */
export const modelEnds: readonly ModelEnd[] = [
  { models: ['gpt-image-1'], ends: '2026-10-23', replacement: 'gpt-image-2.6-flare' },
  {
    models: ['gpt-image-1-mini', 'gpt-image-1.5', 'chatgpt-image-latest'],
    ends: '2026-12-01',
    replacement: 'gpt-image-2.6-flare',
  },
  { models: ['gpt-4', 'gpt-4-turbo', 'o1', 'o1-pro', 'o3-mini'], ends: '2026-10-23', replacement: 'gpt-6.1-sol' },
  { models: ['gpt-3.5-turbo', 'o4-mini'], ends: '2026-10-23', replacement: 'gpt-6.1-terra' },
  { models: ['gpt-4.1-nano'], ends: '2026-10-23', replacement: 'gpt-6-luna' },
  { models: ['gpt-5', 'gpt-5-pro', 'o3', 'o3-pro'], ends: '2026-12-11', replacement: 'gpt-6.1-sol' },
  { models: ['gpt-5-mini'], ends: '2026-12-11', replacement: 'gpt-6.1-terra' },
  { models: ['gpt-5-nano'], ends: '2026-12-11', replacement: 'gpt-6-luna' },
  { models: ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini'], ends: '2027-01-14', replacement: 'gpt-6-luna' },
  { models: ['gpt-5.1'], ends: '2027-04-01' },
];

const snapshot = /-\d{4}-\d{2}-\d{2}$/;

/** The announced shutdown of a model or of its snapshot, or undefined. */
export const endOf = (model: string): ModelEnd | undefined =>
  modelEnds.find(({ models }) => models.includes(model.replace(snapshot, '')));
