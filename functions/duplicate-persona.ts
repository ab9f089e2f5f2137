import { PersonaCopy, PersonaPath } from './domain/persona.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { lambda } from './http/lambda.ts';
import { created } from './http/reply.ts';
import * as copies from './storage/copies.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  request: { path: PersonaPath, body: PersonaCopy, bodyOptional: true },
  beforeRefusal: projects.mustExist,
  async handle({ path, body }) {
    const { persona, tag } = await copies.duplicate(path, body);
    return created(persona, `../../${persona.id}`, tag);
  },
});

export const handler = lambda(endpoint);
