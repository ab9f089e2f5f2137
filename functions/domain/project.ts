import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { Id } from './fields.ts';
import { providers } from './models.ts';
import { Name } from './name.ts';
import type { Detail } from './refusal.ts';
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

export const Provider = z.enum(providers, {
  error: ({ input }) =>
    input == null || input === ''
      ? 'LLM provider type is required'
      : 'llmSettings.provider must be "openai" or "anthropic"',
});

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
