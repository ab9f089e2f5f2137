import { PersonaPath } from './domain/persona.ts';
import { PersonaCopy } from './domain/persona-copy.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created, replayed } from './http/reply.ts';
import * as copies from './storage/copies.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath, body: PersonaCopy, bodyOptional: true },
  beforeRefusal: projects.mustExist,
  async handle({ path, body, idempotent }) {
    const { result, isReplay } = await copies.duplicate(path, body, idempotent);
    const { persona, tag } = result;
    return replayed(created(persona, `../../${persona.id}`, tag), isReplay);
  },
});

export const handler = lambda(endpoint);
