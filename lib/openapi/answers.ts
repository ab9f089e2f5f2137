/** What the endpoints answer, where functions/domain has no schema of it: nothing checks an answer at run time. */
import * as z from 'zod/mini';
import { Grant } from '../../functions/domain/grant.ts';
import { Persona } from '../../functions/domain/persona.ts';
import { LlmSettings } from '../../functions/domain/project.ts';
import { ListedKey } from '../../functions/domain/project-key.ts';

const Text = z.string();

export const Status = z.object({ name: Text, version: Text, status: z.literal('ok') });

export const OpenApiDocument = z.looseObject({ openapi: Text });

export const Project = z.object({ id: Text, name: Text });

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
  warnings: z.optional(z.array(z.object({ path: Text, message: Text }))),
});

/** Of the caller's own key. */
export const OwnKey = z.object({ access: Grant.shape.access, projectId: z.optional(Text) });

export const MadeKey = z.extend(ListedKey, { key: z.optional(Text) });

/** Of a persona in a list, what was asked for: all of it, or some fields. */
export const ListedPersona = z.partial(Persona);

export const ImageMade = z.object({ id: Text });

export const ImageIds = z.object({ ids: z.array(Text) });

/** The one shape of errors: see functions/http/failure.ts and gateway-responses.ts. */
export const Failure = z.object({
  error: Text,
  code: Text,
  requestId: Text,
  details: z.optional(z.array(z.object({ path: Text, message: Text }))),
});
