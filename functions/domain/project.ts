import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, Id, Name, text } from './fields.ts';
import { providers } from './models.ts';
import { apiKeyRequired, type Detail } from './refusal.ts';
import { setting } from './settings.ts';

export const ProjectPath = z.object({ projectId: Id });
export type ProjectPath = z.infer<typeof ProjectPath>;

/** What the fields of projects mean, in requests and answers. */
export const meanings = {
  name: 'What the project is called. Two projects may bear the same name.',
  models: {
    'models.evaluation': 'The model that judges a conversation.',
    'models.persona': 'The model that speaks as the persona.',
    'models.image':
      "The model that draws portraits. Default: the deployment's. Absent in a change: the stored one stays.",
  },
  maxConcurrency: 'How many conversations a test run may hold at once.',
  maxImagesPerDay:
    "How many portraits may be drawn in a day (UTC), at most the deployment's `limits.maxImagesPerDay`. Default: 200.",
};

export const NewProject = z.object({ name: Name });
export type NewProject = z.infer<typeof NewProject>;
/* @__PURE__ */ annotate(NewProject, () => ({ description: 'A project to be made.', fields: { name: meanings.name } }));

const model = (use: string) => absentOr(text(`llmSettings.models.${use}`, 200).check(z.trim()));

const Provider = z.enum(providers, {
  error: ({ input }) =>
    input == null || input === ''
      ? 'LLM provider type is required'
      : 'llmSettings.provider must be "openai" or "anthropic"',
});

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

const named = z.optional(z.string());

/** The models that a project names; the deployment's defaults serve where it names none. */
export const Models = z.object({ evaluation: named, persona: named, image: named });
export type Models = z.infer<typeof Models>;

/** A provider key that KMS has sealed, and how it is shown: it never leaves the service otherwise. */
export const SealedKey = z.object({
  sealed: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  mask: z.string(),
});
export type SealedKey = z.infer<typeof SealedKey>;

/** A project as it is kept. A provider is never there without its key. */
export const Project = z.object({
  name: z.string(),
  llm: z.optional(z.object({ provider: Provider, models: Models, key: SealedKey })),
  maxConcurrency: z.optional(z.number()),
  maxImagesPerDay: z.optional(z.number()),
});
export type Project = z.infer<typeof Project>;

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

/** What the deployment allows each project. `keepPortraits`: of each persona; 0 is all. */
export const limits = () => ({
  maxImagesPerDay: Number(setting('MAX_IMAGES_PER_DAY')),
  styleReferences: Number(setting('STYLE_REFERENCES')),
  keepPortraits: Number(setting('KEEP_PORTRAITS')),
});

/** What GET and PUT …/config answer: never the key, only its mask. `warnings`: of models that end. */
export function configOf({ name, llm, maxConcurrency, maxImagesPerDay }: Project, warnings: readonly Detail[]) {
  const models = llm && Object.keys(llm.models).length > 0 ? { models: llm.models } : {};
  return {
    version: 3,
    name,
    ...(llm && { llmSettings: { provider: llm.provider, apiKey: llm.key.mask, ...models } }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...(maxImagesPerDay !== undefined && { maxImagesPerDay }),
    limits: limits(),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** How a key is shown: its first and last four characters, or nothing of a short one. */
export const maskOf = (key: string): string => (key.length < 20 ? '****' : `${key.slice(0, 4)}...${key.slice(-4)}`);

/** The key that is to be stored; undefined where the stored one stays: absent, empty, or the mask that a client has read. */
export function keyToStore({ llmSettings }: ConfigChanges): string | undefined {
  const key = llmSettings?.apiKey;
  return !key || key === '****' || /^.{4}\.\.\..{4}$/.test(key) ? undefined : key;
}
