/** What the endpoints answer, where functions/domain has no schema of it: nothing checks an answer at run time. */
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
  description: 'The service, and that it answers.',
  fields: {
    name: 'The name of the service.',
    version: 'Its version.',
    status: 'It answers.',
    timestamp: 'When it answered.',
    node: 'The version of Node that runs it.',
  },
  formats: { timestamp: 'date-time' },
}));

const ModelGroup = z.object({ label: Text, models: z.array(Text) });
const describeGroup = (path: string) => ({
  [`${path}.label`]: 'What the group is called.',
  [`${path}.models`]: 'The names of its models.',
});

export const ProviderModels = z.object({ groups: z.array(ModelGroup) });
annotate(ProviderModels, () => ({
  description: 'Models of a provider that a project may name.',
  fields: { groups: 'Groups in which a person chooses.', ...describeGroup('groups') },
}));

export const Models = z.object({ openai: z.array(ModelGroup), anthropic: z.array(ModelGroup) });
annotate(Models, () => ({
  description: 'Models that a project may name, by provider.',
  fields: {
    openai: 'Those of OpenAI.',
    anthropic: 'Those of Anthropic.',
    ...describeGroup('openai'),
    ...describeGroup('anthropic'),
  },
}));

export const OpenApiDocument = z.looseObject({ openapi: Text });
annotate(OpenApiDocument, () => ({
  description: 'This document. https://spec.openapis.org/oas/v3.1.1.html',
  fields: { openapi: 'The version of OpenAPI in which it is written.' },
}));

export const Project = z.object({ id: Text, name: Text });
annotate(Project, () => ({
  description: 'A project: what holds personas and images.',
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
    version: 'The version of this form.',
    name: meanings.name,
    llmSettings: 'The provider of models. Absent: none.',
    'llmSettings.provider': 'Who provides the models.',
    'llmSettings.apiKey':
      'The mask of the key: its first and last four characters around `...`, or `****` for a short one. The key itself is never answered.',
    'llmSettings.models': 'The models that the project names.',
    ...Object.fromEntries(Object.entries(meanings.models).map(([path, text]) => [`llmSettings.${path}`, text])),
    maxConcurrency: meanings.maxConcurrency,
    maxImagesPerDay: meanings.maxImagesPerDay,
    limits: 'What the deployment allows each project.',
    'limits.maxImagesPerDay': 'Portraits that are drawn in a day (UTC) at most.',
    'limits.styleReferences': 'Style images that are sent along with a prompt at most.',
    'limits.keepPortraits': 'Portraits of a persona that are kept; 0: all.',
    warnings: 'What is worth a change: models whose end is announced.',
    'warnings.path': 'The setting, its parts separated by dots.',
    'warnings.message': 'What is the matter, and what to do.',
  },
}));

/** Of the caller's own key. */
export const OwnKey = z.object({ access: Grant.shape.access, projectId: z.optional(Text) });
annotate(OwnKey, () => ({
  description: "What the caller's key may do.",
  fields: {
    access: 'Read in its project, write in it, or everything: that is the admin key.',
    projectId: 'The project that it opens. Absent: every one.',
  },
}));

export const MadeKey = z.extend(ListedKey, { key: z.optional(Text) });
annotate(MadeKey, () =>
  describeKey('A key that was just made.', {
    key: 'The key itself. It is shown this once and stored as its SHA-256 only: a repeated request gets none.',
  }),
);

/** Of a persona in a list, what was asked for: all of it, or some fields. */
export const ListedPersona = z.partial(Persona);
annotate(ListedPersona, () =>
  describePersona('A simulated user in a list: all of its fields, or those that were asked for.'),
);

/** What became of each persona of a batch, in their order. */
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
  description: 'What became of each persona of a batch, in their order.',
  fields: {
    results: 'One for each persona.',
    'results.status': 'Whether it was made, replaced fields of another one, was left out, or failed.',
    'results.id': 'The id of the persona that has the name now. Absent where it failed, or would have been made.',
    'results.name': 'The name of the persona.',
    'results.error': 'Why it failed: a sentence for people.',
    'results.code': 'Why it failed: a word for programs. `storage_unavailable`: it may be sent again.',
  },
}));

export const Portrait = z.object({ id: Text, createdAt: Text, model: z.optional(Text), current: z.boolean() });
annotate(Portrait, () => ({
  description: 'A portrait of a persona.',
  fields: {
    id: 'The id of the image.',
    createdAt: 'When it was made: ISO 8601 in UTC, with milliseconds.',
    model: 'The model that drew it. Absent: it was uploaded.',
    current: 'Whether the persona has it now.',
  },
  formats: { createdAt: 'date-time' },
}));

export const ImageMade = z.object({ id: Text });
annotate(ImageMade, () => ({
  description: 'An image that was just stored.',
  fields: { id: 'The id of the image. It ends in its true extension.' },
}));

export const ImageIds = z.object({ ids: z.array(Text) });
annotate(ImageIds, () => ({
  description: 'The images of a role.',
  fields: { ids: 'The ids of the images, oldest first.' },
}));

/** The one shape of errors: see functions/http/failure.ts and gateway-responses.ts. */
export const Failure = z.object({
  error: Text,
  code: Text,
  requestId: Text,
  details: z.optional(z.array(z.object({ path: Text, message: Text }))),
});
annotate(Failure, () => ({
  description: 'The one shape of every error.',
  fields: {
    error: 'A sentence for people.',
    code: 'A word for programs; it does not change.',
    requestId: 'The id of this call, as in the header `X-Request-Id`.',
    details: 'Each field of the request that does not match. Only where a request did not match its schema.',
    'details.path': 'Where the field is, its parts separated by dots.',
    'details.message': 'What is wrong with it.',
  },
}));
