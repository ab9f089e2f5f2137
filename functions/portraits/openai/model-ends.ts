/** A model whose end OpenAI has announced. */
export interface ModelEnd {
  /** Names of the model, its dated snapshots aside. */
  readonly models: readonly string[];
  /** The day of its shutdown: YYYY-MM-DD. */
  readonly ends: string;
  /** What OpenAI names in its place. */
  readonly replacement?: string;
}

/** When the page of OpenAI was read last: YYYY-MM-DD. */
export const modelEndsReadOn = '2026-11-26';

/** Every announced end of a model that a project may name: https://developers.openai.com/api/docs/deprecations */
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

/** The announced end of a model or of its snapshot; undefined where none is known. */
export const endOf = (model: string): ModelEnd | undefined =>
  modelEnds.find(({ models }) => models.includes(model.replace(snapshot, '')));
