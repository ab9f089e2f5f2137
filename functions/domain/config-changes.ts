import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, text } from './fields.ts';
import { Name } from './name.ts';
import { limits, meanings, type Project, Provider, type SealedKey } from './project.ts';
import { apiKeyRequired } from './refusal.ts';

const model = (use: string) => absentOr(text(`llmSettings.models.${use}`, 200).check(z.trim()));

export const LlmSettings = z.object(
  {
    provider: Provider,
    /** Absent, empty or masked: the stored key of the same provider stays. */
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
  description: 'A provider of models, with the key to it.',
  fields: {
    provider: 'Who provides the models. Portraits need `openai`.',
    apiKey:
      'The key; it is sealed when it is stored. Absent, empty, or the mask that was answered: the stored key of the same provider stays, and there has to be one.',
    models: 'The models to be used. Those that are not named are the defaults.',
    ...meanings.models,
  },
}));

const maxImagesPerDay = 'maxImagesPerDay must be a whole number from 0';
const maxConcurrency = 'maxConcurrency must be at least 1';

/** What PUT …/config takes: an absent field stays, `null` clears it. */
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
  description: 'Changes to the settings of a project: a field that is absent stays, `null` clears it.',
  fields: {
    name: meanings.name,
    llmSettings: 'The provider of models, replaced whole.',
    maxImagesPerDay: meanings.maxImagesPerDay,
    maxConcurrency: meanings.maxConcurrency,
  },
}));

/** The project after the changes. Without a new key, the stored one of the same provider stays; refuses where there is none. */
export function configured(project: Project, changes: ConfigChanges, newKey?: SealedKey): Project {
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

function keptKey({ llm }: Project, { provider }: LlmSettings): SealedKey {
  if (llm?.provider !== provider) throw apiKeyRequired();
  return llm.key;
}

/** The image model stays where the change names none and the provider stays: EvalStudio's page does not know it. */
const keptModel = ({ llm }: Project, { provider, models }: LlmSettings): string | undefined =>
  models === null || llm?.provider !== provider ? undefined : llm.models.image;

function llmOf({ provider, models }: LlmSettings, key: SealedKey, image: string | undefined) {
  const wanted = { image, ...models };
  return { provider, key, models: Object.fromEntries(Object.entries(wanted).filter(([, model]) => model)) };
}

/** The key that is to be stored; undefined where the stored one stays: absent, empty, or the mask that a client has read. */
export function keyToStore({ llmSettings }: ConfigChanges): string | undefined {
  const key = llmSettings?.apiKey;
  return !key || key === '****' || /^.{4}\.\.\..{4}$/.test(key) ? undefined : key;
}
