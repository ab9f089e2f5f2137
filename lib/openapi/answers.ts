/** Schemas of answers for which functions/domain has none, since answers are not validated at run time. */
import * as z from 'zod/mini';
import { LlmSettings } from '../../functions/domain/config-changes.ts';
import { annotate } from '../../functions/domain/description.ts';
import { Grant } from '../../functions/domain/grant.ts';
import { describePersona, Persona } from '../../functions/domain/persona.ts';
import { meanings } from '../../functions/domain/project.ts';
import { describeKey, ListedKey } from '../../functions/domain/project-key.ts';

const Text = z.string();

export const Status = z.object({ name: Text, version: Text, status: z.literal('ok'), timestamp: Text, node: Text });
annotate(Status, () => ({
  description: 'The status of the service.',
  fields: {
    name: 'The name of the service.',
    version: 'Its version.',
    status: 'The service is available.',
    timestamp: 'The time of the answer.',
    node: 'The version of Node.js.',
  },
  formats: { timestamp: 'date-time' },
}));

const ModelGroup = z.object({ label: Text, models: z.array(Text) });
const describeGroup = (path: string) => ({
  [`${path}.label`]: 'The name of the group.',
  [`${path}.models`]: 'The names of its models.',
});

export const ProviderModels = z.object({ groups: z.array(ModelGroup) });
annotate(ProviderModels, () => ({
  description: 'The models of a provider that a project may use.',
  fields: { groups: 'The models in groups, for a choice.', ...describeGroup('groups') },
}));

export const Models = z.object({ openai: z.array(ModelGroup), anthropic: z.array(ModelGroup) });
annotate(Models, () => ({
  description: 'The models that a project may use, by provider.',
  fields: {
    openai: 'The models of OpenAI.',
    anthropic: 'The models of Anthropic.',
    ...describeGroup('openai'),
    ...describeGroup('anthropic'),
  },
}));

export const OpenApiDocument = z.looseObject({ openapi: Text });
annotate(OpenApiDocument, () => ({
  description: 'This document. https://spec.openapis.org/oas/v3.1.1.html',
  fields: { openapi: 'The version of OpenAPI.' },
}));

export const Project = z.object({ id: Text, name: Text });
annotate(Project, () => ({
  description: 'A project, which has personas and images.',
  fields: { id: 'The id of the project.', name: meanings.name },
  formats: { id: 'uuid' },
}));

export const ProjectConfig = z.object({
  version: z.literal(3),
  name: Text,
  llmSettings: z.optional(
    z.object({
      provider: LlmSettings.shape.provider,
      apiKey: Text,
      models: z.optional(
        z.object({ evaluation: z.optional(Text), persona: z.optional(Text), image: z.optional(Text) }),
      ),
    }),
  ),
  maxConcurrency: z.optional(z.int().check(z.minimum(1))),
  maxImagesPerDay: z.optional(z.int().check(z.minimum(0))),
  limits: z.object({ maxImagesPerDay: z.int(), styleReferences: z.int(), keepPortraits: z.int() }),
  warnings: z.optional(z.array(z.object({ path: Text, message: Text }))),
});
annotate(ProjectConfig, () => ({
  description: 'The settings of a project.',
  fields: {
    version: 'The version of this format.',
    name: meanings.name,
    llmSettings: 'The provider of models. Absent if there is none.',
    'llmSettings.provider': 'The provider.',
    'llmSettings.apiKey':
      'The mask of the API key: its first and last four characters around `...`, or `****` for a short key. The key itself is never returned.',
    'llmSettings.models': 'The models that the project sets.',
    ...Object.fromEntries(Object.entries(meanings.models).map(([path, text]) => [`llmSettings.${path}`, text])),
    maxConcurrency: meanings.maxConcurrency,
    maxImagesPerDay: meanings.maxImagesPerDay,
    limits: 'The limits of the deployment for each project.',
    'limits.maxImagesPerDay': 'The maximum of portraits in a day (UTC).',
    'limits.styleReferences': 'The maximum of style images that are sent with a prompt.',
    'limits.keepPortraits': 'How many portraits of a persona are kept; 0: all.',
    warnings: 'Warnings about models whose shutdown is announced.',
    'warnings.path': 'The path of the setting, separated by dots.',
    'warnings.message': 'The problem, and what to do.',
  },
}));

/** The answer about the caller's own key. */
export const OwnKey = z.object({ access: Grant.shape.access, projectId: z.optional(Text) });
annotate(OwnKey, () => ({
  description: "What the caller's key may do.",
  fields: {
    access: '`read` or `write` for its project, or `admin` for everything.',
    projectId: 'The project of the key. Absent if it may use all projects.',
  },
}));

export const CreatedKey = z.extend(ListedKey, { key: z.optional(Text) });
annotate(CreatedKey, () =>
  describeKey('A new key.', {
    key: 'The key itself, only in this answer; a repeated request does not return it. Only its SHA-256 is stored.',
  }),
);

/** A persona in a list, with all of its fields or those that were requested. */
export const ListedPersona = z.partial(Persona);
annotate(ListedPersona, () =>
  describePersona('A simulated user in a list, with all of its fields or those that were requested.'),
);

/** The answer to a batch. */
export const BatchResults = z.object({
  results: z.array(
    z.object({
      status: z.enum(['created', 'replaced', 'skipped', 'failed']),
      id: z.optional(Text),
      name: Text,
      error: z.optional(Text),
      code: z.optional(Text),
    }),
  ),
});
annotate(BatchResults, () => ({
  description: 'The results of a batch, in the order of its entries.',
  fields: {
    results: 'One result for each entry.',
    'results.status': 'Whether the persona was created, replaced fields of an existing one, was skipped, or failed.',
    'results.id':
      'The id of the persona that has the name. Absent if the entry failed, or would be created in a dry run.',
    'results.name': 'The name of the persona.',
    'results.error': 'Why it failed, as a sentence for people.',
    'results.code': 'Why it failed, as a code for programs. After `storage_unavailable`, it may be sent again.',
  },
}));

export const Portrait = z.object({ id: Text, createdAt: Text, model: z.optional(Text), current: z.boolean() });
annotate(Portrait, () => ({
  description: 'A portrait of a persona.',
  fields: {
    id: 'The id of the image.',
    createdAt: 'When it was drawn or uploaded: ISO 8601 in UTC, with milliseconds.',
    model: 'The model that drew it. Absent if it was uploaded.',
    current: "Whether it is the persona's current portrait.",
  },
  formats: { createdAt: 'date-time' },
}));

export const UploadedImage = z.object({ id: Text });
annotate(UploadedImage, () => ({
  description: 'A new image.',
  fields: { id: 'The id of the image, which ends in the extension of its type.' },
}));

export const ImageIds = z.object({ ids: z.array(Text) });
annotate(ImageIds, () => ({
  description: 'The images of a role.',
  fields: { ids: 'The ids of the images, oldest first.' },
}));

/** The shape of all errors: see functions/http/failure.ts and gateway-responses.ts. */
export const Failure = z.object({
  error: Text,
  code: Text,
  requestId: Text,
  details: z.optional(z.array(z.object({ path: Text, message: Text }))),
});
annotate(Failure, () => ({
  description: 'An error.',
  fields: {
    error: 'A sentence for people.',
    code: 'A stable code for programs.',
    requestId: 'The id of this call, as in the header `X-Request-Id`.',
    details: 'More about the error, such as each field of the request that is invalid.',
    'details.path': 'The path of the field or setting, separated by dots.',
    'details.message': 'What is wrong, or what to do.',
  },
}));
