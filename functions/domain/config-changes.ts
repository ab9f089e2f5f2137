import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, text } from './fields.ts';
import { Name } from './name.ts';
import { type EncryptedKey, limits, meanings, type Project, Provider } from './project.ts';
import { apiKeyRequired } from './refusal.ts';

const model = (use: string) => absentOr(text(`llmSettings.models.${use}`, 200).check(z.trim()));

export const LlmSettings = z.object(
  {
    provider: Provider,
    /** If it is absent, empty or masked, the stored key of the same provider stays. */
    apiKey: absentOr(
      z
        .string('llmSettings.apiKey must be a string')
        .check(
          z.trim(),
          z.maxLength(1000, 'llmSettings.apiKey must be at most 1000 characters'),
          z.regex(/^[\x21-\x7e]*$/, 'llmSettings.apiKey must be of visible ASCII characters'),
        ),
    ),
    models: absentOr(
      z.object(
        { evaluation: model('evaluation'), persona: model('persona'), image: model('image') },
        'llmSettings.models must be an object',
      ),
    ),
  },
  'llmSettings must be an object',
);
export type LlmSettings = z.infer<typeof LlmSettings>;
/* @__PURE__ */ annotate(LlmSettings, () => ({
  description: 'A provider of models, with its API key.',
  fields: {
    provider: 'The provider. Portraits need `openai`.',
    apiKey:
      'The API key, which is stored encrypted; answers only have its mask. If it is absent, empty or a mask, the stored key of the same provider stays; without one, the request is refused.',
    models: 'The models to use. Default: those of the deployment or the test run.',
    ...meanings.models,
  },
}));

const maxImagesPerDay = 'maxImagesPerDay must be a whole number from 0';
const maxConcurrency = 'maxConcurrency must be at least 1';

/** The body of PUT …/config: an absent field stays, `null` clears it. */
export const ConfigChanges = z.object({
  name: z.optional(Name),
  llmSettings: absentOr(LlmSettings),
  maxImagesPerDay: absentOr(
    z.int(maxImagesPerDay).check(
      z.minimum(0, maxImagesPerDay),
      z.refine((images) => images <= limits().maxImagesPerDay, {
        error: () => `maxImagesPerDay must be at most ${limits().maxImagesPerDay}, the limit of this deployment`,
      }),
    ),
  ),
  maxConcurrency: absentOr(z.int(`${maxConcurrency} and a whole number`).check(z.minimum(1, maxConcurrency))),
});
export type ConfigChanges = z.infer<typeof ConfigChanges>;
/* @__PURE__ */ annotate(ConfigChanges, () => ({
  description: 'Changes to the settings of a project. An absent field stays, `null` clears it.',
  fields: {
    name: meanings.name,
    llmSettings: 'The provider of models. It replaces the stored one, except for its key and `models.image`.',
    maxImagesPerDay: meanings.maxImagesPerDay,
    maxConcurrency: meanings.maxConcurrency,
  },
}));

/** The project after the changes. Without a new key, the stored key of the same provider stays. Refuses if there is none. */
export function applyConfigChanges(project: Project, changes: ConfigChanges, newKey?: EncryptedKey): Project {
  const { maxConcurrency, maxImagesPerDay, llmSettings } = { ...project, ...changes };
  return {
    name: changes.name ?? project.name,
    ...(maxConcurrency != null && { maxConcurrency }),
    ...(maxImagesPerDay != null && { maxImagesPerDay }),
    ...(llmSettings === undefined && project.llm && { llm: project.llm }),
    ...(llmSettings && {
      llm: llmOf(llmSettings, newKey ?? keptKey(project, llmSettings), keptModel(project, llmSettings)),
    }),
  };
}

function keptKey({ llm }: Project, { provider }: LlmSettings): EncryptedKey {
  if (llm?.provider !== provider) throw apiKeyRequired();
  return llm.key;
}

/** EvalStudio's page does not know the image model: it stays if the change does not name it and the provider stays. */
const keptModel = ({ llm }: Project, { provider, models }: LlmSettings): string | undefined =>
  models === null || llm?.provider !== provider ? undefined : llm.models.image;

function llmOf({ provider, models }: LlmSettings, key: EncryptedKey, image: string | undefined) {
  const wanted = { image, ...models };
  return { provider, key, models: Object.fromEntries(Object.entries(wanted).filter(([, model]) => model)) };
}

/** The key to store; undefined if the stored one stays: absent, empty, or a mask that a client has read. */
export function keyToStore({ llmSettings }: ConfigChanges): string | undefined {
  const key = llmSettings?.apiKey;
  return !key || key === '****' || /^.{4}\.\.\..{4}$/.test(key) ? undefined : key;
}
