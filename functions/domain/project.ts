import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { Id } from './fields.ts';
import { providers } from './models.ts';
import { Name } from './name.ts';
import type { Detail } from './refusal.ts';
import { setting } from './settings.ts';

export const ProjectPath = z.object({ projectId: Id });
export type ProjectPath = z.infer<typeof ProjectPath>;

/** Descriptions of the fields of projects, in requests and answers. */
export const meanings = {
  name: 'The name of the project. Two projects may have the same name.',
  models: {
    'models.evaluation': 'The model that judges a conversation.',
    'models.persona': 'The model that plays the persona.',
    'models.image':
      "The model that draws portraits. Default: the deployment's. If it is absent in a change, the stored one stays.",
  },
  maxConcurrency: 'How many conversations a test run may have at once.',
  maxImagesPerDay:
    "How many portraits may be drawn in a day (UTC). At most the deployment's `limits.maxImagesPerDay`. Default: 200.",
};

export const NewProject = z.object({ name: Name });
export type NewProject = z.infer<typeof NewProject>;
/* @__PURE__ */ annotate(NewProject, () => ({ description: 'A project to create.', fields: { name: meanings.name } }));

export const Provider = z.enum(providers, {
  error: ({ input }) =>
    input == null || input === ''
      ? 'LLM provider type is required'
      : 'llmSettings.provider must be "openai" or "anthropic"',
});

const named = z.optional(z.string());

/** The models that a project sets; absent ones are the defaults. */
export const Models = z.object({ evaluation: named, persona: named, image: named });
export type Models = z.infer<typeof Models>;

/** A provider key, encrypted by KMS, and its mask, which is all that answers show of it. */
export const EncryptedKey = z.object({
  ciphertext: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  mask: z.string(),
});
export type EncryptedKey = z.infer<typeof EncryptedKey>;

/** A project as it is stored. There is no provider without a key. */
export const Project = z.object({
  name: z.string(),
  llm: z.optional(z.object({ provider: Provider, models: Models, key: EncryptedKey })),
  maxConcurrency: z.optional(z.number()),
  maxImagesPerDay: z.optional(z.number()),
});
export type Project = z.infer<typeof Project>;

/** The deployment's limits for each project. `keepPortraits` is for each persona; 0 means all. */
export const limits = () => ({
  maxImagesPerDay: Number(setting('MAX_IMAGES_PER_DAY')),
  styleReferences: Number(setting('STYLE_REFERENCES')),
  keepPortraits: Number(setting('KEEP_PORTRAITS')),
});

/** The answer of GET and PUT …/config, with the mask of the key. `warnings` are about models whose shutdown is announced. */
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

/** The mask of a key: its first and last four characters, or none of a short key. */
export const maskOf = (key: string): string => (key.length < 20 ? '****' : `${key.slice(0, 4)}...${key.slice(-4)}`);
